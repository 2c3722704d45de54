"""The descendants of this process: find them, and leave none."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PAUSE = 0.001  # seconds between two looks at who is still there


def descendants(root: int) -> list[int]:
    """The ids of all processes below ``root`` that are alive or not yet buried."""
    found: list[int] = []
    waiting = [root]
    while waiting:
        below = list(_children(waiting.pop()))
        found += below
        waiting += below
    return found


def end_descendants(but: int = 0) -> None:
    """Kill and bury every descendant of this process, which must be a subreaper: orphans come to it, and no others are left.

    Args:
        but: one of them that lives on.
    """
    while True:
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        found = [pid for pid in descendants(os.getpid()) if pid != but]
        if not found:
            return
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(PAUSE)


def _children(pid: int) -> Iterator[int]:
    """The children of a process, by the list that the kernel keeps for each of its threads."""
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                yield from map(int, (thread / "children").read_text().split())
