"""Run the jobs and keep what comes back: this process alone writes records."""

import platform
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from benchmark.records import Record, locked, read_record
from benchmark.runner.executor import Executor
from benchmark.runner.fold import FoldResult, Job, run_fold
from benchmark.runner.plan import Run, prepare

LIBRARIES = ("fusebench", "numpy", "pandas", "scipy", "scikit-learn", "scikit-survival", "torch")


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
        jobs = [(digest, job) for digest, run in by_digest.items() for job in run.pending()]
        watcher.start(sum(len(run.jobs) for run in runs), sum(len(run.jobs) for run in runs) - len(jobs))
        for digest, result in executor.map(_labelled, jobs):
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


def _labelled(item: tuple[str, Job]) -> tuple[str, FoldResult]:
    return item[0], run_fold(item[1])


def _keep(run: Run, result: FoldResult) -> None:
    state = {key: value for key, value in asdict(result).items() if key != "predictions"}
    run.draft.add(state, result.predictions)


def _close(run: Run, environment: dict[str, Any]) -> Record:
    if run.draft.finished:
        run.draft.clean()
        return read_record(run.draft.folder)
    columns = {"task": run.identity.task, "protocol": run.identity.protocol, "endpoint": run.identity.endpoint}
    return run.draft.finish({**run.header, "environment": environment}, columns, run.outputs)


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
