"""A stranger's table of predictions, read in one way by all who read it: bounded before a library sees it, and holding nothing but predictions."""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmark.errors import InputError
from benchmark.reporting.imported import IDS
from benchmark.submissions.folder import PREDICTIONS, PREDICTIONS_BYTES
from benchmark.submissions.text import read_bounded

LINE = 4096  # characters
ROWS = 10**6
COLUMNS = 50  # seven that say whose a row is, and the outputs of several tasks
NAMES, COUNTED = ("task", "protocol", "endpoint"), ("repeat", "fold")
OUTPUT = re.compile(r"risk|probability(_[A-Za-z0-9_]+)?")  # of any task: a table may be for several
LONGEST_ID = 100  # characters


def read_table(folder: Path) -> pd.DataFrame:
    """The table of a submission: names and ids as text, folds and outputs as numbers; an empty cell is missing.

    Others read it too, so it must not carry outcomes, notes or features.

    Raises:
        InputError: no plain text file, more than the limits of this module, a quotation mark, a row with more or fewer cells than the first
            line has names, a column that no task asks for, or text where a name or a number belongs; the message names column and row.
    """
    path = folder / PREDICTIONS
    text = read_bounded(path, PREDICTIONS_BYTES)
    _check_shape(path, text)
    try:
        table = pd.read_csv(io.StringIO(text), dtype=str, index_col=False, quoting=csv.QUOTE_NONE)
    except ValueError as error:
        raise InputError(f"{path}: cannot be read as CSV ({str(error).splitlines()[0][:100]}); save it as CSV") from error
    return table.assign(**{name: _checked(path, name, table[name]) for name in map(str, table)})


def outputs(table: pd.DataFrame) -> list[str]:
    """The columns that are predictions."""
    return [column for column in map(str, table) if OUTPUT.fullmatch(column)]


def _check_shape(path: Path, text: str) -> None:
    """Refuse a table that would keep the reader of the library busy, or that it would read otherwise than a person does.

    It takes minutes for columns that nobody needs, lets a quoted cell run over many lines, and takes the first cells of rows that are
    too long for an index. A line ends where that reader ends it: at other breaks of Unicode it does not.
    """
    if mark := next((mark for mark in '"\0' if mark in text), None):
        raise InputError(
            f"{path}: holds {'a quotation mark' if mark == chr(34) else 'a NUL'}; write every cell as it is: none needs quotes"
        )
    if text.count("\n") + text.count("\r") - text.count("\r\n") > ROWS + 1:
        raise InputError(f"{path}: has more than {ROWS} rows; one for every test patient of every fold is enough")
    lines = [line for line in re.split(r"[\r\n]+", text) if line]
    longest = max(map(len, lines), default=0)
    if longest > LINE:
        raise InputError(f"{path}: a line has {longest} characters, more than {LINE}; keep the columns that the task needs")
    if not lines:
        raise InputError(f"{path}: is empty; the first line names the columns, the others are rows")
    names = lines[0].split(",")
    _check_names(path, names)
    for row, line in enumerate(lines[1:], 1):
        if (cells := line.count(",") + 1) != len(names):
            raise InputError(f"{path}: row {row} has {cells} cells where the first line has {len(names)} names; write a cell for each name")


def _check_names(path: Path, names: Sequence[str]) -> None:
    if len(names) > COLUMNS:
        raise InputError(f"{path}: has {len(names)} columns, more than {COLUMNS}; keep those that its tasks need")
    for place, name in enumerate(names):
        if name not in (*NAMES, *COUNTED, *IDS) and not OUTPUT.fullmatch(name):
            known = ", ".join((*NAMES, *COUNTED, *IDS))
            raise InputError(f"{path}: column {ascii(name)[:60]} is no prediction; keep {known} and the outputs of the tasks")
        if name in names[:place]:
            raise InputError(f"{path}: column {ascii(name)[:60]} stands twice in the first line; keep one of them")


def _checked(path: Path, name: str, column: "pd.Series[str]") -> "pd.Series[str] | pd.Series[float]":
    """The column, as numbers where it holds such."""
    given = column.notna()
    if name in NAMES:
        _refuse(path, column, given & ~column.str.fullmatch(r"[a-z][a-z0-9_]{0,59}").eq(True), "name; write it as the task does")
        return column
    if name in IDS:
        _refuse(path, column, given & (column.str.len() > LONGEST_ID), "id; write it as the task does")
        return column
    numbers = pd.to_numeric(column, errors="coerce")
    _refuse(path, column, given & ~np.isfinite(numbers.astype(float)), "finite number; write a number in every row")
    return numbers


def _refuse(path: Path, column: "pd.Series[str]", odd: "pd.Series[bool]", wanted: str) -> None:
    if odd.any():
        row = int(odd.to_numpy().argmax())
        raise InputError(f"{path}: row {row + 1}: column '{column.name}' holds {ascii(column.iloc[row])[:60]}, which is no {wanted}")
