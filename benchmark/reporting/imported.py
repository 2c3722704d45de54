"""Predictions tables made elsewhere: read, checked, and given a place among the runs of a task."""

from pathlib import Path

import pandas as pd

from benchmark.errors import InputError
from benchmark.reporting.board import Contender
from benchmark.scoring import Predictions

COLUMNS = ["protocol", "repeat", "fold", "patient_id", "risk"]


def read_predictions(path: Path, task: str, protocol: str, endpoint: str) -> Contender:
    """The rows of one protocol (and endpoint, where the table has that column) of a CSV or Parquet file.

    Args:
        path: columns ``protocol, repeat, fold, patient_id, risk``; ``task`` and ``endpoint`` may be there too.

    Raises:
        InputError: unreadable, a column is missing, or no row is for this protocol and endpoint.
    """
    try:
        table = pd.read_parquet(path) if path.suffix.lower() == ".parquet" else pd.read_csv(path, dtype={"patient_id": str})
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as CSV or Parquet ({str(error).splitlines()[0]})") from error
    if lacking := [name for name in COLUMNS if name not in table]:
        raise InputError(f"{path}: column '{lacking[0]}' is missing; expected {', '.join(COLUMNS)} (and endpoint, if there are several)")
    for column, value in (("task", task), ("protocol", protocol), ("endpoint", endpoint)):
        if column in table:
            found = sorted(table[column].astype(str).unique())
            table = table[table[column].astype(str) == value]
            if table.empty:
                raise InputError(f"{path}: no row with {column} '{value}'; it has {', '.join(found[:5]) or 'no rows'}")
    for column in ("repeat", "fold"):
        if table[column].isna().any() or not pd.api.types.is_integer_dtype(table[column]):
            raise InputError(f"{path}: column '{column}' holds something other than whole numbers")
    if not pd.api.types.is_numeric_dtype(table["risk"]):
        raise InputError(f"{path}: column 'risk' holds something other than numbers")
    table = table.assign(patient_id=table["patient_id"].astype(str))
    # the whole file name: a model's id has no dot, so an imported table never takes the place of a run
    return Contender(path.name, (), Predictions(table), None, "self-reported")
