"""System calls that no model needs, and what root could do."""

import os

import pytest


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the attack knows the numbers of x86_64 alone")
def test_every_call_is_refused_and_named(walls):
    outcome = walls.attack("kernel", "every_call")
    assert "Reached" not in outcome.report
    assert "every call was refused" in outcome.report


def test_root_inside_is_nobody(walls):
    assert not walls.attack("kernel", "capabilities").escaped
    outcome = walls.attack("kernel", "becoming_root")
    assert not outcome.escaped


def test_without_walls_calls_get_through(no_walls):
    assert "Reached" in no_walls.attack("kernel", "some_calls").report
