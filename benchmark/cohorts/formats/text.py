"""Delimited text as published: every cell a stripped string, every defect a one-line error that names the file."""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from benchmark.errors import InputError

UNREADABLE = (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error)


def read_text(path: Path, sep: str = ",", required: Sequence[str] = ()) -> pd.DataFrame:
    """A table of strings; a byte-order mark, CRLF line ends, padded cells and gzip are understood.

    Raises:
        InputError: unreadable, empty, cut short, or a required column is missing or there twice.
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
    table = pd.DataFrame(rows, columns=pd.Index(header), dtype=str)
    for name in required:
        if (count := int((table.columns == name).sum())) != 1:
            state = "is missing" if count == 0 else f"is there {count} times"
            raise InputError(f"{path}: column '{name}' {state}; fetch the published file again")
    return table


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
    blank = table.isin(["NA", ""])
    values: pd.DataFrame = table.mask(blank).apply(pd.to_numeric, errors="coerce").astype(float)
    wrong = (values.isna() & ~blank) | values.isin([float("inf"), float("-inf")])
    if wrong.to_numpy().any():
        row, column = (int(places[0]) for places in wrong.to_numpy().nonzero())
        cell = f"row {table.index[row]}, column {table.columns[column]}: '{table.iat[row, column]}'"
        raise InputError(f"{path}, {cell} is not a number; fetch the published file again")
    return values
