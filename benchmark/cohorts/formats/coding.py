"""From published words to typed columns: a word that the coding does not know is refused, never silently missing."""

from collections.abc import Collection, Mapping
from pathlib import Path

import pandas as pd

from benchmark.errors import InputError

MISSING = frozenset({"Not Collected", "Not collected", "Not Assessed", "Unknown", "Not Recorded In Database"})


def refuse(path: Path, patient: object, column: str, value: object, expected: str) -> InputError:
    """The error for a cell that cannot be understood."""
    return InputError(f"{path}, row {patient}, column '{column}': '{value}' is not {expected}; fetch the published file again")


def category(
    raw: pd.Series, levels: Mapping[str, str], path: Path, *, ordered: bool = False, missing: Collection[str] = MISSING
) -> pd.Series:
    """Words as a pandas category.

    Args:
        raw: strings by patient; its name is the published column's.
        levels: published word → level, in the levels' order.
        missing: the words that mean that nobody knows.

    Raises:
        InputError: a word is in neither.
    """
    for patient, word in raw.items():
        if word not in levels and word not in missing:
            raise refuse(path, patient, str(raw.name), word, f"one of {', '.join(levels)}")
    dtype = pd.CategoricalDtype(list(dict.fromkeys(levels.values())), ordered=ordered)
    return raw.map(levels).astype(dtype)


def number(raw: pd.Series, path: Path, *, missing: Collection[str] = MISSING) -> pd.Series:
    """Non-negative numbers as floats; refuses what is neither a number nor a missing word."""
    values = pd.to_numeric(raw.mask(raw.isin(missing)), errors="coerce").astype(float)
    for patient in raw.index[(values.isna() & ~raw.isin(missing)) | (values < 0) | (values == float("inf"))]:
        raise refuse(path, patient, str(raw.name), raw[patient], "a number ≥ 0")
    return values


def date(raw: pd.Series, path: Path, *, missing: Collection[str] = ("N/A",)) -> pd.Series:
    """Dates written month/day/year; refuses an impossible one."""
    values = pd.to_datetime(raw.mask(raw.isin(missing)), format="%m/%d/%Y", errors="coerce")
    for patient in raw.index[values.isna() & ~raw.isin(missing)]:
        raise refuse(path, patient, str(raw.name), raw[patient], "a date (month/day/year)")
    return values


def flag(raw: pd.Series, true: str, false: str, path: Path) -> pd.Series:
    """Two words as 1 and 0."""
    return category(raw, {false: "0", true: "1"}, path, missing=()).astype("int8")
