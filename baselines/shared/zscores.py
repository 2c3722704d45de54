"""One modality as z-scores; fitted on the training part only."""

from sys import maxsize
from typing import Any, Self, TypeAlias

import numpy as np

from baselines.shared.features import Features
from benchmark.models import Patients

Matrix: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]

LIMIT = 5.0  # SD; the public z-scores of expression reach 3,515, and one such gene decides what a network says of a patient


def z_scores(modality: str, train: Patients) -> "ZScores | Features":
    """What turns the modality of patients into a matrix of z-scores without a missing value, fitted on ``train``.

    Raises:
        ValueError: the modality is not there, no patient has it, or no column of it varies.
    """
    if modality not in train.blocks:
        raise ValueError(f"there is no modality '{modality}' here, only {', '.join(sorted(train.blocks))}")
    numbers = all(dtype.kind in "fiu" for dtype in train.blocks[modality].dtypes)
    return (ZScores(modality) if numbers else Features(modality, maxsize, "zscore")).fit(train)


class ZScores:
    """What :class:`baselines.shared.features.Features` does to a block of numbers, all columns at once.

    ``Features`` looks at each column by itself, since it may be a coded one; with 1,500 genes that takes as long as training a small
    network.
    """

    def __init__(self, modality: str) -> None:
        self.modality = modality

    def fit(self, train: Patients) -> Self:
        """Learn means and scales; a column without a value or without variance is dropped.

        Raises:
            ValueError: no column varies.
        """
        values = self._values(train)
        seen = ~np.isnan(values)
        highest, lowest = np.where(seen, values, -np.inf).max(0, initial=-np.inf), np.where(seen, values, np.inf).min(0, initial=np.inf)
        self.kept = highest > lowest
        self.width = int(self.kept.sum())
        if not self.width:
            raise ValueError(f"{self.modality}: no column varies in the training part")
        values, seen = values[:, self.kept], seen[:, self.kept]
        self.mean = np.where(seen, values, 0).sum(0) / seen.sum(0)
        self.scale = np.sqrt((np.where(seen, values - self.mean, 0) ** 2).mean(0))  # missing values count as the mean
        return self

    def transform(self, patients: Patients) -> Matrix:
        """Shape (n, width); what is missing is 0, the training mean."""
        scores: Matrix = (self._values(patients)[:, self.kept] - self.mean) / self.scale
        return np.where(np.isnan(scores), 0.0, scores)

    def _values(self, patients: Patients) -> Matrix:
        return np.asarray(patients.block(self.modality).to_numpy(dtype=np.float64, na_value=np.nan))
