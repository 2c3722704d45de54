"""Sockets of every family, names, and other processes."""

import pytest

from benchmark.conformance import behaviour, failed
from benchmark.runner.fold import FoldResult
from tests.attacks.named import REFUSED

SOCKETS = [
    "sockets_of_every_family",
    "dns",
    "own_loopback",
    "socket_by_x32",
    "abstract_name_on_a_pair",
    "pair_to_a_stranger",
    "socket_file",
]
SHARED = ["lock_on_a_library", "lock_on_bytes_of_a_library", "lease_on_a_library", "page_cache_of_a_library"]
SIGNALS = [
    "signal_to_the_parent",
    "signal_to_everybody",
    "signal_to_the_group",
    "signal_by_other_numbers",
    "signal_by_owning_a_pipe",
    "limits_of_the_parent",
    "priority_of_the_parent",
    "processors_of_the_parent",
]


@pytest.mark.parametrize("name", SOCKETS)
def test_no_socket_leads_out(walls, name):
    outcome = walls.attack("reaching", name)
    assert not outcome.escaped
    assert REFUSED.search(outcome.report)
    assert walls.arena.ask(do="heard")["heard"] == ""


def test_names_do_not_hide_a_name(walls):
    outcome = walls.attack("reaching", "behind_many_names")
    assert not outcome.escaped
    for fold in outcome.info["folds"]:
        assert {"socket (inet)", "fork", "socket (another family)"} <= set(fold["refused"])
        assert len(fold["refused"]) > 20


def test_a_thousand_calls_do_not_hide_a_name(walls):
    """What comes after them is not heard, but that so many came is, and it fails the check."""
    outcome = walls.attack("reaching", "behind_a_thousand_calls")
    assert not outcome.escaped
    for fold in outcome.info["folds"]:
        assert fold["refused"] == ["sync", "more than 1000 refused calls"]
        assert failed(behaviour.walls([FoldResult(0, 0, "ok", refused=tuple(fold["refused"]))]))


@pytest.mark.parametrize("name", ["behind_many_names", "behind_a_thousand_calls"])
def test_without_walls_they_call_home(no_walls, name):
    assert no_walls.attack("reaching", name).escaped


def test_the_other_entrance_of_the_kernel_is_closed_too(walls):
    outcome = walls.attack("reaching", "socket_of_the_other_abi")
    assert not outcome.escaped
    assert outcome.reasons


@pytest.mark.parametrize("name", SIGNALS)
def test_no_other_process_is_touched(walls, name):
    outcome = walls.attack("reaching", name)
    assert not outcome.escaped
    assert REFUSED.search(outcome.report)


@pytest.mark.parametrize("name", SHARED)
def test_a_shared_file_carries_no_bit_to_another_fold(walls, name):
    outcome = walls.attack("reaching", name)
    assert not outcome.escaped
    assert REFUSED.search(outcome.report)


@pytest.mark.parametrize("name", SHARED)
def test_without_walls_it_carries(no_walls, name):
    assert no_walls.attack("reaching", name).escaped


@pytest.mark.parametrize("name", ["own_loopback", "abstract_name_on_a_pair", "socket_file", "signal_to_the_parent", "limits_of_the_parent"])
def test_without_walls_they_are_reached(no_walls, name):
    assert no_walls.attack("reaching", name).escaped


def test_without_walls_a_stranger_hears(no_walls):
    assert no_walls.attack("reaching", "pair_to_a_stranger").escaped
    assert no_walls.arena.ask(do="heard")["heard"] == "outcome"
