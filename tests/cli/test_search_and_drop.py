"""`bench run --search` and `--drop` from the command line to the boards."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmark.cli import _run as run
from benchmark.cli.common import spread_lists
from benchmark.cohorts import Cohort
from tests.toy import write_model
from tests.toy_kinds import RIGHT, make_task

SEARCHABLE = RIGHT.replace('    kinds = ("survival"', '    search_space = {"noise": (0.0, 5.0)}\n    kinds = ("survival"').replace(
    "self.modalities[0]", "'genomics' if 'genomics' in self.modalities else self.modalities[0]"
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose only cohort is the made-up one."""
    cohort = tmp_path / "data" / "cohorts" / "real" / "toy"
    monkeypatch.setattr("benchmark.cohorts.store.open_cohort", lambda workspace, name: Cohort.read(cohort))
    make_task(tmp_path, "binary", default_modalities=["genomics", "slides"])
    write_model(tmp_path, "right", SEARCHABLE)
    write_model(tmp_path, "plain", RIGHT)
    return tmp_path


def bench(root: Path, capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    found = run(["--root", str(root), "--data", "real", *arguments])
    captured = capsys.readouterr()
    assert found == code, captured.err
    return json.loads(captured.out) if "json" in arguments else captured.err if code else captured.out


RUN = ("run", "--task", "toy", "--endpoint", "late", "--format", "json")
BOARD = ("leaderboard", "--task", "toy", "--endpoint", "late")


def test_searched_models_stand_on_the_board_and_those_without_a_space_are_skipped(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = bench(root, capsys, *RUN, "--model", "right", "plain", "right[noise=5]", "--search", "6")
    skipped = {row["model"]: row["skipped"] for row in rows if "skipped" in row}
    assert skipped == {
        "plain[search=6]": "it has no search space: nothing to search",
        "right[noise=5.0,search=6]": "nothing is left to search: noise is set",
    }
    (done,) = (row for row in rows if "skipped" not in row)
    info = json.loads((Path(done["record"]) / "run.json").read_text())
    assert [fold["search"]["chosen"] for fold in info["folds"]] == [{"noise": 0.0}] * 3
    bench(root, capsys, *RUN, "--model", "right", "right[search=6]")
    board = bench(root, capsys, *BOARD, "--format", "json")
    assert {entry["model"]: entry["estimate"] for entry in board["entries"]}.keys() == {"right", "right[search=6]"}
    compared = bench(root, capsys, "compare", "--task", "toy", "--endpoint", "late", "right[search=6]", "right", "--format", "json")
    assert compared["difference"] == 0


def test_dropped_modalities_from_the_run_to_the_page(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bench(root, capsys, *RUN, "--model", "right", "plain[modalities=genomics]")
    rows = bench(root, capsys, *RUN, "--model", "right", "plain[modalities=genomics]", "--drop", "every")
    assert [row["model"] for row in rows] == ["plain[modalities=genomics,drop=every]", "right[drop=genomics]", "right[drop=slides]"]
    assert rows[0]["skipped"] == "it uses genomics on this task: nothing can be left out"
    again = bench(root, capsys, *RUN, "--model", "right", "right[drop=slides]", "--drop", "slides", "genomics")  # each once
    assert len(again) == 2
    assert {row["record"] for row in again} == {row["record"] for row in rows[1:]}
    board = bench(root, capsys, *BOARD, "--format", "json")
    assert {entry["model"] for entry in board["entries"]} == {"right", "plain[modalities=genomics]"}
    view = bench(root, capsys, *BOARD, "--missing", "--format", "json")
    assert view["subsets"] == [["genomics", "slides"], ["genomics"], ["slides"]]
    (line,) = view["lines"]
    cells = {tuple(cell["present"]): cell for cell in line["cells"]}
    assert cells["genomics", "slides"]["estimate"] == next(e["estimate"] for e in board["entries"] if e["model"] == "right")
    assert cells[("genomics",)]["change"]["estimate"] == 0
    assert cells[("slides",)]["estimate"] == 0.5  # the model looks at the genes and nothing else
    compared = bench(root, capsys, "compare", "--task", "toy", "--endpoint", "late", "right[drop=genomics]", "right", "--format", "json")
    assert compared["difference"] == cells[("slides",)]["change"]["estimate"]
    assert "all it uses" in bench(root, capsys, *BOARD, "--missing")
    bench(root, capsys, "leaderboard", "--write")
    (written,) = json.loads((root / "leaderboard" / "board.json").read_text())
    assert written.pop("missing") == view
    assert written == board
    assert "### toy, paper, late: modalities missing at test" in (root / "leaderboard" / "README.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--drop", "genomics+slides"), "right[drop=genomics+slides]: toy: that is all it uses; leave it at least one of genomics, slides"),
        (("--drop", "genomic"), "unknown modality 'genomic' in task toy; did you mean genomics"),
        (("--search", "-1"), "--search"),
        (("--search", "many"), "--search"),
        (("--param", "search=x"), "right: search='x': expected the number of trials"),
    ],
)
def test_bad_input_is_one_line(root: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str) -> None:
    error = bench(root, capsys, "run", "--task", "toy", "--endpoint", "late", "--model", "right", *arguments, code=2)
    assert message in error
    assert len(error.strip().splitlines()) == 1
    assert not (root / "runs").exists()


def test_no_view_without_runs_is_one_line(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "both with all its modalities and without some" in bench(root, capsys, *BOARD, "--missing", code=2)


def test_drop_takes_a_list() -> None:
    spread = spread_lists(["run", "--drop", "a", "b+c", "--jobs", "2"])
    assert spread == ["run", "--drop", "a", "--drop", "b+c", "--jobs", "2"]
