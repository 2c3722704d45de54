"""Delimited text as published: every cell a stripped string, every defect a one-line error that names the file."""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pandas as pd

from benchmark.errors import InputError

UNREADABLE = (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error)


def read_text(path: Path, sep: str = ",", required: Sequence[str] = (), others: Sequence[str] = ("*",)) -> pd.DataFrame:
    """A table of strings; a byte-order mark, CRLF line ends, padded cells and gzip are understood.

    Args:
        path: of the file.
        sep: what separates the cells.
        required: the columns that must be there, once.
        others: glob patterns of the other columns that the published file has.

    Raises:
        InputError: unreadable, empty, cut short, a required column is missing or there twice, or a column is none of these.
    """
    try:
        header, *rows = _rows(path, sep) or [[]]
    except UNREADABLE as error:
        raise InputError(f"{path}: cannot be read as a table ({str(error).splitlines()[0]}); fetch the file again") from error
    if not rows:
        raise InputError(f"{path}: {'has a header but no rows' if header else 'is empty'}; fetch the file again")
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise InputError(f"{path}, row {number}: {len(row)} cells, but the header has {len(header)}; fetch the file again")
    check_columns(header, required, others, path)
    return pd.DataFrame(rows, columns=pd.Index(header), dtype=str)


def check_columns(header: Sequence[str], required: Sequence[str], others: Sequence[str], path: Path) -> None:
    """Check the columns of a published file; see :func:`read_text`.

    Raises:
        InputError: a required column is missing or there twice, or a column is neither required nor one of the others.
    """
    for name in required:
        if (count := header.count(name)) != 1:
            state = "is missing" if count == 0 else f"is there {count} times"
            raise InputError(f"{path}: column '{name}' {state}; fetch the published file again")
    for name in header:
        if name not in required and not any(fnmatchcase(name, pattern) for pattern in others):
            raise InputError(f"{path}: column '{name}' is not in the published file; fetch it again")


def _rows(path: Path, sep: str) -> list[list[str]]:
    # not pandas: it pads a row that is cut short and renames a column that is there twice, both in silence
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        with io.TextIOWrapper(gzip.open(raw) if packed else raw, encoding="utf-8-sig", newline="") as text:
            return [[cell.strip() for cell in row] for row in csv.reader(text, delimiter=sep, strict=True) if row]


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
    cells = pd.Series(table.to_numpy(object).ravel())  # at once: thousands of columns are slow one by one
    blank = cells.isin(["NA", ""])
    values = pd.to_numeric(cells.mask(blank), errors="coerce").to_numpy(float).reshape(table.shape)
    wrong = ~np.isfinite(values) & ~blank.to_numpy().reshape(table.shape)
    if wrong.any():
        row, column = (int(places[0]) for places in wrong.nonzero())
        cell = f"row {table.index[row]}, column {table.columns[column]}: '{table.iat[row, column]}'"
        raise InputError(f"{path}, {cell} is not a number; fetch the published file again")
    return pd.DataFrame(values, index=table.index, columns=table.columns)
