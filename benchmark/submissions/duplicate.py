"""One entry for each version of a model: seeds and other numbers do not make a new one."""

import ast
import hashlib
from pathlib import Path

from benchmark.conformance import Finding
from benchmark.errors import InputError
from benchmark.models import find_models
from benchmark.submissions.source import parse


def check_duplicate(root: Path, folder: Path) -> Finding:
    """Whether another model of the repository has the same source but for numbers, comments, docstrings and layout."""
    own = skeleton(folder / "model.py")
    for name, path in find_models(root).items():
        if path.parent.resolve() != folder.resolve() and skeleton(path) == own:
            message = (
                f"model.py is that of {name} ({path.relative_to(root).as_posix()}), but for numbers, comments and names of classes at most"
            )
            remedy = f"one entry for each version of a model: make what differs parameters of {name} ('bench run --model {name}[key=value]'); seeds are repetitions"
            return Finding("duplicate", "fail", message, remedy)
    return Finding("duplicate", "ok", "no other model has this source")


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
