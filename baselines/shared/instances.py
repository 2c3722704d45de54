"""Bags of instances (scans, slides) side by side in one tensor, without padding: a patient has any number of them, or none.

Bags here run from 1 slide to 47 scans a patient; padded to the largest, nine tenths of the arithmetic would be on zeros.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from baselines.shared.features import Features, Matrix
from benchmark.models import Patients

GENES = 500  # of a block called ``genomics``: as many as S1 keeps


@dataclass(frozen=True)
class Bags:
    """The instances of n patients.

    Attributes:
        values: shape (N, width), 32-bit: those of the first patient, then those of the second, and so on.
        sizes: how many each patient has, int64 of shape (n,), summing to N.
    """

    values: Tensor
    sizes: Tensor

    def __getitem__(self, positions: Tensor, /) -> "Bags":
        """The bags of some patients, in that order; a patient may come twice."""
        sizes = self.sizes[positions]
        first = (self.sizes.cumsum(0) - self.sizes)[positions]
        within = torch.arange(int(sizes.sum())) - (sizes.cumsum(0) - sizes).repeat_interleave(sizes)
        return Bags(self.values[first.repeat_interleave(sizes) + within], sizes)

    @property
    def owners(self) -> Tensor:
        """The position of each instance's patient, shape (N,)."""
        return torch.arange(len(self.sizes)).repeat_interleave(self.sizes)

    def sums(self, values: Tensor) -> Tensor:
        """Sums over each patient's instances of ``values`` (N, d): shape (n, d), zero where he has none."""
        return values.new_zeros(len(self.sizes), values.shape[1]).index_add(0, self.owners, values)

    def means(self) -> Tensor:
        """Each patient's mean instance, shape (n, width), zero where he has none."""
        return self.sums(self.values) / self.sizes.clamp(min=1)[:, None]

    def maxima(self, values: Tensor) -> Tensor:
        """The largest of each column of ``values`` (N, d) over a patient's instances: shape (n, d), −∞ where he has none."""
        owners = self.owners[:, None].expand(-1, values.shape[1])
        return values.new_full((len(self.sizes), values.shape[1]), -torch.inf).scatter_reduce(0, owners, values, "amax")

    def softmax(self, scores: Tensor) -> Tensor:
        """Weights of the instances from scores (N,), shape (N,): positive, and those of one patient sum to 1."""
        owners = self.owners
        powers = (scores - self.maxima(scores.detach()[:, None])[owners, 0]).exp()  # the largest is subtracted: none overflows
        return powers / self.sums(powers[:, None])[owners, 0]


class Instances:
    """One modality as z-scored bags; mean and scale are those of the training instances, so that a missing value becomes 0, as
    does a column that is constant in training: it keeps its place, for CT and MRI share a network column by column.

    A modality with one row per patient makes bags of one, through :class:`baselines.shared.features.Features`. A patient who
    lacks it has an empty bag.

    Args:
        modality: the block's name.
    """

    def __init__(self, modality: str) -> None:
        self.modality = modality

    def fit(self, train: Patients) -> Self:
        """Learn scales from the training part.

        Raises:
            ValueError: there is no such block; of one with a row per patient: no training patient has it, or no column varies.
        """
        self.table = None if is_bag(train, self.modality) else Features(self.modality, GENES, "zscore").fit(train)
        if self.table:
            self.width = self.table.width
            return self
        values, _ = _instances(train, self.modality)
        self.width = values.shape[1]
        self.centre, self.scale = np.zeros(self.width), np.zeros(self.width)
        observed = np.isfinite(values).any(axis=0)
        self.centre[observed], self.scale[observed] = np.nanmean(values[:, observed], axis=0), np.nanstd(values[:, observed], axis=0)
        return self

    def transform(self, patients: Patients) -> Bags:
        if self.table:
            present = has(patients, self.modality)
            values, sizes = self.table.transform(patients)[present], present.astype(np.int64)
        else:
            raw, sizes = _instances(patients, self.modality)
            factors = np.divide(1, self.scale, out=np.zeros(self.width), where=self.scale > 0)
            values = np.nan_to_num((raw - self.centre) * factors)
        return Bags(torch.from_numpy(values).float(), torch.from_numpy(sizes))


def is_bag(patients: Patients, modality: str) -> bool:
    """Whether a modality comes with several rows for a patient."""
    return bool(_block(patients, modality).index.nlevels > 1)


def has(patients: Patients, modality: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether each patient has the modality, shape (n,): an instance, or a value in his row."""
    _block(patients, modality)
    if is_bag(patients, modality):
        return np.asarray(patients.ids.isin(patients.blocks[modality].index.get_level_values(0)))
    return patients.block(modality).notna().any(axis=1).to_numpy()


def _instances(patients: Patients, modality: str) -> tuple[Matrix, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Numbers of all instances, patient by patient, and how many each patient has."""
    table = patients.blocks[modality].select_dtypes("number")
    owners = patients.ids.get_indexer(table.index.get_level_values(0))
    order = np.argsort(owners, kind="stable")[(owners < 0).sum() :]  # others than these patients have −1 and come first
    return table.to_numpy(dtype=np.float64)[order], np.bincount(owners[order], minlength=len(patients))


def _block(patients: Patients, modality: str) -> pd.DataFrame:
    if modality not in patients.blocks:
        raise ValueError(f"there is no modality '{modality}' here, only {', '.join(sorted(patients.blocks))}")
    return patients.blocks[modality]
