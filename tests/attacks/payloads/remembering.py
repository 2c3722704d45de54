# An attack speaks to the system as directly as it can.
# ruff: noqa: BLE001, PTH101, PTH109, PTH116
"""Ways to tell a later fold what an earlier one was trained on. The first to find no trace leaves one everywhere.

``looks`` is a mask: bit k is set if channel k has carried. A fold that finds something leaves nothing, so what the kernel keeps is cleaned up.
"""

import builtins
import contextlib
import ctypes
import fcntl
import io
import os
import re
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

PLACES: dict[str, str] = {}
LIBC = ctypes.CDLL(None, use_errno=True)
NICE = 7


def file_at(template: str) -> tuple[Callable[[], bool], Callable[[], object]]:
    def path() -> Path:
        return Path(template.format(**PLACES, scratch=tempfile.gettempdir(), here=os.getcwd()))

    return lambda: path().exists(), lambda: path().write_text("seen", encoding="ascii")


def in_module() -> tuple[Callable[[], bool], Callable[[], object]]:
    return lambda: hasattr(builtins, "fusebench_attack"), lambda: setattr(builtins, "fusebench_attack", 1)


def in_environment() -> tuple[Callable[[], bool], Callable[[], object]]:
    return lambda: "FUSEBENCH_ATTACK" in os.environ, lambda: os.environ.setdefault("FUSEBENCH_ATTACK", "1")


def in_time(place: str) -> tuple[Callable[[], bool], Callable[[], object]]:
    return lambda: int(os.stat(PLACES[place]).st_mtime) == 1_000_000_007, lambda: os.utime(PLACES[place], (1_000_000_007, 1_000_000_007))


def in_mode() -> tuple[Callable[[], bool], Callable[[], object]]:
    return lambda: os.stat(PLACES["model"]).st_mode & 0o777 == 0o654, lambda: os.chmod(PLACES["model"], 0o654)


def in_attribute() -> tuple[Callable[[], bool], Callable[[], object]]:
    return lambda: "user.attack" in os.listxattr(PLACES["model"]), lambda: os.setxattr(PLACES["model"], "user.attack", b"1")


def key() -> int:
    """A number that two folds of one run agree on."""
    return zlib.crc32(PLACES["mark"].encode()) & 0x7FFFFFFF


def name() -> bytes:
    return b"/" + PLACES["mark"].encode()


def in_shared_memory() -> tuple[Callable[[], bool], Callable[[], object]]:
    def look() -> bool:
        segment = LIBC.shmget(key(), 4096, 0)
        return segment >= 0 and LIBC.shmctl(segment, 0, None) == 0

    return look, lambda: LIBC.shmget(key(), 4096, 0o1600)


def in_messages() -> tuple[Callable[[], bool], Callable[[], object]]:
    def look() -> bool:
        queue = LIBC.msgget(key(), 0)
        return queue >= 0 and LIBC.msgctl(queue, 0, None) == 0

    return look, lambda: LIBC.msgget(key(), 0o1600)


def in_semaphore() -> tuple[Callable[[], bool], Callable[[], object]]:
    def look() -> bool:
        group = LIBC.semget(key(), 1, 0)
        return group >= 0 and LIBC.semctl(group, 0, 0) == 0

    return look, lambda: LIBC.semget(key(), 1, 0o1600)


def in_posix_queue() -> tuple[Callable[[], bool], Callable[[], object]]:
    def look() -> bool:
        return LIBC.mq_open(name(), 0) >= 0 and LIBC.mq_unlink(name()) == 0

    return look, lambda: LIBC.mq_open(name(), os.O_CREAT | os.O_RDWR, 0o600, None)


def in_keyring() -> tuple[Callable[[], bool], Callable[[], object]]:
    add, ask, control, invalidate, ring = 248, 249, 250, 21, -4  # x86_64; the ring of the user

    def look() -> bool:
        key = LIBC.syscall(ask, b"user", name(), 0, 0)
        return key >= 0 and LIBC.syscall(control, invalidate, key) == 0

    return look, lambda: LIBC.syscall(add, b"user", name(), b"1", ctypes.c_long(1), ring)


def in_priority() -> tuple[Callable[[], bool], Callable[[], object]]:
    parent = os.getppid() or 1
    return lambda: os.getpriority(os.PRIO_PROCESS, parent) == NICE, lambda: os.setpriority(os.PRIO_PROCESS, parent, NICE)


def in_descriptor() -> tuple[Callable[[], bool], Callable[[], object]]:
    """A flag of a file that was open before the fold began belongs to everybody who has inherited it."""

    def look() -> bool:
        return any(fcntl.fcntl(number, fcntl.F_GETFL) & os.O_NOATIME for number in (0, 1, 2))

    def leave() -> None:
        for number in (0, 1, 2):
            fcntl.fcntl(number, fcntl.F_SETFL, fcntl.fcntl(number, fcntl.F_GETFL) | os.O_NOATIME)

    return look, leave


def in_hint() -> tuple[Callable[[], bool], Callable[[], object]]:
    """How long what is written will live: a hint that the kernel keeps with the inode, of a file that may only be read too."""
    ask, tell, short = 1035, 1036, 2

    def hint(command: int, value: int) -> int:
        with open(PLACES["model"], "rb") as file:  # noqa: PTH123
            return int.from_bytes(fcntl.fcntl(file, command, value.to_bytes(8, "little")), "little")

    def look() -> bool:
        return hint(ask, 0) == short and hint(tell, 0) == 0

    return look, lambda: hint(tell, short)


def in_names() -> tuple[Callable[[], bool], Callable[[], object]]:
    """Whoever counts the files of a fold reads their names, and what it has read may lie in the memory that the next fold is forked from."""
    pattern = re.compile(rb"named-by-a-fold-[0-9]{8}")

    def look() -> bool:
        with open("/proc/self/mem", "rb", 0) as memory:  # noqa: PTH123
            return any(pattern.search(piece) for piece in writable(memory))

    def leave() -> None:
        for number in range(300):
            Path(tempfile.gettempdir(), f"named-by-a-fold-{number:08d}").write_bytes(b"")
        time.sleep(0.35)  # until it has been counted

    return look, leave


def writable(memory: io.RawIOBase) -> Iterator[bytes]:
    """All that this process could change of its own memory."""
    for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines():
        places, rights = line.split()[:2]
        low, high = (int(place, 16) for place in places.split("-"))
        if rights.startswith("rw"):
            with contextlib.suppress(OSError):  # a guard page
                memory.seek(low)
                yield memory.read(high - low) or b""


def process_id() -> int:
    """The kernel counts: what runs after many threads has a higher number."""
    found = os.getpid()
    for _ in range(3000):
        one = threading.Thread(target=int)
        one.start()
        one.join()
    return found


def inode() -> int:
    """A file system counts, too."""
    place = Path(tempfile.gettempdir(), "counted")
    place.write_bytes(b"")
    found = place.stat().st_ino
    for _ in range(5000):
        place.unlink()
        place.write_bytes(b"")
    return found


def folder_size() -> int:
    """A folder that has held many names stays large on most disks."""
    folder = Path(tempfile.gettempdir())
    found = folder.stat().st_size
    names = [folder / ("x" * 200 + str(number)) for number in range(3000)]
    for name in names:
        name.write_bytes(b"")
    for name in names:
        name.unlink()
    return found


CHANNELS = {
    "scratch": file_at("{scratch}/attack"),
    "working folder": file_at("{here}/attack"),
    "home": file_at("{home}/attack"),
    "tmp": file_at("/tmp/fusebench-{mark}"),
    "shm": file_at("/dev/shm/fusebench-{mark}"),
    "own folder": file_at("{folder}/attack"),
    "runs": file_at("{runs}/attack"),
    "module": in_module(),
    "environment": in_environment(),
    "time of the model": in_time("model"),
    "time of the outcomes": in_time("outcomes"),
    "mode": in_mode(),
    "attribute": in_attribute(),
    "shared memory": in_shared_memory(),
    "messages": in_messages(),
    "semaphore": in_semaphore(),
    "posix queue": in_posix_queue(),
    "keyring": in_keyring(),
    "priority of the parent": in_priority(),
    "descriptor": in_descriptor(),
    "hint of the model": in_hint(),
    "names of files": in_names(),
}


def attempt(way: Callable[[], object]) -> bool:
    try:
        return bool(way())
    except Exception:
        return False


def every_channel() -> int:
    found = sum(1 << number for number, (look, _) in enumerate(CHANNELS.values()) if attempt(look))
    if not found:
        for _, leave in CHANNELS.values():
            attempt(leave)
    return found
