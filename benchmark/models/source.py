"""The digest of a model's source: what makes a record of it stale."""

import ast
import hashlib
import importlib.util
import os
import stat
import sysconfig
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from benchmark.errors import InputError
from benchmark.models.tree import SOURCE_BYTES, tree_of
from benchmark.untrusted import printable_text, read_bytes

LARGEST = 64 << 20  # bytes of a model's file, and of a submission's folder: more than twice what the check allows
ENTRIES = 1000  # of a folder, which is looked through at every command; a submission may have 40
LATER = {"torch": "torch._dynamo"}  # what a library imports at first use only: a second of every fold


def source_digest(path: Path) -> str:
    """sha256 over the model's file and every file of its own package that it imports, directly or not.

    A submission is its folder: every file in it counts, and where in it the file lies, for a model may look for a path.

    Raises:
        InputError: a file is a link, cannot be read, or is larger than :data:`LARGEST`.
    """
    path = path.resolve()
    home = own_place(path)
    names = {file: file.name if home == path else str(file.relative_to(home)) for file in _own_files(path)}
    parts = [os.fsencode(name) + b"\0" + _sealed(_bytes_of(file)) + b"\0" for file, name in names.items()]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _bytes_of(file: Path) -> bytes:
    try:
        return read_bytes(file, LARGEST, links=False)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{printable_text(str(file))}: cannot be read as a file of a model ({error}); put a plain file there, or nothing"
        ) from error


def irregular(folder: Path) -> str | None:
    """Why a submission's folder is not one of plain files and folders, few and small. No link is followed and no file opened.

    What lies in ``__pycache__`` is not looked at: Python leaves it there, and it is no part of the model.
    """
    seen, size, source = 0, 0, 0
    try:
        for entry in _entries(folder):
            status = entry.stat(follow_symlinks=False)
            if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
                return f"{ascii(os.path.relpath(entry.path, folder))[1:-1]} is a link, a pipe, a socket or a device"
            held = stat.S_ISREG(status.st_mode) * status.st_size
            seen, size, source = seen + 1, size + held, source + held * entry.name.endswith(".py")
            if seen > ENTRIES or size > LARGEST:
                return f"it holds more than {ENTRIES} files or {LARGEST >> 20} MiB"
            if source > SOURCE_BYTES:
                return f"it holds more than {SOURCE_BYTES >> 10} KiB of Python"
    except OSError as error:
        return f"it cannot be looked through ({error.strerror})"
    return None


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    waiting = [os.fspath(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                yield entry
                if entry.name != "__pycache__" and entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)


def _sealed(content: bytes) -> bytes:
    """The bytes between the two NUL that separate files; bytes that hold a NUL by their sum, behind two more, as no name of a file can begin."""
    return b"\0\0" + hashlib.sha256(content).hexdigest().encode() if b"\0" in content else content


def imported_libraries(path: Path) -> set[str]:
    """The modules of installed libraries that the files of a model import anywhere; nothing is imported here."""
    found: set[str] = set()
    for file in _own_files(path):
        if file.suffix == ".py":
            found.update(name for name in _imports(file) if _is_library(name.partition(".")[0]))
    roots = {name.partition(".")[0] for name in found}
    return found | {later for library, later in LATER.items() if library in roots}


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            if "." not in node.module:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)  # a module, or a name in it


@cache
def _is_library(name: str) -> bool:
    """Whether a top-level module was installed into this environment: neither Python's own, nor a file of the user."""
    try:
        spec = importlib.util.find_spec(name)
    except ValueError:  # a module without a spec, such as __main__
        return False
    places = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    return spec is not None and spec.origin is not None and any(Path(spec.origin).is_relative_to(place) for place in places)


def own_place(path: Path) -> Path:
    """What a model's file brings: its folder if it is a ``model.py``, else itself; the stem is the model's id."""
    return path.parent if path.name == "model.py" else path


def python_files(folder: Path) -> list[Path]:
    """The Python files that lie in a submission's folder; whoever reads one bounds how much."""
    return _lying_in(folder, "*.py")


def _lying_in(folder: Path, pattern: str) -> list[Path]:
    """The plain files of a folder that :func:`irregular` has looked through, so without ``__pycache__``."""
    return sorted(file for file in folder.rglob(pattern) if file.is_file() and "__pycache__" not in file.relative_to(folder).parts)


def _own_files(path: Path) -> list[Path]:
    if (folder := own_place(path)) != path:
        return _lying_in(folder, "*")
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
        for package, _, inner in (name.partition(".") for name in names):
            if package == "baselines" and (file := _file_of(package, inner)):
                yield file


def baselines_folder() -> list[Path]:
    """Where the package ``baselines`` lies, found without importing it."""
    spec = importlib.util.find_spec("baselines")
    return [Path(folder) for folder in spec.submodule_search_locations or []] if spec else []


def _file_of(package: str, name: str) -> Path | None:
    """The file of a module, found without importing anything; ``None`` for a name inside a module."""
    spec = importlib.util.find_spec(package)
    for folder in spec.submodule_search_locations or [] if spec else []:
        place = Path(folder, *name.split(".")) if name else Path(folder)
        for file in (place / "__init__.py", place.with_suffix(".py")):
            if file.is_file():
                return file
    return None
