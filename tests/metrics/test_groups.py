"""Survival of risk groups and the stratified log-rank test: by hand, against lifelines and scikit-survival, and under the null."""

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from lifelines.statistics import logrank_test
from sksurv.compare import compare_survival
from sksurv.util import Surv

from benchmark.errors import InputError, UndefinedError
from benchmark.metrics.survival.groups import high_risk, stratified_log_rank, survival_of


def cohort(n=150, seed=0):
    random = np.random.default_rng(seed)
    return random.random(n) < 0.5, np.round(random.exponential(10, n) + 0.1, 1), random.random(n) < 0.5


def test_above_the_median_of_the_fold():
    np.testing.assert_array_equal(high_risk([1, 2, 3, 10, 20, 30, 40], [0, 0, 0, 1, 1, 1, 1]), [0, 0, 1, 0, 0, 1, 1])
    assert not high_risk([0.5, 0.5, 0.5]).any()


def test_curves_equal_lifelines_under_any_weights():
    event, time, _ = cohort(80)
    weights = np.random.default_rng(1).integers(0, 4, (3, 80)).astype(float)
    at = [0.0, 1.0, 5.5, 12.0, 20.0]
    for row, curve in zip(weights, survival_of(event, time, weights, at), strict=True):
        expected = KaplanMeierFitter().fit(time, event, weights=row + 1e-12).predict(at)
        np.testing.assert_allclose(curve, expected, atol=1e-9)


def test_a_curve_ends_with_its_last_patient():
    found = survival_of([True, False, True], [1.0, 2, 3], [[1, 1, 0], [1, 1, 1], [0, 0, 0]], [1.0, 2.5, 4])
    np.testing.assert_allclose(found[0], [0.5, np.nan, np.nan])
    np.testing.assert_allclose(found[1], [2 / 3, 2 / 3, 0])  # down to 0: known for ever
    assert np.isnan(found[2]).all()


def test_observed_and_expected_by_hand():
    # at 1: 2 of 4 in the group, at 2: 1 of 3, at 4: 1 of 1
    found = stratified_log_rank([1, 1, 0, 1], [1.0, 2, 3, 4], [1, 0, 0, 1])
    assert (found.observed, found.expected) == pytest.approx((2, 2 / 4 + 1 / 3 + 1))


def test_close_to_the_ordinary_test_and_the_same_difference():
    event, time, group = cohort()
    found = stratified_log_rank(event, time, group)
    assert found.chi2 == pytest.approx(logrank_test(time[group], time[~group], event[group], event[~group]).test_statistic, rel=0.1)
    _, _, table, _ = compare_survival(Surv.from_arrays(event, time), group.astype(int), return_stats=True)
    np.testing.assert_allclose([found.observed, found.expected], table.loc[1, ["observed", "expected"]])


def test_strata_are_summed():
    event, time, group = cohort()
    stratum = np.arange(150) % 3
    parts = [stratified_log_rank(event[stratum == s], time[stratum == s], group[stratum == s]) for s in range(3)]
    whole = stratified_log_rank(event, time, group, stratum)
    assert whole.expected == pytest.approx(sum(part.expected for part in parts))
    assert whole.observed == pytest.approx(event[group].sum())


def test_a_patient_tested_ten_times_is_one_patient():
    event, time, group = cohort()
    once = stratified_log_rank(event, time, group)
    ten = [np.tile(values, 10) for values in (event, time, group)]
    again = stratified_log_rank(*ten, np.repeat(np.arange(10), 150), np.tile(np.arange(150), 10))
    assert again.observed == pytest.approx(10 * once.observed)
    assert again.p == pytest.approx(once.p)
    assert stratified_log_rank(*ten, np.repeat(np.arange(10), 150)).chi2 == pytest.approx(10 * once.chi2)


def test_rejects_a_true_null_as_often_as_it_says():
    random, p = np.random.default_rng(5), []
    for _ in range(400):
        event, time = random.random(120) < 0.4, random.exponential(10, 120) + 0.1
        p.append(stratified_log_rank(event, time, random.random(120) < 0.5, random.integers(0, 5, 120)).p)
    assert 0.02 <= np.mean(np.array(p) < 0.05) <= 0.085


def test_nothing_to_compare_and_bad_input():
    with pytest.raises(UndefinedError, match="no stratum has an event"):
        stratified_log_rank([1, 1], [1.0, 2], [1, 0], [0, 1])
    with pytest.raises(InputError, match="weights: shape"):
        survival_of([True], [1.0], [[1.0, 2]], [1.0])
