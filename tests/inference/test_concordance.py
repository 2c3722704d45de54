"""Concordance against R's survival, by hand, and by its properties."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.errors import InputError
from benchmark.inference import concordance, contrast, logit_interval

GOLDEN = Path(__file__).parents[1] / "golden"
LUNG = pd.read_csv(GOLDEN / "lung.csv", skipinitialspace=True)
R = json.loads((GOLDEN / "concordance_lung.json").read_text())
SCORES = ["age", "ph_karno", "wt_loss", "sex", "lp1", "lp2", "lp3"]
VARIANTS = {
    "n": {},
    "nG2": {"weights": "uno"},
    "n_ymax365": {"tau": 365},
    "nG2_ymax365": {"weights": "uno", "tau": 365},
}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("score", SCORES)
def test_equals_r(score, variant):
    result = concordance(LUNG.status == 1, LUNG.time, LUNG[score], **VARIANTS[variant])
    expected = R["lung"][score][variant]
    np.testing.assert_allclose(result.estimate[0], expected["concordance"], rtol=1e-12)
    np.testing.assert_allclose(result.covariance[0, 0], expected["var"], rtol=1e-10)
    if variant == "n":
        assert result.tied_risk[0] == expected["count"]["tied.x"]
        assert result.pairs == sum(expected["count"][key] for key in ("concordant", "discordant", "tied.x"))


def test_covariance_and_influence_equal_r():
    result = concordance(LUNG.status == 1, LUNG.time, LUNG[["lp1", "lp2", "lp3"]])
    np.testing.assert_allclose(result.covariance, R["compare"]["lung_three"]["var"], rtol=1e-10)
    np.testing.assert_allclose(result.influence[:, 0], R["influence_lung_lp1"]["dfbeta"], rtol=1e-10, atol=1e-17)
    test = contrast(result, 1, 0)
    np.testing.assert_allclose(test.z, R["compare"]["lung_lp1_lp2"]["z"], rtol=1e-10)


def test_strata_are_folds_as_in_r():
    """`lung` of survival, 227 rows in the page of statistics; here: strata by row, checked against the sum over strata."""
    fold = np.arange(len(LUNG)) % 5
    event = LUNG.status == 1
    whole = concordance(event, LUNG.time, LUNG.lp1, fold=fold)
    parts = [concordance(event[fold == k], LUNG.time[fold == k], LUNG.lp1[fold == k]) for k in range(5)]
    pairs = np.array([part.pairs for part in parts])
    assert whole.pairs == pairs.sum()
    np.testing.assert_allclose(whole.estimate[0], sum(part.estimate[0] * part.pairs for part in parts) / pairs.sum())


def test_by_hand():
    # pairs: (0,1) (0,2) (0,3) (2,3); the event of 2 and the censoring of 1 tie at time 2: comparable, event first
    event, time = [True, False, True, False], [1, 2, 2, 3]
    result = concordance(event, time, [4.0, 3.0, 3.0, 5.0])
    assert result.pairs == 5
    # (0,1) right, (0,2) right, (0,3) wrong, (2,1) tied risk, (2,3) wrong
    assert result.estimate[0] == pytest.approx(2.5 / 5)
    assert result.tied_risk[0] == 1


def test_tied_event_times_are_not_comparable():
    assert concordance([True, True, False], [1, 1, 2], [1.0, 2.0, 0.0]).pairs == 2


def survival_data(draw):
    n = draw(st.integers(4, 40))
    time = draw(st.lists(st.integers(1, 12), min_size=n, max_size=n))
    event = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    risk = draw(st.lists(st.integers(-5, 5), min_size=n, max_size=n))
    return np.array(event), np.array(time, float), np.array(risk, float)


@st.composite
def samples(draw):
    event, time, risk = survival_data(draw)
    event[np.argmin(time)] = True
    time[np.argmin(time)] = 0.5  # at least one comparable pair
    return event, time, risk


@settings(max_examples=60, deadline=None)
@given(samples(), st.randoms(use_true_random=False))
def test_order_scale_and_inversion(sample, random):
    event, time, risk = sample
    base = concordance(event, time, risk)
    order = list(range(len(time)))
    random.shuffle(order)
    for other in (concordance(event[order], time[order], risk[order]), concordance(event, time, np.exp(risk / 3) * 7)):
        np.testing.assert_allclose(other.estimate, base.estimate, atol=1e-12)
        np.testing.assert_allclose(other.covariance, base.covariance, atol=1e-12)
    inverted = concordance(event, time, -risk)
    np.testing.assert_allclose(inverted.estimate, 1 - base.estimate, atol=1e-12)
    np.testing.assert_allclose(base.influence.sum(), 0, atol=1e-10)
    assert 0 <= base.estimate[0] <= 1


@settings(max_examples=40, deadline=None)
@given(samples())
def test_a_repeated_patient_in_a_cluster_changes_nothing(sample):
    event, time, risk = sample
    n = len(time)
    base = concordance(event, time, risk)
    fold, cluster = np.repeat([0, 1], n), np.tile(np.arange(n), 2)
    twice = concordance(np.tile(event, 2), np.tile(time, 2), np.tile(risk, 2), fold=fold, cluster=cluster)
    np.testing.assert_allclose(twice.estimate, base.estimate, atol=1e-12)
    np.testing.assert_allclose(twice.covariance, base.covariance, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(samples())
def test_the_same_model_twice_has_no_difference(sample):
    event, time, risk = sample
    test = contrast(concordance(event, time, np.column_stack([risk, 2 * risk + 1])), 0, 1)
    assert (test.difference, test.se, test.p) == (0, 0, 1)


def test_perfect_and_inverted_risk():
    time = np.arange(1.0, 9)
    result = concordance(np.ones(8, bool), time, np.column_stack([-time, time]))
    assert result.estimate.tolist() == [1.0, 0.0]


def test_uno_takes_the_censoring_of_each_folds_training_part():
    event, time, risk = [True, True, False, True], [1.0, 2, 3, 4], [4.0, 1, 3, 2]
    censored_late = ([True, False, False, True], [1.0, 1.5, 1.6, 5])
    harrell = concordance(event, time, risk, fold=[0, 0, 0, 0])
    none_censored = concordance(event, time, risk, weights="uno", train={0: ([True, True], [1.0, 2])}, fold=[0, 0, 0, 0])
    weighted = concordance(event, time, risk, weights="uno", train={0: censored_late}, fold=[0, 0, 0, 0])
    np.testing.assert_allclose(none_censored.estimate, harrell.estimate)
    # G(1−) = 1; G(2−) = 2/3 · 1/2 = 1/3: the event at 2 weighs 9; 3 of 3 pairs right at time 1, 0 of 2 at time 2
    np.testing.assert_allclose(weighted.estimate, 3 / (3 + 2 * 9))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"event": [False] * 3}, "no comparable pair"),
        ({"time": [1, 2, np.nan]}, "time: row 2"),
        ({"risk": [1, np.inf, 2]}, "risk: row 1"),
        ({"risk": [1, 2]}, "differ in length"),
        ({"fold": [1, 2]}, "fold: 2 labels for 3 rows"),
        ({"fold": [0, 1, 2]}, "no comparable pair"),
        ({"weights": "uno", "train": ([False, False], [0.5, 0.6])}, "choose a smaller tau"),
    ],
)
def test_bad_input(change, message):
    arguments = {"event": [True, True, False], "time": [1.0, 2, 3], "risk": [3.0, 2, 1]} | change
    with pytest.raises(InputError, match=message):
        concordance(**arguments)


def test_logit_interval():
    low, high = logit_interval(0.6, 0.05**2)
    assert 0 < low < 0.6 < high < 1
    # the logit interval is symmetric on the logit scale: half-width 1.96 · se / (p (1 − p))
    assert np.log(high / (1 - high)) - np.log(0.6 / 0.4) == pytest.approx(1.959963984540054 * 0.05 / 0.24)
    assert logit_interval(1.0, 0.0) == (1.0, 1.0)
    assert logit_interval(0.5, 0.0) == (0.5, 0.5)
