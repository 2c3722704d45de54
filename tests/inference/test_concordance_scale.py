"""The O(n log n) concordance against every pair, against R with strata, and its bad input."""

import json
import time as clock
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmark.errors import InputError
from benchmark.inference import concordance, contrast
from benchmark.inference.concordance import censoring_survival
from tests.inference.brute import brute_concordance

GOLDEN = Path(__file__).parents[1] / "golden"


def cohort(seed, n, ties):
    rng = np.random.default_rng(seed)
    time, risk = rng.exponential(size=n), rng.normal(size=(n, 3))
    if ties:
        time, risk = np.ceil(4 * time), np.column_stack([np.round(risk[:, 0]), np.round(risk[:, 1], 1), risk[:, 2]])
    return rng.random(n) < 0.6, time, risk, rng.integers(0, 4, n), rng.integers(0, n // 3, n)


@pytest.mark.parametrize("ties", [True, False])
@pytest.mark.parametrize("tau", [None, 4.0])
@pytest.mark.parametrize("weights", ["harrell", "uno"])
@pytest.mark.parametrize("folds", [1, 4])
def test_equals_every_pair(ties, tau, weights, folds):
    for seed in range(5):
        event, time, risk, fold, cluster = cohort(seed, 90, ties)
        fold = fold % folds
        tau_used = np.inf if tau is None else tau
        train = (event, time + 3)  # so that G(t−) is positive at every event
        result = concordance(event, time, risk, fold=fold, cluster=cluster, weights=weights, tau=tau, train=train)
        weight = np.ones(90) if weights == "harrell" else 1 / censoring_survival(*train, time) ** 2
        estimate, influence, pairs, tied = brute_concordance(event, time, risk, fold, weight, tau_used)
        np.testing.assert_allclose(result.estimate, estimate, rtol=1e-13)
        np.testing.assert_allclose(result.influence, influence, rtol=1e-10, atol=1e-16)
        assert (result.pairs, result.tied_risk.tolist()) == (pairs, tied.tolist())
        by_patient = pd.DataFrame(influence).groupby(cluster).sum().to_numpy()
        np.testing.assert_allclose(result.covariance, by_patient.T @ by_patient, rtol=1e-10)


def test_strata_equal_r():
    lung = pd.read_csv(GOLDEN / "lung_227.csv")
    expected = json.loads((GOLDEN / "concordance_lung_227.json").read_text())
    event, risk = lung.status == 1, lung[["age", "lp"]]
    whole = concordance(event, lung.time, risk)
    np.testing.assert_allclose(whole.estimate, expected["whole"]["c"], rtol=1e-12)
    np.testing.assert_allclose(abs(contrast(whole, 0, 1).z), expected["whole"]["abs_z"], rtol=1e-10)
    strata = concordance(event, lung.time, risk, fold=np.arange(len(lung)) % 5)
    np.testing.assert_allclose(strata.estimate, expected["strata5"]["c"], rtol=1e-12)
    np.testing.assert_allclose(np.sqrt(np.diag(strata.covariance)), expected["strata5"]["se"], rtol=1e-10)
    test = contrast(strata, 0, 1)
    np.testing.assert_allclose([test.z, test.p], [expected["strata5"]["z"], expected["strata5"]["p"]], rtol=1e-10)


def test_a_fifth_of_a_million_rows():
    """The pairs of 200,000 rows would fill 300 GB; here it takes a second or so."""
    event, time, risk, fold, _ = cohort(1, 200_000, ties=True)
    concordance(event[:50], time[:50], risk[:50])  # compile
    begun = clock.process_time()
    result = concordance(event, time, risk, fold=fold)
    assert clock.process_time() - begun < 20
    assert 0.49 < result.estimate[0] < 0.51


BAD = [
    ({"event": [False] * 3}, "no comparable pair"),
    ({"event": ["True", "False", "True"]}, "event: expected true/false or 1/0, found <U5"),
    ({"event": np.array(["1", None, True], object)}, "event: expected true/false or 1/0, found text, missing or mixed"),
    ({"event": [1, 2, 0]}, "event: row 1 is 2"),
    ({"event": [1.0, np.nan, 0.0]}, "event: row 1 is nan"),
    ({"event": [[True, True, False]]}, "event: expected one column"),
    ({"time": ["1", "2", "3"]}, "time: expected numbers, found text"),
    ({"time": np.array([1, None, 3], object)}, "time: row 1 is NaN"),
    ({"time": [1, 2, np.inf]}, "time: row 2"),
    ({"time": [1, -2, 3]}, "time: row 1 is -2; a time cannot be negative"),
    ({"risk": ["a", "b", "c"]}, "risk: expected numbers, found text"),
    ({"risk": np.array([1, pd.NA, 3], object)}, "risk: expected numbers, found missing"),
    ({"risk": np.zeros((3, 0))}, "risk: expected rows × models"),
    ({"risk": np.zeros((3, 1, 1))}, "risk: expected rows × models"),
    ({"event": [], "time": [], "risk": []}, "event: expected one column with at least one row"),
    ({"event": [True], "time": [1.0], "risk": [1.0]}, "no comparable pair"),
    ({"fold": ["a", None, "b"]}, "fold: row 1 has no label"),
    ({"fold": [0.0, np.nan, 1.0]}, "fold: row 1 has no label"),
    ({"fold": 3}, "fold: 1 labels for 3 rows"),
    ({"cluster": [1, 2]}, "cluster: 2 labels for 3 rows"),
    ({"cluster": ["p", "p", "p"]}, "cluster: all 3 rows are of one patient: no variance between patients"),
    ({"time": np.ma.array([1.0, 2, 3], mask=[0, 0, 1])}, "time: row 2 is masked"),
    ({"risk": np.ma.array([1.0, 2, 3], mask=[1, 0, 0])}, "risk: row 0 is masked"),
    ({"risk": [[1.0], [2.0, 3.0], [1.0]]}, "risk: the rows differ in length"),
    ({"tau": "a"}, "tau: 'a' is not a time"),
    ({"tau": np.nan}, "tau: nan is not a time"),
    ({"weights": "uno", "train": 5}, r"train: expected a pair \(event, time\), found int"),
    ({"weights": "uno", "train": ([True], [1.0], [2.0])}, "train: expected a pair"),
    ({"tau": 0.5}, "no comparable pair"),
    ({"weights": "efron"}, "weights: 'efron' is neither"),
    ({"weights": "uno", "train": {1: ([True], [1.0])}}, "train: no training part for fold 0"),
    ({"weights": "uno", "train": ([True, True], [1.0])}, "differ in length"),
]


@pytest.mark.parametrize(("change", "message"), BAD)
def test_bad_input(change, message):
    arguments = {"event": [True, True, False], "time": [1.0, 2, 3], "risk": [3.0, 2, 1]} | change
    with pytest.raises(InputError, match=message):
        concordance(**arguments)


@pytest.mark.filterwarnings("error")
def test_documented_results():
    flat = concordance([1, 1, 0], [0, 1, 1], [2.0, 2, 2])
    assert (flat.estimate[0], flat.covariance[0, 0], flat.tied_risk[0]) == (0.5, 0, 3)
    two = concordance([True, False], [1.0, 2.0], [1.0, 0.0])
    assert (two.estimate[0], two.pairs, two.covariance[0, 0]) == (1, 1, 0)
    # the fold "b" has no event: it adds nothing
    alone = concordance([1, 1, 0, 0, 0], [1, 2, 3, 1, 2], [1, 3, 2, 5, 4], fold=["a", "a", "a", "b", "b"])
    assert alone.pairs == 3
    assert (alone.influence[3:] == 0).all()
