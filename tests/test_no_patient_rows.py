"""No file of the real cohorts and no row about a patient is in the repository; ``folds.csv`` holds ids and nothing else."""

import gzip
import hashlib
import io
import json
import re
import subprocess
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
PATIENT = re.compile(r"\b(?:(?:R01|AMC|LUNG1|GSE7390)-\d{3}|TCGA-[0-9A-Z]{2}-[0-9A-Z]{4}|C3[LN]-\d{5})\b")
FOLD_ROW = re.compile(r"[a-z0-9_]+,\d+,\d+,[0-9A-Z-]+,(?:train|valid|test)")
NUMBER = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
MENTIONED = {  # in prose: the notes of the datasheets, the comments of the readers, the pages of the tasks
    *("AMC-044", "AMC-049", "R01-023", "R01-106", "LUNG1-128", "LUNG1-272"),
    *("TCGA-A3-A8OU", "TCGA-A3-A8OX", "TCGA-B0-4688", "TCGA-B0-5104", "TCGA-CJ-5689"),
    *("TCGA-12-1601", "TCGA-RR-A6KB", "TCGA-49-AARR", "TCGA-86-A4P8"),
    *("TCGA-38-4626", "TCGA-50-6590", "TCGA-50-6591", "TCGA-50-6592", "TCGA-50-6673", "TCGA-60-2715"),
}


@cache
def files() -> tuple[Path, ...]:
    """What is in the repository, or would be with the next commit."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout: nothing says which files belong to the repository")
    return tuple(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


def texts() -> Iterator[tuple[Path, str]]:
    """Every file but the folds, and the predictions that contributors bring (ids and risks, no outcome), as text."""
    for path in files():
        if path.name != "folds.csv" and not path.match("submissions/*/predictions.csv"):
            yield path.relative_to(ROOT), path.read_bytes().decode("utf-8", errors="ignore")


def test_folds_hold_ids_and_roles_only() -> None:
    folds = [path for path in files() if path.name == "folds.csv"]
    assert len(folds) == len([path for path in files() if path.name == "task.yaml"])
    for path in folds:
        header, *rows = path.read_text(encoding="utf-8").splitlines()
        assert header == "protocol,repeat,fold,patient_id,role"
        assert [row for row in rows if not FOLD_ROW.fullmatch(row)][:3] == [], path


def test_a_patient_is_named_in_prose_or_made_up() -> None:
    for path, text in texts():
        if path.parts[0] == "tests" and path.suffix == ".py":
            continue  # made-up tables in the official layouts: their numbers are checked below
        found = set(PATIENT.findall(text))
        assert found <= MENTIONED, f"{path}: {sorted(found - MENTIONED)[:3]}"
        assert not found or path.suffix in (".py", ".md") or path.parent.name == "schemas", path


def test_a_schema_holds_no_list_over_patients() -> None:
    for path in (ROOT / "benchmark" / "cohorts" / "schemas").glob("*.json"):
        schema = json.loads(path.read_text(encoding="utf-8"))
        datasheet = schema.pop("datasheet")
        assert set(PATIENT.findall(json.dumps(datasheet))) <= MENTIONED
        assert PATIENT.search(json.dumps(schema)) is None, path
        assert max(_lengths(schema)) < min(schema["patients"] / 2, 100), path


def _lengths(value: Any) -> Iterator[int]:
    if isinstance(value, list):
        yield len(value)
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _lengths(item)


@pytest.mark.real_data
def test_no_file_is_one_of_the_mirror(mirror: Path) -> None:
    sources = [path for path in mirror.rglob("*") if path.is_file()]
    sizes = {path.stat().st_size for path in files()}
    known = {_sha256(path): path for path in sources if path.stat().st_size in sizes}
    assert [(path, known[digest]) for path in files() if (digest := _sha256(path)) in known] == []


@pytest.mark.real_data
def test_no_three_numbers_of_a_patient_follow_each_other(mirror: Path) -> None:
    """However they are delimited: three different numbers with three decimals or more, in the order of a source's row."""
    ours = {triple: path for path, text in texts() for triple in _triples(NUMBER.findall(text))}
    first = {triple[0] for triple in ours}
    looked_at = 0
    for path in sorted(mirror.rglob("*")):
        for row in _rows(path):
            numbers = NUMBER.findall(row)
            looked_at += len(numbers)
            if first.isdisjoint(numbers):
                continue
            for triple in _triples(numbers):
                assert triple not in ours, f"{ours[triple]}: {', '.join(triple)} of {path}"
    assert looked_at > 1_000_000


def _triples(numbers: list[str]) -> Iterator[tuple[str, str, str]]:
    for one, two, three in zip(numbers, numbers[1:], numbers[2:], strict=False):
        # 0.000 follows 0.000 anywhere, and small differences such as −0.001, −0.011, 0.009 meet by chance
        if one != two != three != one and sum(map(_significant, (one, two, three))) >= 6:
            yield one, two, three


def _significant(number: str) -> int:
    return len(number.replace(".", "").lstrip("-0"))


def _rows(path: Path) -> Iterator[str]:
    """The rows of a source file that holds text; of one that holds arrays, some."""
    if path.suffix == ".npz":
        yield from (" ".join(map(str, row)) for row in np.load(path)["X"][::25])
    elif path.name.endswith((".csv", ".tsv", ".txt")):
        with path.open("rb") as file:
            yield from _lines(file)
    elif path.name.endswith((".csv.gz", ".txt.gz")):
        with gzip.open(path) as file:
            yield from _lines(file)
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as file:
            yield from _lines(file)


def _lines(file: Any) -> Iterator[str]:
    return io.TextIOWrapper(file, encoding="utf-8", errors="ignore")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
