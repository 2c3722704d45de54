"""What the tests let run behind the walls: functions of a wire and an order."""

import ctypes
import json
import mmap
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

PAGE = 1 << 20


def attempts(wire, order):
    """Run every statement of the order; what became of each: its value, or the error's number."""
    found = {}
    for name, statement in json.loads(order).items():
        scope = dict(globals())
        try:
            exec(statement, scope)
            found[name] = scope.get("value", "done")
        except OSError as error:
            found[name] = -(error.errno or 0)
        except Exception as error:  # noqa: BLE001 - it is what the test asks for
            found[name] = repr(error)
    wire.send(json.dumps(found, default=str).encode())


def call(number, *arguments):
    """A system call by number; raises as Python's own do."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    result = libc.syscall(number, *[ctypes.c_long(value) if isinstance(value, int) else value for value in arguments])
    if result < 0:
        raise OSError(ctypes.get_errno(), "call")
    return result


def parent():
    """Who has forked this process; from inside a pid namespace that is nobody, and its first process the next best."""
    return os.getppid() or 1


def echo(wire, order):
    print("printed by the job")
    sys.stderr.write("and complained\n")
    wire.send(order)
    wire.send(wire.receive()[::-1])


def fail(wire, order):
    raise ValueError(order.decode())


def leave(wire, order):
    sys.exit(int(order))


def crash(wire, order):
    os.kill(os.getpid(), signal.SIGSEGV)


def half_a_message(wire, order):
    os.write(wire._descriptor, (1000).to_bytes(8) + b"no more")
    time.sleep(60)


def a_long_message(wire, order):
    os.write(wire._descriptor, (1 << 62).to_bytes(8))
    time.sleep(60)


def stay(wire, order):
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    wire.send(str(os.getpid()).encode())
    time.sleep(60)


def never_read(wire, order):
    time.sleep(60)


def daemon(wire, order):
    """A grandchild with a session of its own that outlives its parents, if it may."""
    if os.fork():
        time.sleep(60)
    os.setsid()
    if pid := os.fork():
        wire.send(str(pid).encode())
        os._exit(0)
    time.sleep(60)


def memory(wire, order):
    """Each piece is no data any more when the next one comes: no limit of the kernel counts it."""
    libc = ctypes.CDLL(None)
    libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    kept = []
    for _ in range(48):
        kept.append(mmap.mmap(-1, 64 * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
        view = (ctypes.c_char * (64 * PAGE)).from_buffer(kept[-1])
        ctypes.memset(view, 1, 64 * PAGE)
        libc.mprotect(ctypes.addressof(view), 64 * PAGE, mmap.PROT_READ)
    time.sleep(60)


def disk(wire, order):
    for number in range(100):
        with Path(f"{number}").open("wb") as file:
            file.write(bytes(8 * PAGE))
    time.sleep(60)


def disk_without_names(wire, order):
    kept = []
    for number in range(100):
        kept.append(Path(f"{number}").open("wb"))  # noqa: SIM115
        Path(f"{number}").unlink()
        kept[-1].write(bytes(8 * PAGE))
    time.sleep(60)


def without_a_leader(wire, order):
    """The main thread ends, another goes on."""
    threading.Thread(target=time.sleep, args=(60,)).start()
    call(60, 0)


def threads(wire, order):
    for _ in range(200):
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    time.sleep(60)


def output(wire, order):
    while True:
        os.write(1, b"more and more " * 1000)


def burn(wire, order):
    while True:
        pass


def litter(wire, order):
    """Say what lies in the scratch folder, and leave what is hard to remove."""
    wire.send(json.dumps(sorted(path.name for path in Path().iterdir())).encode())
    Path("root").symlink_to("/")
    Path("closed").mkdir(0o300)
    Path("closed/file").write_bytes(b"x")
    for _ in range(1500):  # deeper than a path may be long
        Path("d" * 8).mkdir()
        os.chdir("d" * 8)
    wire.send(b"done")
    time.sleep(60)


def traces(wire, order):
    """What a job before this one could have changed."""
    here = Path().stat()
    seen = {"size": here.st_size, "links": here.st_nlink, "listed": [path.name for path in Path().iterdir()], "cwd": str(Path.cwd())}
    Path("new").write_bytes(b"")
    seen |= {"pid": os.getpid(), "inode": Path("new").stat().st_ino}
    seen["remembered"], seen["searched"] = in_memory(rb"named-by-a-job-[0-9]{8}")
    wire.send(json.dumps(seen).encode())


def in_memory(pattern):
    """How often a pattern, which must not match its own text, is in the memory of this process; and whether that could be searched."""
    count, searched = 0, False
    with open("/proc/self/mem", "rb", 0) as mine:  # noqa: PTH123
        for line in Path("/proc/self/maps").read_text().splitlines():
            places, rights = line.split()[:2]
            low, high = (int(place, 16) for place in places.split("-"))
            if rights.startswith("rw"):
                with suppress(OSError):  # a guard page
                    mine.seek(low)
                    count += len(re.findall(pattern, mine.read(high - low) or b""))
                    searched = True
    return count, searched


def leave_traces(wire, order):
    names = [Path(f"{'x' * 200}named-by-a-job-{number:08d}") for number in range(3000)]
    for name in names:
        name.write_bytes(b"")
    time.sleep(0.35)  # until somebody has looked at them
    for name in names:
        name.unlink()
    for _ in range(1000):
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()
    wire.send(b"[]")


def many_threads_compute(wire, order):
    import numpy as np

    results = []
    workers = [threading.Thread(target=lambda: results.append(float(np.ones(1000).sum()))) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    wire.send(json.dumps(results).encode())


def deep(payload):
    """Writes on the line of its call, wherever that is."""
    for number in range(3, 64):
        with suppress(OSError):
            socket.socket(fileno=number).sendall((100_000).to_bytes(8) + b"[" * 100_000)
    time.sleep(60)


def allowed(payload):
    return {"data": resource.getrlimit(resource.RLIMIT_DATA)[0]}


def double(payload):
    return {"doubled": 2 * payload["number"], "folder": str(Path.cwd()), "home": os.environ["HOME"]}


def wrong(payload):
    raise ValueError("no\nway")


def not_json(payload):
    return {"value": object()}


USED = (resource, socket, subprocess)  # by the statements of the tests
