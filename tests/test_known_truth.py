"""The page of known truth says what does not fit, and only that."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest

from benchmark.reporting.board import Board, Entry, Secondary

SCRIPT = Path(__file__).parents[1] / "scripts" / "known_truth.py"


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
    assert script.exceptions([board]) == []
    assert script.way(board, 0.64) == pytest.approx(0.5)
    first = script.overview([board])[1]
    assert first[5:] == ["0.780", "coxnet", "0.640 [0.580, 0.700]", "50%", "kaplan_meier 0.500 [0.500, 0.500]"]
    assert [line[0] for line in script.details(board)[1:]] == ["**the simulation's own risk**", "coxnet", "mlp", "kaplan_meier"]
    assert "Nothing: every floor" in script.page([board])
    assert "## REPLICA: toy, repeated, relapse" in script.page([board])


@pytest.mark.parametrize(
    ("model", "modalities", "interval", "complaint"),
    [
        ("kaplan_meier", (), (0.51, 0.6), "the floor kaplan_meier"),
        ("coxnet", ("genomics",), (0.79, 0.9), "above what is attainable"),
        ("coxnet", ("genomics",), (0.45, 0.7), "no model is shown to be better than chance"),
    ],
)
def test_what_does_not_fit_is_said(script, board, model, modalities, interval, complaint) -> None:
    others = [one for one in board.entries if one.model != model]
    strange = replace(board, entries=(entry(model, modalities, 0.6, *interval), *others))
    (line,) = script.exceptions([strange])
    assert complaint in line
    assert f"- {line}" in script.page([strange])
