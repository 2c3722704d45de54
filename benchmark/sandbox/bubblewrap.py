"""The command line of bubblewrap: a process in namespaces of its own, where hidden files do not exist."""

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmark.sandbox.environment import NULL, READ_DEVICES, processor

SCRATCH_CAP = 4 << 30  # bytes of the folder in memory; the limit of a job is watched
WALLS = ("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session", "--cap-drop", "ALL")


def executable() -> str | None:
    """Where bubblewrap is installed; ``None`` where it is not."""
    return shutil.which("bwrap")


def inside(command: Sequence[str], read: Iterable[Path], hidden: Iterable[Path], scratch: Path) -> list[str]:
    """``command`` in a sandbox that has the paths of ``read``, read-only, without those of ``hidden``, and an empty scratch folder in memory.

    Give it a clean environment: bubblewrap's own can be read in the sandbox's ``/proc/1``.
    """
    arguments = [str(executable()), *WALLS, "--proc", "/proc"]
    for device in (NULL, *READ_DEVICES):
        arguments += ["--dev-bind", device, device]
    places = _places([*read, *processor()])
    for path in places:
        arguments += ["--symlink", str(path.readlink()), str(path)] if path.is_symlink() else ["--ro-bind", str(path), str(path)]
    for path in hidden:
        if any(path.is_relative_to(place) for place in places):
            arguments += ["--tmpfs", str(path), "--remount-ro", str(path)] if path.is_dir() else ["--ro-bind", NULL, str(path)]
    arguments += ["--perms", "0700", "--size", str(SCRATCH_CAP), "--tmpfs", str(scratch), "--remount-ro", "/", "--chdir", str(scratch)]
    return [*arguments, "--", *command]


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
