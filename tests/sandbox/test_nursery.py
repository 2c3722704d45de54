"""Jobs and their ends: what comes back, what is said of a death, and that nobody outlives it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmark.errors import FaultError
from benchmark.sandbox import EndedError, Nursery, Policy
from tests.sandbox.conftest import JOBS, ROOT, nursery

SECONDS = 60.0


def test_bytes_go_in_and_out_and_prints_are_kept(any_walls: Nursery) -> None:
    child = any_walls.spawn(f"{JOBS}:echo", b"hello", Policy(), SECONDS)
    assert child.receive() == b"hello"
    child.send(b"abc" * 100_000)
    assert child.receive() == b"cba" * 100_000
    with pytest.raises(EndedError, match="ended with exit code 0"):
        child.receive()
    assert (child.exitcode, child.breach, child.refused) == (0, None, ())
    assert "printed by the job" in child.log
    assert "and complained" in child.log
    assert child.peak_memory > 1 << 20


@pytest.mark.parametrize(
    ("job", "order", "words"),
    [
        ("fail", b"no", "ended with exit code 1"),
        ("leave", b"4", "ended with exit code 4"),
        ("crash", b"", "was killed by SIGSEGV"),
        ("nowhere", b"", "could not be confined"),
    ],
)
def test_a_death_in_words(any_walls: Nursery, job: str, order: bytes, words: str) -> None:
    child = any_walls.spawn(f"{JOBS}:{job}", order, Policy(), SECONDS)
    with pytest.raises(EndedError, match=words):
        child.receive()
    assert ("ValueError: no" in child.log) == (job == "fail")


def test_ignoring_signals_does_not_help(any_walls: Nursery) -> None:
    child = any_walls.spawn(f"{JOBS}:stay", b"", Policy(), SECONDS)
    child.receive()
    child.kill()
    assert child.exitcode == -9
    child.kill()  # once more is no harm
    assert any_walls.spawn(f"{JOBS}:leave", b"0", Policy(), SECONDS)  # and the nursery lives


def test_a_daemon_does_not_outlive_its_job() -> None:
    made = nursery("process")
    child = made.spawn(f"{JOBS}:daemon", b"", Policy(), SECONDS)
    pid = int(child.receive())
    assert alive(pid)
    child.kill()
    assert not alive(pid)
    made.close()


def test_a_new_job_ends_the_one_before(any_walls: Nursery) -> None:
    first = any_walls.spawn(f"{JOBS}:stay", b"", Policy(), SECONDS)
    first.receive()
    second = any_walls.spawn(f"{JOBS}:leave", b"3", Policy(), SECONDS)
    assert first.exitcode == -9
    with pytest.raises(EndedError, match="exit code 3"):
        second.receive()


@pytest.mark.parametrize("kind", ["process", "landlock", "bubblewrap"])
def test_all_die_with_the_harness(kind: str, tmp_path: Path) -> None:
    nursery(kind).close()  # skips where there is none
    program = f"""
import os, sys, time
from pathlib import Path
from benchmark.sandbox import Nursery, Policy
nursery = Nursery({kind!r}, [{JOBS!r}], [Path({str(ROOT)!r}, 'tests', name) for name in ('sandbox', '__init__.py')])
child = nursery.spawn("{JOBS}:stay", b"", Policy(), 60)
child.receive()
print(nursery._process.pid, nursery._home.name if nursery._home else "", flush=True)
time.sleep(60)
"""
    harness = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE
    )
    assert harness.stdout is not None
    first, _, home = harness.stdout.readline().decode().strip().partition(" ")
    pid = int(first)
    below = [pid, *everybody_below(pid)]
    harness.kill()
    harness.communicate()
    for _ in range(200):
        if not any(map(alive, below)) and not (home and Path(home).exists()):
            return
        time.sleep(0.05)
    raise AssertionError(f"{kind}: left alive: {[one for one in below if alive(one)]} {home}")


def test_a_nursery_that_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmark.sandbox.nursery.START", "import sys; sys.exit('no luck')")
    with pytest.raises(FaultError, match="no luck"):
        Nursery("process")


def test_the_scratch_folder_goes_with_the_nursery() -> None:
    made = nursery("landlock")
    assert made._home is not None
    home = Path(made._home.name)
    assert home.stat().st_mode & 0o077 == 0
    made.close()
    assert not home.exists()


def everybody_below(pid: int) -> list[int]:
    import psutil

    return [process.pid for process in psutil.Process(pid).children(recursive=True)]


def alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
