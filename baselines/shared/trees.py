"""Blocks as columns for models of trees, which know missing values and ask for no scale."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd

from baselines.shared.features import Matrix
from benchmark.models import Patients


class TreeColumns:
    """The columns of some blocks, side by side; a missing value stays NaN.

    Numbers, booleans and the ranks of ordered categories as they are; unordered categories and strings as one indicator for
    each level of the training part, NaN in all of them where the value is missing, 0 in all for a level that training did
    not have. A column with fewer than two values in training is dropped. A patient without the block is NaN throughout it.

    Nothing is imputed: a split sends the missing ones to the side that the model chose. So a model of trees, unlike the linear
    ones of this folder, also learns from *whether* a value is missing. In ``ccrcc_alive_12m`` that gives the label away under
    two of the protocols; see there.
    """

    def __init__(self, modalities: Sequence[str]) -> None:
        self.modalities = modalities

    def fit(self, train: Patients) -> Self:
        """Learn columns and levels from the training part.

        Raises:
            ValueError: there is no such modality, or no column varies in the training part.
        """
        self.numbers: dict[str, list[Any]] = {}
        self.levels: dict[str, dict[Any, list[str]]] = {}
        for modality in self.modalities:
            table = _block(train, modality)
            varying = [name for name, count in table.nunique().items() if count > 1]
            self.numbers[modality] = [name for name in varying if _is_number(table[name])]
            self.levels[modality] = {name: _levels(table[name]) for name in varying if not _is_number(table[name])}
        if not any(self.numbers.values()) and not any(self.levels.values()):
            raise ValueError(f"{' + '.join(self.modalities)}: no column varies in the training part")
        return self

    def transform(self, patients: Patients) -> Matrix:
        """The matrix of ``patients``, of shape (n, columns and levels), with NaN."""
        parts = []
        for modality in self.modalities:
            table = _block(patients, modality)
            parts.append(_numbers(table[self.numbers[modality]]))
            parts += [_indicators(table[name], levels) for name, levels in self.levels[modality].items()]
        return np.hstack(parts)


def _block(patients: Patients, modality: str) -> pd.DataFrame:
    if modality not in patients.blocks:
        raise ValueError(f"there is no modality '{modality}' here, only {', '.join(sorted(patients.blocks))}")
    return patients.block(modality)


def _is_number(column: "pd.Series[Any]") -> bool:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return bool(column.dtype.ordered)
    # a boolean column becomes one of objects as soon as a patient lacks the block
    return pd.api.types.is_numeric_dtype(column) or pd.api.types.infer_dtype(column, skipna=True) == "boolean"


def _levels(column: "pd.Series[Any]") -> list[str]:
    return sorted(column.dropna().astype(str).unique())


def _numbers(table: pd.DataFrame) -> Matrix:
    categories = [name for name in table if isinstance(table[name].dtype, pd.CategoricalDtype)]
    # the levels stand in the dtype: they are coding, not data
    ranks = {name: table[name].cat.codes.astype(np.float64).where(table[name].notna()) for name in categories}
    others = table.select_dtypes(exclude="number").columns.difference(categories)
    booleans = {name: table[name].astype("Float64") for name in others}
    return table.assign(**ranks, **booleans).to_numpy(dtype=np.float64, na_value=np.nan)


def _indicators(column: "pd.Series[Any]", levels: list[str]) -> Matrix:
    spelled = column.astype(object).map(str, na_action="ignore").to_numpy()[:, None]
    return np.asarray(np.where(column.notna().to_numpy()[:, None], spelled == np.array(levels, dtype=object), np.nan), dtype=np.float64)
