"""The verbs on tasks of every kind: classes, several endpoints, one split, published predictions."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmark.cli import _run as run
from benchmark.cohorts import Cohort
from tests.toy import write_model
from tests.toy_kinds import RIGHT, make_task


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose only cohort is the made-up one."""
    cohort = tmp_path / "data" / "cohorts" / "real" / "toy"
    monkeypatch.setattr("benchmark.cohorts.store.open_cohort", lambda workspace, name: Cohort.read(cohort))
    return tmp_path


def bench(root: Path, capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    found = run(["--root", str(root), "--data", "real", *arguments])
    captured = capsys.readouterr()
    assert found == code, captured.err
    return json.loads(captured.out) if "json" in arguments else captured.err if code else captured.out


def test_a_binary_task_runs_on_every_endpoint_and_has_a_board_for_each_and_all(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_task(toy, "binary")
    write_model(toy, "right", RIGHT)
    rows = bench(toy, capsys, "run", "--task", "toy", "--model", "right", "right[noise=3]", "--format", "json")
    assert [(row["endpoint"], row["failed"]) for row in rows] == [("mutation", 0), ("late", 0)] * 2
    board = ("leaderboard", "--task", "toy", "--format", "json")
    one, late, both = (bench(toy, capsys, *board, *extra) for extra in ((), ("--endpoint", "late"), ("--endpoint", "all")))
    assert [item["endpoint"] for item in (one, late, both)] == ["mutation", "late", "all"]
    assert (one["cohort"]["patients"], one["cohort"]["classes"]["mutant"]) == (60, one["cohort"]["events"])
    by_model = [{entry["model"]: entry["estimate"] for entry in item["entries"]} for item in (one, late, both)]
    assert by_model[2]["right"] == pytest.approx((by_model[0]["right"] + by_model[1]["right"]) / 2)
    assert by_model[0]["right"] > max(0.8, by_model[0]["right[noise=3.0]"])
    compared = bench(toy, capsys, "compare", "--task", "toy", "--endpoint", "all", "right", "right[noise=3]", "--format", "json")
    assert compared["difference"] == pytest.approx(by_model[2]["right"] - by_model[2]["right[noise=3.0]"])
    bench(toy, capsys, "leaderboard", "--write")
    written = json.loads((toy / "leaderboard" / "board.json").read_text())
    assert [item["endpoint"] for item in written] == ["mutation", "late", "all"]
    message = bench(toy, capsys, "run", "--task", "toy", "--model", "right", "--endpoint", "rare", code=2)
    assert "endpoint rare: not estimable, 4 patients of the rarest class, fewer than 10" in message
    (row,) = bench(toy, capsys, "tasks", "--format", "json")
    assert (row["endpoints"], row["not_estimable"], row["kind"]) == (["mutation", "late"], {"rare": 4}, "binary")


@pytest.mark.parametrize("protocol", ["single", "external", "sites", "others"])
def test_a_multiclass_task_under_every_design(toy: Path, capsys: pytest.CaptureFixture[str], protocol: str) -> None:
    make_task(toy, "multiclass")
    write_model(toy, "right", RIGHT)
    bench(toy, capsys, "run", "--task", "toy", "--protocol", protocol, "--model", "right", "right[noise=3]")
    board = bench(toy, capsys, "leaderboard", "--task", "toy", "--protocol", protocol, "--format", "json")
    assert (board["metric"], board["cohort"]["events"], set(board["cohort"]["classes"])) == ("macro_auc", None, {"I", "II", "late"})
    best, other = board["entries"]
    assert best["model"] == "right"
    assert best["estimate"] > 0.75
    assert (other["difference"]["p_retrained"] is None) == (protocol in ("single", "external"))
    assert "macro AUC" in bench(toy, capsys, "leaderboard", "--task", "toy", "--protocol", protocol)
    power = bench(toy, capsys, "power", "--task", "toy", "--protocol", protocol, "--format", "json")
    assert len(power) == 9
    assert all(0 < row["se_difference"] < 0.5 for row in power)


def test_published_predictions_are_scored_like_a_table_of_ones_own(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = {"design": "published", "description": "others'", "splits": "theirs", "valid": 0.1, "seed": 6, "requires": ["slides"]}
    make_task(toy, "survival", protocols={"theirs": rules}, default_protocol="theirs")
    write_model(toy, "right", RIGHT)
    bench(toy, capsys, "run", "--task", "toy", "--model", "right")
    board = bench(toy, capsys, "leaderboard", "--task", "toy", "--format", "json")
    entries = {entry["model"]: entry for entry in board["entries"]}
    assert (entries["theirs_cnn"]["provenance"], entries["theirs_cnn"]["source"]) == ("imported", "made up")
    file = toy / "data" / "cohorts" / "real" / "toy" / "published" / "theirs_cnn.parquet"
    scored = bench(toy, capsys, "score", "--task", "toy", "--predictions", str(file), "--format", "json")
    assert scored["estimate"] == entries["theirs_cnn"]["estimate"]
    assert scored["secondary"] == entries["theirs_cnn"]["secondary"]
    assert scored["provenance"] == "self-reported"


WRONG_PROBABILITIES = {
    "outside [0, 1]": "return np.full((len(patients), 3), 2.0)",
    "do not sum to 1": "return np.full((len(patients), 3), 0.5)",
    "array of shape": "return np.full(len(patients), 0.5)",
}


@pytest.mark.parametrize("reason", WRONG_PROBABILITIES)
def test_what_is_no_probability_fails_the_fold(toy: Path, capsys: pytest.CaptureFixture[str], reason: str) -> None:
    make_task(toy, "multiclass")
    lines = RIGHT.split("    def predict")[0] + f"    def predict(self, patients):\n        {WRONG_PROBABILITIES[reason]}\n"
    write_model(toy, "right", lines)
    (row,) = bench(toy, capsys, "run", "--task", "toy", "--protocol", "single", "--model", "right", "--format", "json", code=1)
    assert row["failed"] == 1
    assert reason in row["reasons"][0]


@pytest.mark.real_data
def test_the_cohort_of_the_published_predictions_is_what_its_sources_give(capsys: pytest.CaptureFixture[str]) -> None:
    bench(Path(__file__).parents[2], capsys, "data", "verify", "tcga_gbmlgg")


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("model", "printed"),
    [
        ("pathomic_fusion_cnn", 0.792),
        ("pathomic_fusion_gcn", 0.746),
        ("pathomic_fusion_snn", 0.808),
        ("pathomic_fusion_cnn_snn", 0.820),
        ("pathomic_fusion_cnn_gcn_snn", 0.826),
    ],
)
def test_pathomic_fusions_outputs_give_the_printed_c_index(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], model: str, printed: float
) -> None:
    """Chen et al. (IEEE Trans Med Imaging 41:757, 2022), table of the 15 divisions: mean over the test parts."""
    root = Path(__file__).parents[2]
    file = root / "data" / "cohorts" / "real" / "tcga_gbmlgg" / "published" / f"{model}.parquet"
    arguments = ("--task", "glioma_survival", "--protocol", "pnas15", "--predictions", str(file), "--format", "json")
    entry = bench(root, capsys, "--runs", str(tmp_path), "score", *arguments)
    assert entry["fold_mean"] == pytest.approx(printed, abs=0.002)
    assert entry["estimate"] == pytest.approx(printed, abs=0.002)
