"""Every task passes its audit on its real patients, and what the repository prints of it is of today's data."""

import json
from pathlib import Path

import pytest

from benchmark.audit import audit, failed
from benchmark.audit.datasheet import datasheet
from benchmark.cohorts.store import open_cohort
from benchmark.tasks import load_spec, load_task, task_folders
from benchmark.workspace import open_workspace

ROOT = Path(__file__).parents[2]


@pytest.mark.real_data
@pytest.mark.parametrize("name", task_folders(ROOT / "tasks"))
def test_the_audit_passes_and_datasheet_and_boards_are_current(name: str) -> None:
    folder = ROOT / "tasks" / name
    task = load_task(folder, open_cohort(open_workspace(ROOT, None, "real"), load_spec(folder).cohort))
    findings = audit(task)
    assert not failed(findings), [finding.message for finding in findings if finding.severity == "fail"]
    assert datasheet(task, findings) in (folder / "README.md").read_text(encoding="utf-8")
    boards = [board for board in json.loads((ROOT / "leaderboard" / "board.json").read_text()) if board["task"] == name]
    assert boards
    for board in boards:
        digests = {"task": task.digest[:12], "folds": task.folds_digest(board["protocol"])[:12], "cohort": task.cohort_digest[:12]}
        assert board["digests"] == digests
