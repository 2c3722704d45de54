"""Do two models order the patients alike? Ranks within folds, averaged over the times a patient is tested."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.errors import UndefinedError
from benchmark.reporting.figures.scene import Scene, Table

Floats = NDArray[np.float64]
SEED = 20240229


@dataclass(frozen=True)
class Agreement:
    """Ranks that k models give n patients.

    Attributes:
        correlation: Spearman's of every pair of models, shape (k, k); NaN for a model that gives all patients the same.
        event: whether a patient had the event (or is of the class), shape (n,), patients in random order.
        rank: mean percentile within the test fold, 0 = lowest risk, 1 = highest, shape (k, n).
    """

    HOW: ClassVar[str] = (
        "Percentile of each patient's predicted risk within his test fold, averaged over the times he is tested; scores of different folds are "
        "not comparable, percentiles are. Patients stand in random order and have no ids."
    )
    labels: tuple[str, ...]
    correlation: Floats
    event: NDArray[np.bool_]
    rank: Floats

    def as_dict(self) -> dict[str, Any]:
        return {"correlation": self.correlation, "points": {"event": self.event, "rank": np.round(self.rank, 3)}}

    def table(self) -> Table:
        rows = [(name, *self.correlation[k]) for k, name in enumerate(self.labels)]
        return Table(("spearman", *self.labels), rows)


def agreement(scene: Scene) -> Agreement:
    """Ranks of patients, of one class or of survival.

    Raises:
        UndefinedError: several endpoints, or more than two classes, which have no one order.
    """
    scored = scene.one
    if len(scored.parts) > 1:
        raise UndefinedError("more than two classes have no one order of patients")
    part, patient = scored.parts[0], scene.patients
    within = pd.DataFrame(part.score).groupby(scored.split)
    size = within.transform("size").to_numpy(float)
    percentile = (within.rank().to_numpy() - 0.5) / size[:, None]
    table = pd.DataFrame(percentile).groupby(patient).mean()
    event = pd.Series(part.event).groupby(patient).first().to_numpy(bool)
    order = np.random.default_rng(SEED).permutation(len(table))
    ranks = table.to_numpy()[order].T
    return Agreement(scene.labels, table.corr(method="spearman").to_numpy(), event[order], ranks)
