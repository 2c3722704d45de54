"""Bags: patients with any number of instances (slides, regions, scans), as padded tensors with masks."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from baselines.shared.zscores import LIMIT, z_scores
from benchmark.models import Patients


@dataclass(frozen=True)
class Bags:
    """The instances of n patients, m at most; every patient has at least one.

    Attributes:
        instances: shape (N + 1, d), 32-bit; the last row is zeros: what a patient without the modality has, and padding.
        places: shape (n, m), rows of ``instances``.
        mask: shape (n, m), true for an instance, false for padding.
        names: (patient id, instance) of the N rows.
    """

    instances: Tensor
    places: Tensor
    mask: Tensor
    names: pd.MultiIndex

    def padded(self) -> tuple[Tensor, Tensor]:
        """All instances of all patients: shape (n, m, d), and the mask of shape (n, m)."""
        return self.instances[self.places], self.mask

    def rows(self, positions: Tensor) -> "Bags":
        """Some of the patients, padded to the largest of their bags only."""
        mask = self.mask[positions]
        width = int(mask.any(0).sum())  # padding stands behind the instances
        return replace(self, places=self.places[positions, :width], mask=mask[:, :width])

    def sampled(self, size: int, generator: torch.Generator) -> "Bags":
        """``size`` instances of each patient, drawn without replacement; a smaller bag stays whole."""
        if self.mask.shape[1] <= size:
            return self
        key = torch.rand(self.mask.shape, generator=generator).masked_fill(~self.mask, 2.0)  # padding comes last
        chosen = key.argsort(1)[:, :size]
        return replace(self, places=self.places.gather(1, chosen), mask=self.mask.gather(1, chosen))


class BagFeatures:
    """One modality as bags of instances, z-scored by the training instances (:mod:`baselines.shared.zscores`).

    A patient with many instances counts as often. A modality with one row per patient makes bags of one. A patient without it
    has one instance of zeros, the mean training instance: what is missing says nothing of its own.
    """

    def __init__(self, modality: str) -> None:
        self.modality = modality

    def fit(self, train: Patients) -> Self:
        """Learn columns and scales from the training part.

        Raises:
            ValueError: no training patient has the modality, or no column of it varies.
        """
        self.columns = z_scores(self.modality, _one_by_one(train, self.modality))
        self.width = self.columns.width
        return self

    def transform(self, patients: Patients) -> Bags:
        names = _names(patients, self.modality)
        matrix = np.zeros((len(names) + 1, self.width), np.float32)
        if len(names):
            matrix[:-1] = self.columns.transform(_one_by_one(patients, self.modality)).clip(-LIMIT, LIMIT)
        owner = pd.Series(patients.ids.get_indexer(names.get_level_values(0)))
        number = owner.groupby(owner).cumcount().to_numpy()
        places = np.full((len(patients), int(number.max(initial=0)) + 1), len(names))
        places[owner, number] = np.arange(len(names))
        mask = places < len(names)
        mask[:, 0] = True  # of a patient without the modality: the instance of zeros
        return Bags(torch.from_numpy(matrix), torch.from_numpy(places), torch.from_numpy(mask), names)


def _names(patients: Patients, modality: str) -> pd.MultiIndex:
    index = _table(patients, modality).index
    return index if isinstance(index, pd.MultiIndex) else pd.MultiIndex.from_product([index, [0]], names=["patient_id", "instance"])


def _one_by_one(patients: Patients, modality: str) -> Patients:
    """Each instance as a patient of its own, for what handles tables of patients."""
    table = _table(patients, modality).reset_index(drop=True)
    return Patients(table.index, {modality: table})


def _table(patients: Patients, modality: str) -> pd.DataFrame:
    if modality not in patients.blocks:
        raise ValueError(f"there is no modality '{modality}' here, only {', '.join(sorted(patients.blocks))}")
    table = patients.blocks[modality]
    return table[table.index.get_level_values(0).isin(patients.ids)]
