"""What this repository publishes is of today's tasks, says the same everywhere, and holds no patient."""

import json
import re
from pathlib import Path

import pytest

from benchmark.tasks import load_spec, task_folders
from benchmark.tasks.folds import digest_of, read_folds

ROOT = Path(__file__).parents[1]
BOARDS = json.loads((ROOT / "leaderboard" / "board.json").read_text())


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: f"{board['task']}-{board['protocol']}")
def test_boards_are_real_complete_and_of_the_frozen_folds(board):
    folder = task_folders(ROOT / "tasks")[board["task"]]
    folds = read_folds(folder, load_spec(folder))
    assert digest_of(folds[folds["protocol"] == board["protocol"]]).startswith(board["digests"]["folds"])
    assert board["cohort"]["data"] == "real"
    assert {"kaplan_meier", "random_risk", "clinical_cox", board["reference"]} <= {entry["model"] for entry in board["entries"]}
    for entry in board["entries"]:
        assert entry["failed_folds"] == 0
        assert entry["interval"][0] <= entry["estimate"] <= entry["interval"][1]


def test_every_protocol_has_a_board():
    expected = {(name, protocol) for name, folder in task_folders(ROOT / "tasks").items() for protocol in load_spec(folder).protocols}
    assert {(board["task"], board["protocol"]) for board in BOARDS} == expected


@pytest.mark.parametrize("page", ["README.md", "docs/statistics.md", "leaderboard/README.md"])
def test_pages_print_the_board(page):
    text = (ROOT / page).read_text()
    board = next(board for board in BOARDS if (board["task"], board["protocol"]) == ("nsclc_recurrence", "repeated"))
    for entry in board["entries"]:
        low, high = entry["interval"]
        assert re.search(re.escape(f"| {entry['model']} |") + ".*" + re.escape(f"{entry['estimate']:.3f} [{low:.3f}, {high:.3f}]"), text)


def test_nothing_published_names_a_patient():
    names = re.compile(r"\b(R01|AMC)-\d{3}\b")
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "leaderboard").rglob("*")]
    for path in pages:
        if path.is_file():
            assert not names.search(path.read_text()), path
