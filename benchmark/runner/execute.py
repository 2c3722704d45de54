"""Run the jobs and keep what comes back: this process alone writes records."""

import platform
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from benchmark.models import imported_libraries
from benchmark.records import Record, locked, read_record
from benchmark.runner.executor import Executor
from benchmark.runner.fold import FoldResult, run_fold
from benchmark.runner.job import Job
from benchmark.runner.nurseries import SEARCH
from benchmark.runner.plan import Run, prepare, together
from benchmark.sandbox import CONFINED, ISOLATIONS

LIBRARIES = (
    "fusebench",
    "imbalanced-learn",
    "lightgbm",
    "numpy",
    "optuna",
    "pandas",
    "scikit-learn",
    "scikit-survival",
    "scipy",
    "torch",
    "xgboost-cpu",
)


class Watcher(Protocol):
    """Who is told how a run goes on."""

    def start(self, folds: int, done: int) -> None: ...

    def fold(self, run: Run, result: FoldResult) -> None: ...


def execute(runs: Sequence[Run], executor: Executor, *, force: bool = False, retry_failed: bool = False, watcher: Watcher) -> list[Record]:
    """Run every fold that is not done yet; each finished fold is on disk before ``watcher`` hears of it.

    Raises:
        InputError: another process is writing one of the records.
    """
    with ExitStack() as stack:
        for run in runs:
            stack.enter_context(locked(run.draft.folder))
        prepare(runs, force=force, retry_failed=retry_failed)
        environment = describe_environment()
        waiting = {run.identity.digest: len(run.pending()) for run in runs}
        records = {run.identity.digest: _close(run, environment) for run in runs if not waiting[run.identity.digest]}
        by_digest = {run.identity.digest: run for run in runs}
        jobs = together(runs)
        watcher.start(sum(len(run.jobs) for run in runs), sum(len(run.jobs) for run in runs) - sum(waiting.values()))
        for digests, results in executor.map(partial(_labelled, _libraries([job for _, job in jobs])), jobs):
            for digest, result in zip(digests, results, strict=True):
                run = by_digest[digest]
                _keep(run, result)
                watcher.fold(run, result)
                waiting[digest] -= 1
                if not waiting[digest]:
                    records[digest] = _close(run, environment)
        return [records[run.identity.digest] for run in runs]


def describe_environment() -> dict[str, Any]:
    """What the bits of a result may depend on: library versions, CPU, BLAS, threads."""
    import numpy as np

    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "cpu": _cpu(),
        "blas": f"{blas['name']} {blas['version']}",
        "threads": 1,
    }


def _libraries(jobs: Sequence[Job]) -> set[str]:
    """What the models without walls import, so that it is imported once and not in every fold."""
    found = {library for path in {job.path for job in jobs if job.isolation not in CONFINED} for library in imported_libraries(path)}
    return found | SEARCH if any(job.trials for job in jobs) else found


def _labelled(libraries: set[str], item: tuple[tuple[str, ...], Job]) -> tuple[tuple[str, ...], list[FoldResult]]:
    return item[0], run_fold(item[1], libraries)


def _keep(run: Run, result: FoldResult) -> None:
    seldom = ("search", "refused", "log")
    state = {key: value for key, value in asdict(result).items() if key != "predictions" and (key not in seldom or value)}
    run.draft.add(state, result.predictions)


def _close(run: Run, environment: dict[str, Any]) -> Record:
    if run.draft.finished:
        run.draft.clean()
        return read_record(run.draft.folder)
    columns = {"task": run.identity.task, "protocol": run.identity.protocol, "endpoint": run.identity.endpoint}
    header = {**run.header, "isolation": _weakest(run), "environment": environment}
    return run.draft.finish(header, columns, run.outputs)


def _weakest(run: Run) -> str:
    """The isolation that may be claimed for the whole record: folds of one that was resumed may have had other walls."""
    return ISOLATIONS[min(ISOLATIONS.index(state.get("isolation", "process")) for state in run.draft.states().values())]


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
