# An attack speaks to the system as directly as it can.
# ruff: noqa: PTH108, PTH118, PTH123
"""Ways to use up the machine. Each takes no more than an honest bound, lest a hole in the wall takes the machine with it."""

import ctypes
import mmap
import os
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable

PLACES: dict[str, str] = {}
LIBC = ctypes.CDLL(None, use_errno=True)
BLOCK = 8 << 20
MEMORY = 1600 << 20  # bounds: bytes of memory, of disk and of output, and processes
DISK = 200 << 20
MANY = 60
THREADS = 600
KEPT: list[socket.socket] = []


def rest(seconds: float = 30) -> None:
    time.sleep(seconds)


def fork_bomb() -> int:
    for _ in range(MANY):
        if not os.fork():
            rest(20)
            os._exit(0)
    return MANY


def fork_by_number() -> int:
    """vfork and both clones, past the wrappers of libc; no copy goes on: it would run this very code."""
    born = 0
    for number, arguments in ((58, ()), (56, (0x4111, 0, 0, 0, 0)), (435, (ctypes.create_string_buffer(88), 88))):
        process = LIBC.syscall(number, *arguments)
        if process == 0:
            os._exit(0)
        born += process > 0
    if not born:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return born


def subprocesses() -> int:
    return len([subprocess.Popen(["/bin/sleep", "20"]) for _ in range(MANY)])


def replacing_itself() -> int:
    os.execv("/bin/sleep", ["sleep", "20"])
    return 1


def daemon() -> int:
    """Two forks and a session of its own: no longer a child of anybody."""
    if not os.fork():
        os.setsid()
        if not os.fork():
            with open(PLACES["pid"], "w", encoding="ascii") as file:
                file.write(str(os.getpid()))
            rest(20)
        os._exit(0)
    rest(0.3)
    return 1


def thread_bomb() -> int:
    for _ in range(THREADS):
        threading.Thread(target=rest, daemon=True).start()
    rest(3)
    return THREADS


def memory_bomb() -> int:
    held = []
    while len(held) * BLOCK < MEMORY:
        held.append(bytearray(BLOCK))
        held[-1][::4096] = b"x" * (BLOCK // 4096)
    return len(held) * BLOCK


def memory_shared() -> int:
    """Shared memory is no data segment, so a limit on data does not count it."""
    held = []
    while len(held) * BLOCK < MEMORY:
        held.append(mmap.mmap(-1, BLOCK))
        held[-1].write(b"x" * BLOCK)
    rest(3)
    return len(held) * BLOCK


def memory_out_of_sight() -> int:
    """Pages of shared memory that are given back are no longer resident, and still allocated."""
    held = []
    while len(held) * BLOCK < MEMORY:
        held.append(mmap.mmap(-1, BLOCK))
        held[-1].write(b"x" * BLOCK)
        held[-1].madvise(mmap.MADV_DONTNEED)
    rest(3)
    return len(held) * BLOCK


def memory_let_go() -> int:
    """Shared memory lives whole while one page of it is mapped."""
    libc_maps()
    for _ in range(MEMORY // BLOCK):
        at = LIBC.mmap(None, BLOCK, 3, 0x21, -1, 0)
        if at == ctypes.c_void_p(-1).value:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        ctypes.memset(at, 1, BLOCK)
        LIBC.munmap(at + 4096, BLOCK - 4096)
    rest(1)
    return MEMORY


def memory_of_zeros() -> int:
    """The same, of the device of zeros."""
    zeros = os.open("/dev/zero", os.O_RDWR)
    held = []
    while len(held) * BLOCK < MEMORY:
        held.append(mmap.mmap(zeros, BLOCK))
        held[-1].write(b"x" * BLOCK)
    rest(1)
    return len(held) * BLOCK


def disk_let_go() -> int:
    """The same, of files without a name: a page of each is mapped, and none is open."""
    libc_maps()
    for number in range(DISK // BLOCK):
        path = os.path.join(tempfile.gettempdir(), f"ghost{number}")
        with open(path, "wb+", 0) as file:
            os.unlink(path)
            os.ftruncate(file.fileno(), BLOCK)
            at = LIBC.mmap(None, BLOCK, 3, 1, file.fileno(), 0)
        ctypes.memset(at, 1, BLOCK)
        LIBC.munmap(at + 4096, BLOCK - 4096)
    rest(3)
    return DISK


def memory_in_sockets() -> int:
    """What nobody reads lies in the kernel."""
    held, kept = 0, []
    while held < MEMORY // 4:
        kept.append(socket.socketpair())
        for one in kept[-1]:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 30)
            held += filled(one)
    return held


def filled(one: socket.socket) -> int:
    """Bytes that it takes until somebody reads."""
    held = 0
    one.setblocking(False)
    try:
        while True:
            held += one.send(bytes(32768))
    except BlockingIOError:
        return held


def unread() -> int:
    """Bytes that wait in 60 pairs of sockets."""
    held = 0
    for _ in range(60):
        pair = socket.socketpair()
        KEPT.extend(pair)
        held += sum(map(filled, pair))
    return held


def libc_maps() -> None:
    LIBC.mmap.restype = ctypes.c_void_p
    LIBC.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
    LIBC.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]


def memory_as_files() -> int:
    """Files without a name, in memory, in nobody's address space."""
    for number in range(200):
        file = os.memfd_create(f"attack{number}")
        for _ in range(4):
            os.write(file, b"x" * BLOCK)
    rest(1)
    return number + 1


def memory_as_segments() -> int:
    """System V segments outlive whoever made them."""
    segment = LIBC.shmget(0, BLOCK, 0o1600)
    if segment < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    LIBC.shmctl(segment, 0, None)
    return 1


def memory_as_page_tables() -> int:
    """A page that is only read is the one page of zeros; what tells where it lies takes 4 KiB for each 2 MiB of addresses."""
    huge, private, read, no_huge_pages = 2 << 20, 0x4022, 1, 15  # MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    libc_maps()
    LIBC.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    size = 600 << 30
    while (start := LIBC.mmap(None, size, read, private, -1, 0)) == ctypes.c_void_p(-1).value:
        size //= 2
    LIBC.madvise(start, size, no_huge_pages)
    for place in range(start, start + size, huge):
        ctypes.string_at(place, 1)
    rest(1)
    with open("/proc/self/status", encoding="ascii", errors="replace") as file:
        tables = 1024 * next(int(line.split()[1]) for line in file if line.startswith("VmPTE"))
    if tables < BLOCK * 32:
        raise MemoryError(f"{tables} bytes of page tables")
    return tables


def disk_filler() -> int:
    with open(os.path.join(tempfile.gettempdir(), "filler"), "wb") as file:
        for _ in range(DISK // BLOCK):
            file.write(b"x" * BLOCK)
    rest(3)
    return DISK


def disk_at_once() -> int:
    """Set aside, not written: gibibytes in a millisecond, and gone again before anybody has looked."""
    for number in range(DISK // BLOCK):
        with open(os.path.join(tempfile.gettempdir(), f"aside{number}"), "wb") as file:
            if LIBC.fallocate(file.fileno(), 0, ctypes.c_long(0), ctypes.c_long(BLOCK)):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return DISK


def disk_of_many() -> int:
    """No file is large."""
    for number in range(DISK // BLOCK):
        with open(os.path.join(tempfile.gettempdir(), f"filler{number}"), "wb") as file:
            file.write(b"x" * BLOCK)
    rest(3)
    return DISK


def disk_without_names() -> int:
    """Deleted while open: still on the disk, in no folder."""
    held = ghosts()
    rest(3)
    return held


def ghosts() -> int:
    for number in range(DISK // BLOCK):
        path = os.path.join(tempfile.gettempdir(), f"ghost{number}")
        file = os.open(path, os.O_CREAT | os.O_WRONLY)
        os.unlink(path)
        os.write(file, b"x" * BLOCK)
    return DISK


def disk_in_mappings() -> int:
    """Deleted and closed, but mapped: in no folder and no table of descriptors."""
    held = []
    for number in range(DISK // BLOCK):
        path = os.path.join(tempfile.gettempdir(), f"ghost{number}")
        with open(path, "wb+", 0) as file:
            file.write(b"x" * BLOCK)
            held.append(mmap.mmap(file.fileno(), 4096))
        os.unlink(path)
    rest(3)
    return len(held) * BLOCK


def disk_in_flight() -> int:
    """Deleted, closed, and kept in a message that nobody has read."""
    one, _other = socket.socketpair()
    for number in range(DISK // BLOCK):
        path = os.path.join(tempfile.gettempdir(), f"ghost{number}")
        with open(path, "wb", 0) as file:
            file.write(b"x" * BLOCK)
            socket.send_fds(one, [b"x"], [file.fileno()])
        os.unlink(path)
    rest(3)
    return DISK


def in_threads(number: int, work: Callable[[], int]) -> int:
    """The sum of what work comes to in so many threads, each with a table of descriptors of its own; whoever looks at the process sees another.

    All hold what they have until all are done.
    """
    together, held = threading.Barrier(number + 1), [-1] * number

    def apart(place: int) -> None:
        refused = LIBC.syscall(436, 4000, 4000, 2)  # close_range of nothing, CLOSE_RANGE_UNSHARE
        held[place] = -1 if refused else work()
        together.wait()
        rest(0.5)

    for place in range(number):
        threading.Thread(target=apart, args=(place,), daemon=True).start()
    together.wait()
    rest(0.5)
    if min(held) < 0:
        raise OSError("no table of its own")
    return sum(held)


def disk_apart() -> int:
    """The same as without names, in a table of descriptors that only one thread has."""
    return in_threads(1, ghosts)


def sockets_apart() -> int:
    """As many descriptors as a process may have, for each thread."""
    return in_threads(4, unread)


def disk_without_a_leader() -> int:
    """The main thread ends, and its folder of /proc tells nothing of what the others hold; one of them answers for it."""
    import json

    import numpy

    frame = sys._getframe()
    while frame and "wire" not in frame.f_locals:
        frame = frame.f_back
    wire = frame.f_locals["wire"]

    def answer() -> None:
        rest(0.2)
        held = ghosts()
        rest(0.5)
        wire.send(json.dumps({"status": "fitted", "seconds": 0.1}).encode())
        patients = len(pickle.loads(wire.receive()))
        told = {"status": "predicted", "seconds": 0.1, "shape": [patients], "peak_memory": 1}
        wire.send(json.dumps(told).encode())
        wire.send(numpy.full(patients, float(held)).tobytes())
        rest()

    threading.Thread(target=answer).start()
    LIBC.syscall(60, 0)
    return 0


def refusals_without_end() -> int:
    """Whoever counts refusals has much to count."""
    for _ in range(300):
        LIBC.syscall(250, 0, -3, 1)
    return 0


def files_without_end() -> int:
    """Empty files: no bytes, yet each takes an inode."""
    for number in range(8_000):
        os.close(os.open(os.path.join(tempfile.gettempdir(), f"empty{number}"), os.O_CREAT | os.O_WRONLY))
    rest(1)
    return number + 1


def output_without_end() -> int:
    for _ in range(DISK // BLOCK):
        os.write(1, b"x" * BLOCK)
        os.write(2, b"x" * BLOCK)
    rest(3)
    return DISK


def prints_without_end() -> int:
    line = "all work and no play " * 500
    for _ in range(20_000):
        print(line)
        print(line, file=sys.stderr)
    rest(3)
    return 1


def sleeping() -> int:
    rest(60)
    return 1


def deaf() -> int:
    """No signal that can be ignored is heard."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    rest(60)
    return 1


def spinning() -> int:
    while True:
        pass


def stopped() -> int:
    """Stops itself: it neither ends nor goes on."""
    os.kill(os.getpid(), signal.SIGSTOP)
    rest(60)
    return 1


def crash() -> int:
    """Reads where nothing is, in native code."""
    return len(ctypes.string_at(8))


def core_dump() -> int:
    """A crash that would leave all of its memory, outcomes of the training part included, in a file."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return 1
