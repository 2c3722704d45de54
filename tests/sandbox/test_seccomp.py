"""The filter as a program, run here instead of in the kernel: also for the processor that this machine is not."""

import errno
from collections.abc import Sequence

import pytest

from benchmark.sandbox import seccomp
from benchmark.sandbox.seccomp import ALLOW, ARCHITECTURE, KILL, program, refused
from benchmark.sandbox.syscalls import ALLOWED, JUDGED, LACKING, NAMED, PRETENDED, SEALED, numbers

PID, NO = 4321, refused(errno.EPERM)
MACHINES = ("x86_64", "aarch64")


@pytest.fixture(params=MACHINES)
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(seccomp, "machine", lambda: request.param)
    return request.param


def verdict(machine: str, number: int, *arguments: int, architecture: int | None = None) -> int:
    """What the filter says of a call: the instructions of BPF that it uses, on struct seccomp_data."""
    words = {0: number, 4: ARCHITECTURE[machine] if architecture is None else architecture}
    for place, value in enumerate((*arguments, 0, 0, 0, 0, 0, 0)[:6]):
        words[16 + 8 * place], words[20 + 8 * place] = value & 0xFFFFFFFF, value >> 32 & 0xFFFFFFFF
    instructions, at, held = program(PID, NO), 0, 0
    while True:
        code, yes, no, constant = instructions[at]
        at += 1
        match code:
            case seccomp.LOAD:
                held = words[constant]
            case seccomp.AND:
                held &= constant
            case seccomp.RETURN:
                return constant
            case seccomp.EQUAL:
                at += yes if held == constant else no
            case seccomp.AT_LEAST:
                at += yes if held >= constant else no
            case seccomp.ABOVE:
                at += yes if held > constant else no


def test_tables_name_each_call_once(machine: str) -> None:
    tables = [numbers(table, machine) for table in (ALLOWED, PRETENDED, LACKING, SEALED, JUDGED, NAMED)]
    values = [value for table in tables for value in table.values()]
    assert len(values) == len(set(values))
    assert len(program(PID, NO)) < 4096


def test_calls_of_the_tables(machine: str) -> None:
    lacking = refused(errno.EOPNOTSUPP)
    for table, expected in ((ALLOWED, ALLOW), (SEALED, ALLOW), (PRETENDED, refused(0)), (LACKING, lacking), (NAMED, NO)):
        assert {name: verdict(machine, number) for name, number in numbers(table, machine).items()} == dict.fromkeys(
            numbers(table, machine), expected
        )


def test_numbers_of_other_programs_mean_other_calls(machine: str) -> None:
    read = numbers(ALLOWED, machine)["read"]
    i386, arm = 0x40000003, 0x40000028
    assert {verdict(machine, read, architecture=other) for other in (i386, arm, 0)} == {KILL}
    assert verdict(machine, 0x40000000 | read) == refused(errno.ENOSYS)  # x32
    assert verdict(machine, 467) == refused(errno.ENOSYS)


THREAD, FILES, NEW_USER, NEW_PID = 0x3D0F00, 0x400, 0x10000000, 0x20000000
JUDGEMENTS: list[tuple[str, Sequence[int], bool]] = [
    ("clone", (THREAD,), True),
    ("clone", (17,), False),  # fork: SIGCHLD and no flag
    ("clone", (THREAD & ~FILES,), False),
    ("clone", (17 | FILES,), False),
    ("close_range", (3, 9, 0), True),
    ("close_range", (3, 9, 4), True),
    ("close_range", (3, 9, 2), False),
    ("close_range", (3, 9, 6), False),
    ("close_range", (3, 9, 1 << 32 | 2), False),
    ("clone", (THREAD | NEW_USER,), False),
    ("clone", (17 | NEW_PID,), False),
    ("socketpair", (1, 1), True),
    ("socketpair", (1, 5 | 0o2000000), True),
    ("socketpair", (1, 2), False),
    ("socketpair", (16, 1), False),
    ("sendto", (3, 0, 0, 0, 0), True),
    ("sendto", (3, 0, 0, 0, 0x7F00), False),
    ("sendto", (3, 0, 0, 0, 1 << 32), False),
    ("kill", (PID, 9), True),
    ("kill", (PID + 1, 9), False),
    ("kill", (0, 9), False),
    ("kill", (0xFFFFFFFF, 9), False),
    ("tgkill", (PID, PID + 1, 9), True),
    ("tgkill", (1, 1, 9), False),
    ("prlimit64", (0,), True),
    ("prlimit64", (PID,), True),
    ("prlimit64", (1,), False),
    ("sched_setaffinity", (0,), True),
    ("sched_setaffinity", (7,), False),
    ("prctl", (15,), True),
    ("prctl", (1,), False),
    ("prctl", (4,), False),
    ("ioctl", (0, 0x5401), True),
    ("ioctl", (0, 0x5412), False),  # TIOCSTI
    ("ioctl", (0, 0x8901), False),  # FIOSETOWN
    ("fcntl", (0, 1), True),
    ("fcntl", (0, 8), False),
    ("fcntl", (0, 10), False),
    ("fcntl", (0, 1024), False),
    ("fcntl", (0, 1030), True),
    ("fcntl", (0, 1031), False),  # F_SETPIPE_SZ
    ("mmap", (0, 4096, 3, 0x22, PID), True),  # private, of nothing
    ("mmap", (0, 4096, 3, 0x4022), True),  # and without a reserve
    ("mmap", (0, 4096, 3, 0x01, 3), True),  # shared, of a file
    ("mmap", (0, 4096, 3, 0x02, 3), True),
    ("mmap", (0, 4096, 3, 0x21), False),
    ("mmap", (0, 4096, 3, 0x23), False),
    ("mmap", (0, 4096, 1, 1 << 32 | 0x8021), False),
    ("mmap", (0, 4096, 3, 0x40021), False),
    ("mmap", (0, 4096, 3, 0x40022), False),  # huge pages
    ("mmap", (0, 4096, 3, 0x0122), False),  # grows like a stack
    *(("fcntl", (0, hint), False) for hint in (1033, 1035, 1036, 1037, 1038, 5000)),
]


@pytest.mark.parametrize(("call", "arguments", "passes"), JUDGEMENTS)
def test_calls_that_depend_on_their_arguments(machine: str, call: str, arguments: Sequence[int], passes: bool) -> None:
    assert verdict(machine, numbers(JUDGED, machine)[call], *arguments) == (ALLOW if passes else NO)


def test_clone3_is_not_there_and_locks_are_pretended(machine: str) -> None:
    calls = numbers(JUDGED, machine)
    assert verdict(machine, calls["clone3"]) == refused(errno.ENOSYS)
    assert {verdict(machine, calls["fcntl"], 3, lock) for lock in (6, 7, 37, 38)} == {refused(0)}
