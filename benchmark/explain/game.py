"""Synthetic patients between the mean training patient and a real one: what Shapley values are made of.

A column (or a modality) that takes part has the patient's own value, one that does not has the training part's: its mean, or its most
frequent level where a mean does not exist.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.models import Patients

Bools = NDArray[np.bool_]


def is_bag(table: pd.DataFrame) -> bool:
    """Whether a patient can have several rows."""
    return table.index.nlevels > 1


def average(table: pd.DataFrame) -> pd.DataFrame:
    """One row with the mean of every numeric column and the most frequent value of any other, dtypes as they were."""
    middle = {name: _middle(column) for name, column in table.items()}
    return pd.DataFrame({name: pd.Series([value], dtype=table[name].dtype) for name, value in middle.items()}, columns=table.columns)


def mixed(base: pd.DataFrame, own: pd.DataFrame, takes_part: Bools) -> pd.DataFrame:
    """Rows of ``own`` where a column takes part and of ``base`` where it does not.

    Args:
        base, own: one row each, same columns.
        takes_part: shape (n, columns).
    """
    if _floats(base):
        return pd.DataFrame(np.where(takes_part, own.to_numpy(), base.to_numpy()), columns=base.columns)
    both = pd.concat([base, own], ignore_index=True)
    places = takes_part.astype(int)
    columns = [pd.Series(both.iloc[:, k].array.take(places[:, k])) for k in range(both.shape[1])]
    return pd.concat(columns, axis=1, keys=list(base.columns)) if columns else base.iloc[[0] * len(takes_part)]


def patients(tables: dict[str, pd.DataFrame], classes: tuple[str, ...]) -> Patients:
    """Patients who have all these blocks, each with a row (or an instance) for each of them in the same order."""
    count = len(next(iter(tables.values())))
    ids = pd.Index([f"q{number:06d}" for number in range(count)], name="patient_id")
    return Patients(ids, {name: table.set_axis(ids, axis=0) for name, table in tables.items()}, None, classes)


def one_instance(table: pd.DataFrame) -> pd.DataFrame:
    """Rows by patient as bags of one instance."""
    return table.set_axis(pd.MultiIndex.from_product([table.index, [0]], names=["patient_id", "instance"]), axis=0)


def repeated(table: pd.DataFrame, times: int) -> pd.DataFrame:
    """The one row of a table, ``times`` times."""
    return table.iloc[np.zeros(times, int)]


def numbers(column: "pd.Series[Any]") -> NDArray[np.float64] | None:
    """A column as numbers (ordered levels as ranks), to see which way it works; ``None`` for labels."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(column.cat.codes, np.float64) if column.cat.ordered else None
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.infer_dtype(column, skipna=True) == "boolean":
        return np.asarray(column.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan), np.float64)
    return None


def _middle(column: "pd.Series[Any]") -> Any:
    known = column.dropna()
    if known.empty:
        return None
    if pd.api.types.is_float_dtype(column):
        return known.mean()
    if pd.api.types.is_integer_dtype(column):
        return round(known.mean())
    return known.mode().iloc[0]


def _floats(table: pd.DataFrame) -> bool:
    """Whether all columns are floats of one width, as in blocks of genes and features: one array holds them."""
    kinds = set(table.dtypes)
    return len(kinds) == 1 and isinstance(kind := kinds.pop(), np.dtype) and kind.kind == "f"
