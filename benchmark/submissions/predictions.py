"""Submissions of predictions only: a table instead of a model, self-reported for ever."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from benchmark.errors import InputError
from benchmark.reporting.board import Contender
from benchmark.reporting.imported import predictions_of
from benchmark.scoring import KEY, expected_rows, meet_any
from benchmark.submissions.folder import PREDICTIONS
from benchmark.submissions.spec import FORM, read_spec
from benchmark.submissions.table import read_table
from benchmark.tasks import Task


def contender(folder: Path, task: Task, protocol: str, endpoints: Sequence[str]) -> Contender:
    """The predictions of a folder as an entry of a board, under the submission's id.

    Raises:
        InputError: the id is taken, or the table cannot be read or does not fit the task's folds; the message names the row.
    """
    if taken := taken_by(folder, task):
        raise InputError(f"{folder}: {taken}; rename the folder and the key id")
    path = folder / PREDICTIONS
    found = replace(predictions_of(read_table(folder), path, task, protocol, endpoints), label=folder.name)
    for endpoint in endpoints:
        _check_complete(path, expected_rows(task, protocol, endpoint), found.predictions[endpoint].table)
    meet_any(task, protocol, endpoints, [found.predictions])  # raises where a patient is missing, stands twice or is not one of the fold
    return found


def taken_by(folder: Path, task: Task) -> str | None:
    """Whose the id of a submission is on the boards of a task already, in words; a board on which one id stands twice serves nobody."""
    name = folder.name
    if (folder.parents[1] / "baselines" / f"{name}.py").exists():
        return f"the id {name} is a baseline's"
    if name in task.cohort.datasheet.published:
        return f"the id {name} is that of predictions that others published for {task.cohort.name}"
    return None


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
