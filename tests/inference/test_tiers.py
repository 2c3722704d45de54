"""Tiers: what they promise under the null, and what must not move them."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.errors import InputError
from benchmark.inference import contrast, corrected_resampled_ttest, pairwise_p_fitted, pairwise_p_retrained, tiers


def board(estimate, covariance):
    return SimpleNamespace(estimate=np.asarray(estimate, float), covariance=np.asarray(covariance, float))


@st.composite
def pairwise(draw):
    k = draw(st.integers(2, 8))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    p = np.triu(rng.uniform(0, draw(st.sampled_from([0.01, 0.1, 1])), (k, k)), 1)
    return rng.uniform(0.5, 0.9, k), p + p.T + np.eye(k)


def test_by_hand():
    # three pairs: Holm multiplies the smallest by 3, the next by 2, the last by 1
    p = np.array([[1, 0.2, 0.01], [0.2, 1, 0.03], [0.01, 0.03, 1]])
    result = tiers([0.8, 0.7, 0.6], p)
    np.testing.assert_allclose(result.adjusted, [[1, 0.2, 0.03], [0.2, 1, 0.06], [0.03, 0.06, 1]])
    assert result.tier.tolist() == [1, 1, 2]
    assert tiers([0.6, 0.7, 0.8], p[::-1, ::-1]).tier.tolist() == [2, 1, 1]


def test_an_uncertain_model_stays_with_the_best():
    p = np.array([[1, 1e-4, 0.4], [1e-4, 1, 0.6], [0.4, 0.6, 1]])
    assert tiers([0.8, 0.7, 0.6], p).tier.tolist() == [1, 2, 1]


@settings(max_examples=60, deadline=None)
@given(pairwise())
def test_a_far_worse_model_shifts_nothing(case):
    estimate, p = case
    k = len(estimate)
    wider = np.zeros((k + 1, k + 1))
    wider[:k, :k] = p
    base, more = tiers(estimate, p), tiers([*estimate, 0.0], wider)
    assert more.tier[:k].tolist() == base.tier.tolist()
    np.testing.assert_allclose(more.adjusted[:k, :k], base.adjusted)
    assert more.tier[k] == base.tier.max() + 1


@settings(max_examples=60, deadline=None)
@given(pairwise(), st.randoms(use_true_random=False))
def test_order_and_separation(case, random):
    estimate, p = case
    result = tiers(estimate, p)
    order = random.sample(range(len(estimate)), len(estimate))
    assert tiers(estimate[order], p[np.ix_(order, order)]).tier.tolist() == result.tier[order].tolist()
    assert set(result.tier) == set(range(1, result.tier.max() + 1))
    for tier in set(result.tier):
        members = np.flatnonzero(result.tier == tier)
        best = members[np.argmax(estimate[members])]
        assert (result.adjusted[best, members] >= 0.05 - 1e-12).all()
        assert (result.adjusted[best, result.tier > tier] < 0.05).all()


def test_identical_models_are_one_tier():
    covariance = np.full((3, 3), 1e-3)
    p = pairwise_p_fitted(board([0.7] * 3, covariance))
    assert (p == 1).all()
    assert tiers([0.7] * 3, p).tier.tolist() == [1, 1, 1]
    splits = np.repeat(np.random.default_rng(0).uniform(0.5, 0.8, (2, 5, 1)), 3, axis=2)
    assert (pairwise_p_retrained(splits, 0.2) == 1).all()
    assert tiers([0.7], [[1.0]]).tier.tolist() == [1]


def test_p_of_both_questions():
    rng = np.random.default_rng(4)
    influence = rng.standard_normal((80, 3)) / 100
    result = board([0.6, 0.7, 0.75], influence.T @ influence)
    np.testing.assert_allclose(pairwise_p_fitted(result)[0, 2], contrast(result, 0, 2).p, rtol=1e-12)
    splits = rng.uniform(0.5, 0.8, (3, 5, 4))
    p = pairwise_p_retrained(splits, 0.2)
    assert p[1, 3] == p[3, 1] == corrected_resampled_ttest(splits[..., 1] - splits[..., 3], 0.2).p


@pytest.mark.parametrize("correlation", [0.0, 0.7])
def test_ten_equal_models_split_at_most_once_in_twenty(correlation):
    runs, covariance = 800, (1 - correlation) * np.eye(10) + correlation
    draws = np.random.default_rng(7).multivariate_normal(np.zeros(10), covariance * 1e-3, size=runs)
    split = sum(tiers(row, pairwise_p_fitted(board(row, covariance * 1e-3))).tier.max() > 1 for row in draws)
    # 5 % plus two standard errors of the simulation
    assert split / runs <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / runs)


@pytest.mark.parametrize(
    ("estimate", "p", "message"),
    [
        ([0.5, 0.6], np.ones((3, 3)), "are not"),
        ([], np.empty((0, 0)), "are not"),
        ([0.5, np.nan], np.ones((2, 2)), "model 1"),
        ([0.5, 0.6], [[1, np.nan], [np.nan, 1]], "every pair"),
        (["a", "b"], np.ones((2, 2)), "estimate: expected numbers"),
        ([0.5, 0.6], [["a", "b"], ["c", "d"]], "p: expected numbers"),
        ([0.5, 0.6], [[1, 2], [2, 1]], "outside"),
        ([0.5, 0.6], [[1, 0.2], [0.3, 1]], "not symmetric"),
    ],
)
def test_bad_input(estimate, p, message):
    with pytest.raises(InputError, match=message):
        tiers(estimate, p)


def test_bad_splits():
    with pytest.raises(InputError, match="values"):
        pairwise_p_retrained(np.zeros((5, 3)), 0.2)
    with pytest.raises(InputError, match="level"):
        tiers([0.5, 0.6], np.ones((2, 2)), "a")
