"""One entry for each version of a model: seeds and other numbers do not make a new one, nor does a table under another name."""

import ast
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmark.conformance import Finding
from benchmark.errors import InputError
from benchmark.models import find_models, parse
from benchmark.submissions.folder import PREDICTIONS
from benchmark.submissions.new import model_for
from benchmark.submissions.spec import FORM, read_spec
from benchmark.submissions.table import COUNTED, outputs, read_table
from benchmark.tasks import load_spec, task_folders
from benchmark.tasks.spec import TaskSpec

KEYS = ("repeat", "fold", "endpoint", "patient_id")
SAME = 1e-6  # to which two probabilities are one


def check_duplicate(root: Path, folder: Path, *, complete: bool) -> Finding:
    """Whether another model of the repository has the same source but for numbers, comments, docstrings and layout.

    Args:
        complete: this is a pull request, or about to become one. If not, folders that nobody has touched since ``bench submit new``
            wrote them do not count: there may be several.
    """
    if not complete and _untouched(folder):
        return Finding("duplicate", "note", "model.py is still what 'bench submit new' wrote", "put your model into it")
    own = skeleton(folder / "model.py")
    for name, path in find_models(root).items():
        if path.parent.resolve() == folder.resolve() or (not complete and _untouched(path.parent)):
            continue
        if skeleton(path) == own:
            message = (
                f"model.py is that of {name} ({path.relative_to(root).as_posix()}), but for numbers, comments and names of classes at most"
            )
            remedy = f"one entry for each version of a model: make what differs parameters of {name} ('bench run --model {name}[key=value]'); seeds are repetitions"
            return Finding("duplicate", "fail", message, remedy)
    return Finding("duplicate", "ok", "no other model has this source")


def _untouched(folder: Path) -> bool:
    path = folder / "model.py"
    return path.is_file() and path.read_bytes() == model_for(folder.name).encode()


def check_same_predictions(root: Path, folder: Path, tasks: Sequence[str]) -> Finding:
    """Whether another table says the same of a task under its default protocol: equal probabilities, or risks of equal order within each fold."""
    try:
        own = read_table(folder)
    except InputError as error:
        fault, _, remedy = str(error).partition("; ")
        return Finding("predictions", "fail", fault, remedy)
    known = task_folders(root / "tasks")
    for form in sorted((root / "submissions").glob(f"*/{FORM}")):
        other = form.parent
        if other.resolve() == folder.resolve():
            continue
        shared, table = _of_other(other, [task for task in tasks if task in known])
        for task in shared:
            board = load_spec(known[task])
            if _same(_of_board(own, board), _of_board(table, board)):
                message = f"{PREDICTIONS} is that of {other.name} on {task}, but for the order of rows and the scale of risks at most"
                return Finding("duplicate", "fail", message, "one entry for each model: one of the two folders is enough", task)
    return Finding("duplicate", "ok", "no other table has these predictions")


def _of_other(folder: Path, tasks: Sequence[str]) -> tuple[list[str], pd.DataFrame]:
    """Which of the tasks somebody else's table is for, and the table; none where it cannot be read, which is no reason against others."""
    try:
        spec = read_spec(folder)
        shared = [task for task in tasks if spec.kind == "predictions" and task in spec.tasks]
        return shared, read_table(folder) if shared else pd.DataFrame()
    except Exception:  # noqa: BLE001 - a stranger's files, and not those that are checked: whatever a library makes of them
        return [], pd.DataFrame()


def _of_board(table: pd.DataFrame, task: TaskSpec) -> pd.DataFrame:
    """The rows that stand on the boards of a task's default protocol, folds as those of another table to be compared with."""
    for column, values in (("task", [task.id]), ("protocol", [task.default_protocol]), ("endpoint", list(task.endpoints))):
        if column in table:
            table = table[table[column].isin(values)]
    return table.astype({column: float for column in (*COUNTED, *outputs(table)) if column in table})


def _same(own: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Whether two tables predict the same for all whom both have in a fold; half of ``own`` at least, for ``other`` may be a scrap."""
    keys = [key for key in KEYS if key in own and key in other]
    shared = [column for column in outputs(own) if column in other]
    if "patient_id" not in keys or not shared:
        return False
    own, other = (
        table[[*keys, *shared]].drop_duplicates(keys) for table in (own, other)
    )  # twice is refused elsewhere; here it would multiply
    both = own.merge(other.rename(columns={column: place for place, column in enumerate(shared)}), on=keys)  # no CSV has numbers for names
    folds = [key for key in keys if key != "patient_id"]
    return 0 < len(own) <= 2 * len(both) and all(_equal(both, column, place, folds) for place, column in enumerate(shared))


def _equal(both: pd.DataFrame, column: str, other: int, folds: list[str]) -> bool:
    pair = both[[column, other]]
    if column == "risk":  # only its order counts on a board
        pair = pair.groupby([both[name] for name in folds]).rank() if folds else pair.rank()
    return bool(np.allclose(pair[column], pair[other], rtol=0, atol=SAME, equal_nan=True))


def skeleton(path: Path) -> str:
    """sha256 of the syntax tree without numbers, docstrings and the names of classes; of the bytes where it cannot be parsed."""
    try:
        tree = parse(path)
    except InputError:  # somebody else's broken file is no reason to fail
        return hashlib.sha256(path.read_bytes()).hexdigest()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float | complex) and not isinstance(node.value, bool):
            node.value = 0
        elif isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [item for item in node.body if not (isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant))]
            if isinstance(node, ast.ClassDef):
                node.name = ""
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()
