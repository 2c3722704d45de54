"""What the site is made from: boards, printed numbers, tasks, cohorts and models, as plain values."""

import ast
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from benchmark.errors import InputError
from benchmark.models import own_place, parse, read_models
from benchmark.site.ids import shapes, without_ids
from benchmark.site.words import Json
from benchmark.tasks import load_spec, task_folders
from benchmark.tasks.spec import TaskSpec
from benchmark.workspace import Workspace

LEAK = re.compile(r"^\| \*\*\w+\*\* \| (?:definition|column) \| (\w+), (\w+): (.+?) \|$", re.MULTILINE)  # of the audit in a datasheet


@dataclass(frozen=True)
class ModelFile:
    """A model as its file says it.

    Attributes:
        about: the docstring of its class.
        source: the file, relative to the repository; code: its text.
        parameters: (name, default, type), as the constructor has them.
    """

    name: str
    about: str
    source: str
    code: str
    parameters: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Content:
    """Everything that the pages say.

    Attributes:
        boards: as in ``board.json``.
        claims: as ``bench claims --format json`` has them.
        statistics: (task, protocol, endpoint) → what the figures of a board draw.
        explanations: of fitted models, as ``bench explain`` keeps them.
        patients: cohort → numbers of its figures; across: numbers of the figures over tasks.
        pattern: of patient ids, none of which may stand on a page.
        left_out: the folders of submissions that have no page, and why.
    """

    boards: Sequence[Json]
    claims: Sequence[Json]
    specs: Mapping[str, TaskSpec]
    readmes: Mapping[str, str]
    cohorts: Mapping[str, Json]
    models: Mapping[str, ModelFile]
    statistics: Mapping[tuple[str, str, str], Json]
    explanations: Sequence[Json]
    patients: Mapping[str, Json]
    across: Json
    pattern: re.Pattern[str]
    left_out: Sequence[str] = ()

    @cached_property
    def of_task(self) -> dict[str, list[Json]]:
        """Task → its boards, that of the default protocol and endpoint first."""
        found: dict[str, list[Json]] = {name: [] for name in self.specs}
        for board in self.boards:
            found[board["task"]].append(board)
        return {name: sorted(boards, key=lambda board: not self._default(board)) for name, boards in found.items() if boards}

    def _default(self, board: Json) -> bool:
        spec = self.specs[board["task"]]
        return bool(board["protocol"] == spec.default_protocol and board["endpoint"] == next(iter(spec.endpoints)))


def read_boards(workspace: Workspace) -> list[dict[str, Any]]:
    """The boards of ``leaderboard/board.json``.

    Raises:
        InputError: there is none, or it is no list of boards.
    """
    path = workspace.leaderboard / "board.json"
    try:
        boards = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); 'bench leaderboard --write' makes it") from error
    except ValueError as error:
        raise InputError(f"{path}: not JSON ({error}); 'bench leaderboard --write' makes it anew") from error
    if not isinstance(boards, list) or not boards or not all(isinstance(board, dict) and "entries" in board for board in boards):
        raise InputError(f"{path}: holds no boards; 'bench leaderboard --write' makes it anew")
    return boards


@dataclass(frozen=True)
class Computed:
    """What was computed from the records and the cohorts; see :class:`Content` for each."""

    claims: Sequence[Json] = ()
    statistics: Mapping[tuple[str, str, str], Json] = field(default_factory=dict)
    explanations: Sequence[Json] = ()
    patients: Mapping[str, Json] = field(default_factory=dict)
    across: Json = field(default_factory=dict)


def read_content(workspace: Workspace, computed: Computed) -> Content:
    """All that the pages say, from the repository and what was computed.

    Raises:
        InputError: no ``board.json``, a broken ``task.yaml``, or a baseline that is no Python; a broken submission is left out.
    """
    models, left_out = read_models(workspace.root, lambda _, path: _model(path, workspace.root))
    boards: list[Json] = list(read_boards(workspace))
    folders = task_folders(workspace.tasks)
    pattern = shapes(_ids(workspace))
    kind = {board["cohort"]["name"]: board["cohort"]["data"] for board in boards}
    texts = {name: (folder / "README.md") for name, folder in folders.items()}
    leaks = {name: leaks_of(path.read_text(encoding="utf-8")) for name, path in texts.items() if path.is_file()}
    return Content(
        boards=[marked(board, leaks.get(board["task"], {})) for board in boards],
        specs={name: load_spec(folder) for name, folder in folders.items()},
        readmes={name: without_ids(path.read_text(encoding="utf-8"), pattern) for name, path in texts.items() if path.is_file()},
        cohorts={name: _cohort(workspace.cohorts / data / name, pattern) for name, data in sorted(kind.items())},
        models=models,
        pattern=pattern,
        left_out=left_out,
        **vars(computed),
    )


def leaks_of(readme: str) -> dict[tuple[str, str], str]:
    """(modality, endpoint) → what the audit in a task's datasheet says of a block that holds the label or its definition."""
    return {(modality, endpoint): f"{what}".strip() for modality, endpoint, what in LEAK.findall(readme)}


def marked(board: Json, leaks: Mapping[tuple[str, str], str]) -> Json:
    """The board, each entry with ``leak``: why its estimate is no merit, or ``None``."""

    def why(entry: Json) -> str | None:
        found = [what for (modality, endpoint), what in leaks.items() if modality in entry["modalities"] and endpoint == board["endpoint"]]
        return found[0] if found else None

    return {**board, "entries": [{**entry, "leak": why(entry)} for entry in board["entries"]]}


def _ids(workspace: Workspace) -> set[str]:
    """Every patient id of the folds and of the cohorts at hand."""
    found: set[str] = set()
    for path in workspace.tasks.glob("*/folds.csv"):
        found |= set(pd.read_csv(path, usecols=["patient_id"], dtype=str)["patient_id"])
    for path in workspace.cohorts.glob("*/*/outcomes.parquet"):
        found |= set(pd.read_parquet(path, columns=[]).index.astype(str))
    return found


def _cohort(folder: Path, pattern: re.Pattern[str]) -> Json:
    """The datasheet of a built cohort, without patient ids; empty where the cohort is not here."""
    path = folder / "cohort.json"
    return dict(json.loads(without_ids(path.read_text(encoding="utf-8"), pattern))) if path.is_file() else {}


def _model(path: Path, root: Path) -> ModelFile:
    try:
        tree = parse(path)
    except InputError as error:
        raise InputError(f"{path}: not Python that a page can show ({error}); 'bench submit check' says more") from error
    name = own_place(path).stem
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    wanted = name.replace("_", "")
    chosen = next((node for node in classes if node.name.lower() == wanted), classes[-1] if classes else None)
    about = ast.get_docstring(chosen) if chosen else None
    return ModelFile(
        name,
        about or ast.get_docstring(tree) or "",
        path.relative_to(root).as_posix(),
        path.read_text(encoding="utf-8"),
        _parameters(chosen),
    )


def _parameters(chosen: ast.ClassDef | None) -> tuple[tuple[str, str, str], ...]:
    methods = [node for node in chosen.body if isinstance(node, ast.FunctionDef) and node.name == "__init__"] if chosen else []
    if not methods:
        return ()
    arguments = methods[0].args
    names = [*arguments.args[1:], *arguments.kwonlyargs]
    defaults = [*arguments.defaults, *arguments.kw_defaults]
    return tuple(
        (argument.arg, ast.unparse(default) if default else "", ast.unparse(argument.annotation) if argument.annotation else "")
        for argument, default in zip(names, defaults, strict=True)
    )
