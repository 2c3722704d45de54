"""Look at a running job from outside: what it holds of memory, disk and threads."""

import os
import signal
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmark.sandbox.policy import Policy
from benchmark.sandbox.processes import descendants

PAGE = os.sysconf("SC_PAGE_SIZE")
BLOCK = 512  # bytes in a unit of st_blocks
HELD = ("VmRSS", "VmSwap", "VmPTE")  # of /proc/PID/status, KiB
PAUSE, PATIENCE = 0.001, 0.05  # seconds between two looks whether a process stands still, and until it is looked at all the same
LEADERLESS = "the main thread ended while other threads went on"


class Watch:
    """Keeps an eye on all descendants of a process and on the scratch folder, which nobody else writes.

    Args:
        scratch: as they call it.
        above: the folder that they take for the root of all others.
        others: descendants that do not belong to the job.
    """

    def __init__(self, policy: Policy, root: int, scratch: Path | None, above: Path = Path("/"), others: Collection[int] = ()) -> None:
        self._policy, self._root, self._name, self._others = policy, root, str(scratch), frozenset(others)
        self._scratch = above / scratch.relative_to("/") if scratch else None
        self._free = _free(self._scratch) if self._scratch else 0
        self._own = self._scratch is not None and _is_mounted(self._scratch)

    def breach(self) -> str | None:
        """The name of the limit that they are over, or ``None``."""
        pids = [pid for pid in descendants(self._root) if pid not in self._others]
        statuses = [_status(pid) for pid in pids]
        if sum(map(held, statuses)) > self._policy.memory:
            return "memory limit"
        if self._scratch and any(map(_is_leaderless, statuses)):
            return LEADERLESS
        if self._scratch and sum(map(_threads, pids)) > self._policy.processes:
            return "process limit"
        if self._scratch and self._too_much(self._scratch, pids):
            return "disk limit"
        return None

    def _too_much(self, scratch: Path, pids: Sequence[int]) -> bool:
        if self._counts_too_much(scratch, pids):
            return True
        if self._free - _free(scratch) <= self._policy.disk_bytes:
            return False
        # A file that has neither name nor descriptor any more, only a mapping, shows in nothing but the space that is gone; and so does one
        # whose name or descriptor is another each time, but not while all stand still
        if self._own or any(_maps_unlinked(pid, self._name) for pid in pids):
            return True
        with _standing_still(pids):
            return self._counts_too_much(scratch, pids)

    def _counts_too_much(self, scratch: Path, pids: Sequence[int]) -> bool:
        left = self._policy.disk_bytes - sum(map(_unlinked, pids))
        return left < 0 or disk_use(scratch, left) > left


def disk_use(folder: Path, limit: int) -> int:
    """Bytes on disk of all that lies beneath ``folder``, a page at least for each file; counting ends above ``limit``.

    A folder that cannot be listed counts as too much: no honest program makes one that its own user cannot read, or a
    chain of folders too long for a path.
    """
    total, waiting = 0, [str(folder)]
    while waiting and total <= limit:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    with suppress(FileNotFoundError):
                        total += max(entry.stat(follow_symlinks=False).st_blocks * BLOCK, PAGE)
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append(entry.path)
                    if total > limit:
                        break
        except (FileNotFoundError, NotADirectoryError):  # gone since
            continue
        except OSError:
            return limit + 1
    return total


def _free(folder: Path) -> int:
    status = os.statvfs(folder)
    return status.f_bfree * status.f_frsize


def _is_mounted(folder: Path) -> bool:
    return folder.stat().st_dev != (folder / "..").stat().st_dev


@contextmanager
def _standing_still(pids: Sequence[int]) -> Iterator[None]:
    """Stop these processes for a moment."""
    _tell(pids, signal.SIGSTOP)
    patience = time.monotonic() + PATIENCE
    while any(map(_is_moving, pids)) and time.monotonic() < patience:
        time.sleep(PAUSE)
    try:
        yield
    finally:
        _tell(pids, signal.SIGCONT)


def _tell(pids: Sequence[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _is_moving(pid: int) -> bool:
    """Whether a thread of it has not stopped."""
    for thread in Path(f"/proc/{pid}/task").glob("*/stat"):
        with suppress(OSError):
            if thread.read_text(errors="replace").rpartition(")")[2].split()[0] not in "TZX":
                return True
    return False


def _status(pid: int) -> str:
    """``/proc/PID/status``; empty of a process that has gone."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/status").read_text(errors="replace")
    return ""


def held(status: str) -> int:
    """Bytes that a process holds, by its ``/proc/PID/status``: what is resident or swapped out, and the page tables.

    A page that is only read, of memory that nobody has written, is not resident; the table that finds it is 4 KiB for each 2 MiB of addresses.
    What is shared and out of sight the walls refuse: see :mod:`benchmark.sandbox.seccomp`.
    """
    return sum(int(value.split()[0]) * 1024 for name, value in _fields(status) if name in HELD)


def _fields(status: str) -> Iterator[tuple[str, str]]:
    lines = (line.partition(":") for line in status.splitlines())
    return ((name, value) for name, _, value in lines)


def _threads(pid: int) -> int:
    with suppress(OSError, ValueError, IndexError):
        # the name of a program may hold anything, parentheses too: fields are counted from the last one
        return int(Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[17])
    return 0


def _is_leaderless(status: str) -> bool:
    """Whether the main thread has ended and others have not: ``/proc/PID`` then tells nothing of what they hold."""
    fields = dict(_fields(status))
    return "VmRSS" not in fields and int(fields.get("Threads", 0)) > 1


def _unlinked(pid: int) -> int:
    """Bytes in files that are open and have no name any more; all threads of a process have the same descriptors."""
    total = 0
    with suppress(OSError), os.scandir(f"/proc/{pid}/fd") as entries:
        for entry in entries:
            with suppress(OSError):
                status = entry.stat()
                if status.st_nlink == 0:
                    total += status.st_blocks * BLOCK
    return total


def _maps_unlinked(pid: int, scratch: str) -> bool:
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/maps").read_text(errors="replace").splitlines()
        return any(scratch in line and line.endswith("(deleted)") for line in lines)
    return False
