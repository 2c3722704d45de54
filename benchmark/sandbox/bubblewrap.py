"""The command lines of bubblewrap: processes in namespaces of their own, where hidden files do not exist.

There are two rings. A nursery runs no stranger's code and lives in the outer one, which may hold others. Each job has an inner ring of
its own, made for it and gone with it: process ids, the scratch folder's inodes and whatever else the kernel counts start afresh.
"""

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmark.sandbox.environment import NULL, READ_DEVICES, processor

SCRATCH_CAP = 4 << 30  # bytes of the folder in memory; the limit of a job is watched
BASE = "/tmp"  # where bubblewrap builds a new root: inside the outer ring it must find one
LIVES = ("--die-with-parent", "--new-session", "--cap-drop", "ALL")
OUTER = ("--unshare-user", "--unshare-ipc", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try", *LIVES, "--dir", BASE)
INNER = ("--unshare-all", "--unshare-user", "--disable-userns", "--as-pid-1", *LIVES)
WAITING = "cat"  # the first process of an inner ring: echoes once when the ring stands, and ends when nobody writes to it any more


def executable() -> str | None:
    """Where bubblewrap is installed; ``None`` where it is not."""
    return shutil.which("bwrap")


def outer(command: Sequence[str], read: Iterable[Path], hidden: Iterable[Path], scratch: Path) -> list[str]:
    """``command`` in a ring that can hold inner ones: it has the paths of ``read``, read-only, without those of ``hidden``, a scratch
    folder in memory, no network, and the machine's ``/proc``, because it must see to its jobs and mount others.

    Give it a clean environment.
    """
    rights = ["--cap-add", "CAP_SYS_ADMIN"]  # to have children in a ring's pid namespace
    if os.geteuid() == 0:
        rights += ["--cap-add", "CAP_SETFCAP"]  # a ring maps the same user, and to map root the kernel wants this of whoever makes it
    files = _files([*read, Path(str(executable()))], hidden, scratch)
    return [str(executable()), *OUTER, *rights, "--bind", "/proc", "/proc", *files, "--", *command]


def inner(read: Iterable[Path], hidden: Iterable[Path], scratch: Path) -> list[str]:
    """A ring for one job, to be made inside the outer one with the same files: with a ``/proc``, a scratch folder and process ids of its own,
    no capabilities, and no more user namespaces. :data:`WAITING` keeps it open.

    Give it a clean environment: it can be read in the ring's ``/proc/1``.
    """
    return [str(executable()), *INNER, "--proc", "/proc", *_files(read, hidden, scratch), "--", *map(str, _waiting())]


def _files(read: Iterable[Path], hidden: Iterable[Path], scratch: Path) -> list[str]:
    arguments: list[str] = []
    for device in (NULL, *READ_DEVICES):
        arguments += ["--dev-bind", device, device]
    places = _places([*read, *processor(), *_waiting()])
    for path in places:
        arguments += ["--symlink", str(path.readlink()), str(path)] if path.is_symlink() else ["--ro-bind", str(path), str(path)]
    for path in hidden:
        if any(path.is_relative_to(place) for place in places):
            arguments += ["--tmpfs", str(path), "--remount-ro", str(path)] if path.is_dir() else ["--ro-bind", NULL, str(path)]
    arguments += ["--perms", "0700", "--size", str(SCRATCH_CAP), "--tmpfs", str(scratch)]
    return [*arguments, "--remount-ro", "/", "--chdir", str(scratch)]


def _waiting() -> list[Path]:
    """Where the program of the first process lies."""
    found = shutil.which(WAITING)
    return [Path(found).parent.resolve() / WAITING] if found else []


def _places(paths: Iterable[Path]) -> list[Path]:
    """The paths that need a place inside, folders before what lies in them, with the links on the way to each."""
    wanted: set[Path] = set()
    for path in [*paths, Path(sys.executable)]:
        wanted |= _chain(path)
    covered = {path for path in wanted if not path.is_symlink()}
    kept = {path for path in wanted if not any(folder in covered for folder in path.parents)}
    return sorted(path for path in kept if not path.is_relative_to("/proc"))


def _chain(path: Path) -> set[Path]:
    """The path, and whatever symlinks lead to where it really is."""
    found: set[Path] = set()
    for place in (*reversed(path.parents), path):
        if place.is_symlink():
            found.add(place)
            target = place.parent / place.readlink()
            return found | _chain(Path(os.path.normpath(target / path.relative_to(place))))
    return {path}
