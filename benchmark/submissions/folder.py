"""What may lie in a submission's folder: text, little of it, and nothing that is not a plain file."""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from benchmark.conformance import Finding
from benchmark.models import SOURCE_BYTES
from benchmark.submissions.plain import concealed

FILE_BYTES = 1 << 20
PREDICTIONS_BYTES = 20 << 20
TOTAL_BYTES = 4 << 20  # without predictions.csv
FILES = 40
DEPTH = 2
PREDICTIONS = "predictions.csv"
TEXT = (".py", ".md", ".txt", ".csv", ".tsv", ".json", ".yaml", ".yml", ".toml", ".bib", ".cff")
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}")
PLAIN_NAMES = ("LICENSE", "LICENCE", "NOTICE")
MAGIC = {
    b"\x80": "a pickle",
    b"PK\x03\x04": "a zip archive (also .npz, .pt and .joblib files are)",
    b"\x93NUMPY": "a NumPy array",
    b"\x89HDF": "an HDF5 file",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"(\xb5/\xfd": "zstandard",
    b"\x7fELF": "machine code",
    b"\x89PNG": "a picture",
    b"%PDF": "a PDF",
}
TEXT_REMEDY = "a submission is source text that a reader can judge: make what the model needs in fit, or write it as a small .csv or .json"


def check_folder(folder: Path, tracked: frozenset[str] | None = None) -> list[Finding]:
    """What is wrong with the files of a folder, without following, importing or running any.

    Args:
        tracked: paths in the folder that git knows, as ``model.py``; ``None`` where it is no checkout. Of ``__pycache__`` only these count.
    """
    found, total, source, table, count = [], 0, 0, 0, 0
    for path in walk(folder):
        name = path.relative_to(folder).as_posix()
        if "__pycache__" in path.parts and tracked is not None and name not in tracked and not path.is_symlink():
            continue  # what Python left there on this machine; no part of the submission
        status = path.lstat()
        count += 1
        if count > FILES:
            found.append(_fail(f"it holds more than {FILES} files", "leave what the model does not need in your own repository"))
            break
        if complaint := _odd(path, name, status) or _contents(path, name, status.st_size):
            found.append(_fail(*complaint))
        elif name != PREDICTIONS:
            total += status.st_size
            source += status.st_size * (path.suffix == ".py")
        else:
            table = status.st_size
    if source > SOURCE_BYTES:
        remedy = "write tables as .csv or .json, and leave out what model.py does not need"
        found.append(_fail(f"its Python source has {source} bytes; {SOURCE_BYTES} are allowed", remedy))
    if total > TOTAL_BYTES:
        found.append(
            _fail(f"its files have {total} bytes; {TOTAL_BYTES} are allowed", "leave data out: a model learns from what fit is given")
        )
    return found or [Finding("folder", "ok", f"{count} plain text file{'s' if count != 1 else ''}, {total + table} bytes")]


def walk(folder: Path) -> Iterator[Path]:
    """Everything in a folder that is no plain directory, sorted; links are not followed."""
    for entry in sorted(os.scandir(folder), key=lambda item: item.name):
        if entry.is_dir(follow_symlinks=False):
            yield from walk(Path(entry.path))
        else:
            yield Path(entry.path)


def _odd(path: Path, name: str, status: os.stat_result) -> tuple[str, str] | None:
    """Why the entry is no plain file of the folder, and the remedy."""
    if not all(NAME.fullmatch(part) for part in name.split("/")):
        return f"the name {ascii(name)[:200]} is refused: letters, digits, '_', '-' and '.', at most 80, not hidden", "give it a plain name"
    if stat.S_ISLNK(status.st_mode):
        return f"{name} is a symbolic link", "put the file itself there, or delete it"
    if not stat.S_ISREG(status.st_mode):
        return f"{name} is no regular file (a pipe, socket or device)", "delete it"
    if status.st_nlink > 1:
        return f"{name} is a hard link to a file elsewhere", "put a copy there: cp, then mv"
    if "__pycache__" in path.parts:
        return (
            f"{name} is compiled code, which Python would run in place of the source",
            "delete __pycache__ (git rm -r --cached if it is committed)",
        )
    if name.count("/") > DEPTH:
        return f"{name} lies more than {DEPTH} folders deep", "keep the files together"
    if path.suffix not in TEXT and path.name not in PLAIN_NAMES:
        return f"{name} is not of a kind that is accepted ({', '.join(TEXT)})", TEXT_REMEDY
    return None


def _contents(path: Path, name: str, size: int) -> tuple[str, str] | None:
    """Why the contents are refused, and the remedy."""
    most = PREDICTIONS_BYTES if name == PREDICTIONS else FILE_BYTES
    if size > most:
        return f"{name} has {size} bytes; {most} are allowed", "leave data out: a model learns from what fit is given"
    raw = path.read_bytes()
    if sort := next((sort for magic, sort in MAGIC.items() if raw.startswith(magic)), None):
        return f"{name} is {sort}, whatever it is called", TEXT_REMEDY
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"{name} is not text (byte {error.start} is no UTF-8)", TEXT_REMEDY
    if "\0" in text:
        return f"{name} is not text (it has a NUL byte)", TEXT_REMEDY
    if said := concealed(text, path.suffix):
        return f"{name}, {said[0]}", said[1]
    return None


def _fail(message: str, remedy: str) -> Finding:
    return Finding("folder", "fail", message, remedy)
