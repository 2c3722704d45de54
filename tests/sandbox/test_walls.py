"""What a confined process cannot do, tried by one that sets out to do it; and what it must still be able to do."""

import errno
import json
import os
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest

from benchmark.sandbox import CONFINED, EndedError, Isolation, Nursery, Policy, landlock
from benchmark.sandbox.environment import readable
from tests.sandbox.conftest import JOBS, ROOT, nursery

SECONDS = 60.0
PERMISSION = {-errno.EPERM, -errno.EACCES, -errno.ENOENT, -errno.EROFS, -errno.ENOSYS, -errno.ESRCH, -errno.ENXIO}

REFUSED_BY_NAME = {
    "socket (inet)": "socket.socket(socket.AF_INET)",
    "socket (inet6)": "socket.socket(socket.AF_INET6)",
    "socket (unix)": "socket.socket(socket.AF_UNIX)",
    "socket (netlink)": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    "socketpair (unix)": "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
    "fork": "os.fork()",
    "clone (a thread apart)": "call(56, 0x10000, 0, 0, 0, 0)",  # that a kernel without walls calls invalid
    "close_range": "call(436, 4000, 4000, 2)",
    "execve": "os.execv('/bin/true', ['true'])",
    "kill": "os.kill(parent(), 0)",
    "ptrace": "call(101, 16, parent(), 0, 0)",
    "unshare": "call(272, 0x10000000)",
    "mount": "call(165, b'none', b'/tmp', b'tmpfs', 0, 0)",
    "io_uring_setup": "call(425, 8, ctypes.create_string_buffer(120))",
    "keyctl": "call(250, 0, -1, 0)",
    "bpf": "call(321, 0, 0, 0)",
    "perf_event_open": "call(298, 0, 0, -1, -1, 0)",
    "userfaultfd": "call(323, 0)",
    "memfd_create": "call(319, b'x', 0)",
    "process_vm_readv": "call(310, parent(), 0, 0, 0, 0, 0)",
    "pidfd_open": "call(434, parent(), 0)",
    "prlimit64": "resource.prlimit(parent(), resource.RLIMIT_CPU)",
    "sched_setaffinity": "os.sched_setaffinity(parent(), {0})",
    "inotify_init1": "call(294, 0)",
    "shmget": "call(29, 0, 4096, 0o1600)",
    "prctl": "import ctypes; ctypes.CDLL(None).prctl(1, 0, 0, 0, 0) and call(157, 1, 0, 0, 0, 0)",
    "setuid": "os.setuid(12345)",
    "truncate": "os.truncate(sys.executable, 0)",
    "mmap (shared memory)": "mmap.mmap(-1, 4096)",
    "mmap": "mmap.mmap(-1, 2 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40000)",
    "setsockopt": "socket.socketpair()[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)",
    "fcntl": "import fcntl; fcntl.fcntl(os.pipe()[1], fcntl.F_SETPIPE_SZ, 1 << 20)",
    "splice": "file = open('spliced', 'wb+'); file.write(b'x' * 4096); file.flush(); os.splice(file.fileno(), os.pipe()[1], 4096, 0)",
}
WRONG = {
    "read": f"value = open({str(ROOT / 'README.md')!r}).read()",
    "list": f"value = os.listdir({str(ROOT)!r})",
    "hidden": f"value = open({str(ROOT / 'tests/sandbox/test_scratch.py')!r}).read(1) or False",
    "link": f"os.link({str(ROOT / 'README.md')!r}, 'link'); value = open('link').read()",
    "symlink": f"os.symlink({str(ROOT / 'README.md')!r}, 'soft'); value = open('soft').read()",
    "through /proc": f"value = open('/proc/self/root{ROOT}/README.md').read()",
    "write": f"open({str(ROOT / 'tests/sandbox/new')!r}, 'w')",
    "append": f"open({__file__!r}, 'a')",
    "append to a library": "import json; open(json.__file__, 'a')",
    "home": "open(os.path.expanduser('~root/x'), 'w')",
    "tmp": "open('/tmp/fusebench-test', 'w')",
    "shm": "open('/dev/shm/fusebench-test', 'w')",
    "memory of the parent": "value = open(f'/proc/{parent()}/mem', 'rb').read(1)",
    "environment of the parent": "value = len(open(f'/proc/{parent()}/environ', 'rb').read()) > 0",
    "environment of the first": "value = b'SECRET' in open('/proc/1/environ', 'rb').read()",
    "zeros": "os.open('/dev/zero', os.O_RDONLY)",
    "a higher limit": "resource.prlimit(0, resource.RLIMIT_DATA, (1 << 40, 1 << 40))",
}
FINE = {
    "scratch": "open('file', 'w').write('x'); os.rename('file', 'other'); os.makedirs('a/b'); value = os.listdir()",
    "temporary": "import tempfile; tempfile.TemporaryFile().write(b'x')",
    "copy": "import shutil; shutil.copy(json.__file__, 'copy.py')",  # with its mode
    "null": "open(os.devnull, 'w').write('x')",
    "closed": "os.closerange(100, 200); call(436, 100, 200, 4)",
    "random": "os.urandom(4)",
    "own signal": "signal.signal(signal.SIGUSR1, signal.SIG_IGN); signal.raise_signal(signal.SIGUSR1)",
    "mapped": "file = open('mapped', 'wb+'); file.truncate(4096); mmap.mmap(file.fileno(), 4096)[:1] = b'x'; value = file.read(1)",
    "loop": "import asyncio; value = asyncio.run(asyncio.sleep(0, 4))",
    "piped": "import shutil; one, two = os.pipe(); os.write(two, b'x'); value = os.read(one, 1)",
    "pair": "a, b = socket.socketpair(); a.send(b'x'); b.recv(1)",
    "processors": "value = os.cpu_count()",
    "loky": "from joblib.externals.loky import cpu_count; value = cpu_count()",
}


AT_ONCE = {
    "set aside": "file = open('aside', 'wb'); value = -ctypes.get_errno() if LIBC.fallocate(file.fileno(), 0, BEGIN, LENGTH) else 0",
    "copied": "value = os.copy_file_range(os.open('written', os.O_RDONLY), os.open('copy', os.O_CREAT | os.O_WRONLY), 1 << 20)",
    "cloned": "import fcntl; fcntl.ioctl(os.open('clone', os.O_CREAT | os.O_WRONLY), 0x40049409, os.open('written', os.O_RDONLY))",
    "beyond": "file = open('beyond', 'wb'); file.seek((1 << 20) - 1); file.write(b'xx'); file.flush()",
}
OF_THE_MACHINE = [
    "net/tcp",
    "net/unix",
    "net/arp",
    "net/route",
    "net/dev",
    "mountinfo",
    "mounts",
    "cgroup",
    "task/{os.getpid()}/net/tcp",
]  # of the job's


def tried(nursery: Nursery, statements: dict[str, str], policy: Policy = Policy()):  # noqa: B008 - frozen
    child = nursery.spawn(f"{JOBS}:attempts", json.dumps(statements).encode(), policy, SECONDS)
    found = json.loads(child.receive())
    child.kill()
    return found, child


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers of the calls are those of x86_64")
def test_system_calls_are_refused_and_named(walls: Nursery) -> None:
    found, child = tried(walls, REFUSED_BY_NAME)
    assert {name for name, result in found.items() if result not in PERMISSION} == set()
    assert set(child.refused) == set(REFUSED_BY_NAME)


def test_what_is_not_given_cannot_be_reached(walls: Nursery) -> None:
    found, _ = tried(walls, WRONG)
    assert {name: result for name, result in found.items() if result is not False and result not in PERMISSION | {-errno.EXDEV}} == {}
    assert not (ROOT / "tests/sandbox/new").exists()


@pytest.mark.parametrize("kind", CONFINED)
def test_a_hidden_folder_is_not_listed_and_its_neighbours_are(kind: Isolation, tmp_path: Path) -> None:
    """Under a folder that may be read: what is in the hidden one, and the way to it, tell nothing; libraries beside it are libraries."""
    for name in ("usr/src/app/board.json", "usr/src/app/runs/one/run.json", "usr/lib/library.py", "usr/lib/data/outcomes.arff"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    there = tmp_path / "usr"
    listed = {name: f"value = os.listdir({str(there / name)!r}) or False" for name in ("src/app", "src/app/runs", "src/app/runs/one")}
    read = {name: f"value = open({str(there / name)!r}).read() or False" for name in ("src/app/board.json", "lib/data/outcomes.arff")}
    with closing(nursery(kind, read=(there,), hidden=(there / "src" / "app", there / "lib" / "data" / "outcomes.arff"))) as made:
        found, _ = tried(made, listed | read)
        assert {name: result for name, result in found.items() if result is not False and result not in PERMISSION} == {}
        fine = {
            "list": f"value = sorted(os.listdir({str(there / 'lib')!r}))",
            "read": f"value = open({str(there / 'lib/library.py')!r}).read()",
        }
        assert tried(made, fine)[0] == {"list": ["data", "library.py"], "read": "x"}


def test_no_place_where_a_checkout_may_lie_is_readable() -> None:
    places = [place.resolve() for place in readable()]
    for place in ("/usr/src/app", "/usr/local/src/app", "/usr/home/me/app", "/srv/app", sys.prefix, sys.base_prefix, str(ROOT)):
        assert not any(Path(place).is_relative_to(opened) for opened in places), place


def test_what_honest_libraries_do_works(walls: Nursery) -> None:
    found, child = tried(walls, FINE)
    assert {name: result for name, result in found.items() if isinstance(result, int) and result < 0} == {}
    assert child.refused == ()


def test_what_lies_unread_is_little(walls: Nursery) -> None:
    """Bytes in sockets and pipes are in no process: there are few descriptors, and no buffer is larger than the kernel makes it."""
    fill = """
kept, value = [], 0
try:
    while True:
        pair = {pair}
        kept.append(pair)
        os.set_blocking({end}, False)
        try:
            while True:
                value += os.write({end}, bytes(32768))
        except BlockingIOError:
            pass
except OSError as error:
    assert error.errno == 24, error
"""
    pairs = {"sockets": ("socket.socketpair()", "pair[0].fileno()"), "pipes": ("os.pipe()", "pair[1]")}
    found, child = tried(walls, {name: fill.format(pair=pair, end=end) for name, (pair, end) in pairs.items()})
    child.kill()
    assert 0 < found["sockets"] < 64 << 20
    assert 0 < found["pipes"] < 16 << 20


def test_no_file_grows_at_once(walls: Nursery) -> None:
    """Between two looks at the disk nothing gets there but what is written, and no file gets larger than all may be."""
    begin = "import ctypes; LIBC = ctypes.CDLL(None, use_errno=True); BEGIN, LENGTH = ctypes.c_long(0), ctypes.c_long(1 << 20); "
    written = "file = open('written', 'wb'); os.posix_fallocate(file.fileno(), 0, 1 << 20); value = os.stat('written').st_blocks * 512"
    found, child = tried(walls, {"written": written} | {name: begin + text for name, text in AT_ONCE.items()}, Policy(disk_bytes=1 << 20))
    assert found.pop("written") >= 1 << 20  # the C library writes where it cannot set aside
    assert found == {"set aside": -errno.EOPNOTSUPP, "copied": -errno.EOPNOTSUPP, "cloned": -errno.EPERM, "beyond": -errno.EFBIG}
    assert child.refused == ("ioctl",)


@pytest.mark.skipif(not landlock.abi(), reason="this kernel has no Landlock")
def test_a_process_reads_of_itself_and_not_of_the_machine(walls: Nursery) -> None:
    found, _ = tried(walls, {name: f"value = open(f'/proc/self/{name}').read()" for name in OF_THE_MACHINE})
    assert found == dict.fromkeys(OF_THE_MACHINE, -errno.EACCES)
    own = {name: f"value = len(open('/proc/self/{name}', 'rb').read()) > 0" for name in ("maps", "status", "stat", "environ", "limits")}
    assert tried(walls, own)[0] == dict.fromkeys(own, True)


def test_modes_of_files_that_can_be_read_stay(walls: Nursery) -> None:
    status = Path(json.__file__).stat()
    found, _ = tried(walls, {"chmod": "os.chmod(json.__file__, 0)", "utime": "os.utime(json.__file__, (1, 1))"})
    assert Path(json.__file__).stat() == status
    assert set(found) == {"chmod", "utime"}


def test_nothing_is_handed_down(walls: Nursery) -> None:
    with Path(__file__).open() as file:
        os.set_inheritable(file.fileno(), True)
        statements = {
            "descriptors": "value = [os.readlink(f'/proc/self/fd/{n}').partition(':')[0] for n in os.listdir('/proc/self/fd') if os.path.lexists(f'/proc/self/fd/{n}')]",
            "environment": "value = sorted(os.environ)",
            "privileges": "value = [line for line in open('/proc/self/status') if line.startswith(('Cap', 'NoNewPrivs', 'Seccomp:'))]",
        }
        found, _ = tried(walls, statements)
    kinds = sorted(found["descriptors"])
    assert (
        kinds in (["/dev/null", "pipe", "pipe", "socket"], ["/dev/null", "/proc/self/fd", "pipe", "pipe", "socket"])
        or kinds[0] == "/dev/null"
    )
    assert [kind for kind in kinds if kind.startswith("/") and "null" not in kind and "proc" not in kind] == []
    assert set(found["environment"]) <= {"HOME", "PATH", "LANG", "USER", "LOGNAME", "PWD", "LC_CTYPE", "LD_LIBRARY_PATH"} | {
        name for name in found["environment"] if name.endswith(("_THREADS", "_DIR", "_HOME", "_FOLDER", "_COUNT", "MULTIPROCESSING"))
    } | {"NUMBA_THREADING_LAYER", "TMPDIR", "MPLCONFIGDIR", "PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE"}
    lines = {line.split()[0]: line.split()[1] for line in found["privileges"]}
    assert {int(lines[name], 16) for name in ("CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:")} <= {0} or os.geteuid() != 0
    assert int(lines["CapEff:"], 16) == 0
    assert (lines["NoNewPrivs:"], lines["Seccomp:"]) == ("1", "2")


def test_threads_work(walls: Nursery) -> None:
    child = walls.spawn(f"{JOBS}:many_threads_compute", b"", Policy(), SECONDS)
    assert json.loads(child.receive()) == [1000.0] * 8
    child.kill()
    assert child.refused == ()


def test_scratch_is_new_for_each_job(walls: Nursery) -> None:
    for _ in range(2):
        child = walls.spawn(f"{JOBS}:litter", b"", Policy(), SECONDS)
        assert json.loads(child.receive()) == []
        with suppress(EndedError):  # the watch may be quicker: no honest program makes such folders
            child.receive()
        child.kill()
