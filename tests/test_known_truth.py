"""The page of known truth says what does not fit, and only that."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest

from benchmark.cli.common import open_task
from benchmark.reporting.board import Board, Entry, Secondary
from benchmark.workspace import Workspace

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "scripts" / "known_truth.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("known_truth", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def entry(model: str, modalities: tuple[str, ...], estimate: float, low: float, high: float) -> Entry:
    return Entry(
        rank=1, tier=1, rank_set=(1, 3), model=model, modalities=modalities, estimate=estimate, interval=(low, high), fold_mean=estimate,
        fold_sd=0.1, difference=None, p_best=0.3, secondary={"uno_c": Secondary(estimate, None)}, tied_risk=0, failed_folds=0, seconds=1.0,
        provenance="run here", source=None,
    )  # fmt: skip


@pytest.fixture
def board() -> Board:
    cohort = {"name": "toy", "version": "1", "data": "replica", "patients": 80, "events": 30, "attainable": 0.78}
    return Board(
        task="toy", title="Toy", endpoint="relapse", protocol="repeated", metric="harrell_c", metric_name="Harrell's C",
        cohort=cohort | {"tested": {"patients": 80, "events": 30}}, reference="coxnet", minimal_detectable_difference=None,
        minimal_detectable_difference_retrained=None, tests_per_patient=10, tests_per_patient_most=10, pairs=900, tau=None, min_censoring=1.0,
        exchangeable=True, not_estimable={}, digests={},
        entries=(
            entry("kaplan_meier", (), 0.5, 0.5, 0.5),
            entry("coxnet", ("genomics",), 0.64, 0.58, 0.70),
            entry("mlp", ("genomics", "clinical"), 0.59, 0.49, 0.68),
        ),
    )  # fmt: skip


def test_a_board_as_it_should_be(script, board) -> None:
    one = script.Measured(board, 0.77, 0.7)
    assert script.exceptions([one]) == []
    assert script.way(board, 0.64) == pytest.approx(0.5)
    first = script.overview([one])[1]
    assert first[5:] == ["0.780", "0.770", "0.700", "coxnet", "0.640 [0.580, 0.700]", "50%", "kaplan_meier 0.500 [0.500, 0.500]"]
    assert [line[0] for line in script.details(board)[1:]] == ["**the simulation's own risk**", "coxnet", "mlp", "kaplan_meier"]
    assert "Nothing: every floor" in script.page([one])
    assert "## REPLICA: toy, repeated, relapse" in script.page([one])


@pytest.mark.parametrize(
    ("model", "modalities", "interval", "complaint"),
    [
        ("kaplan_meier", (), (0.51, 0.6), "the floor kaplan_meier"),
        ("coxnet", ("genomics",), (0.79, 0.9), "above what is attainable"),
        (
            "coxnet",
            ("genomics",),
            (0.45, 0.7),
            "no model is shown to be better than chance. What their blocks see of the risk has 0.700 on these",
        ),
    ],
)
def test_what_does_not_fit_is_said(script, board, model, modalities, interval, complaint) -> None:
    others = [one for one in board.entries if one.model != model]
    strange = replace(board, entries=(entry(model, modalities, 0.6, *interval), *others))
    (line,) = script.exceptions([one := script.Measured(strange, 0.77, 0.7)])
    assert complaint in line
    assert f"- {line}" in script.page([one])


def test_a_model_below_chance_is_said(script, board) -> None:
    worse = replace(board, entries=(*board.entries, entry("mlp", ("clinical",), 0.4, 0.3, 0.45)))
    assert "below chance" in script.exceptions([script.Measured(worse, 0.77, 0.7)])[0]


def test_on_its_own_patients_the_truth_is_near_the_attainable_value_and_one_block_sees_less(script, board) -> None:
    task = open_task(Workspace(ROOT, ROOT / "runs", "replica"), "breast_metastasis")
    board = replace(board, endpoint="metastasis")
    here, seen = script.on_these_patients(task, board)
    assert here == seen == pytest.approx(task.cohort.datasheet.truth["metastasis"], abs=0.06)  # 51 events
    _, alone = script.on_these_patients(task, replace(board, entries=board.entries[:2]))
    assert 0.5 < alone < here
