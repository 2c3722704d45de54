"""Multiclass metrics: by hand, against two classes, and on bad input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from benchmark.errors import InputError
from benchmark.metrics import binary, multiclass

ALL = (multiclass.accuracy, multiclass.balanced_accuracy, multiclass.macro_f1, multiclass.macro_auc, multiclass.quadratic_kappa)


def probability(*columns):
    return np.column_stack(columns)


@st.composite
def samples(draw):
    n, k = draw(st.integers(6, 50)), draw(st.integers(2, 5))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    y = rng.integers(0, k, n)
    y[:k] = np.arange(k)
    return y, rng.dirichlet(np.ones(k), n)


@settings(max_examples=25, deadline=None)
@given(samples(), st.randoms(use_true_random=False))
def test_equal_sklearn_and_ignore_the_order(sample, random):
    y, p = sample
    called, order = p.argmax(axis=1), random.sample(range(len(y)), len(y))
    assert multiclass.balanced_accuracy(y, p) == pytest.approx(metrics.balanced_accuracy_score(y, called))
    if p.shape[1] > 2:
        assert multiclass.macro_auc(y, p) == pytest.approx(metrics.roc_auc_score(y, p, multi_class="ovr"))
    else:
        assert multiclass.macro_auc(y, p) == pytest.approx(binary.auc(y, p[:, 1]))
    for metric in ALL:
        assert metric(y[order], p[order]) == pytest.approx(metric(y, p))
        assert metric(y, np.eye(p.shape[1])[y]) == pytest.approx(1)


def test_by_hand():
    y = [0, 0, 1, 2]
    p = np.eye(3)[[0, 1, 1, 1]]
    assert multiclass.accuracy(y, p) == 0.5
    assert multiclass.balanced_accuracy(y, p) == pytest.approx((0.5 + 1 + 0) / 3)
    assert multiclass.macro_f1(y, p) == pytest.approx((2 / 3 + 0.5 + 0) / 3)
    # disagreement by squares: observed 1 + 1 of 4; expected from the margins (2,1,1) and (1,3,0): (2·3 + 1 + 1·4 + 3) / 4
    assert multiclass.quadratic_kappa(y, p) == pytest.approx(1 - 2 / (14 / 4))


def test_a_class_without_patients_enters_no_mean(recwarn):
    y, p = [0, 0, 1, 1], np.array([[0.8, 0.1, 0.1], [0.1, 0.1, 0.8], [0.2, 0.7, 0.1], [0.3, 0.6, 0.1]])
    assert multiclass.balanced_accuracy(y, p) == pytest.approx(0.75)
    assert multiclass.macro_f1(y, p) == pytest.approx((2 / 3 + 1) / 2)
    assert multiclass.macro_auc(y, p) == pytest.approx((0.5 + 1) / 2)
    assert np.isfinite(multiclass.quadratic_kappa(y, p))
    assert not recwarn.list


def test_one_class():
    y, p = [1, 1], np.full((2, 2), 0.5)
    for metric in (multiclass.macro_auc, multiclass.quadratic_kappa):
        with pytest.raises(InputError, match="two classes are needed"):
            metric(y, p)
    assert multiclass.accuracy(y, p) == 0  # of equal probabilities the first class


@pytest.mark.parametrize(
    ("y", "p", "message"),
    [
        ([0, 1], np.full((3, 2), 0.5), "shape"),
        ([0, 1], [0.5, 0.5], "shape"),
        ([0, 2], np.full((2, 2), 0.5), "row 1 is 2"),
        ([0, 0.5], np.full((2, 2), 0.5), "row 1"),
        ([0, 1], np.full((2, 2), 0.6), "does not sum to 1"),
        ([0, 1], [[0.5, 0.5], [np.nan, 1]], "row 1 is NaN"),
        ([0, 0], np.ones((2, 1)), "two or more classes"),
        (["a", "b"], np.full((2, 2), 0.5), "expected numbers"),
    ],
)
def test_bad_input(y, p, message):
    for metric in ALL:
        with pytest.raises(InputError, match=message):
            metric(y, p)
