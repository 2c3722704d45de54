"""The descendants of this process: find them, and leave none."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

ALL = -1  # of kill: everybody whom one may signal
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


def end_descendants(*, whole_namespace: bool) -> None:
    """Kill and bury every descendant of this process, which must be a subreaper: orphans come to it, and no others are left.

    Args:
        whole_namespace: this process lives in a pid namespace of its own, where one call kills all others.
    """
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0]:
                continue
        except ChildProcessError:
            return
        if whole_namespace:
            with suppress(ProcessLookupError):
                os.kill(ALL, signal.SIGKILL)
        for pid in descendants(os.getpid()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(PAUSE)


def _children(pid: int) -> Iterator[int]:
    """The children of a process, by the list that the kernel keeps for each of its threads."""
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                yield from map(int, (thread / "children").read_text().split())
