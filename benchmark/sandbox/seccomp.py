"""A filter of system calls for this process and all that it could start, written as a BPF program.

Only what :mod:`benchmark.sandbox.syscalls` names gets through, and of that some calls depending on their arguments. Whatever else a model
tries fails with "operation not permitted", which a library can cope with, and the parent is told.
"""

import ctypes
import errno
import os
import struct
from collections.abc import Iterable, Sequence

from benchmark.sandbox.native import machine, syscall
from benchmark.sandbox.syscalls import ALLOWED, JUDGED, LACKING, NEWEST, PRETENDED, SEALED, numbers

SECCOMP = {"x86_64": 317, "aarch64": 277}
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_*: the numbers of a 32-bit program mean other calls
SET_MODE_FILTER, NEW_LISTENER = 1, 1 << 3

LOAD, EQUAL, AT_LEAST, ABOVE, AND, RETURN = 0x20, 0x15, 0x35, 0x25, 0x54, 0x06  # BPF opcodes on 32-bit words
ALLOW, KILL, ASK = 0x7FFF0000, 0x80000000, 0x7FC00000
NUMBER, ARCH = 0, 4  # offsets in struct seccomp_data

THREAD, NAMESPACES = 0x00010000 | 0x00000400, 0x7E020000  # CLONE_THREAD and CLONE_FILES; all CLONE_NEW*
CLOSE_RANGE_CLOEXEC = 4
AF_UNIX, SOCKET_TYPE, STREAM, SEQPACKET = 1, 0xF, 1, 5
# of prctl: names, timers, what can be asked; vector lengths and tagged addresses of ARM. Not PDEATHSIG, DUMPABLE, PTRACER
PRCTL = (2, 3, 7, 15, 16, 21, 23, 25, 29, 30, 38, 39, 41, 42, 50, 51, 52, 54, 56, 0x53564D41)
IOCTL = (
    0x5401,
    0x540F,
    0x5413,
    0x541B,
    0x5421,
    0x5450,
    0x5451,
)  # is it a terminal, how wide, how many bytes wait, non-blocking, close-on-exec
# Copies and flags of descriptors, how large a pipe is. Not another size for it, which would be memory; nor signals, leases, notices, nor the hints
# that the kernel keeps with a file's inode, where the next fold would read them
FCNTL = (0, 1, 2, 3, 4, 1030, 1032)
FCNTL_LOCKS = (6, 7, 37, 38)  # as flock: a lock on a file that may be read is a message to another fold
# Of mmap: memory that no limit of the kernel counts. Shared memory stays whole while a page of it is mapped; huge pages are not resident, and a
# mapping that grows like a stack is no data
MAP_SHARED_ANONYMOUS = 0x01 | 0x20  # the first bit is in all sorts of MAP_SHARED, and not in MAP_PRIVATE
MAP_GROWSDOWN, MAP_HUGETLB = 0x0100, 0x40000

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, constant


def install() -> int | None:
    """Filter the system calls of this process from now on; needs ``no_new_privs``.

    Returns:
        A descriptor that tells whoever holds it which calls are refused, and waits for an answer; ``None`` where the kernel
        cannot do that (or somebody listens already).

    Raises:
        OSError: the kernel refuses filters, or the processor is not known here.
    """
    try:
        return _load(program(os.getpid(), ASK), NEW_LISTENER)
    except OSError:
        _load(program(os.getpid(), refused(errno.EPERM)), 0)
        return None


def seal() -> None:
    """Refuse also what was needed to tell the parent of the filter."""
    calls = numbers(SEALED, str(machine())).values()
    tests = [(EQUAL, len(calls) - place, 0, call) for place, call in enumerate(calls)]
    _load([(LOAD, 0, 0, NUMBER), *tests, (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, refused(errno.EPERM))], 0)


def refused(number: int) -> int:
    """The filter's verdict "fails with this errno"."""
    return 0x00050000 | number


def program(pid: int, refusal: int) -> list[Instruction]:
    """The filter for the process ``pid``, with the verdict on all that is not let through."""
    name = machine()
    if name is None:
        raise OSError(errno.ENOTSUP, "no table of system calls for this processor")
    calls = numbers(JUDGED, name)
    body: list[Instruction] = [
        (LOAD, 0, 0, ARCH),
        (EQUAL, 1, 0, ARCHITECTURE[name]),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, 0, 1, NEWEST + 1),
        (RETURN, 0, 0, refused(errno.ENOSYS)),
    ]
    if "fchmodat2" in (late := numbers(PRETENDED, name)):
        body[4:4] = [(EQUAL, 0, 1, late["fchmodat2"]), (RETURN, 0, 0, refused(0))]
    for call, judgement in _judgements(pid, refusal).items():
        body += [(EQUAL, 0, len(judgement), calls[call]), *judgement]
    for low, high in _ranges(numbers(PRETENDED, name).values()):
        body += _within(low, high, refused(0))
    for low, high in _ranges(numbers(LACKING, name).values()):
        body += _within(low, high, refused(errno.EOPNOTSUPP))
    for low, high in _ranges([*numbers(ALLOWED, name).values(), *numbers(SEALED, name).values()]):
        body += _within(low, high, ALLOW)
    return [*body, (RETURN, 0, 0, refusal)]


def _judgements(pid: int, refusal: int) -> dict[str, list[Instruction]]:
    own = (0, pid)
    return {
        # a thread, not a process, no new namespace, and one table of descriptors for all threads: who looks at what a job holds, and who limits
        # its descriptors, knows no other. clone3 hides its flags behind a pointer
        "clone": [*_argument(0, THREAD | NAMESPACES), *_only((THREAD,), refusal)],
        "clone3": [(RETURN, 0, 0, refused(errno.ENOSYS))],
        "close_range": [*_argument(2), *_only((0, CLOSE_RANGE_CLOEXEC), refusal)],  # not UNSHARE: the same
        # ends that are tied to each other; a datagram socket could still write to any address
        "socketpair": [
            *_argument(0),
            (EQUAL, 1, 0, AF_UNIX),
            (RETURN, 0, 0, refusal),
            *_argument(1, SOCKET_TYPE),
            *_only((STREAM, SEQPACKET), refusal),
        ],
        "sendto": [*_argument(4), (EQUAL, 1, 0, 0), (RETURN, 0, 0, refusal), (LOAD, 0, 0, 52), *_only((0,), refusal)],
        "kill": [*_argument(0), *_only((pid,), refusal)],
        "tgkill": [*_argument(0), *_only((pid,), refusal)],
        "prlimit64": [*_argument(0), *_only(own, refusal)],
        "sched_setaffinity": [*_argument(0), *_only(own, refusal)],
        "prctl": [*_argument(0), *_only(PRCTL, refusal)],
        "ioctl": [*_argument(1), *_only(IOCTL, refusal)],
        "fcntl": [*_argument(1), *_pretend(FCNTL_LOCKS), *_only(FCNTL, refusal)],
        "mmap": [
            *_argument(3, MAP_SHARED_ANONYMOUS),
            (EQUAL, 0, 1, MAP_SHARED_ANONYMOUS),
            (RETURN, 0, 0, refusal),
            *_argument(3, MAP_GROWSDOWN | MAP_HUGETLB),
            *_only((0,), refusal),
        ],
    }


def _argument(place: int, mask: int = 0xFFFFFFFF) -> list[Instruction]:
    """Load the lower half of an argument: all that the kernel looks at in an int."""
    load = (LOAD, 0, 0, 16 + 8 * place)
    return [load] if mask == 0xFFFFFFFF else [load, (AND, 0, 0, mask)]


def _only(values: Sequence[int], refusal: int) -> list[Instruction]:
    tests = [(EQUAL, len(values) - place, 0, value) for place, value in enumerate(values)]
    return [*tests, (RETURN, 0, 0, refusal), (RETURN, 0, 0, ALLOW)]


def _pretend(values: Sequence[int]) -> list[Instruction]:
    return [step for value in values for step in ((EQUAL, 0, 1, value), (RETURN, 0, 0, refused(0)))]


def _within(low: int, high: int, verdict: int) -> list[Instruction]:
    if low == high:
        return [(EQUAL, 0, 1, low), (RETURN, 0, 0, verdict)]
    return [(AT_LEAST, 0, 2, low), (ABOVE, 1, 0, high), (RETURN, 0, 0, verdict)]


def _ranges(values: Iterable[int]) -> list[tuple[int, int]]:
    """Runs of neighbouring numbers."""
    runs: list[tuple[int, int]] = []
    for value in sorted(values):
        runs[-1:] = [(runs[-1][0], value)] if runs and runs[-1][1] == value - 1 else [*runs[-1:], (value, value)]
    return runs


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _load(instructions: Sequence[Instruction], flags: int) -> int:
    raw = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *one) for one in instructions))
    packed = _Program(len(instructions), ctypes.addressof(raw))
    return syscall(SECCOMP[str(machine())], SET_MODE_FILTER, flags, ctypes.byref(packed))
