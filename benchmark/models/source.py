"""The digest of a model's source: what makes a record of it stale."""

import ast
import contextlib
import hashlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path


def source_digest(path: Path) -> str:
    """sha256 over the model's file and every file of its own package that it imports, directly or not.

    A submission is its folder: every file in it counts.
    """
    parts = [file.name.encode() + b"\0" + file.read_bytes() + b"\0" for file in _own_files(path)]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _own_files(path: Path) -> list[Path]:
    if path.name == "model.py":
        return sorted(file for file in path.parent.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    files, waiting = {path}, [path]
    while waiting:
        for file in _baseline_imports(waiting.pop()):
            if file not in files:
                files.add(file)
                waiting.append(file)
    return sorted(files)


def _baseline_imports(path: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            if name.partition(".")[0] != "baselines":
                continue
            with contextlib.suppress(ModuleNotFoundError):  # a name inside a module, not a module
                spec = importlib.util.find_spec(name)
                if spec is not None and spec.origin:
                    yield Path(spec.origin)
