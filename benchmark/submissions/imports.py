"""What the files of a submission import and call: read from the syntax tree, nothing is run.

This helps an honest contributor and a reader; the sandbox is what holds a dishonest one. Python has more ways to a module
than any list, so a submission that passes here is not harmless by that.
"""

import ast
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from benchmark.conformance import Finding
from benchmark.errors import InputError
from benchmark.models import parse, python_files

NETWORK, PROCESSES = "there is no network where it runs", "it may not start processes"
UNPICKLES, MACHINE = "it can run code that no reader sees", "it reaches past Python into the machine"
DENIED = {
    **dict.fromkeys(("socket", "ssl", "http", "urllib", "ftplib", "smtplib", "socketserver", "asyncio", "xmlrpc"), NETWORK),
    **dict.fromkeys(("requests", "httpx", "aiohttp", "urllib3", "pooch", "fsspec", "huggingface_hub", "torch.hub"), NETWORK),
    **dict.fromkeys(("subprocess", "multiprocessing", "pty", "torch.multiprocessing", "torch.distributed", "dask", "ray"), PROCESSES),
    **dict.fromkeys(("pickle", "cPickle", "_pickle", "dill", "cloudpickle", "shelve", "marshal"), UNPICKLES),
    **dict.fromkeys(("importlib", "runpy", "imp", "zipimport", "code", "codeop", "builtins"), UNPICKLES),
    **dict.fromkeys(("ctypes", "_ctypes", "cffi", "mmap", "resource", "signal", "gc", "fcntl", "psutil"), MACHINE),
    "baselines": "its digest covers its own folder only; copy what you need",
}
CALLS = {
    **dict.fromkeys(("eval", "exec", "compile", "__import__", "breakpoint", "input"), UNPICKLES),
    **dict.fromkeys(("os.system", "os.popen", "os.fork", "os.forkpty", "os.execv", "os.execve", "os.posix_spawn", "os.kill"), PROCESSES),
    **dict.fromkeys(("joblib.load", "torch.load", "numpy.load", "np.load", "pandas.read_pickle", "pd.read_pickle"), UNPICKLES),
}
NAMES = {
    **dict.fromkeys(
        ("sys.modules", "sys.meta_path", "sys.path_hooks", "__builtins__", "__loader__"), "it reaches modules that no import names"
    ),
    **dict.fromkeys(("sys._getframe", "sys.settrace", "sys.setprofile"), "it reaches into what called it"),
}
HARNESS = "benchmark.models"


def check_imports(folder: Path) -> list[Finding]:
    """Imports and calls that a submission may not have, with the reason."""
    found = []
    for path in python_files(folder):
        name = path.relative_to(folder).as_posix()
        try:
            tree = parse(path)
        except InputError as error:
            found.append(Finding("imports", "fail", str(error), "mend it: 'python -m py_compile' names the line"))
            continue
        for line, what, reason in sorted({*_imported(tree), *_called(tree), *_reached(tree)}):
            found.append(Finding("imports", "fail", f"{name}, line {line}: {what}: {reason}", "do without it"))
    return found or [Finding("imports", "ok", "imports nothing that is refused")]


def check_dependencies(folder: Path, declared: Sequence[str], lock: Path) -> list[Finding]:
    """Whether all that is imported is installed for everybody or declared, and what is declared is pinned.

    Raises:
        InputError: a file is no Python source.
    """
    found, pinned = [], _pinned(lock)
    named = {canonicalize_name(name) for name in declared}
    for name in sorted(named - pinned):
        remedy = "choose among its packages, or open an issue that asks for this one: it has to be pinned for everybody"
        found.append(Finding("dependencies", "fail", f"'{name}' is not in requirements.lock", remedy))
    providers, needed = packages_distributions(), _needed()
    for module in sorted({name.partition(".")[0] for name in _modules(folder)} - sys.stdlib_module_names - {"benchmark", "baselines"}):
        packages = {canonicalize_name(package) for package in providers.get(module, ())}
        if not packages:
            remedy = "use what requirements.lock has; files of the folder cannot be imported either: keep the model in model.py"
            found.append(Finding("dependencies", "fail", f"it imports '{module}', which is not there", remedy))
        elif not packages & (needed | named):
            remedy = f"add {min(packages)} to dependencies in submission.yaml"
            found.append(Finding("dependencies", "fail", f"it imports '{module}' and does not declare it", remedy))
    return found or [Finding("dependencies", "ok", "all it imports is pinned")]


def _imported(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield node.lineno, "a relative import", "model.py is no part of a package: keep the model in one file"
        for name in _names(node):
            if name.partition(".")[0] == "benchmark" and name != HARNESS and not name.startswith(f"{HARNESS}."):
                yield node.lineno, f"imports {name}", f"of the harness a model may import {HARNESS} only"  # type: ignore[attr-defined]
            elif denied := next((key for key in DENIED if name == key or name.startswith(f"{key}.")), None):
                yield node.lineno, f"imports {name}", DENIED[denied]  # type: ignore[attr-defined]


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        whole = [f"{node.module}.{alias.name}" for alias in node.names]
        return [name for name in whole if name in DENIED] or ([f"{HARNESS}"] if whole == [HARNESS] else [node.module])
    return []


def _called(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (reason := CALLS.get(name := _dotted(node.func))):
            yield node.lineno, f"calls {name}", reason


def _reached(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and (reason := NAMES.get(name := _dotted(node))):
            yield node.lineno, f"uses {name}", reason


def _dotted(node: ast.AST) -> str:
    """``a.b.c`` of a chain of names; empty for anything else, which is not written out: it may be as long as the file, and nested in itself."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def _modules(folder: Path) -> set[str]:
    return {name for tree in map(parse, python_files(folder)) for node in ast.walk(tree) for name in _names(node)}


def _pinned(lock: Path) -> set[str]:
    """The packages of requirements.lock, and what fusebench needs beside it (torch, which has a build for each machine)."""
    lines = lock.read_text(encoding="utf-8").splitlines() if lock.is_file() else []
    return {canonicalize_name(line.partition("==")[0]) for line in lines if "==" in line and not line.startswith((" ", "#"))} | _needed()


def _needed() -> set[str]:
    """What fusebench itself needs, without its extras."""
    try:
        items = [Requirement(item) for item in requires("fusebench") or []]
    except PackageNotFoundError:
        return set()
    return {canonicalize_name(item.name) for item in items if item.marker is None or item.marker.evaluate({"extra": ""})}
