"""Fixtures: the mirror of the real cohorts' source files, and a made-up workspace."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmark.cohorts import Cohort
from benchmark.models import choose
from benchmark.records import Record
from benchmark.runner.execute import execute
from benchmark.runner.executor import LocalProcesses
from benchmark.runner.fold import FoldResult
from benchmark.runner.job import Limits
from benchmark.runner.plan import Run, plan
from benchmark.tasks import Task, load_task
from tests import toy


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("real_data") and not os.environ.get("BENCH_MIRROR"):
        pytest.skip("BENCH_MIRROR is not set: the source files of the real cohorts are not here")


@pytest.fixture
def mirror() -> Path:
    """The folder with the source files of the real cohorts."""
    return Path(os.environ["BENCH_MIRROR"])


@dataclass
class Listener:
    """Hears of every fold that is done."""

    fold: Callable[[Run, FoldResult], None]

    def start(self, folds: int, done: int) -> None: ...


@dataclass
class Toy:
    """A made-up checkout: ``tasks/toy``, ``baselines/signal.py`` and the cohort on disk."""

    root: Path
    folder: Path
    cohort_folder: Path
    cohort: Cohort

    @property
    def task(self) -> Task:
        return load_task(self.folder, self.cohort)

    def plan(self, model: str = "signal", protocol: str = "paper", seconds: float = 60, memory: int = 8 << 30, seed: int = 0) -> Run:
        choice = choose(self.root, model)
        return plan(
            self.task, (self.folder, self.cohort_folder), choice, protocol, "relapse", seed, Limits(seconds, memory), self.root / "runs"
        )

    def run(
        self,
        model: str = "signal",
        *,
        jobs: int = 1,
        on_fold: Callable[[Run, FoldResult], None] = lambda run, result: None,
        **options: object,
    ) -> Record:
        flags = {name: bool(options.pop(name, False)) for name in ("force", "retry_failed")}
        return execute([self.plan(model, **options)], LocalProcesses(jobs), watcher=Listener(on_fold), **flags)[0]  # type: ignore[arg-type]


@pytest.fixture
def made_up(tmp_path: Path) -> Toy:
    cohort = toy.make_cohort()
    cohort_folder = tmp_path / "data" / "cohorts" / "real" / "toy"
    cohort.write(cohort_folder)
    toy.write_model(tmp_path, "signal")
    return Toy(tmp_path, toy.write_task(tmp_path, cohort), cohort_folder, cohort)
