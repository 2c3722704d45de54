"""What a process gives up before it runs a stranger's code: privileges, descriptors, resources."""

import ctypes
import os
import resource
import signal
from contextlib import suppress

from benchmark.sandbox.native import (
    PR_CAP_AMBIENT,
    PR_CAP_AMBIENT_CLEAR_ALL,
    PR_CAPBSET_DROP,
    PR_SET_DUMPABLE,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_PDEATHSIG,
    libc,
    prctl,
)
from benchmark.sandbox.policy import Policy

CAPABILITY_VERSION = 0x20080522  # _LINUX_CAPABILITY_VERSION_3: two words of 32 capabilities
CAPABILITIES = 64
# Descriptors: what lies unread in sockets and pipes is nobody's resident memory. A buffer has at most 208 KiB, the kernel's default, for neither
# sockets nor pipes may ask for more: 52 MiB in all
DESCRIPTORS = 256
SIGNALS = 1024  # that wait, and timers: half a KiB each
ROOM = 64 << 30  # bytes of addresses beyond the memory: libraries map what they never touch; its page tables take 128 MiB


def die_with_parent() -> None:
    """Be killed when the thread that forked this process ends."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def hide() -> None:
    """No process of the same user may trace this one or read its memory."""
    prctl(PR_SET_DUMPABLE, 0)


def unhide() -> None:
    """The parent may look at the descriptors of this process, to count what it has on disk; walls keep the others away."""
    prctl(PR_SET_DUMPABLE, 1)


def leave_to_the_fork() -> None:
    """Give up what only the process that forks jobs needs; root keeps it, because it needs part of it to make namespaces.

    Raises:
        OSError: the kernel refuses.
    """
    if os.geteuid() != 0:  # and bubblewrap will not start for an ordinary user who has capabilities
        drop_privileges()


def drop_privileges() -> None:
    """Give up every capability for good: root without them is an ordinary user, who cannot raise a hard limit either.

    Raises:
        OSError: the kernel refuses.
    """
    for capability in range(CAPABILITIES):
        with suppress(OSError):  # a number that the kernel does not have; or not ours to drop, and then capset empties it
            prctl(PR_CAPBSET_DROP, capability)
    with suppress(OSError):
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    nothing = (ctypes.c_uint32 * 6)()
    if libc().capset(ctypes.byref(header), ctypes.byref(nothing)):
        raise OSError(ctypes.get_errno(), "capset")
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def limit(policy: Policy, *, confined: bool) -> None:
    """Set the limits that the kernel keeps by itself; a hard limit stays."""
    wanted = {resource.RLIMIT_DATA: policy.memory}
    if confined:
        wanted |= {
            resource.RLIMIT_AS: policy.memory + ROOM,
            resource.RLIMIT_CPU: policy.cpu_seconds,
            resource.RLIMIT_FSIZE: policy.disk_bytes,
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_MEMLOCK: 1 << 20,
            resource.RLIMIT_NOFILE: DESCRIPTORS,
            resource.RLIMIT_SIGPENDING: SIGNALS,
        }
    for name, value in wanted.items():
        _, hard = resource.getrlimit(name)
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(name, (bound, bound))


def close_all_but(*kept: int) -> None:
    """Close every descriptor except these."""
    below = 0
    for descriptor in (*sorted(kept), resource.getrlimit(resource.RLIMIT_NOFILE)[0]):
        if below < descriptor:  # an empty range would close everything
            os.closerange(below, descriptor)
        below = descriptor + 1
