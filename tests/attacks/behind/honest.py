"""The mistakes of a friend: they work, or the report says in plain words what is wrong."""

import pytest


@pytest.mark.parametrize("name", ["prints", "all_processors", "keeps_a_cache", "plots"])
def test_it_simply_works(walls, name):
    outcome = walls.attack("honest", name)
    assert outcome.reasons == []
    assert all(outcome.risks)
    assert walls.arena.said() == ""


def test_the_global_seed_is_the_folds(walls):
    outcome = walls.attack("honest", "global_seed", protocol="paper")
    assert outcome.reasons == []
    assert len(set(outcome.risks)) == 2  # one number for each fold
    assert walls.attack("honest", "global_seed", protocol="paper").risks == outcome.risks


def test_a_missing_package_is_named(walls):
    reason = "ModuleNotFoundError: No module named 'a_package_that_is_not_there' (model.py:"
    assert all(said.startswith(reason) for said in walls.attack("honest", "package_that_is_not_there").reasons)


def test_processes_of_its_own_are_named(walls):
    outcome = walls.attack("honest", "all_processors_of_python")
    assert not outcome.risks
    assert outcome.reasons
