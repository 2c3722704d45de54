"""Calibration of predicted survival: D-calibration, slope and curve."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import chi2

from benchmark.errors import InputError
from benchmark.metrics import survival


def weibull(n, seed, censoring=0.0):
    """Times with hazard exp(x) (exponential), the true survival of each patient as a function of time."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(n)
    time = rng.exponential(np.exp(-x))
    limit = rng.exponential(1 / censoring, n) if censoring else np.full(n, np.inf)
    return time <= limit, np.minimum(time, limit), lambda at: np.exp(-np.exp(x) * at)


def test_d_calibration_by_hand():
    # two events at .15 and .95; one censored at .25: .1/.25 each to the two lower bins, .05/.25 to its own
    result = survival.d_calibration([True, True, False], [0.15, 0.95, 0.25])
    np.testing.assert_allclose(result.counts, [0.4, 1.4, 0.2, 0, 0, 0, 0, 0, 0, 1])
    statistic = ((result.counts - 0.3) ** 2).sum() / 0.3
    assert result.chi2 == pytest.approx(statistic)
    assert result.p == pytest.approx(chi2.sf(statistic, 9))
    assert result.df == 9


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 40), st.integers(2, 12), st.integers(0, 1000))
def test_every_patient_counts_once(n, bins, seed):
    rng = np.random.default_rng(seed)
    values = rng.choice([0.0, 1.0, 0.5, rng.uniform()], n)
    result = survival.d_calibration(rng.uniform(size=n) < 0.5, values, bins)
    assert result.counts.sum() == pytest.approx(n)
    assert (result.counts >= 0).all()


def test_d_calibration_tells_right_from_wrong():
    event, time, free = weibull(1500, 1, censoring=0.3)
    assert survival.d_calibration(event, free(time)).p > 0.05
    assert survival.d_calibration(event, free(time) ** 2).p < 1e-6


@pytest.mark.parametrize("slope", [0.5, 1.0, 2.0])
def test_slope_finds_the_spread(slope):
    event, time, free = weibull(3000, 2, censoring=0.3)
    # a prediction whose log(−log S) is stretched by 1 / slope
    stretched = np.exp(-np.exp(np.log(-np.log(free(0.7))) / slope))
    assert survival.calibration_slope(event, time, stretched, 0.7) == pytest.approx(slope, rel=0.08)


def test_slope_is_the_maximum_of_the_partial_likelihood():
    event, time, free = weibull(80, 3, censoring=0.5)
    log_risk = np.log(-np.log(free(0.8) ** 0.7))
    counted = np.flatnonzero(event & (time <= 0.8))

    def loss(beta):
        return -sum(beta * log_risk[i] - np.log(np.exp(beta * log_risk[time >= time[i]]).sum()) for i in counted)

    best = minimize_scalar(loss, bounds=(-5, 5), method="bounded", options={"xatol": 1e-10}).x
    assert survival.calibration_slope(event, time, free(0.8) ** 0.7, 0.8) == pytest.approx(best, rel=1e-6)


def test_curve_of_the_truth_is_the_diagonal():
    event, time, free = weibull(4000, 4, censoring=0.3)
    curve = survival.calibration_curve(event, time, free(0.7), 0.7, groups=8)
    assert curve.patients.tolist() == [500] * 8
    assert (np.diff(curve.predicted) > 0).all()
    assert np.abs(curve.predicted - curve.observed).max() < 0.06
    assert ((curve.lower < curve.observed) & (curve.observed < curve.upper)).all()


def test_curve_of_one_group_is_kaplan_meier():
    event, time, free = weibull(60, 5, censoring=0.5)
    curve = survival.calibration_curve(event, time, free(0.5), 0.5, groups=1)
    np.testing.assert_allclose(curve.observed, 1 - survival.kaplan_meier(event, time, [0.5]))
    np.testing.assert_allclose(curve.predicted, (1 - free(0.5)).mean())


def test_equal_predictions_stay_together():
    event, time, _ = weibull(40, 6)
    curve = survival.calibration_curve(event, time, np.repeat([0.3, 0.6], 20), 0.2, groups=5)
    assert curve.patients.tolist() == [20, 20]
    assert len(survival.calibration_curve(event, time, np.full(40, 0.4), 0.2).patients) == 1


def test_groups_where_none_or_all_had_the_event():
    event, time = np.ones(20, bool), np.r_[np.linspace(0.1, 0.9, 10), np.linspace(2, 3, 10)]
    curve = survival.calibration_curve(event, time, np.repeat([0.1, 0.9], 10), 1.0, groups=2)
    # lowest risk first; exact binomial bounds: 1 − .025^(1/10)
    assert curve.observed.tolist() == [0.0, 1.0]
    assert curve.upper[0] == pytest.approx(1 - 0.025**0.1)
    assert curve.lower.tolist() == pytest.approx([0.0, 0.025**0.1])


def test_a_group_that_is_not_followed_to_the_horizon():
    event, time = np.zeros(20, bool), np.repeat([5.0, 9.0], 10)
    event[0] = True
    with pytest.raises(InputError, match="horizon 7: nobody in group 2 is followed so long; the largest usable one is 5"):
        survival.calibration_curve(event, time, np.repeat([0.2, 0.8], 10), 7.0, groups=2)


@pytest.mark.parametrize(
    ("free", "horizon", "message"),
    [
        ([0.5, 1.0, 0.2, 0.3], 3.0, "exactly 0 or 1"),
        ([0.5, 0.5, 0.5, 0.5], 3.0, "all predictions are equal"),
        ([0.1, 0.2, 0.3, 0.4], 0.5, "no event"),
        ([0.1, 0.2, 0.3, 0.4], 3.5, "orders the events perfectly"),
        ([0.1, 0.2, 0.3], 3.5, "survival: shape"),
    ],
)
def test_no_slope(free, horizon, message):
    with pytest.raises(InputError, match=message):
        survival.calibration_slope(np.ones(4, bool), [1.0, 2, 3, 4], free, horizon)


def test_bad_input():
    with pytest.raises(InputError, match="bins"):
        survival.d_calibration([True, False], [0.5, 0.5], bins=1)
    with pytest.raises(InputError, match="shape"):
        survival.d_calibration([True, False], [0.5])
    with pytest.raises(InputError, match=r"bins: 2\.5"):
        survival.d_calibration([True, False], [0.5, 0.5], bins=2.5)
    for groups in (0, 2.5, "a"):
        with pytest.raises(InputError, match="groups"):
            survival.calibration_curve([True, False], [1.0, 2], [0.5, 0.6], 1.0, groups=groups)


@pytest.mark.parametrize("horizon", [np.nan, -5, "a", [1.0]])
def test_bad_horizon(horizon):
    for metric in (survival.calibration_curve, survival.calibration_slope):
        with pytest.raises(InputError, match="not a positive time"):
            metric([True, False], [1.0, 2], [0.5, 0.6], horizon)
