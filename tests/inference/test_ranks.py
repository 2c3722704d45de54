"""Rank confidence sets and rank distributions."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from benchmark.errors import InputError
from benchmark.inference import rank_confidence_sets, rank_distribution


@st.composite
def boards(draw):
    k = draw(st.integers(2, 7))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    influence = rng.standard_normal((60, k)) / 150 + rng.standard_normal((60, 1)) / 100
    return rng.uniform(0.5, draw(st.sampled_from([0.52, 0.7, 0.9])), k), influence.T @ influence


def sets(result):
    return list(zip(result.lower.tolist(), result.upper.tolist(), strict=True))


@settings(max_examples=25, deadline=None)
@given(boards())
def test_nested_in_the_level(board):
    for simultaneous in (True, False):
        results = [rank_confidence_sets(*board, level, simultaneous=simultaneous) for level in (0.8, 0.95, 0.99)]
        for narrow, wide in pairwise(results):
            assert (wide.lower <= narrow.lower).all()
            assert (wide.upper >= narrow.upper).all()
    # a set for every model by itself is never wider than the set of all at once
    all_at_once = rank_confidence_sets(*board, 0.99)
    assert (results[-1].lower >= all_at_once.lower).all()
    assert (results[-1].upper <= all_at_once.upper).all()


@settings(max_examples=25, deadline=None)
@given(boards())
def test_a_far_worse_model_shifts_nothing(board):
    estimate, covariance = board
    k = len(estimate)
    wider = np.eye(k + 1) * covariance[0, 0]
    wider[:k, :k] = covariance
    base = rank_confidence_sets(estimate, covariance)
    more = rank_confidence_sets([*estimate, -5.0], wider)
    assert sets(more)[:k] == sets(base)
    assert sets(more)[k] == (k + 1, k + 1)


@settings(max_examples=25, deadline=None)
@given(boards(), st.randoms(use_true_random=False))
def test_the_order_of_the_models_does_not_matter(board, random):
    estimate, covariance = board
    order = random.sample(range(len(estimate)), len(estimate))
    base = rank_confidence_sets(estimate, covariance)
    other = rank_confidence_sets(estimate[order], covariance[np.ix_(order, order)])
    assert sets(other) == [sets(base)[i] for i in order]


@settings(max_examples=25, deadline=None)
@given(boards(), st.integers(0, 6))
def test_identical_models_share_their_set(board, which):
    estimate, covariance = board
    again = [*range(len(estimate)), which % len(estimate)]
    result = rank_confidence_sets(estimate[again], covariance[np.ix_(again, again)])
    assert sets(result)[-1] == sets(result)[which % len(estimate)]
    assert result.upper[-1] > result.lower[-1]


def test_two_models_are_the_two_sided_test():
    covariance = np.array([[2.0, 1.0], [1.0, 2.0]]) * 1e-4
    se, z = np.sqrt(2e-4), norm.ppf(0.975)
    assert sets(rank_confidence_sets([0.7, 0.7 - 1.0001 * z * se], covariance)) == [(1, 1), (2, 2)]
    assert sets(rank_confidence_sets([0.7, 0.7 - 0.9999 * z * se], covariance)) == [(1, 2), (1, 2)]


def test_one_model_and_models_without_variance():
    assert sets(rank_confidence_sets([0.7], [[1e-3]])) == [(1, 1)]
    assert sets(rank_confidence_sets([0.7, 0.7], np.zeros((2, 2)))) == [(1, 2), (1, 2)]
    assert sets(rank_confidence_sets([1.0, 0.0], np.zeros((2, 2)))) == [(1, 1), (2, 2)]


@pytest.mark.parametrize("truth", [np.zeros(6), np.array([0.0, 0, 1, 3, 3.5, 9])])
def test_coverage_of_all_sets_together(truth):
    """Equal models, and a mixture of ties, near ties and clear gaps, where step-down could err in direction."""
    k, runs = len(truth), 150
    rng = np.random.default_rng(11)
    covariance = 0.5 * np.eye(k) + 0.5
    best = 1 + (truth[None, :] > truth[:, None]).sum(axis=1)
    worst = k - (truth[None, :] < truth[:, None]).sum(axis=1)
    held = 0
    for _ in range(runs):
        result = rank_confidence_sets(rng.multivariate_normal(truth, covariance), covariance)
        held += bool((result.lower <= best).all() and (result.upper >= worst).all())
    # 95 % less three standard errors of the simulation
    assert held / runs >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / runs)


def test_distribution_by_hand():
    result = rank_distribution([[3.0, 2, 1], [3, 3, 1], [1, 2, 3], [3, 2, 2]], level=0.5)
    assert result.p_best.tolist() == [2.5 / 4, 0.5 / 4, 0.25]
    np.testing.assert_allclose(result.mean_rank, [(1 + 1.5 + 3 + 1) / 4, (2 + 1.5 + 2 + 2.5) / 4, (3 + 3 + 1 + 2.5) / 4])
    assert result.interval[0].tolist() == [1, 1.5]


def test_distribution_adds_up_and_identical_models_share():
    draws = np.random.default_rng(5).standard_normal((500, 4))
    draws[:, 3] = draws[:, 1]
    result = rank_distribution(draws)
    assert result.p_best.sum() == pytest.approx(1)
    assert result.mean_rank.sum() == pytest.approx(10)
    assert result.p_best[1] == result.p_best[3]
    assert rank_distribution(draws[:, :1]).p_best.tolist() == [1.0]


@pytest.mark.parametrize(
    ("estimate", "covariance", "level", "message"),
    [
        ([0.5, 0.6], np.eye(3), 0.95, "are not"),
        ([], np.empty((0, 0)), 0.95, "are not"),
        ([0.5, np.nan], np.eye(2), 0.95, "NaN"),
        (["a", "b"], np.eye(2), 0.95, "estimate: expected numbers, found text"),
        ([0.5, 0.6], [["a", "b"], ["c", "d"]], 0.95, "covariance: expected numbers"),
        ([0.5, 0.6], [[-1e-4, 0], [0, 1e-4]], 0.95, "the variance of model 0 is negative"),
        ([0.5, 0.6], [[1e-4, 5e-5], [0, 1e-4]], 0.95, "must be symmetric"),
        ([0.5, 0.6], [[1e-4, 2e-4], [2e-4, 1e-4]], 0.95, "eigenvalue -0.0001"),
        ([0.5, 0.6], np.eye(2), "a", "level"),
        ([0.5, 0.6], np.eye(2), 0.3, "level"),
        ([0.5, 0.6], np.eye(2), 1.0, "level"),
    ],
)
def test_bad_sets(estimate, covariance, level, message):
    with pytest.raises(InputError, match=message):
        rank_confidence_sets(estimate, covariance, level)


@pytest.mark.parametrize(
    ("draws", "message"),
    [([1.0, 2.0], "shape"), (np.empty((0, 3)), "shape"), ([[1.0, 2], [np.nan, 1]], "row 1"), ([["a", "b"]], "found text")],
)
def test_bad_draws(draws, message):
    with pytest.raises(InputError, match=message):
        rank_distribution(draws)
