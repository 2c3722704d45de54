"""The folder where a confined process may write: empty before each job, empty after it."""

import os
import stat
from collections.abc import Iterator
from itertools import count
from pathlib import Path


def renew(folder: Path) -> None:
    """Make ``folder`` again, without what was in it: a folder that once held many names stays large, and its size can be asked for.

    Raises:
        OSError: something cannot be removed.
    """
    empty(folder)
    folder.rmdir()
    folder.mkdir(mode=0o700)


def empty(folder: Path) -> None:
    """Remove all that is in ``folder``, whatever a hostile program has put there; nobody else may be at work in it.

    Folders are flattened, not descended into: a chain of ten thousand folders is no deeper for this than one of two.

    Raises:
        OSError: something cannot be removed.
    """
    names = (folder / f".{number}.gone" for number in count())
    while entries := list(folder.iterdir()):
        for entry in entries:
            if _is_folder(entry):
                entry.chmod(0o700)
                for inner in list(entry.iterdir()):
                    _out(inner, names)
                entry.rmdir()
            else:
                entry.unlink()


def _out(path: Path, names: Iterator[Path]) -> None:
    """Unlink a file; move a folder up under a name of its own."""
    if _is_folder(path):
        path.chmod(0o700)  # to move a folder one must be able to write into it
        path.rename(next(name for name in names if not os.path.lexists(name)))
    else:
        path.unlink()


def _is_folder(path: Path) -> bool:
    return stat.S_ISDIR(path.lstat().st_mode)
