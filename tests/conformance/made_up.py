"""Models as plain functions on the parts of a fold, so that the canaries can be tried over many seeds without a process."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from benchmark.conformance.shuffle import shuffled_task
from benchmark.conformance.trial import Trial
from benchmark.models import Patients
from benchmark.runner.fold import FoldResult
from benchmark.runner.job import Job
from benchmark.runner.parts import split
from benchmark.tasks import Task

Guess = Callable[[Patients, Patients], np.ndarray]  # training part, test part → one row of outputs for each test patient


def ridge(train: Patients, test: Patients) -> np.ndarray:
    """What an honest model learns: a direction in all genes from what it is told of the outcomes."""
    genes = train.block("genomics").fillna(0.0).to_numpy(float)
    outcome = train.outcome["event"] / train.outcome["time"] if train.outcome.dtype.names else train.outcome == train.outcome.max()
    weights = np.linalg.solve(genes.T @ genes + np.eye(genes.shape[1]), genes.T @ (outcome - outcome.mean()))
    risk = test.block("genomics").fillna(0.0).to_numpy(float) @ weights
    if not test.classes:
        return risk[:, None]
    late = 1 / (1 + np.exp(-risk))
    return late[:, None] if len(test.classes) == 2 else np.column_stack([1 - late, *[late / 2] * 2])


def trials(task: Task, jobs: tuple[Job, ...], guess: Guess, count: int = 10, first: int = 0) -> list[tuple[Trial, FoldResult]]:
    """The shuffles that a canary is judged on."""
    tried = []
    for number in range(first, first + count):
        job = jobs[number % len(jobs)]
        parts, names = split(shuffled_task(task, job, number), job)
        tried.append(
            (Trial("shuffled", job, shuffle=number), answer(task, job, names, parts["test"], guess(parts["train"], parts["test"])))
        )
    return tried


def answer(task: Task, job: Job, names: pd.Series, test: Patients, values: np.ndarray) -> FoldResult:
    table = pd.DataFrame(values, columns=list(task.outputs(job.endpoint)))
    table.insert(0, "patient_id", names[test.ids].to_numpy())
    return FoldResult(job.repeat, job.fold, "ok", predictions=table.sort_values("patient_id", ignore_index=True))
