"""Tests for algorithms trained again: by hand, in the limit of the plain t-test, and at the edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchmark.errors import InputError
from benchmark.inference import bayesian_correlated_ttest, corrected_resampled_ttest

DIFFERENCES = np.array([[0.02, 0.04, -0.01, 0.03, 0.02], [0.01, 0.05, 0.00, 0.02, 0.03]])


def test_by_hand():
    result = corrected_resampled_ttest(DIFFERENCES, 0.2)
    # mean .021; sum of squares about it .00289, s² = .00289 / 9; n_test / n_train = .2 / .8
    se = np.sqrt((1 / 10 + 0.25) * 0.00289 / 9)
    assert result.mean == pytest.approx(0.021)
    assert result.se == pytest.approx(se)
    assert result.df == 9
    assert result.p == pytest.approx(2 * stats.t.sf(0.021 / se, 9))
    assert result.interval == pytest.approx((0.021 - 2.2621571627409915 * se, 0.021 + 2.2621571627409915 * se))


def test_without_overlap_it_is_the_t_test():
    result, expected = corrected_resampled_ttest(DIFFERENCES, 1e-13), stats.ttest_1samp(DIFFERENCES.ravel(), 0)
    np.testing.assert_allclose([result.t, result.p], [expected.statistic, expected.pvalue], rtol=1e-10)


def test_posterior_mirrors_the_test():
    test, posterior = corrected_resampled_ttest(DIFFERENCES, 0.2), bayesian_correlated_ttest(DIFFERENCES, 0.2, rope=0)
    # flat prior, no rope: the mass on the wrong side is the one-sided p
    assert posterior.left == pytest.approx(test.p / 2)
    assert posterior.rope == pytest.approx(0, abs=1e-15)
    wide = bayesian_correlated_ttest(DIFFERENCES, 0.2, rope=0.021)
    assert wide.right == pytest.approx(0.5)


splits = st.lists(st.floats(-1, 1).map(lambda x: round(x, 6)), min_size=2, max_size=30)


@settings(max_examples=60, deadline=None)
@given(splits, st.floats(0.05, 0.5), st.floats(0, 0.2), st.floats(0, 0.2))
def test_properties(values, fraction, rope, more):
    forward, backward = (corrected_resampled_ttest(sign * np.array([values]), fraction) for sign in (1, -1))
    assert forward.p == pytest.approx(backward.p)
    assert 0 <= forward.p <= 1
    left, right = (bayesian_correlated_ttest(sign * np.array([values]), fraction, rope) for sign in (1, -1))
    assert left.left + left.rope + left.right == pytest.approx(1)
    assert left.left == pytest.approx(right.right)
    assert bayesian_correlated_ttest([values], fraction, rope + more).rope >= left.rope - 1e-12


def test_identical_and_constant_differences():
    assert corrected_resampled_ttest(np.zeros((2, 5)), 0.2).p == 1
    certain = corrected_resampled_ttest(np.full((2, 5), 0.1), 0.2)
    assert (certain.t, certain.p, certain.se) == (np.inf, 0, 0)
    assert bayesian_correlated_ttest(np.zeros((2, 5)), 0.2, rope=0).rope == 1
    assert bayesian_correlated_ttest(np.full((2, 5), 0.1), 0.2, rope=0.01).right == 1


@pytest.mark.parametrize(
    ("differences", "fraction", "message"),
    [
        ([[0.1]], 0.2, "two or more splits"),
        ([], 0.2, "two or more splits"),
        (np.zeros((2, 2, 2)), 0.2, "two or more splits"),
        ([[0.1, np.nan]], 0.2, "repeat 0, fold 1"),
        ([["a", "b"]], 0.2, "differences: expected numbers, found text"),
        ([[0.1, 0.2], [0.3]], 0.2, "differences: the rows differ in length"),
        ([[1e300, 2e300]], 0.2, "choose another unit"),
        ([[0.1, 0.2]], "a", "test_fraction"),
        ([[0.1, 0.2]], 0.0, "test_fraction"),
        ([[0.1, 0.2]], 1.0, "test_fraction"),
    ],
)
def test_bad_input(differences, fraction, message):
    with pytest.raises(InputError, match=message):
        corrected_resampled_ttest(differences, fraction)


@pytest.mark.parametrize("rope", [-0.1, "x", np.nan])
def test_bad_rope(rope):
    with pytest.raises(InputError, match="rope"):
        bayesian_correlated_ttest([[0.1, 0.2]], 0.2, rope=rope)


@pytest.mark.parametrize("level", [2, 0, np.nan, "a"])
def test_bad_level(level):
    with pytest.raises(InputError, match="level"):
        corrected_resampled_ttest([[0.1, 0.2]], 0.2, level)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("unit", [2.0**660, 2.0**-660])
def test_the_unit_changes_nothing(unit):
    base, scaled = (corrected_resampled_ttest(np.array([[1.0, 2.0, 4.0]]) * by, 0.2) for by in (1, unit))
    assert (scaled.t, scaled.p, scaled.se) == (base.t, base.p, base.se * unit)
