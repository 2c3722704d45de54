"""The command line called in this process, for tests that are not about starting one: a second faster each."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmark.cli import _run

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Said:
    """What a command says, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def bench_here(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """``bench`` with the repository as the working directory."""
    monkeypatch.chdir(ROOT)

    def call(*arguments: object) -> Said:
        code = _run([str(argument) for argument in arguments])
        return Said(code, *capsys.readouterr())

    return call
