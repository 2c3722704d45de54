"""Hear which system calls the filter refuses, so that a report can name what a model tried."""

import errno
import fcntl
import struct
from contextlib import suppress

from benchmark.sandbox.native import machine
from benchmark.sandbox.seccomp import MAP_SHARED_ANONYMOUS, THREAD
from benchmark.sandbox.syscalls import ALLOWED, JUDGED, NAMED, numbers

RECEIVE, ANSWER = 0xC0502100, 0xC0182101  # SECCOMP_IOCTL_NOTIF_RECV and _SEND
NOTICE = struct.Struct("=QIIiIQ6Q")  # id, pid, flags; number, architecture, instruction pointer, arguments
REPLY = struct.Struct("=QqiI")  # id, value, error, flags
FAMILIES = {1: "unix", 2: "inet", 10: "inet6", 16: "netlink", 17: "packet", 38: "alg", 40: "vsock"}


def refuse(listener: int) -> str | None:
    """Answer the call that waits with "operation not permitted"; its name, or ``None`` if nobody waits any more.

    The names are no more than there are system calls and families: a model cannot fill a report with them.
    """
    notice = bytearray(NOTICE.size)
    try:
        fcntl.ioctl(listener, RECEIVE, notice)
    except OSError:  # killed, or interrupted by a signal
        return None
    number, _, _, *arguments = NOTICE.unpack(notice)[3:]
    with suppress(OSError):  # as above, but it has been heard
        fcntl.ioctl(listener, ANSWER, REPLY.pack(NOTICE.unpack(notice)[0], 0, -errno.EPERM, 0))
    return _name(number, arguments)


def _name(number: int, arguments: list[int]) -> str:
    known = {value: name for table in (NAMED, JUDGED, ALLOWED) for name, value in numbers(table, str(machine())).items()}
    name = known.get(number, f"system call {number}")
    if name in ("socket", "socketpair"):
        return f"{name} ({FAMILIES.get(arguments[0] & 0xFFFFFFFF, 'another family')})"
    if name == "mmap" and arguments[3] & MAP_SHARED_ANONYMOUS == MAP_SHARED_ANONYMOUS:
        return "mmap (shared memory)"
    if name == "clone" and arguments[0] & THREAD:
        return "clone (a thread apart)"
    if name in ("clone", "fork", "vfork"):
        return "fork"
    return name
