"""Inputs of the statistics: every array is looked at once, and what is wrong with it is said in one line."""

import math
from collections.abc import Callable
from operator import index
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
    column = finite(float_array(_one_column(values, name), name), name)
    early = np.flatnonzero(column < 0)
    if early.size:
        raise InputError(f"{name}: row {early[0]} is {column[early[0]]:g}; a time cannot be negative")
    return column


def columns(values: ArrayLike, name: str) -> Floats:
    """Scores of k models, shape (n, k); one model may come as (n,).

    Raises:
        InputError: another shape, empty, not numeric, NaN or infinite.
    """
    table = plain(values, name)
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim != 2 or 0 in table.shape:
        raise InputError(f"{name}: expected rows × models, at least one of each, found shape {table.shape}")
    return finite(float_array(table, name), name)


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
    labels = plain(values, name)
    if labels.shape != (rows,):
        raise InputError(f"{name}: {len(labels) if labels.ndim else 1} labels for {rows} rows")
    codes, unique = pd.factorize(labels)
    missing = np.flatnonzero(codes < 0)
    if missing.size:
        raise InputError(f"{name}: row {missing[0]} has no label")
    return codes.astype(np.int64, copy=False), np.asarray(unique)


def patients(cluster: ArrayLike, rows: int) -> NDArray[np.int64]:
    """Codes 0, 1, … of the patients that the rows belong to, shape (rows,).

    Raises:
        InputError: as in ``groups``, or a single patient.
    """
    codes, labels = groups(cluster, rows, "cluster")
    if len(labels) == 1:
        raise InputError(f"cluster: all {rows} rows are of one patient: no variance between patients; two or more are needed")
    return codes


def sample(train: Any) -> tuple[Any, Any]:
    """The two columns of a training sample.

    Raises:
        InputError: not two things.
    """
    try:
        event, time = train
    except (TypeError, ValueError):
        found = type(train).__name__ + (f" of {len(train)}" if hasattr(train, "__len__") else "")
        raise InputError(f"train: expected a pair (event, time), found {found}") from None
    return event, time


def plain(values: ArrayLike, name: str) -> NDArray[Any]:
    """Any array; ``np.asarray`` would take what lies under a mask.

    Raises:
        InputError: a masked entry, or rows of different lengths.
    """
    if np.ma.is_masked(values):
        row = np.argwhere(np.atleast_1d(np.ma.getmaskarray(np.ma.asarray(values))))[0][0]
        raise InputError(f"{name}: row {row} is masked; drop or fill masked rows")
    try:
        return np.asarray(values)
    except ValueError:
        raise InputError(f"{name}: the rows differ in length; expected a table") from None


def float_array(values: ArrayLike, name: str) -> Floats:
    """Floats of any shape, NaN and infinity among them.

    Raises:
        InputError: text, mixed or masked values, or rows of different lengths.
    """
    array = plain(values, name)
    if array.dtype.kind == "O" and not any(isinstance(value, str) for value in array.flat):
        try:
            array = array.astype(float)
        except (TypeError, ValueError):
            raise InputError(f"{name}: expected numbers, found missing or mixed values") from None
    if array.dtype.kind not in "biuf":
        raise InputError(f"{name}: expected numbers, found {'text' if array.dtype.kind in 'OSU' else array.dtype}")
    return array.astype(np.float64, copy=False)


def finite(array: Floats, name: str) -> Floats:
    """The array itself; raises InputError where a row is NaN or infinite."""
    if not np.isfinite(array).all():
        raise InputError(f"{name}: row {int(np.argwhere(~np.isfinite(array))[0][0])} is NaN or infinite")
    return array


def number(value: object, name: str, what: str = "a finite number", allowed: Callable[[float], bool] = math.isfinite) -> float:
    """One number that ``allowed`` takes; raises InputError for text, true/false, lists and the rest."""
    array = plain(value, name)  # type: ignore[arg-type]
    if array.ndim or array.dtype.kind not in "iuf" or not allowed(float(array)):
        raise InputError(f"{name}: {value!r} is not {what}")
    return float(array)


def share(value: object, name: str) -> float:
    """A number strictly between 0 and 1, such as the level of an interval."""
    return number(value, name, "between 0 and 1", lambda at: 0 < at < 1)


def whole(value: object, name: str, least: int, most: int | None = None) -> int:
    """A whole number from ``least`` to ``most``; raises InputError for 2.5, true/false, text and the rest."""
    try:
        count = None if isinstance(value, bool | np.bool_) else index(value)  # type: ignore[arg-type]
    except TypeError:
        count = None
    if count is None or count < least or (most is not None and count > most):
        span = f"of {least} or more" if most is None else f"from {least} to {most}"
        raise InputError(f"{name}: {value!r} is not a whole number {span}")
    return count


def _one_column(values: ArrayLike, name: str) -> NDArray[Any]:
    column = plain(values, name)
    if column.ndim != 1 or not len(column):
        raise InputError(f"{name}: expected one column with at least one row, found shape {column.shape}")
    return column
