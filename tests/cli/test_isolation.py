"""`bench run --isolate` and `--isolation`: what is recorded, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmark.cli import _run as run
from benchmark.cohorts import Cohort
from benchmark.sandbox import CONFINED, available
from tests.toy_kinds import RIGHT, make_task

RUN = ("run", "--task", "toy", "--endpoint", "late", "--model", "mine", "--format", "json")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose only model is a submission."""
    cohort = tmp_path / "data" / "cohorts" / "real" / "toy"
    monkeypatch.setattr("benchmark.cohorts.store.open_cohort", lambda workspace, name: Cohort.read(cohort))
    make_task(tmp_path, "binary", default_modalities=["genomics", "slides"])
    (tmp_path / "submissions" / "mine").mkdir(parents=True)
    (tmp_path / "submissions" / "mine" / "model.py").write_text(RIGHT)
    return tmp_path


def bench(root: Path, capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    found = run(["--root", str(root), "--data", "real", *arguments])
    captured = capsys.readouterr()
    assert found == code, captured.err
    return captured.err if code else (json.loads(captured.out), captured.err)


def test_walls_are_recorded_and_stronger_ones_need_force(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if all(available()[kind] for kind in CONFINED):
        pytest.skip(f"no sandbox works here: {available()}")
    (row,), _ = bench(root, capsys, *RUN, "--isolation", "none")
    info = json.loads((Path(row["record"]) / "run.json").read_text())
    assert (info["isolation"], info["source"]) == ("none", "submissions/mine/model.py")
    (row,), remark = bench(root, capsys, *RUN)
    assert "3 fold(s) were made under isolation 'none' and are kept; --force makes them anew" in remark
    (row,), remark = bench(root, capsys, *RUN, "--isolate", "--force")
    again = json.loads((Path(row["record"]) / "run.json").read_text())
    assert again["isolation"] in CONFINED
    assert "kept" not in remark
    assert {key: again[key] for key in ("digest", "predictions_sha256")} == {key: info[key] for key in ("digest", "predictions_sha256")}


def test_a_submission_without_a_sandbox_is_refused(root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmark.sandbox.kinds.available", lambda: {"landlock": "no", "bubblewrap": "none"})
    error = bench(root, capsys, *RUN, code=2)
    assert "no sandbox works on this machine (landlock: no; bubblewrap: none)" in error
    assert "--isolation none" in error
    assert len(error.strip().splitlines()) == 1
    assert not (root / "runs").exists()


def test_walls_that_are_not_there_are_refused(root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmark.sandbox.available", lambda: {"landlock": "this kernel has no Landlock"})
    assert "--isolation landlock: does not work here: this kernel has no Landlock" in bench(
        root, capsys, *RUN, "--isolation", "landlock", code=2
    )
    assert "give one of them" in bench(root, capsys, *RUN, "--isolation", "none", "--isolate", code=2)
