"""Binary metrics against R (pROC, rms) and by their properties."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from benchmark.errors import InputError
from benchmark.metrics import binary

GOLDEN = Path(__file__).parents[1] / "golden"
VAL_PROB = json.loads((GOLDEN / "misc_stats.json").read_text())["val_prob"]
Y, P, STATS = np.array(VAL_PROB["y"]), np.array(VAL_PROB["p"]), VAL_PROB["stats"]
THRESHOLDED = (binary.balanced_accuracy, binary.f1, binary.precision, binary.recall)


def test_equals_val_prob():
    np.testing.assert_allclose(binary.brier_score(Y, P), STATS["Brier"], rtol=1e-10)
    # rms counts C over bins of .002 of the recalibrated probability; in the same bins it is the same AUC
    recalibrated = expit(STATS["Intercept"] + STATS["Slope"] * logit(P))
    np.testing.assert_allclose(binary.auc(Y, np.floor(recalibrated / 0.002)), STATS["C (ROC)"], rtol=1e-10)
    # rms stops before its score is 0 to the last digit, ours goes on: seven digits in common
    np.testing.assert_allclose(binary.calibration_slope(Y, P), STATS["Slope"], rtol=1e-6)


def test_youden_equals_proc():
    asah, expected = pd.read_csv(GOLDEN / "asah.csv", skipinitialspace=True), json.loads((GOLDEN / "proc_asah.json").read_text())
    y, score = asah.outcome, asah.s100b
    np.testing.assert_allclose(binary.auc(y, score), expected["single"]["s100b"]["auc"], rtol=1e-10)
    threshold, youden = binary.choose_threshold(y, score), expected["youden_s100b"]
    # pROC puts the threshold midway to the next lower score, which calls the same patients
    assert score[score < threshold].max() < youden["threshold"] < threshold
    np.testing.assert_allclose(binary.recall(y, score, threshold), youden["sensitivity"], rtol=1e-10)
    np.testing.assert_allclose(binary.precision(y, score, threshold), youden["ppv"], rtol=1e-10)
    balanced = (youden["sensitivity"] + youden["specificity"]) / 2
    np.testing.assert_allclose(binary.balanced_accuracy(y, score, threshold), balanced, rtol=1e-10)


@st.composite
def samples(draw):
    n = draw(st.integers(4, 50))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    y = rng.uniform(size=n) < 0.4
    y[:2] = [True, False]
    return y, np.clip(np.round(rng.uniform(size=n), draw(st.sampled_from([1, 6]))), 0.01, 0.99)


@settings(max_examples=60, deadline=None)
@given(samples())
def test_properties(sample):
    y, p = sample
    assert binary.auc(y, -p) == pytest.approx(1 - binary.auc(y, p))
    assert binary.auc(y, logit(p)) == pytest.approx(binary.auc(y, p))
    assert binary.average_precision(y, np.zeros(len(y))) == pytest.approx(binary.prevalence(y))
    assert binary.brier_score(y, np.full(len(y), y.mean())) == pytest.approx(y.mean() * (1 - y.mean()))
    threshold = binary.choose_threshold(y, p)
    assert threshold in p
    best = max(binary.balanced_accuracy(y, p, cut) for cut in np.unique(p))
    assert binary.balanced_accuracy(y, p, threshold) == pytest.approx(best)


@settings(max_examples=60, deadline=None)
@given(samples(), st.floats(0.3, 3))
def test_slope_follows_the_stretch(sample, stretch):
    y, p = sample
    try:
        slope = binary.calibration_slope(y, p)
    except InputError:
        return  # separated or constant
    assert binary.calibration_slope(y, expit(stretch * logit(p))) == pytest.approx(slope / stretch, rel=1e-5, abs=1e-7)


@settings(max_examples=60, deadline=None)
@given(samples(), st.lists(st.floats(0.02, 0.98), min_size=1, max_size=4))
def test_net_benefit(sample, cuts):
    y, p = sample
    odds = np.array(cuts) / (1 - np.array(cuts))
    np.testing.assert_allclose(binary.net_benefit(y, np.ones(len(y)), cuts), y.mean() - (1 - y.mean()) * odds, atol=1e-12)
    assert (binary.net_benefit(y, np.zeros(len(y)), cuts) == 0).all()
    assert (binary.net_benefit(y, p, cuts) <= binary.net_benefit(y, y.astype(float), cuts) + 1e-12).all()


def test_by_hand():
    y, p = [1, 1, 0, 0, 0], [0.9, 0.4, 0.6, 0.2, 0.1]
    # called at .5: .9 and .6; at .3 also .4
    assert [metric(y, p, 0.5) for metric in THRESHOLDED] == pytest.approx([(0.5 + 2 / 3) / 2, 0.5, 0.5, 0.5])
    assert binary.average_precision(y, p) == pytest.approx((1 + 2 / 3) / 2)
    assert binary.net_benefit(y, p, [0.5, 0.3]) == pytest.approx([0.0, (2 - 3 / 7) / 5])


def test_right_probabilities_have_the_best_balanced_accuracy_at_the_prevalence():
    p = np.repeat([0.1, 0.2, 0.4, 0.7], 10)
    y = np.concatenate([np.arange(10) < positives for positives in (1, 2, 4, 7)])
    at_prevalence = binary.balanced_accuracy(y, p, binary.prevalence(y))
    assert at_prevalence == pytest.approx((11 / 14 + 17 / 26) / 2)
    assert at_prevalence == max(binary.balanced_accuracy(y, p, cut) for cut in np.unique(p))
    assert binary.balanced_accuracy(y, p, 0.5) < at_prevalence


def test_nobody_called_positive_is_zero_without_a_warning(recwarn):
    assert [metric([1, 0], [0.2, 0.1], 0.9) for metric in THRESHOLDED] == [0.5, 0, 0, 0]
    assert not recwarn.list


def test_a_useless_score_has_a_usable_threshold():
    assert binary.choose_threshold([1, 0, 1, 0], [0.3, 0.3, 0.3, 0.3]) == 0.3
    assert binary.choose_threshold([1, 0], [0.1, 0.9]) == 0.1  # wrong way round: everybody, not nobody


@pytest.mark.parametrize("y", [[1, 1, 1], [False, False, False]])
def test_one_class(y):
    p = [0.2, 0.4, 0.6]
    calls = [binary.auc, binary.average_precision, binary.choose_threshold, binary.brier_score, binary.calibration_slope]
    for metric in calls:
        with pytest.raises(InputError, match="both classes are needed"):
            metric(y, p)
    for metric in (*THRESHOLDED, binary.net_benefit):
        with pytest.raises(InputError, match="both classes are needed"):
            metric(y, p, 0.5)


@pytest.mark.parametrize(
    ("y", "p", "message"),
    [
        ([1, 0], [0.5], "shape"),
        ([1, 0], [0.5, np.nan], "row 1"),
        ([1, 0], [0.5, 1.5], "not a probability"),
        ([1, 2], [0.5, 0.4], "y_true"),
        (["a", "b"], [0.5, 0.4], "y_true"),
        ([1, 0], ["a", "b"], "expected numbers"),
        ([], [], "y_true"),
    ],
)
def test_bad_input(y, p, message):
    with pytest.raises(InputError, match=message):
        binary.brier_score(y, p)


@pytest.mark.parametrize(
    ("p", "message"),
    [([0, 0.5, 0.6, 0.4], "exactly 0 or 1"), ([0.5] * 4, "equal"), ([0.1, 0.2, 0.8, 0.9], "separate"), ([0.9, 0.8, 0.2, 0.1], "separate")],
)
def test_no_slope(p, message):
    with pytest.raises(InputError, match=message):
        binary.calibration_slope([0, 0, 1, 1], p)


def test_bad_thresholds():
    with pytest.raises(InputError, match="thresholds"):
        binary.net_benefit([1, 0], [0.4, 0.2], [0.0])
    for threshold in (np.nan, "a", [0.5]):
        with pytest.raises(InputError, match="threshold"):
            binary.f1([1, 0], [0.4, 0.2], threshold)
    for cuts in ("a", [[0.1], [0.2, 0.3]]):
        with pytest.raises(InputError, match="thresholds"):
            binary.net_benefit([1, 0], [0.4, 0.2], cuts)
    with pytest.raises(InputError, match="score: row 1 is masked"):
        binary.auc([1, 0], np.ma.array([0.4, 0.2], mask=[0, 1]))
