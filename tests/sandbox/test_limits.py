"""Who goes over a limit is killed, and the limit is named."""

import pytest

from benchmark.sandbox import EndedError, Nursery, Policy
from tests.sandbox.conftest import JOBS

SECONDS = 60.0
LIMITS = {
    "memory": (Policy(memory=1 << 30), "memory limit"),
    "disk": (Policy(disk_bytes=64 << 20), "disk limit"),
    "disk_without_names": (Policy(disk_bytes=64 << 20), "disk limit"),
    "without_a_leader": (Policy(), "the main thread ended while other threads went on"),
    "threads": (Policy(processes=32), "process limit"),
    "output": (Policy(output_bytes=1 << 20), "output limit"),
    "burn": (Policy(cpu_seconds=1), "CPU limit"),
    "a_long_message": (Policy(), "message limit"),
}


@pytest.mark.parametrize("job", LIMITS)
def test_a_limit_ends_a_job_and_is_named(walls: Nursery, job: str) -> None:
    policy, name = LIMITS[job]
    child = walls.spawn(f"{JOBS}:{job}", b"", policy, SECONDS)
    with pytest.raises(EndedError, match=name):
        child.receive()
    assert child.breach == name
    assert child.exitcode is not None
    assert child.exitcode < 0


@pytest.mark.parametrize("job", ["never_read", "half_a_message"])
def test_silence_ends_at_the_deadline(any_walls: Nursery, job: str) -> None:
    child = any_walls.spawn(f"{JOBS}:{job}", b"", Policy(), 0.5)
    with pytest.raises(EndedError, match="timeout"):
        child.receive()
    with pytest.raises(EndedError, match="timeout"):  # and whatever is asked later fails for the same reason
        child.send(b"still there?")


def test_what_is_not_read_does_not_stop_the_clock(any_walls: Nursery) -> None:
    child = any_walls.spawn(f"{JOBS}:never_read", b"", Policy(), 0.5)
    with pytest.raises(EndedError, match="timeout"):
        child.send(bytes(64 << 20))


def test_what_is_printed_is_kept_in_part(walls: Nursery) -> None:
    child = walls.spawn(f"{JOBS}:output", b"", Policy(output_bytes=1 << 20), SECONDS)
    with pytest.raises(EndedError):
        child.receive()
    assert child.log.startswith("more and more")
    assert len(child.log) == 64 << 10
