"""One fold: hand the parts to a worker process, watch it, and take back predictions."""

import pickle
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from benchmark.cohorts import Cohort
from benchmark.models import Patients
from benchmark.runner.answers import Conversation, FoldFailedError
from benchmark.runner.job import Job
from benchmark.runner.logs import printed
from benchmark.runner.nurseries import start
from benchmark.runner.parts import split, without
from benchmark.runner.seeds import derive_seed
from benchmark.runner.worker import Order
from benchmark.sandbox import CONFINED, Child
from benchmark.tasks import Task, load_task


@dataclass(frozen=True)
class FoldResult:
    """What came of a fold: ``status`` ok or failed (with a reason); predictions as ``patient_id`` and the outputs, sorted.

    ``search`` is what a search chose (see :class:`benchmark.runner.search.Found`); ``None`` without one. ``refused`` names the system
    calls that the walls refused the model; ``log`` is what it printed, if it failed.
    """

    repeat: int
    fold: int
    status: str
    reason: str = ""
    traceback: str = ""
    fit_seconds: float = 0.0
    predict_seconds: float = 0.0
    peak_memory: int = 0
    search: Mapping[str, Any] | None = None
    isolation: str = "process"
    refused: tuple[str, ...] = ()
    log: str = ""
    predictions: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"patient_id": []}))


@dataclass(frozen=True)
class Parts:
    """The patients of a fold: to fit on, and one or more sets to predict (each by the model as ``fit`` left it)."""

    train: Patients
    valid: Patients
    tests: Sequence[Patients]


def run_fold(job: Job, libraries: Collection[str] = ()) -> list[FoldResult]:
    """Run one fold in a fresh worker process: one fit, and a result for each of ``job.drops``; never raises for what the model does.

    Args:
        libraries: what the process that workers are forked from has imported already.

    Raises:
        FaultError: no worker process can be started.
    """
    task = _task(job.task_folder, job.cohort_folder)
    parts, names = split(task, job)
    seed = derive_seed(task.id, job.protocol, job.repeat, job.fold, job.model, job.run_seed)
    tests = [without(parts["test"], drop) for drop in job.drops]
    return run_parts(job, seed, Parts(parts["train"], parts["valid"], tests), names, task.outputs(job.endpoint), libraries)


def run_parts(
    job: Job, seed: int, parts: Parts, names: pd.Series, outputs: tuple[str, ...], libraries: Collection[str] = ()
) -> list[FoldResult]:
    """Fit on given patients in a worker process, and predict others: a result for each set of them.

    Args:
        job: the model, its walls and limits; a confined model predicts one set only, for it cannot fork.
        seed: of the fold.
        names: the real id of each opaque one.
        outputs: the columns of the predictions.
        libraries: see :func:`run_fold`.

    Raises:
        FaultError: no worker process can be started.
    """
    filled = {"seed": seed, "modalities": job.modalities}
    parameters = {**job.parameters, **{name: filled[name] for name in job.accepts}}
    child = start(job, Order(job.path, parameters, seed, job.trials, job.searched, len(parts.tests)), libraries)
    talk, begun = Conversation(child, job), time.monotonic()
    where: dict[str, Any] = {"repeat": job.repeat, "fold": job.fold, "isolation": job.isolation}
    results: list[FoldResult] = []
    try:
        talk.give(pickle.dumps((parts.train, parts.valid), protocol=pickle.HIGHEST_PROTOCOL))
        fitted = talk.answer("fitted")
        measured = {"fit_seconds": fitted.get("seconds", 0.0), "search": fitted.get("search")}
        left = child.deadline - time.monotonic()
        for test in parts.tests:
            child.deadline = time.monotonic() + left  # each set of predictions has what the fit left, however many there are
            results.append(_predicted(talk, test, names, outputs, where | measured))
    except FoldFailedError as failure:
        failed = FoldResult(**where, status="failed", reason=str(failure), traceback=failure.trace, fit_seconds=time.monotonic() - begun)
        results = [failed] * len(parts.tests)
    finally:
        child.kill()
    return [_closed(result, child, job, time.monotonic() - begun) for result in results]


def _predicted(talk: Conversation, test: Patients, names: pd.Series, outputs: tuple[str, ...], known: dict[str, Any]) -> FoldResult:
    try:
        talk.give(pickle.dumps(test, protocol=pickle.HIGHEST_PROTOCOL))
        answer = talk.answer("predicted")
        known = known | {"predict_seconds": answer.get("seconds", 0.0), "peak_memory": answer.get("peak_memory", 0)}
        values = talk.table(answer.get("shape", ()), len(test), outputs)
    except FoldFailedError as failure:
        return FoldResult(**known, status="failed", reason=str(failure), traceback=failure.trace)
    table = pd.DataFrame(values, columns=list(outputs))
    table.insert(0, "patient_id", names[test.ids].to_numpy())
    return FoldResult(**known, status="ok", predictions=table.sort_values("patient_id", ignore_index=True))


def _closed(result: FoldResult, child: Child, job: Job, seconds: float) -> FoldResult:
    """The result with what is known once the worker is gone: what it printed, what it was refused, and what it truly used."""
    result = replace(result, refused=child.refused)
    if job.isolation in CONFINED:  # a stranger's model may have rewritten its own clock
        fit = min(result.fit_seconds, seconds)
        result = replace(result, fit_seconds=fit, predict_seconds=seconds - fit, peak_memory=child.peak_memory)
    return result if result.status == "ok" else replace(result, log=printed(job, child.log))


@lru_cache(maxsize=8)
def _task(task_folder: Path, cohort_folder: Path) -> Task:
    return load_task(task_folder, Cohort.read(cohort_folder))
