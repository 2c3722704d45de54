"""Without the real cohorts every task runs on its replica."""

import json
from pathlib import Path

import pytest

from benchmark.cli import _run as run
from benchmark.tasks import load_spec, task_folders

ROOT = Path(__file__).parents[1]
FLOOR = {"survival": "kaplan_meier", "binary": "class_prior", "multiclass": "class_prior"}
FEW = {"paper": 1, "external": 2, "site": 3, "porpoise5": 4}  # protocols with few folds, by preference


@pytest.mark.parametrize("name", task_folders(ROOT / "tasks"))
def test_a_task_runs_on_its_replica(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BENCH_MIRROR", raising=False)
    spec = load_spec(ROOT / "tasks" / name)
    protocol = min(spec.protocols, key=lambda item: FEW.get(item, 9))
    arguments = ["--root", str(ROOT), "--runs", str(tmp_path), "--data", "replica"]
    where = ["--task", name, "--protocol", protocol, "--endpoint", next(iter(spec.endpoints))]
    assert run([*arguments, "run", *where, "--model", FLOOR[spec.kind], "--jobs", "2", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows
    assert all(row["data"] == "replica" and row["failed"] == 0 for row in rows)
    assert run([*arguments, "leaderboard", *where, "--format", "json"]) == 0
    board = json.loads(capsys.readouterr().out)
    assert board["cohort"]["data"] == "replica"
    assert board["entries"][0]["estimate"] == 0.5
