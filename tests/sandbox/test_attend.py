"""Standing by a job: what its end tells of it."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from benchmark.sandbox.attend import Attendant
from benchmark.sandbox.watch import LEADERLESS


@pytest.fixture
def job() -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize(("breach", "code", "told"), [(LEADERLESS, -signal.SIGKILL, True), (LEADERLESS, 0, False), ("disk limit", 0, True)])
def test_a_job_that_was_ending_may_lose_its_main_thread_first(job: "subprocess.Popen[bytes]", breach: str, code: int, told: bool) -> None:
    """The kernel keeps the code of whoever ends all threads: a signal that comes later does not change it."""
    (ours, line), (theirs, news) = socket.socketpair(), socket.socketpair()
    with ours, line, theirs, news:
        end = Attendant(line, job.pid, news, lambda: breach, lambda: {"code": code}).wait()
    assert end["breach"] == (breach if told else None)
    assert end["code"] == code
