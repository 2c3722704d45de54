"""Look at a running job from outside: what it holds of memory, disk and threads."""

import os
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

from benchmark.sandbox.policy import Policy
from benchmark.sandbox.processes import descendants

PAGE = os.sysconf("SC_PAGE_SIZE")
BLOCK = 512  # bytes in a unit of st_blocks
HELD = ("VmRSS", "VmSwap", "VmPTE")  # of /proc/PID/status, KiB


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

    def breach(self) -> str | None:
        """The name of the limit that they are over, or ``None``."""
        pids = [pid for pid in descendants(self._root) if pid not in self._others]
        if sum(map(_memory, pids)) > self._policy.memory:
            return "memory limit"
        if self._scratch and sum(map(_threads, pids)) > self._policy.processes:
            return "process limit"
        if self._scratch and self._too_much(self._scratch, pids):
            return "disk limit"
        return None

    def _too_much(self, scratch: Path, pids: Sequence[int]) -> bool:
        limit = self._policy.disk_bytes
        if (left := limit - sum(map(_unlinked, pids))) < 0 or disk_use(scratch, left) > left:
            return True
        # a file that has neither name nor descriptor any more, only a mapping, shows in nothing but the space that is gone
        return self._free - _free(scratch) > limit and any(_maps_unlinked(pid, self._name) for pid in pids)


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


def _memory(pid: int) -> int:
    with suppress(OSError):
        return held(Path(f"/proc/{pid}/status").read_text(errors="replace"))
    return 0


def held(status: str) -> int:
    """Bytes that a process holds, by its ``/proc/PID/status``: what is resident or swapped out, and the page tables.

    A page that is only read, of memory that nobody has written, is not resident; the table that finds it is 4 KiB for each 2 MiB of addresses.
    What is shared and out of sight the walls refuse: see :mod:`benchmark.sandbox.seccomp`.
    """
    lines = (line.partition(":") for line in status.splitlines())
    return sum(int(value.split()[0]) * 1024 for name, _, value in lines if name in HELD)


def _threads(pid: int) -> int:
    with suppress(OSError, ValueError, IndexError):
        # the name of a program may hold anything, parentheses too: fields are counted from the last one
        return int(Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[17])
    return 0


def _unlinked(pid: int) -> int:
    """Bytes in files that are open and have no name any more."""
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
