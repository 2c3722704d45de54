"""What lies in a submission's folder: read, never run, never followed, and refused by name before any model starts."""

import re
from pathlib import Path

import pytest

from benchmark.errors import InputError
from benchmark.runner.executor import LocalProcesses
from benchmark.submissions.check import check
from benchmark.submissions.predictions import contender
from benchmark.submissions.report import document, report
from benchmark.workspace import Workspace
from tests.attacks import folders


@pytest.fixture
def spoilt(made_up) -> Path:
    return folders.good(made_up.root)


def findings(folder: Path) -> list:
    root = folder.parents[1]
    checked = check(Workspace(root, root / "runs", "real"), folder.name, "none", None, LocalProcesses(1))
    assert not (folder / "trap").exists()
    text = report(folder.name, None, document(checked), [], {})
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text)  # nothing that a terminal obeys
    return [item for item in checked.findings if item.severity == "fail"]


def named(found: list, check: str, pattern: str) -> bool:
    return any(item.check == check and re.search(pattern, item.message) for item in found)


@pytest.mark.parametrize("spoil", folders.FILES, ids=lambda spoil: spoil.__name__)
def test_a_file_that_is_no_plain_text_is_named(spoilt, spoil):
    spoil(spoilt)
    assert named(findings(spoilt), "folder", folders.FILES[spoil])


def test_a_pickle_that_is_text_is_not_read(spoilt):
    folders.pickled_as_text(spoilt)
    assert named(findings(spoilt), "imports", "imports pickle")


@pytest.mark.parametrize("line", folders.FORMS, ids=lambda line: line[:30])
def test_a_form_that_plays_tricks_is_refused(spoilt, line):
    key = line.partition(":")[0]
    kept = [row for row in folders.FORM.splitlines() if row.partition(":")[0] != key]
    (spoilt / "submission.yaml").write_text("\n".join([line, *kept]) + "\n")
    assert named(findings(spoilt), "spec", folders.FORMS[line])


@pytest.mark.parametrize("line", folders.SOURCES, ids=lambda line: line[:30])
def test_source_that_reaches_out_is_named(spoilt, line):
    (spoilt / "model.py").write_text(line + folders.MODEL)
    found = findings(spoilt)
    assert any(named(found, name, folders.SOURCES[line]) for name in ("folder", "imports", "dependencies"))


def test_a_folder_that_is_a_link_is_refused(spoilt, tmp_path):
    spoilt.rename(tmp_path / "elsewhere")
    spoilt.symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    with pytest.raises(InputError, match="link"):
        findings(spoilt)


def test_one_model_is_one_entry(spoilt):
    """The same source under another name, with another number for a seed."""
    other = folders.good(spoilt.parents[1], "other")
    (other / "model.py").write_text(folders.MODEL.replace("seed: int = 0", "seed: int = 7").replace("Hostile", "Other"))
    assert named(findings(spoilt), "duplicate", "other")


def rows_of(made_up) -> list[str]:
    lines = ["protocol,repeat,fold,patient_id,risk"]
    for _, fold in made_up.task.splits("paper"):
        lines += [f"paper,0,{fold},{patient},0.5" for patient in made_up.task.roles("paper", 0, fold, "relapse")["test"]]
    return lines


TABLES = {
    "nan": lambda rows: [rows[0], rows[1].replace("0.5", "nan"), *rows[2:]],
    "infinite": lambda rows: [rows[0], rows[1].replace("0.5", "1e999"), *rows[2:]],
    "text": lambda rows: [rows[0], rows[1].replace("0.5", '=cmd|"/c calc"!A1'), *rows[2:]],
    "patient twice": lambda rows: [*rows, rows[1]],
    "patient missing": lambda rows: rows[:-1],
    "patient of another fold": lambda rows: [*rows[:-1], rows[-1].replace("paper,0,2", "paper,0,0")],
    "nobody": lambda rows: [*rows[:-1], "paper,0,2,T-999,0.5"],
    "fold that is none": lambda rows: [*rows, "paper,0,99,T-001,0.5"],
    "half a fold": lambda rows: [*rows, "paper,0,0.5,T-001,0.5"],
    "no rows": lambda rows: rows[:1],
    "nothing": lambda rows: [],
    "wide": lambda rows: [",".join(f"c{k}" for k in range(2_000))],
    "open quote": lambda rows: [rows[0], '"' + "a" * 500_000],
}


@pytest.mark.parametrize("spoil", TABLES)
def test_a_table_of_predictions_is_hostile_too(made_up, spoilt, spoil):
    folders.predictions_only(spoilt, "\n".join(TABLES[spoil](rows_of(made_up))).encode())
    with pytest.raises(InputError) as caught:
        contender(spoilt, made_up.task, "paper", ["relapse"])
    assert "predictions.csv" in str(caught.value) or "fold" in str(caught.value)
    assert len(str(caught.value)) < 600


def test_the_table_alone_is_no_reason(made_up, spoilt):
    folders.predictions_only(spoilt, "\n".join(rows_of(made_up)).encode())
    assert contender(spoilt, made_up.task, "paper", ["relapse"]).label == "hostile"


@pytest.mark.parametrize("kind", ["parquet", "zip", "text of another code"])
def test_a_table_that_is_no_text_is_named(made_up, spoilt, kind):
    raw = {
        "parquet": (made_up.cohort_folder / "outcomes.parquet").read_bytes(),
        "zip": b"PK\x03\x04 and so on",
        "text of another code": "protocol\n".encode("utf-16"),
    }
    folders.predictions_only(spoilt, raw[kind])
    assert named(findings(spoilt), "folder", "predictions.csv is")
