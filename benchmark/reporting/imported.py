"""Predictions made elsewhere: tables of users and what others published, given a place among the runs of a task."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from benchmark.errors import InputError
from benchmark.reporting.board import Contender
from benchmark.scoring import Predictions
from benchmark.tasks import Task
from benchmark.tasks.spec import Published

COLUMNS = ["protocol", "repeat", "fold", "patient_id"]
IDS = ("patient_id", "instance_id")  # text, whatever they look like


def published_contenders(task: Task, protocol: str, endpoints: Sequence[str]) -> list[Contender]:
    """The models whose risks the cohort carries for the split of this protocol; none under any other, or in a task of classes."""
    rules, published = task.spec.protocols[protocol], task.cohort.published
    if task.spec.kind != "survival" or not isinstance(rules, Published):
        return []
    tested = set(task.eligible(protocol))
    contenders = []
    for model, rows in published[published["split"] == rules.splits].groupby("model"):
        predictions = Predictions(rows[rows["patient_id"].isin(tested)].drop(columns=["model", "split"]))
        source = task.cohort.datasheet.published[str(model)]
        contenders.append(Contender(str(model), (), dict.fromkeys(endpoints, predictions), None, "imported", source))
    return contenders


def read_predictions(path: Path, task: Task, protocol: str, endpoints: Sequence[str]) -> Contender:
    """The rows of one protocol (and its endpoints, where the table has that column) of a CSV or Parquet file.

    Args:
        path: columns ``protocol, repeat, fold, patient_id`` and the task's outputs (risk, probability, or one probability per class);
            ``task``, ``endpoint`` and ``instance_id`` (of a bag's instances, whose mean is the patient's) may be there too.

    Raises:
        InputError: unreadable, or as :func:`predictions_of`.
    """
    try:
        table = pd.read_parquet(path) if path.suffix.lower() == ".parquet" else _read_csv(path)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path}: cannot be read as CSV or Parquet ({str(error).splitlines()[0]}); save it as one of them, with the columns of the task"
        ) from error
    return predictions_of(table, path, task, protocol, endpoints)


def predictions_of(table: pd.DataFrame, path: Path, task: Task, protocol: str, endpoints: Sequence[str]) -> Contender:
    """As :func:`read_predictions`, of a table that has been read.

    Args:
        path: where from, for the messages.

    Raises:
        InputError: a column is missing or of another type, or no row is for this protocol and endpoint.
    """
    wanted = [*COLUMNS, *dict.fromkeys(output for endpoint in endpoints for output in task.outputs(endpoint))]
    if lacking := [name for name in wanted if name not in table]:
        raise InputError(
            f"{path}: column '{lacking[0]}' is missing; the first line names {', '.join(wanted)} (and endpoint, if there are several)"
        )
    table = _only(_only(table, "task", task.id, path), "protocol", protocol, path)
    for column in ("repeat", "fold"):
        whole = pd.api.types.is_integer_dtype(table[column]) and not table[column].isna().any()
        if not whole or table[column].max() >= 2**63:  # the library reads a larger one as another type, and cannot compare the two
            raise InputError(
                f"{path}: column '{column}' holds something other than whole numbers; number the folds as folds.csv of the task does"
            )
    for column in wanted[len(COLUMNS) :]:
        if pd.api.types.is_bool_dtype(table[column]):
            raise InputError(f"{path}: column '{column}' holds true and false, which are no numbers; write a number in every row")
        if not pd.api.types.is_numeric_dtype(table[column]):
            raise InputError(f"{path}: column '{column}' holds something other than finite numbers; write a number in every row")
    table = table.assign(patient_id=table["patient_id"].astype(str))
    predictions = {endpoint: Predictions(_only(table, "endpoint", endpoint, path)) for endpoint in endpoints}
    # the whole file name: a model's id has no dot, so an imported table never takes the place of a run
    return Contender(path.name, (), predictions, None, "self-reported")


def _read_csv(path: Path) -> pd.DataFrame:
    """The table of a CSV file, numbers where a column holds nothing else.

    The first line is read as one of the rows: the library would rename a second column of a name in silence, and take the first cells of
    rows that are longer than it for their index.

    Raises:
        InputError: a name stands twice in the first line.
        ValueError: a row has more cells than that, or it is no CSV.
    """
    header = pd.read_csv(path, header=None, nrows=1, dtype=str, keep_default_na=False).iloc[0]
    if (twice := header[header.duplicated() & (header != "")]).size:
        raise InputError(f"{path}: column {ascii(twice.iloc[0])[:60]} stands twice in the first line; keep one of them")
    table = pd.read_csv(path, header=None, dtype=str, index_col=False).iloc[1:].reset_index(drop=True)
    table = table.set_axis(header.to_list(), axis="columns")
    return table.assign(**{name: _numbers(table[name]) for name in header if name and name not in IDS})


def _numbers(column: "pd.Series[str]") -> "pd.Series[str] | pd.Series[float]":
    try:
        return pd.to_numeric(column)
    except ValueError:
        return column


def _only(table: pd.DataFrame, column: str, value: str, path: Path) -> pd.DataFrame:
    """The rows whose column has this value; all, where there is no such column."""
    if column not in table:
        return table
    found = table[column].astype(str)
    if not (found == value).any():
        has = ", ".join(sorted(found.unique())[:5]) or "no rows"
        raise InputError(f"{path}: no row with {column} '{value}' (it has {has}); predict the test patients of {column} {value}")
    return table[found == value]
