"""One trial: a fold of a model, fitted and asked as ``bench run`` does it, on patients that the check has altered."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from benchmark.cohorts import Cohort
from benchmark.conformance.shuffle import shuffled_task, subset, with_holes
from benchmark.models import Patients
from benchmark.runner.fold import FoldResult, Parts, run_parts
from benchmark.runner.job import Job
from benchmark.runner.parts import split, without
from benchmark.runner.seeds import derive_seed
from benchmark.tasks import Task, load_task

Order = Literal["all", "half"]


@dataclass(frozen=True)
class Batch:
    """Test patients who are asked about together, and the modalities that they lack; ``half``: every other one, in reverse order."""

    order: Order = "all"
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trial:
    """What to fit and whom to ask about.

    Attributes:
        name: by which the findings know it.
        batches: the sets of test patients.
        shuffle: number of the shuffle of the outcomes; ``None``: they stay.
        holes: modalities of which every third patient, of all parts, lacks one.
    """

    name: str
    job: Job
    batches: tuple[Batch, ...] = (Batch(),)
    shuffle: int | None = None
    holes: tuple[str, ...] = ()


def run_trial(libraries: Collection[str], trial: Trial) -> tuple[Trial, list[FoldResult]]:
    """The trial with a result for each of its batches; what the model does wrong is in the results, not raised.

    The model is fitted anew for each batch: a confined one cannot be copied, and no batch may know of the one before.
    """
    job = trial.job
    task = load(job.task_folder, job.cohort_folder)
    parts, names = split(task if trial.shuffle is None else shuffled_task(task, job, trial.shuffle), job)
    if trial.holes:
        parts = {role: with_holes(patients, trial.holes) for role, patients in parts.items()}
    seed = derive_seed(task.id, job.protocol, job.repeat, job.fold, job.model, job.run_seed)
    sets = [Parts(parts["train"], parts["valid"], [_batch(parts["test"], batch)]) for batch in trial.batches]
    return trial, [run_parts(job, seed, part, names, task.outputs(job.endpoint), libraries)[0] for part in sets]


@lru_cache(maxsize=4)
def load(task_folder: Path, cohort_folder: Path) -> Task:
    """The task, read once by each process that runs trials."""
    return load_task(task_folder, Cohort.read(cohort_folder))


def _batch(test: Patients, batch: Batch) -> Patients:
    rows = range(len(test)) if batch.order == "all" else range(0, len(test), 2)[::-1]
    return without(subset(test, rows), batch.without)
