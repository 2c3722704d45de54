"""What a fold was trained on must not reach the fold that tests it: no cache, no order, no time says who is in which."""

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
