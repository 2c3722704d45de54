"""From which models an entry is told apart, and which of the two is better."""

from types import SimpleNamespace

import numpy as np
import pytest

from benchmark.submissions import place


def test_of_two_that_are_told_apart_one_is_better(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, (10, 5, 4))
    scored = SimpleNamespace(by_split=lambda metric: np.add(noise, [0.6, 0.8, 0.6, 0.4]), test_fraction=0.2)
    monkeypatch.setattr(place, "meet_any", lambda *_: scored)
    task = SimpleNamespace(spec=SimpleNamespace(metrics=SimpleNamespace(primary="harrell_c")))
    contenders = [SimpleNamespace(label=name, predictions=None) for name in ("own", "better", "alike", "worse")]
    assert place._told_apart("own", task, "repeated", ["relapse"], contenders) == {"better": -1, "alike": 0, "worse": 1}
    assert place._told_apart("own", task, "repeated", ["relapse"], contenders[:1]) == {}
