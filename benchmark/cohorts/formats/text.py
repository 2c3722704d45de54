"""Delimited text as published: every cell a stripped string, every defect a one-line error that names the file."""

import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pandas as pd

from benchmark.errors import InputError

UNREADABLE = (OSError, EOFError, zlib.error, UnicodeDecodeError, pd.errors.EmptyDataError, pd.errors.ParserError)


def read_text(path: Path, sep: str = ",", required: Sequence[str] = ()) -> pd.DataFrame:
    """A table of strings; a byte-order mark, CRLF line ends, padded cells and gzip are understood.

    Raises:
        InputError: unreadable, empty, or a required column is missing or there twice.
    """
    try:
        with path.open("rb") as stream:
            packed: Literal["gzip"] | None = "gzip" if stream.read(2) == b"\x1f\x8b" else None
        # header=None: pandas would rename a repeated column silently
        raw = pd.read_csv(path, sep=sep, header=None, dtype=str, keep_default_na=False, encoding="utf-8-sig", compression=packed)
    except UNREADABLE as error:
        reason = "it is empty" if isinstance(error, pd.errors.EmptyDataError) else str(error).splitlines()[0]
        raise InputError(f"{path}: cannot be read as a table ({reason}); fetch the file again") from error
    if (cut := raw.index[raw.isna().any(axis=1)]).size:
        raise InputError(f"{path}, row {cut[0] + 1}: has fewer cells than the header; fetch the file again")
    raw = raw.apply(lambda column: column.str.strip())
    table: pd.DataFrame = raw.iloc[1:].reset_index(drop=True)
    table.columns = pd.Index(raw.iloc[0])
    if table.empty:
        raise InputError(f"{path}: has a header but no rows; fetch the file again")
    for name in required:
        if (count := int((table.columns == name).sum())) != 1:
            state = "is missing" if count == 0 else f"is there {count} times"
            raise InputError(f"{path}: column '{name}' {state}; fetch the published file again")
    return table


def by_patient(table: pd.DataFrame, ids: pd.Series, path: Path, pattern: str) -> pd.DataFrame:
    """``table`` indexed by ``patient_id`` and sorted.

    Raises:
        InputError: an id does not match ``pattern`` or comes twice.
    """
    for row, patient in enumerate(ids, start=2):
        if re.fullmatch(pattern, patient) is None:
            raise InputError(f"{path}, row {row}: '{patient}' is not a patient id of this cohort; fetch the published file again")
    if (twice := ids[ids.duplicated()]).size:
        raise InputError(f"{path}: patient {twice.iloc[0]} has more than one row; fetch the published file again")
    return table.set_index(pd.Index(ids, name="patient_id")).sort_index()


def numbers(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """All columns as floats; "NA" and the empty cell become NaN.

    Raises:
        InputError: a cell is not a finite number; the message names its row and column.
    """
    blank = table.isin(["NA", ""])
    values: pd.DataFrame = table.mask(blank).apply(pd.to_numeric, errors="coerce").astype(float)
    wrong = (values.isna() & ~blank) | values.isin([float("inf"), float("-inf")])
    if wrong.to_numpy().any():
        row, column = next(iter(wrong.stack()[lambda cells: cells].index))
        raise InputError(f"{path}, row {row}, column {column}: '{table.at[row, column]}' is not a number; fetch the published file again")
    return values
