"""System calls that Python does not offer, through ctypes."""

import ctypes
import os
import platform
import sys
from functools import cache

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
PR_SET_DUMPABLE = 4
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

MACHINES = ("x86_64", "aarch64")  # those whose system calls benchmark.sandbox.syscalls knows


@cache
def libc() -> ctypes.CDLL:
    """The C library of this process."""
    return ctypes.CDLL(None, use_errno=True)


def machine() -> str | None:
    """This processor's name in :data:`MACHINES`; ``None`` for one that is not there, and for 32-bit programs and other systems."""
    name = platform.machine()
    return name if sys.platform == "linux" and sys.maxsize > 2**32 and name in MACHINES else None


def prctl(option: int, *arguments: int) -> None:
    """Change a property of this process.

    Raises:
        OSError: the kernel refuses.
    """
    numbers = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    _check(libc().prctl(option, *numbers), f"prctl {option}")


def syscall(number: int, *arguments: object) -> int:
    """Make a system call by its number.

    Raises:
        OSError: the kernel refuses.
    """
    function = libc().syscall
    function.restype = ctypes.c_long
    wide = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    return _check(function(ctypes.c_long(number), *wide), f"system call {number}")


def _check(result: int, what: str) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")
    return result
