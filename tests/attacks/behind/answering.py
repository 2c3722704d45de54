"""Crafted answers: what a model writes on the line to the harness itself, and what it returns."""

import json
import math
from pathlib import Path

import pytest

from tests.attacks.arena import IN_PREDICT

BROKEN = [
    "nonsense",
    "empty",
    "deep",
    "wide",
    "announced",
    "announced_more",
    "announced_all",
    "pickled",
    "nan",
    "infinite",
    "too_many",
    "too_few",
    "backwards",
    "huge_shape",
    "unknown_status",
    "escaping_status",
    "many_dimensions",
]
FORGED = ["time_is_negative", "time_is_nan", "memory_is_negative", "search_of_its_own", "flood"]
TEXT = ["long_reason", "slow_reason", "slow_print", "escaping_reason", "escaping_status", "every_kind_of_raise"]


@pytest.mark.parametrize("name", BROKEN)
def test_nonsense_costs_the_fold_and_is_named(walls, name):
    outcome = walls.attack("answering", name, IN_PREDICT, seconds=5)
    assert outcome.risks == []
    assert outcome.reasons
    assert all(10 < len(reason) < 400 for reason in outcome.reasons)
    assert not Path(walls.arena.places["trap"]).exists()


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_answer_changes_nothing_but_the_predictions(walls, name):
    """A model may say any risk; what it costs and what was searched is not its to say."""
    outcome = walls.attack("answering", name, IN_PREDICT, seconds=5)
    for fold in outcome.info["folds"]:
        assert 0 <= fold["fit_seconds"] < 60
        assert 0 <= fold["predict_seconds"] < 60
        assert 0 <= fold["peak_memory"] < 1 << 40
        assert "search" not in fold
    assert all(math.isfinite(risk) for risk in outcome.risks)


@pytest.mark.parametrize("name", TEXT)
@pytest.mark.parametrize("data", ["real", "replica"])
def test_the_text_of_an_error_is_bounded_and_plain(walls, name, data):
    outcome = walls.attack("answering", name, IN_PREDICT, data=data)
    record = (outcome.folder / "run.json").read_text()
    assert outcome.reasons
    assert all(0 < len(reason) < 500 for reason in outcome.reasons)
    assert len(record) < 1 << 20
    assert not [mark for mark in ("\x1b", "\x07", "\x9b") if any(mark in text for text in _texts(json.loads(record)))]


def _texts(item: object) -> list[str]:
    if isinstance(item, dict):
        return [text for pair in item.items() for part in pair for text in _texts(part)]
    if isinstance(item, list):
        return [text for part in item for text in _texts(part)]
    return [item] if isinstance(item, str) else []
