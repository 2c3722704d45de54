"""What the experiments share: their result, and patients and predictions of a task outside the runner."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmark.models import Model, Patients
from benchmark.scoring import Predictions
from benchmark.tasks import Task

Split = tuple[int, int]


@dataclass(frozen=True)
class Findings:
    """What an experiment found.

    Attributes:
        columns, rows: a table of text.
        reading: what it says, in a few sentences with the numbers in them.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    reading: str


def patients(task: Task, ids: pd.Index, endpoint: str, modalities: Sequence[str], fold: int = 0) -> Patients:
    """Patients of a task with their outcomes, under their own ids, sorted."""
    ids = pd.Index(sorted(ids), name="patient_id")
    blocks = {}
    for name in modalities:
        table = task.table(name, fold)
        blocks[name] = table[table.index.get_level_values(0).isin(ids)]
    return Patients(ids, blocks, task.outcome(ids, endpoint), task.classes(endpoint))


def predict_folds(
    task: Task, protocol: str, endpoint: str, modalities: Sequence[str], make: Callable[[int], Model], splits: Sequence[Split] | None = None
) -> Predictions:
    """Fit and predict the folds of a protocol in this process; ``make`` takes the number of the fold as a seed."""
    tables = []
    for number, (repeat, fold) in enumerate(splits or task.splits(protocol)):
        roles = task.roles(protocol, repeat, fold, endpoint)
        train, valid, test = (patients(task, roles[role], endpoint, modalities, fold) for role in ("train", "valid", "test"))
        model = make(number)
        model.fit(train, valid)
        predicted = np.asarray(model.predict(Patients(test.ids, test.blocks, None, test.classes)), float)
        outputs = dict(zip(task.outputs(endpoint), predicted.reshape(len(test), -1).T, strict=True))
        tables.append(pd.DataFrame({"repeat": repeat, "fold": fold, "patient_id": test.ids, **outputs}))
    return Predictions(pd.concat(tables, ignore_index=True))


def number(value: float, digits: int = 3) -> str:
    return f"{value:.{digits}f}"


def with_interval(value: float, interval: Sequence[float], digits: int = 3) -> str:
    return f"{value:.{digits}f} [{interval[0]:.{digits}f}, {interval[1]:.{digits}f}]"
