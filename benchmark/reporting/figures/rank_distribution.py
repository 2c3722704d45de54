"""How certain is the order? The ranks of every model over resamples of the patients."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from benchmark.reporting.figures.scene import Scene, Table

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RankDistribution:
    """Ranks of k models, 1 = best.

    Attributes:
        resamples: of patients, those of the board.
        share: of the resamples in which a model has each rank, shape (k, k); m models that tie share m ranks equally.
        mean_rank: shape (k,).
    """

    HOW: ClassVar[str] = (
        "Share of the board's 10,000 resamples of patients in which each fitted model has each rank. "
        "It says how the order of these fitted models depends on who was tested, not how it would come out if they were trained again."
    )
    labels: tuple[str, ...]
    resamples: int
    share: Floats
    mean_rank: Floats

    def as_dict(self) -> dict[str, Any]:
        return {"resamples": self.resamples, "share": self.share, "mean_rank": self.mean_rank}

    def table(self) -> Table:
        columns = ("model", "mean_rank", *(f"share_rank_{rank + 1}" for rank in range(len(self.labels))))
        return Table(columns, [(name, self.mean_rank[k], *self.share[k]) for k, name in enumerate(self.labels)])


def rank_distribution(scene: Scene) -> RankDistribution:
    """The ranks over the resamples that P(best) of the board counts."""
    draws = scene.scored.bootstrap(scene.metric).draws
    first, last = (rankdata(-draws, method=method, axis=1).astype(int) for method in ("min", "max"))
    models = draws.shape[1]
    ranks = np.arange(1, models + 1)
    share = np.zeros((models, models))
    for model in range(models):
        low, high = first[:, [model]], last[:, [model]]
        share[model] = (((ranks >= low) & (ranks <= high)) / (high - low + 1)).mean(axis=0)
    return RankDistribution(scene.labels, len(draws), share, share @ ranks)
