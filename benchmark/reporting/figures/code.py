"""The digest of the code that a number comes from: what makes a cached number stale."""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2]
LIBRARIES = ("numpy", "pandas", "scipy", "scikit-learn", "scikit-survival")


@cache
def code_digest(*modules: str) -> str:
    """sha256 over modules of this package, every one that they import from, directly or not, and the versions of the libraries that compute.

    A package on the way to a module does not count: nothing is taken from it.

    Args:
        modules: dotted names below ``benchmark``.
    """
    seen: dict[str, bytes] = {}
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        path = _file_of(name)
        if path is None or name in seen:
            continue
        seen[name] = path.read_bytes()
        waiting += _imports(seen[name])
    parts = [name.encode() + b"\0" + source for name, source in sorted(seen.items())]
    return hashlib.sha256(b"\0".join([*parts, *(f"{name} {version(name)}".encode() for name in LIBRARIES)])).hexdigest()[:16]


def _imports(source: bytes) -> Iterator[str]:
    """The modules of this package that a source names; what follows ``from … import`` may be one, too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE.name):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith(f"{PACKAGE.name}."))


def _file_of(module: str) -> Path | None:
    """The file of a module, or ``None`` where the name is something else."""
    at = PACKAGE.parent.joinpath(*module.split("."))
    for path in (at.with_suffix(".py"), at / "__init__.py"):
        if path.is_file():
            return path
    return None
