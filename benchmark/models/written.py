"""What a submission writes down, read without running it: its sheet, and the defaults of its constructor."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmark.models.tree import SOURCE_BYTES, tree_of

SHEET = "submission.yaml"


def written(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Behind walls of its own, where the file is never imported, so that no code of it can change the answer.

    Returns:
        ``modalities`` and ``resources`` of the sheet, and ``constructors``: for each class of the file that has an ``__init__``, parameter →
        default, where the default is written as a plain value or as the name of one.
    """
    path = Path(payload["path"])
    return {**_sheet(path.parent / SHEET), "constructors": list(_constructors(tree_of(path, SOURCE_BYTES)))}


def _sheet(path: Path) -> dict[str, Any]:
    """The modalities and the resources that it names; ``bench submit check`` says what is wrong with it."""
    import yaml

    found = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None
    keys = found if isinstance(found, dict) else {}
    modalities, resources = keys.get("modalities"), keys.get("resources")
    return {
        "modalities": [item for item in modalities if isinstance(item, str)] if isinstance(modalities, list) else [],
        "resources": resources if isinstance(resources, dict) else {},
    }


def _constructors(module: ast.Module) -> Iterator[dict[str, Any]]:
    constants = {}
    for item in module.body:
        if isinstance(item, ast.Assign) and len(item.targets) == 1 and isinstance(target := item.targets[0], ast.Name):
            constants[target.id] = item.value
    for owner in module.body:
        for item in owner.body if isinstance(owner, ast.ClassDef) else []:
            if isinstance(item, ast.FunctionDef) and item.name == "__init__":
                yield {name: value for name, node in _defaults(item.args) if (value := _plain(node, constants)) is not ...}


def _defaults(given: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    positional = [*given.posonlyargs, *given.args]
    last = positional[len(positional) - len(given.defaults) :]
    yield from ((argument.arg, node) for argument, node in zip(last, given.defaults, strict=True))
    yield from ((argument.arg, node) for argument, node in zip(given.kwonlyargs, given.kw_defaults, strict=True) if node is not None)


def _plain(node: ast.expr, constants: Mapping[str, ast.expr]) -> Any:
    """The value; ``...`` where it takes running the file to know it."""
    try:
        return ast.literal_eval(constants.get(node.id, node) if isinstance(node, ast.Name) else node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return ...
