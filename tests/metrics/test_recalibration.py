"""Calibration of probabilities over patients, and decision curves: by hand, against peers and the bootstrap."""

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression

from benchmark.errors import UndefinedError
from benchmark.inference import bootstrap_metric
from benchmark.metrics import binary
from benchmark.metrics.decision_curve import decision_curve
from benchmark.metrics.recalibration import calibration_groups, recalibration


def cohort(n=300, seed=0):
    random = np.random.default_rng(seed)
    linear = random.normal(size=n)
    return random.random(n) < expit(linear), expit(2 * linear + 0.5)


def test_slope_and_intercept_of_predictions_that_are_too_extreme():
    y, p = cohort(20_000)
    found = recalibration(y, p)
    assert found.slope == pytest.approx(0.5, abs=0.03)
    assert found.slope_interval[0] < 0.5 < found.slope_interval[1] < 0.56
    assert found.intercept < 0  # too many are predicted


def test_equals_scikit_learn_and_the_metric_of_one_part():
    y, p = cohort()
    found = recalibration(y, p)
    peer = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(logit(p)[:, None], y)
    assert found.slope == pytest.approx(peer.coef_[0, 0], rel=1e-5)
    assert found.slope == pytest.approx(binary.calibration_slope(y, p), rel=1e-8)
    # with the slope held at 1 the shifted predictions have the right mean
    assert expit(logit(p) + found.intercept).mean() == pytest.approx(y.mean())


def test_the_intervals_are_those_of_the_bootstrap():
    y, p = cohort(400)
    found = recalibration(y, p)

    def both(y, p):
        again = recalibration(y, p)
        return [again.intercept, again.slope]

    draws = bootstrap_metric(both, y, p, resamples=200).draws
    widths = [np.diff(found.intercept_interval)[0], np.diff(found.slope_interval)[0]]
    np.testing.assert_allclose(widths, 2 * 1.96 * draws.std(axis=0), rtol=0.15)


def test_a_patient_tested_often_is_one_patient():
    y, p = cohort()
    once, who = recalibration(y, p), np.tile(np.arange(300), 5)
    again = recalibration(np.tile(y, 5), np.tile(p, 5), np.repeat(np.arange(5), 300), who)
    np.testing.assert_allclose(again.slope_interval, once.slope_interval, rtol=1e-6)
    groups, repeated = calibration_groups(y, p), calibration_groups(np.tile(y, 5), np.tile(p, 5), np.repeat(np.arange(5), 300), who)
    np.testing.assert_allclose(repeated.lower, groups.lower, rtol=1e-6)
    np.testing.assert_array_equal(repeated.patients, groups.patients)


@pytest.mark.parametrize(
    ("p", "reason"),
    [
        ([0.2, 1.0, 0.3, 0.4], "1 of 4 predictions are exactly 0 or 1"),
        ([0.5] * 4, "all predictions of a fold are equal"),
        ([0.1, 0.9, 0.2, 0.8], "separate the classes"),
    ],
)
def test_where_there_is_no_slope(p, reason):
    with pytest.raises(UndefinedError, match=reason):
        recalibration([0, 1, 0, 1], p)


def test_groups_by_hand():
    y = [0, 0, 0, 0, 1, 0, 1, 1, 1, 1]
    found = calibration_groups(y, [0.1] * 4 + [0.5] * 2 + [0.9] * 4, parts=5)
    np.testing.assert_allclose(found.predicted, [0.1, 0.5, 0.9])
    np.testing.assert_allclose(found.observed, [0, 0.5, 1])
    np.testing.assert_array_equal(found.patients, [4, 2, 4])
    exact = binomtest(0, 4).proportion_ci()
    assert (found.lower[0], found.upper[0]) == pytest.approx((exact.low, exact.high))
    assert (found.lower[2], found.upper[2]) == pytest.approx((1 - exact.high, 1))


def test_the_share_of_positives_in_training_is_no_calibration():
    """A model of nothing but the training share predicts least where most is observed: not a falling curve, and no slope."""
    fold = np.repeat(np.arange(5), 20)
    y = np.concatenate([np.arange(20) < count for count in (2, 4, 6, 8, 10)])
    share = np.array([(30 - y[fold == code].sum()) / 80 for code in range(5)])[fold]
    assert np.corrcoef(share, y)[0, 1] < -0.2
    found = calibration_groups(y, share, fold)
    assert (found.predicted, found.observed) == (pytest.approx([0.3]), pytest.approx([0.3]))
    with pytest.raises(UndefinedError, match="all predictions of a fold are equal"):
        recalibration(y, share, fold)
    # a prediction that is right within folds and shifted between them keeps its slope
    random = np.random.default_rng(0)
    linear, many = random.normal(size=5000), np.arange(5000) % 5
    assert recalibration(random.random(5000) < expit(linear), expit(linear + many), many).slope == pytest.approx(1, abs=0.1)


def test_decision_curve_equals_the_metric_of_one_part():
    y, p = cohort()
    cuts = [0.1, 0.5, 0.8]
    found = decision_curve(y, np.column_stack([p, np.ones(300)]), cuts)
    np.testing.assert_allclose(found.net_benefit[0], binary.net_benefit(y, p, cuts))
    np.testing.assert_allclose(found.net_benefit[1], found.treat_all)
    # treating all is never better than the better of treating all and nobody
    np.testing.assert_allclose(found.gain[1], np.minimum(found.treat_all, 0))
    draws = bootstrap_metric(lambda y, p: binary.net_benefit(y, p, cuts), y, p, resamples=300).draws
    np.testing.assert_allclose((found.upper - found.lower)[0], 2 * 1.96 * draws.std(axis=0), rtol=0.15)
    again = decision_curve(np.tile(y, 3), np.tile(p, 3)[:, None], cuts, np.tile(np.arange(300), 3))
    np.testing.assert_allclose(again.upper[0], found.upper[0])
