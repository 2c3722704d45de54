"""Bootstrap intervals against boot of R, resample by resample where it gives the rows."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from benchmark.errors import InputError
from benchmark.inference.intervals import bootstrap_interval

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.mark.parametrize("name", ["boot_bca", "boot_mean"])
@pytest.mark.parametrize(("method", "key"), [("percentile", "percent"), ("basic", "basic"), ("bca", "bca")])
def test_equals_boot(name, method, key):
    golden = json.loads((GOLDEN / f"{name}.json").read_text())
    draws, influence = np.array(golden["t"])[:, None], np.array(golden["L"])[:, None]
    # two statistics at once, each with its own correction
    both = [np.hstack([column, 3 * column]) for column in (draws, influence)]
    found = bootstrap_interval(np.array([golden["t0"], 3 * golden["t0"]]), *both, 0.95, method)
    np.testing.assert_allclose(found, [golden[key], 3 * np.array(golden[key])], rtol=1e-10)


def test_the_draws_of_boot_are_the_statistic_on_its_rows():
    golden = json.loads((GOLDEN / "boot_bca.json").read_text())
    asah = pd.read_csv(GOLDEN / "asah.csv", skipinitialspace=True)
    rows = pd.read_csv(GOLDEN / "boot_indices.csv", header=None).to_numpy()
    for chosen, expected in zip(rows[:40], golden["t"][:40], strict=True):
        drawn = asah.iloc[chosen]
        difference = roc_auc_score(drawn.outcome, drawn.s100b) - roc_auc_score(drawn.outcome, drawn.ndka)
        np.testing.assert_allclose(difference, expected, rtol=1e-10, atol=1e-15)


def test_extremes_are_the_first_and_the_last_draw():
    draws = np.arange(20.0)[:, None]
    assert bootstrap_interval(np.array([9.0]), draws, None, 0.99, "percentile").tolist() == [[0, 19]]
    assert bootstrap_interval(np.array([3.0]), np.full((1, 1), 3.0), np.zeros((5, 1)), 0.9, "bca").tolist() == [[3, 3]]


def test_one_sided_draws_have_an_interval():
    draws = np.linspace(0.9, 1.0, 200)[:, None]
    interval = bootstrap_interval(np.array([0.9]), draws, np.arange(-3.0, 4)[:, None], 0.95, "bca")[0]
    assert 0.9 <= interval[0] <= interval[1] <= 1


@pytest.mark.parametrize(
    ("level", "method", "message"), [(0, "basic", "level"), (1.0, "bca", "level"), (0.9, "normal", "method"), (0.9, "bca", "bca")]
)
def test_bad_input(level, method, message):
    with pytest.raises(InputError, match=message):
        bootstrap_interval(np.zeros(1), np.zeros((9, 1)), None, level, method)
