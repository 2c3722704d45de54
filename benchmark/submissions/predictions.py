"""Submissions of predictions only: a table instead of a model, self-reported for ever."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmark.errors import InputError
from benchmark.reporting.board import Contender
from benchmark.reporting.imported import read_predictions
from benchmark.scoring import KEY, expected_rows, meet_any
from benchmark.submissions.folder import PREDICTIONS, PREDICTIONS_BYTES
from benchmark.submissions.spec import FORM, read_spec
from benchmark.submissions.text import read_bounded
from benchmark.tasks import Task

LINE = 4096  # characters
NAMES, COUNTED, IDS = ("task", "protocol", "endpoint"), ("repeat", "fold"), ("patient_id", "instance_id")
OUTPUT = re.compile(r"risk|probability(_[A-Za-z0-9_]+)?")  # of any task: a table may be for several
LONGEST_ID = 100  # characters


def contender(folder: Path, task: Task, protocol: str, endpoints: Sequence[str]) -> Contender:
    """The predictions of a folder as an entry of a board, under the submission's id.

    Raises:
        InputError: the table cannot be read, or does not fit the task's folds; the message names the row.
    """
    path = folder / PREDICTIONS
    check_lines(path)
    try:
        found = replace(read_predictions(path, task, protocol, endpoints), label=folder.name)
    except InputError:
        _check_numbers(path, [output for endpoint in endpoints for output in task.outputs(endpoint)])
        raise
    _check_columns(path)
    for endpoint in endpoints:
        _check_complete(path, expected_rows(task, protocol, endpoint), found.predictions[endpoint].table)
    meet_any(task, protocol, endpoints, [found.predictions])  # raises where a patient is missing, stands twice or is not one of the fold
    return found


def check_lines(path: Path) -> None:
    """Refuse a table that would keep the reader busy.

    Raises:
        InputError: no plain text file, too large, or with a line without end.
    """
    longest = max(map(len, read_bounded(path, PREDICTIONS_BYTES).splitlines()), default=0)
    if longest > LINE:  # the reader of the library takes minutes for columns that nobody needs
        raise InputError(f"{path}: a line has {longest} characters, more than {LINE}; keep the columns that the task needs")


def _check_columns(path: Path) -> None:
    """Refuse what is no prediction: a table that others read must not carry outcomes, notes or features.

    Raises:
        InputError: a column that no task asks for, or text where a name or a number belongs.
    """
    table = pd.read_csv(path, dtype=str)
    for column in table:
        values = table[column].dropna()
        if column in NAMES:
            odd = ~values.str.fullmatch(r"[a-z][a-z0-9_]{0,59}")
        elif column in IDS:
            odd = values.str.len() > LONGEST_ID
        elif column in COUNTED or OUTPUT.fullmatch(str(column)):
            odd = pd.to_numeric(values, errors="coerce").isna()
        else:
            raise InputError(f"{path}: column {ascii(column)[:60]} is no prediction; keep {', '.join((*NAMES, *COUNTED, *IDS))} and the outputs of the tasks")
        if odd.any():
            raise InputError(f"{path}: row {int(values.index[odd][0]) + 1}: column '{column}' holds {ascii(values[odd].iloc[0])[:60]}, which is no {'number' if column not in (*NAMES, *IDS) else 'name'}")


def _check_numbers(path: Path, columns: Sequence[str]) -> None:
    """Name the first cell that is no finite number; an empty one is for later, when it is known whose it is.

    Raises:
        InputError: there is one.
    """
    try:
        table = pd.read_csv(path, dtype=str)
    except ValueError:  # no table at all, which has been said
        return
    for column in columns:
        if column in table:
            wrong = ~np.isfinite(pd.to_numeric(table[column], errors="coerce").to_numpy(float)) & table[column].notna().to_numpy()
            if wrong.any():
                value = ascii(table[column][wrong].iloc[0])[:60]
                raise InputError(
                    f"{path}: row {int(wrong.argmax()) + 1}: column '{column}' holds {value}, which is no finite number; write a number in every row"
                )


def _check_complete(path: Path, expected: pd.DataFrame, given: pd.DataFrame) -> None:
    """Name the first patient without a row; where rows are of somebody else, those are what is wrong.

    Raises:
        InputError: there is one.
    """
    joined = expected.merge(given[KEY].drop_duplicates(), on=KEY, how="outer", indicator=True)
    lacking = joined[joined["_merge"] == "left_only"]
    if len(lacking) and not (joined["_merge"] == "right_only").any():
        first = lacking.iloc[0]
        who = f"patient {first['patient_id']} in repeat {first['repeat']}, fold {first['fold']}"
        raise InputError(
            f"{path}: {who} has no row ({len(lacking)} of {len(expected)} are missing); every test patient of every fold needs one"
        )


def self_reported(root: Path, task: Task, protocol: str, endpoints: Sequence[str]) -> tuple[list[Contender], list[str]]:
    """The predictions-only submissions that name a task, and what is wrong with those that cannot be shown.

    They are of real patients under the task's default protocol, so nothing stands on any other board.
    """
    contenders: list[Contender] = []
    problems: list[str] = []
    if task.cohort.data == "replica" or protocol != task.spec.default_protocol:
        return contenders, problems
    for form in sorted((root / "submissions").glob(f"*/{FORM}")):
        if (form.parent / "model.py").exists():
            continue
        try:
            spec = read_spec(form.parent)
            if spec.kind == "predictions" and task.id in spec.tasks:
                contenders.append(contender(form.parent, task, protocol, endpoints))
        except InputError as error:
            problems.append(str(error))
        except Exception as error:  # noqa: BLE001 - a stranger's files: whatever a library makes of them, the others stay on the board
            problems.append(f"{form.parent}: cannot be read ({type(error).__name__}); 'bench submit check {form.parent.name}' says more")
    return contenders, problems
