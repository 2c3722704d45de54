"""What this repository publishes is of today's tasks, says the same everywhere, and holds no patient."""

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

from benchmark.reporting.provenance import read_verified
from benchmark.tasks import load_spec, task_folders
from benchmark.tasks.folds import digest_of, read_folds

ROOT = Path(__file__).parents[1]
BOARDS = json.loads((ROOT / "leaderboard" / "board.json").read_text())


FLOORS = {
    "survival": ("clinical", {"kaplan_meier", "random_risk"}, "clinical_cox"),
    "classes": ("clinical", {"class_prior", "random_probability"}, "clinical_logistic"),
}


def floors(spec):
    modality, trivial, clinical = FLOORS["survival" if spec.kind == "survival" else "classes"]
    return trivial | ({clinical} if modality in spec.modalities else set()) | {spec.reference}


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: f"{board['task']}-{board['protocol']}-{board['endpoint']}")
def test_boards_are_real_complete_and_of_the_frozen_folds(board):
    folder = task_folders(ROOT / "tasks")[board["task"]]
    folds = read_folds(folder, load_spec(folder))
    assert digest_of(folds[folds["protocol"] == board["protocol"]]).startswith(board["digests"]["folds"])
    assert board["cohort"]["data"] == "real"
    assert floors(load_spec(folder)) <= {entry["model"] for entry in board["entries"]}
    for entry in board["entries"]:
        assert entry["failed_folds"] == 0
        assert entry["interval"][0] <= entry["estimate"] <= entry["interval"][1]


def test_every_protocol_has_a_board_of_every_endpoint_that_can_be_estimated_and_of_all():
    found = {(board["task"], board["protocol"], board["endpoint"]) for board in BOARDS}
    for name, folder in task_folders(ROOT / "tasks").items():
        spec = load_spec(folder)
        for protocol in spec.protocols:
            lacking = next(board["not_estimable"] for board in BOARDS if (board["task"], board["protocol"]) == (name, protocol))
            estimable = [endpoint for endpoint in spec.endpoints if endpoint not in lacking]
            for endpoint in [*estimable, *(["all"] if len(estimable) > 1 else [])]:
                assert (name, protocol, endpoint) in found


def test_the_readmes_table_of_tasks_is_true():
    text = (ROOT / "README.md").read_text()
    for name, folder in task_folders(ROOT / "tasks").items():
        spec = load_spec(folder)
        of_task = [board for board in BOARDS if (board["task"], board["protocol"]) == (name, spec.default_protocol)]
        cohort = next(board for board in of_task if board["endpoint"] == next(iter(spec.endpoints)))["cohort"]
        events = "" if cohort["events"] is None else f" ({cohort['events']})"
        assert f"| `{name}` | {cohort['patients']}{events} | " in text


@pytest.mark.parametrize("page", ["README.md", "docs/statistics.md", "leaderboard/README.md"])
def test_pages_print_the_board(page):
    text = (ROOT / page).read_text()
    board = next(board for board in BOARDS if (board["task"], board["protocol"]) == ("nsclc_recurrence", "repeated"))
    for entry in board["entries"]:
        low, high = entry["interval"]
        assert re.search(re.escape(f"| {entry['model']} |") + ".*" + re.escape(f"{entry['estimate']:.3f} [{low:.3f}, {high:.3f}]"), text)


def edited(root):
    """The results that are not the bytes which the pipeline made, by the sums in dvc.lock."""
    outs = yaml.safe_load((root / "dvc.lock").read_text())["stages"]["board"]["outs"]
    found = [out["path"] for out in outs if hashlib.md5((root / out["path"]).read_bytes()).hexdigest() != out["md5"]]
    pages = json.loads((root / "leaderboard" / "site.json").read_text(encoding="utf-8"))
    return found + [
        f"leaderboard/{path}"
        for path, digest in pages.items()
        if hashlib.sha256((root / "leaderboard" / path).read_bytes()).hexdigest() != digest
    ]


def test_a_hand_edited_result_is_found(tmp_path):
    assert edited(ROOT) == []
    shutil.copy(ROOT / "dvc.lock", tmp_path)
    shutil.copytree(ROOT / "leaderboard", tmp_path / "leaderboard")
    for path in sorted((tmp_path / "leaderboard").iterdir()):
        if path.is_file() and path.name != "site.json":
            whole = path.read_bytes()
            path.write_bytes(whole.replace(b"e", b"3", 1))
            assert edited(tmp_path) == [f"leaderboard/{path.name}"]
            path.write_bytes(whole)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: f"{board['task']}-{board['protocol']}-{board['endpoint']}")
def test_every_run_on_a_board_can_be_verified(board):
    verified = read_verified(ROOT / "leaderboard")
    for entry in board["entries"]:
        if entry["provenance"] == "imported":
            assert entry["records"] == {}
            continue
        names = [other["endpoint"] for other in BOARDS if (other["task"], other["protocol"]) == (board["task"], board["protocol"])]
        wanted = [board["endpoint"]] if board["endpoint"] != "all" else [name for name in names if name != "all"]
        assert sorted(entry["records"]) == sorted(wanted)
        for origin in entry["records"].values():
            assert re.fullmatch(r"[0-9a-f]{16}", origin["digest"])
            assert re.fullmatch(r"[0-9a-f]{64}", origin["values_sha256"])
            assert origin["isolation"] != "none"
        made_again = [verified[origin["digest"]] for origin in entry["records"].values() if origin["digest"] in verified]
        assert (entry["provenance"] == "verified") == (len(made_again) == len(wanted))


def test_nothing_published_names_a_patient():
    names = re.compile(r"\b(R01|AMC)-\d{3}\b")
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "leaderboard").rglob("*")]
    for path in pages:
        if path.is_file():
            assert not names.search(path.read_text()), path
