"""Landlock: which files a process may reach, decided by the kernel for it and all that it starts."""

import ctypes
import os
import stat
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from benchmark.sandbox.native import syscall

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same number on every processor
VERSION = 1  # a flag of CREATE_RULESET: only say which ABI the kernel has
PATH_BENEATH = 1

# rights to files, <linux/landlock.h>
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE, MAKE_CHAR, MAKE_DIR, MAKE_REG = (1 << bit for bit in range(9))
MAKE_SOCK, MAKE_FIFO, MAKE_BLOCK, MAKE_SYM, REFER, TRUNCATE, IOCTL_DEV = (1 << bit for bit in range(9, 16))
RIGHTS_OF_ABI = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # how many of them each ABI knows; later ones know no more
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV  # the others are rights to folders
READ = READ_FILE | READ_DIR
WRITE = READ | WRITE_FILE | TRUNCATE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SYM | REFER
Rule = tuple[Path, int]
TCP, SCOPES = 0b11, 0b11  # bind and connect; abstract sockets and signals of others


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("rights", ctypes.c_uint64), ("parent", ctypes.c_int32))


def abi() -> int:
    """The version of Landlock in this kernel; 0: none."""
    try:
        return syscall(CREATE_RULESET, 0, 0, VERSION)
    except OSError:
        return 0


def rules(read: Iterable[Path], write: Iterable[Path], hidden: Collection[Path] = ()) -> list[Rule]:
    """What to open to a process: these paths and all beneath them.

    Args:
        hidden: what may not be read although it lies beneath ``read``; absolute, without symlinks.
    """
    reading = [rule for path in read for rule in _around(path.resolve(), hidden)]
    return list(dict.fromkeys([*reading, *((path, WRITE) for path in write)]))


def restrict(opened: Iterable[Rule]) -> None:
    """From now on this thread opens only what these rules say; no TCP, and no signals or abstract sockets beyond itself.

    Needs ``no_new_privs``. Paths that do not exist are passed over. ``stat``, ``chmod`` and locks are not Landlock's business:
    see :mod:`benchmark.sandbox.seccomp`.

    Raises:
        OSError: the kernel has no Landlock, or refuses.
    """
    version = abi()
    known = (1 << RIGHTS_OF_ABI.get(version, 16)) - 1
    attributes = _Ruleset(known, TCP if version >= 4 else 0, SCOPES if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = syscall(CREATE_RULESET, ctypes.byref(attributes), size, 0)
    try:
        for path, rights in opened:
            with suppress(FileNotFoundError):
                _allow(ruleset, path, rights & known)
        syscall(RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _around(path: Path, hidden: Collection[Path]) -> Iterator[Rule]:
    """The rules that open ``path`` but not what is hidden in it: Landlock can only allow, so each neighbour is allowed by itself.

    A right holds for all beneath: what leads to a hidden folder cannot be listed. The name of a hidden file is no secret, and Python
    lists the folders of libraries.
    """
    if path in hidden:
        return
    if not (inside := [place for place in hidden if place.is_relative_to(path)]):
        yield path, READ
        return
    if not any(place.is_dir() for place in inside):
        yield path, READ_DIR
    for inner in path.iterdir():
        if not inner.is_symlink():  # a rule follows a link, perhaps to a folder above what is hidden
            yield from _around(inner, hidden)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(parent).st_mode):
            rights &= OF_FILES
        syscall(ADD_RULE, ruleset, PATH_BENEATH, ctypes.byref(_Beneath(rights, parent)), 0)
    finally:
        os.close(parent)
