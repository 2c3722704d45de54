"""Health records as a matrix, as S2 prepares them (section 5.1.1); all fitted on the training part only."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd

from baselines.shared.features import Matrix
from benchmark.models import Patients


class Records:
    """Columns of one or several blocks side by side, each within [0, 1] on the training part.

    Numbers and booleans are imputed with the training median, categories with the most frequent training level. Ordered
    categories become the ranks of their levels; unordered ones and strings indicators, the first level's left out. What does not
    vary in training is dropped, the rest scaled by the training minimum and maximum; a later patient may fall outside.

    S2 takes the code −1 for missing; in the cohorts here it has become a missing value already. A level that training did
    not have counts as missing, too. What is missing is not shown to the model beyond the imputed value. The rows of a bag
    are averaged.

    Args:
        modalities: the blocks.
    """

    def __init__(self, modalities: Sequence[str]) -> None:
        self.modalities = modalities

    def fit(self, train: Patients) -> Self:
        """Learn imputed values, levels and scales.

        Raises:
            ValueError: there is no such block, or no column of any varies in the training part.
        """
        self.blocks = {modality: _Block().fit(_table(train, modality)) for modality in self.modalities}
        matrix = self._unscaled(train)
        self.low, self.high = matrix.min(axis=0), matrix.max(axis=0)
        self.kept = self.high > self.low
        self.width = int(self.kept.sum())
        if not self.width:
            raise ValueError(f"{'+'.join(self.modalities)}: no column varies in the training part")
        return self

    def transform(self, patients: Patients) -> Matrix:
        """The matrix of ``patients``, of shape (n, width), without a missing value."""
        low, high = self.low[self.kept], self.high[self.kept]
        return np.asarray((self._unscaled(patients)[:, self.kept] - low) / (high - low))

    def _unscaled(self, patients: Patients) -> Matrix:
        return np.hstack([block.transform(_table(patients, modality)) for modality, block in self.blocks.items()])


class _Block:
    """The columns of one block: numbers all at once, for there may be thousands, and the others one by one."""

    def fit(self, table: pd.DataFrame) -> Self:
        table = table.loc[:, table.notna().any()]
        self.numbers = [name for name, dtype in table.dtypes.items() if dtype.kind in "iuf"]
        self.medians = np.nanmedian(self._numbers(table), axis=0) if self.numbers else np.empty(0)
        self.others = {name: _Column().fit(table[name]) for name in table if name not in set(self.numbers)}
        return self

    def transform(self, table: pd.DataFrame) -> Matrix:
        numbers = self._numbers(table)
        others = [column.transform(table[name]) for name, column in self.others.items()]
        return np.hstack([np.where(np.isnan(numbers), self.medians, numbers), *others])

    def _numbers(self, table: pd.DataFrame) -> Matrix:
        return table[self.numbers].to_numpy(dtype=np.float64, na_value=np.nan)


class _Column:
    """A column of categories, strings or booleans, as one column of numbers or as indicators."""

    def fit(self, values: "pd.Series[Any]") -> Self:
        self.levels: list[Any] | None = None  # of an unordered one
        plain = self._plain(values).dropna()
        numeric = pd.api.types.is_numeric_dtype(plain)
        boolean = numeric and not isinstance(values.dtype, pd.CategoricalDtype)
        self.filler = plain.median() if boolean else plain.mode().iloc[0]  # of equally frequent ones the first
        if not numeric:
            self.levels = sorted(plain.unique())
        return self

    def transform(self, values: "pd.Series[Any]") -> Matrix:
        plain = self._plain(values)
        if self.levels is None:
            return plain.fillna(self.filler).to_numpy(dtype=np.float64)[:, None]
        filled = plain.where(plain.isin(self.levels), self.filler).to_numpy()
        return np.asarray(filled[:, None] == np.array(self.levels[1:], dtype=object), dtype=np.float64)

    @staticmethod
    def _plain(values: "pd.Series[Any]") -> "pd.Series[Any]":
        """Numbers, ranks of ordered levels, or strings, and NaN."""
        if isinstance(values.dtype, pd.CategoricalDtype) and values.dtype.ordered:
            return values.cat.codes.astype(float).replace(-1.0, np.nan)  # pandas' own code of a missing one
        # a boolean column becomes one of objects as soon as a patient lacks the block
        if pd.api.types.is_numeric_dtype(values) or pd.api.types.infer_dtype(values, skipna=True) == "boolean":
            return pd.Series(values.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan), values.index)
        return values.astype(object).map(str, na_action="ignore")


def _table(patients: Patients, modality: str) -> pd.DataFrame:
    if modality not in patients.blocks:
        raise ValueError(f"there is no modality '{modality}' here, only {', '.join(sorted(patients.blocks))}")
    return patients.block(modality)
