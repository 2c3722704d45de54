"""A table of clinical columns with its gaps marked: the staging system's health record (Balaji et al. 2025, sections III.B and V)."""

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.preprocessing import StandardScaler

from baselines.shared.features import Matrix
from benchmark.models import Patients


class HealthRecord:
    """Clinical columns as a matrix: values with the gaps filled, then one column of 0 and 1 for each column that has gaps.

    Numbers, booleans and the ranks of ordered categories: gaps take the training median; z-scored. Other categories: one column for
    each level that training had, all zero in a gap. The 0 and 1 are the paper's missing-mask tokens: the weights that a network's
    first layer has for such a column are the vector that says "this was not recorded". A column that training never lacks has none.
    """

    def __init__(self, modality: str) -> None:
        self.modality = modality

    def fit(self, train: Patients) -> Self:
        """Learn medians, levels and scale from the training patients who have the block.

        Raises:
            ValueError: no training patient has the block, or no column of it varies.
        """
        frame = train.block(self.modality)
        frame = frame.loc[frame.notna().any(axis=1)]
        numbers = {name: _number(frame[name]) for name in frame if _is_number(frame[name])}
        self.medians = {name: float(values.median()) for name, values in numbers.items() if values.notna().any()}
        self.levels = {name: sorted(frame[name].dropna().astype(str).unique()) for name in frame if name not in numbers}
        self.gaps = [name for name in frame if frame[name].isna().any() and frame[name].notna().any()]
        matrix = self._columns(frame)
        self.varies = matrix.std(axis=0) > 0 if len(matrix) else np.zeros(matrix.shape[1], dtype=bool)
        if not self.varies.any():
            raise ValueError(f"{self.modality}: no column varies in the training part")
        self.scaler = StandardScaler().fit(matrix[:, self.varies])
        return self

    def transform(self, patients: Patients) -> Matrix:
        """The matrix of shape (n, width)."""
        return np.asarray(self.scaler.transform(self._columns(patients.block(self.modality))[:, self.varies]), dtype=np.float64)

    def _columns(self, frame: pd.DataFrame) -> Matrix:
        columns: list[Any] = [_number(frame[name]).fillna(median) for name, median in self.medians.items()]
        for name, levels in self.levels.items():
            labels = frame[name].astype(object).map(str, na_action="ignore")
            columns += [(labels == level).to_numpy(dtype=np.float64) for level in levels]
        columns += [frame[name].isna().to_numpy(dtype=np.float64) for name in self.gaps]
        return np.column_stack(columns) if columns else np.zeros((len(frame), 0))


def _is_number(column: "pd.Series[Any]") -> bool:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return bool(column.dtype.ordered)
    # a boolean column becomes one of objects as soon as a patient lacks the block
    return pd.api.types.is_numeric_dtype(column) or pd.api.types.infer_dtype(column, skipna=True) == "boolean"


def _number(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """A column of numbers, booleans or ordered categories (as ranks) with NaN for a gap."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.astype(np.float64).where(column.notna())
    return pd.Series(column.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan), index=column.index)
