"""What a fold was trained on must not reach the fold that tests it: no cache, no order, no time says who is in which."""

import pytest

from tests.attacks.payloads.remembering import CHANNELS


def carried(outcome) -> list[str]:
    return sorted({name for risk in outcome.risks for number, name in enumerate(CHANNELS) if int(risk) >> number & 1})


def test_no_channel_leads_from_fold_to_fold(walls):
    outcome = walls.attack("remembering", "every_channel", protocol="paper")
    assert outcome.reasons == []
    assert carried(outcome) == []


def test_without_walls_channels_carry(no_walls):
    found = carried(no_walls.attack("remembering", "every_channel", protocol="paper"))
    assert {"home", "tmp", "shm", "own folder", "runs", "time of the model", "mode", "hint of the model"} <= set(found)
    assert not {"module", "environment"} & set(found)  # each fold is a process of its own also without walls


@pytest.mark.parametrize("name", ["process_id", "inode", "folder_size"])
def test_what_the_kernel_counts_starts_afresh(walls, name):
    """Each fold says what it finds, then counts up: the second must find what the first has found."""
    if walls.isolation == "landlock" and name != "folder_size":
        pytest.skip("Landlock gives no namespaces: these numbers are the machine's, as docs/security.md says")
    outcome = walls.attack("remembering", name, protocol="paper")
    assert outcome.reasons == []
    assert len(set(outcome.risks)) == 1


def test_without_walls_the_kernel_counts_on(no_walls):
    assert len(set(no_walls.attack("remembering", "process_id", protocol="paper").risks)) == 2
