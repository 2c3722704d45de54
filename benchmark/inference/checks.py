"""Inputs of the statistics: every array is looked at once, and what is wrong with it is said in one line."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from benchmark.errors import InputError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def binary(values: ArrayLike, name: str) -> Bools:
    """A column of true/false or 1/0, shape (n,), as bool.

    ``np.asarray(["False"], bool)`` is true and so is ``np.asarray([nan], bool)``: text and other numbers are refused.

    Raises:
        InputError: not one column, empty, or a value other than true, false, 1 and 0.
    """
    column = _one_column(values, name)
    if column.dtype.kind == "b":
        return column.astype(np.bool_, copy=False)
    if column.dtype.kind == "O" and not all(isinstance(value, bool | np.bool_) for value in column):
        raise InputError(f"{name}: expected true/false or 1/0, found text, missing or mixed values")
    if column.dtype.kind not in "iufO":
        raise InputError(f"{name}: expected true/false or 1/0, found {column.dtype}")
    wrong = np.flatnonzero((column != 0) & (column != 1))
    if wrong.size:
        raise InputError(f"{name}: row {wrong[0]} is {column[wrong[0]]}; expected true/false or 1/0")
    return column.astype(np.bool_)


def times(values: ArrayLike, name: str = "time") -> Floats:
    """A column of finite times, shape (n,); 0 is allowed (an event on the first day), negative times are not.

    Raises:
        InputError: not one column, empty, not numeric, NaN, infinite or negative.
    """
    column = _numeric(_one_column(values, name), name)
    early = np.flatnonzero(column < 0)
    if early.size:
        raise InputError(f"{name}: row {early[0]} is {column[early[0]]:g}; a time cannot be negative")
    return column


def columns(values: ArrayLike, name: str) -> Floats:
    """Scores of k models, shape (n, k); one model may come as (n,).

    Raises:
        InputError: another shape, empty, not numeric, NaN or infinite.
    """
    table = np.asarray(values)
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim != 2 or 0 in table.shape:
        raise InputError(f"{name}: expected rows × models, at least one of each, found shape {table.shape}")
    return _numeric(table, name)


def same_length(**arrays: NDArray[Any]) -> None:
    """Raises InputError unless all arrays have as many rows."""
    lengths = [len(array) for array in arrays.values()]
    if len(set(lengths)) > 1:
        names = list(arrays)
        raise InputError(f"{', '.join(names[:-1])} and {names[-1]} differ in length: {', '.join(map(str, lengths))}")


def groups(values: ArrayLike | None, rows: int, name: str) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Codes 0, 1, … of a column of labels in order of appearance, shape (rows,), and the labels they stand for.

    Raises:
        InputError: another length, or a missing label.
    """
    if values is None:
        return np.zeros(rows, np.int64), np.zeros(1, np.int64)
    labels = np.asarray(values)
    if labels.shape != (rows,):
        raise InputError(f"{name}: {len(labels) if labels.ndim else 1} labels for {rows} rows")
    codes, unique = pd.factorize(labels)
    missing = np.flatnonzero(codes < 0)
    if missing.size:
        raise InputError(f"{name}: row {missing[0]} has no label")
    return codes.astype(np.int64, copy=False), np.asarray(unique)


def _one_column(values: ArrayLike, name: str) -> NDArray[Any]:
    column = np.asarray(values)
    if column.ndim != 1 or not len(column):
        raise InputError(f"{name}: expected one column with at least one row, found shape {column.shape}")
    return column


def _numeric(values: NDArray[Any], name: str) -> Floats:
    if values.dtype.kind == "O" and not any(isinstance(value, str) for value in values.flat):
        try:
            values = values.astype(float)
        except (TypeError, ValueError):
            raise InputError(f"{name}: expected numbers, found missing or mixed values") from None
    if values.dtype.kind not in "biuf":
        raise InputError(f"{name}: expected numbers, found {'text' if values.dtype.kind in 'OSU' else values.dtype}")
    numbers = values.astype(np.float64, copy=False)
    if not np.isfinite(numbers).all():
        raise InputError(f"{name}: row {int(np.argwhere(~np.isfinite(numbers))[0][0])} is NaN or infinite")
    return numbers
