"""What a report is made of: one run, its task and the board that it stands on."""

import ast
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.errors import InputError, unknown
from benchmark.models import ModelChoice, find_models, load_model, named, source_digest, tree_of
from benchmark.records import AGAIN, Record, read_record
from benchmark.reporting.board import Board, Contender, Entry, build_board
from benchmark.reporting.compare import Comparison, compare_records
from benchmark.reporting.expected import Expected
from benchmark.reporting.imported import published_contenders
from benchmark.reporting.select import Selection, changed_since, pick, select_records
from benchmark.scoring import Predictions, meet
from benchmark.tasks import Task
from benchmark.tasks.endpoints import outcome_of
from benchmark.workspace import Workspace

TRIVIAL = ("kaplan_meier", "class_prior")
MARKUP = re.compile(r"(?::\w+:)?`{1,2}([^`]+)`{1,2}")
CLINICAL = ("clinical_cox", "clinical_logistic")


@dataclass(frozen=True)
class Place:
    """Which run a user means: a record that was read from its folder, or the names under which the board has it."""

    task: str
    protocol: str | None
    endpoint: str | None
    model: str
    record: Record | None = None


@dataclass(frozen=True)
class Facts:
    """One run with all that its report says of it.

    Attributes:
        choice: the model as it is chosen today; ``None`` where its file is not in the repository.
        stale: the model's source has changed since the run.
        comparisons: what it is compared with (trivial model, clinical model, reference) → the paired difference.
        splits: one row for each fit: ``repeat, fold``, and patients and events of each part (events NaN for three classes or more).
        by_split: the primary metric in every test fold, shape (folds,).
    """

    task: Task
    record: Record
    choice: ModelChoice | None
    stale: bool
    board: Board
    entry: Entry
    comparisons: Mapping[str, Comparison]
    splits: pd.DataFrame
    by_split: NDArray[np.float64]

    @property
    def protocol(self) -> str:
        return str(self.record.info["protocol"])

    @property
    def endpoint(self) -> str:
        return str(self.record.info["endpoint"])

    @property
    def modalities(self) -> tuple[str, ...]:
        return tuple(self.record.info["modalities"])

    @property
    def outcome(self) -> str:
        """The cohort's name of the outcome."""
        return outcome_of(self.task.spec, self.endpoint)

    @property
    def survival(self) -> bool:
        return self.task.spec.kind == "survival"

    @property
    def counted(self) -> str:
        """What the patients with the outcome are called."""
        return "events" if self.survival else "positives"

    @cached_property
    def eligible(self) -> pd.Index:
        """The patients of the protocol whose outcome is known."""
        return self.task.eligible(self.protocol, self.endpoint)

    @cached_property
    def predictors(self) -> int:
        """Columns of the modalities used, before coding and selection."""
        return sum(len(self.task.columns(name)) for name in self.modalities)

    @cached_property
    def description(self) -> list[str]:
        """The paragraphs of what the model's file and class say of themselves, markup taken off."""
        text = "\n\n".join(filter(None, _own_words(self.choice))) if self.choice else ""
        return [MARKUP.sub(r"\1", " ".join(part.split())) for part in text.split("\n\n") if part.strip()]


def _own_words(choice: ModelChoice) -> list[str | None]:
    """What the file and the class say of themselves; a submission's file is read and not imported."""
    if choice.submitted:
        return [ast.get_docstring(tree_of(choice.path)), choice.facts.summary]
    model = load_model(choice.path)
    return [sys.modules[model.__module__].__doc__, model.__doc__]


def locate(run: str, endpoint: str | None, runs: Path) -> Place:
    """The run that ``run`` names: a record's folder, or TASK/PROTOCOL/MODEL.

    Raises:
        InputError: neither, or a record that cannot be read.
    """
    folder = next((path for path in (Path(run), runs / run) if (path / "run.json").is_file()), None)
    if folder is not None:
        record = read_record(folder)
        info = record.info
        if endpoint not in (None, info["endpoint"]):
            raise InputError(f"{folder}: the record is of endpoint {info['endpoint']}, not of {endpoint}; leave out --endpoint")
        return Place(info["task"], info["protocol"], info["endpoint"], record.label, record)
    parts = run.split("/")
    if len(parts) != 3 or not all(parts):
        raise InputError(f"RUN '{run}' is neither the folder of a finished record (with run.json) nor TASK/PROTOCOL/MODEL")
    return Place(parts[0], parts[1], endpoint, parts[2])


def gather(workspace: Workspace, task: Task, place: Place) -> Facts:
    """All that the report says, from the records on disk.

    Raises:
        InputError: no such protocol, endpoint or run, or the record was made from another task, folds or patients, or no run leaves it.
    """
    protocol, endpoint = task.protocol(place.protocol), place.endpoint or task.endpoint
    if endpoint not in task.spec.endpoints:
        raise unknown("endpoint", endpoint, task.spec.endpoints, f"task {task.id}; a report is of one endpoint")
    task.require_estimable(protocol, endpoint)
    selection = select_records(task, protocol, [endpoint], workspace.runs, workspace.root)
    where = f"the {protocol} board of {task.id}, endpoint {endpoint}"
    record = place.record or pick(selection, workspace.root, place.model, where)[endpoint]
    _check_current(record, task, protocol)
    shown = selection.records | {record.label: {endpoint: record}}
    contenders = [Contender.of(records) for records in shown.values()]
    board = build_board(task, protocol, [endpoint], [*contenders, *published_contenders(task, protocol, [endpoint])])
    own = meet(task, protocol, endpoint, [Predictions(record.predictions, record.failed)])
    choice = (
        named(workspace.root, record.label)
        if record.info["source"] and record.label.partition("[")[0] in find_models(workspace.root)
        else None
    )
    return Facts(
        task=task,
        record=record,
        choice=choice,
        stale=choice is not None and source_digest(choice.path) != record.info["source_digest"],
        board=board,
        entry=next(entry for entry in board.entries if entry.model == record.label),
        comparisons=_compared(task, protocol, endpoint, record, selection),
        splits=_splits(task, protocol, endpoint),
        by_split=own.by_split(task.spec.metrics.primary).ravel(),
    )


def _check_current(record: Record, task: Task, protocol: str) -> None:
    if changed := changed_since(record, task, protocol):
        raise InputError(f"{record.folder}: {changed[0]} has changed since this run; run it again, a report is of what is here now")
    if odd := Expected.of(task, protocol, record.info["endpoint"]).misfit(record):
        raise InputError(f"{record.folder}: {odd}; {AGAIN}")


def _compared(task: Task, protocol: str, endpoint: str, record: Record, selection: Selection) -> dict[str, Comparison]:
    wanted = dict.fromkeys([*TRIVIAL, *CLINICAL, task.spec.reference])
    others = [label for label in wanted if label in selection.records and label != record.label]
    return {other: compare_records(task, protocol, [endpoint], {endpoint: record}, selection.records[other]) for other in others}


def _splits(task: Task, protocol: str, endpoint: str) -> pd.DataFrame:
    rows = []
    for repeat, fold in task.splits(protocol):
        row: dict[str, float | None] = {"repeat": repeat, "fold": fold}
        for role, ids in task.roles(protocol, repeat, fold, endpoint).items():
            row |= {role: len(ids), f"{role}_events": task.events(endpoint, ids) if len(ids) else 0}
        rows.append(row)
    return pd.DataFrame(rows)
