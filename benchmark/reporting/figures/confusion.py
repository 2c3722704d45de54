"""Who is called what: confusion tables per fold and pooled."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from benchmark.reporting.figures.scene import Scene, Table

Ints = NDArray[np.int64]
OF_TRAINING, HALF, LIKELIEST = "share of positives in training", "0.5", "most probable class"


@dataclass(frozen=True)
class Confusion:
    """Confusion tables of k models in f folds, K classes.

    Attributes:
        tests_per_patient: mean.
        tables: rule by which a class is called → patients by class (first) and called class (second), shape (k, f, K, K).
    """

    HOW: ClassVar[str] = (
        "Rows: the class of the patient; columns: the class called. Two classes are called at the share of positives in the training part, as on the "
        "board, and at 0.5, which papers use; of more, the most probable one. Pooled: all counts divided by the mean number of tests of a patient, so that they sum to the patients."
    )
    labels: tuple[str, ...]
    classes: tuple[str, ...]
    tests_per_patient: float
    tables: dict[str, Ints]

    def as_dict(self) -> dict[str, Any]:
        rules = [
            {"rule": rule, "folds": table, "pooled": table.sum(axis=1) / self.tests_per_patient} for rule, table in self.tables.items()
        ]
        return {"classes": list(self.classes), "tests_per_patient": self.tests_per_patient, "rules": rules}

    def table(self) -> Table:
        cells = list(np.ndindex(len(self.classes), len(self.classes)))
        rows = [
            (rule, self.labels[k], f, *(int(tables[k, f, true, called]) for true, called in cells))
            for rule, tables in self.tables.items()
            for k, f in np.ndindex(tables.shape[:2])
        ]
        names = tuple(f"{self.classes[true]}_called_{self.classes[called]}" for true, called in cells)
        return Table(("rule", "model", "split", *names), rows)


def confusion(scene: Scene) -> Confusion:
    """The tables of every model.

    Raises:
        UndefinedError: survival, or several endpoints.
    """
    scored = scene.require("binary", "multiclass")
    classes = scene.task.classes(scene.endpoints[0])
    fold = np.unique(scored.split, return_inverse=True)[1]
    if scored.threshold is None:
        called = {LIKELIEST: scored.values.argmax(axis=2)}
    else:
        probability = scored.values[..., 0]
        called = {OF_TRAINING: probability >= scored.threshold[:, None], HALF: probability >= 0.5}
    tables = {rule: _count(scored.outcome, answer.astype(np.int64), fold, len(classes)) for rule, answer in called.items()}
    return Confusion(scene.labels, classes, len(scored.rows) / len(np.unique(scene.patients)), tables)


def _count(outcome: Ints, called: Ints, fold: Ints, classes: int) -> Ints:
    """Shape (k, folds, K, K) from called classes of shape (n, k)."""
    tables = np.zeros((called.shape[1], int(fold.max()) + 1, classes, classes), np.int64)
    for k in range(called.shape[1]):
        np.add.at(tables[k], (fold, outcome, called[:, k]), 1)
    return tables
