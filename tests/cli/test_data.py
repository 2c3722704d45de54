import json
from pathlib import Path

import pytest

from benchmark.cli import _run as run


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("BENCH_MIRROR", raising=False)
    (tmp_path / "tasks").mkdir()
    return tmp_path


def bench(root: Path, *arguments: str) -> int:
    return run(["--root", str(root), *arguments])


@pytest.fixture
def two_cohorts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A replica takes seconds to draw: one of them stands for all."""
    monkeypatch.setattr("benchmark.cohorts.store.list_cohorts", lambda: ["breast_metastasis", "nsclc_radiogenomics"])


@pytest.mark.usefixtures("two_cohorts")
def test_list_prints_one_json_document(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench(root, "data", "list", "--format", "json") == 0
    rows = {row["cohort"]: row for row in json.loads(capsys.readouterr().out)}
    assert (rows["breast_metastasis"]["data"], rows["breast_metastasis"]["events"]) == ("real", {"metastasis": 51})
    assert (rows["nsclc_radiogenomics"]["data"], rows["nsclc_radiogenomics"]["patients"]) == ("replica", 211)


@pytest.mark.usefixtures("two_cohorts")
def test_list_is_read_on_a_narrow_terminal(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench(root, "data", "list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == [
        "breast_metastasis: real, 198 patients, version 1, GEO open data",
        "  blocks: clinical 198, genomics 198",
        "  outcomes: metastasis 51 events of 198",
    ]
    assert max(map(len, lines)) <= 80


def test_fetch_keeps_notes_off_stdout(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench(root, "data", "fetch", "breast_metastasis", "--format", "json") == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)[0]["from"] == "package"
    assert "real" in captured.err


def test_verify_exits_1_when_a_check_fails(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench(root, "data", "verify", "breast_metastasis") == 0
    capsys.readouterr()
    assert bench(root, "data", "verify", "nsclc_radiogenomics", "--format", "json") == 1
    assert {"failed"} <= {row["state"] for row in json.loads(capsys.readouterr().out)}


def test_where_names_the_folders(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench(root, "data", "where", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == {"sources": f"{root}/data/sources", "cohorts": f"{root}/data/cohorts", "mirror": None}


@pytest.mark.parametrize("verb", ["fetch", "verify"])
def test_an_unknown_cohort_is_bad_input(root: Path, capsys: pytest.CaptureFixture[str], verb: str) -> None:
    assert bench(root, "data", verb, "nsclc_radiogenomic") == 2
    assert "did you mean nsclc_radiogenomics" in capsys.readouterr().err
