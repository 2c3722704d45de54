"""Changed code inside changes nothing outside; looking at a file does not run it."""

import pytest

from tests.attacks.arena import IN_PREDICT

REFUSED = {"validator": "NaN", "labels": "ids", "labels_twice": "ids", "someone_elses_labels": "ids"}


@pytest.mark.parametrize("name", REFUSED)
def test_the_harness_checks_for_itself(walls, name):
    outcome = walls.attack("patching", name, IN_PREDICT)
    assert outcome.risks == []
    assert [REFUSED[name] in reason for reason in outcome.reasons] == [True]


def test_a_worker_that_was_changed_is_caught(walls):
    assert "shape (500,)" in walls.attack("patching", "worker").report or "size" in walls.attack("patching", "worker").report


def test_labelled_answers_are_put_in_order(walls):
    """Reordered ids are no attack: whoever labels answers is taken at his word."""
    assert sorted(walls.attack("patching", "labels_in_another_order", IN_PREDICT).risks) == [float(k) for k in range(16)]


@pytest.mark.parametrize("name", ["metric", "other_models"])
def test_the_next_model_meets_the_harness_as_it_was(walls, name):
    before = walls.attack("honest", "global_seed").risks
    assert set(walls.attack("patching", name, IN_PREDICT).risks) == {0.0}
    assert walls.attack("honest", "global_seed").risks == before
