"""Mean ROC and precision-recall curves: by hand, against scikit-learn, and their areas against the boards' numbers."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

from benchmark.errors import InputError
from benchmark.inference import delong
from benchmark.metrics.curves import mean_curves

GRID = np.linspace(0, 1, 201)


def folds(n=240, parts=6, ties=False):
    random = np.random.default_rng(3)
    y = random.random(n) < 0.3
    score = random.normal(size=(n, 2)) + y[:, None] * [1.5, 0]
    return y, np.round(score, 1) if ties else score, np.arange(n) % parts


def test_one_fold_by_hand():
    # from the top: +, −, + and − tied, +, −
    y = np.array([1, 0, 1, 0, 1, 0], bool)
    found = mean_curves(y, [6.0, 5, 4, 4, 3, 2], [0, 1 / 3, 0.5, 2 / 3, 1], resamples=2)
    # at ½ the walk is half-way along the tie, from (⅓, ⅓) to (⅔, ⅔); at ⅔ the third positive has come
    np.testing.assert_allclose(found.roc.value[0], [1 / 3, 1 / 3, 1 / 2, 1, 1])
    np.testing.assert_allclose(found.precision.value[0], [1, 1, 0.5, 0.5, 3 / 5])
    assert (found.folds, found.folds_with_positives) == (1, 1)


@pytest.mark.parametrize("ties", [False, True])
def test_areas_are_the_pooled_auc_and_the_mean_average_precision(ties):
    y, score, fold = folds(ties=ties)
    found = mean_curves(y, score, GRID, fold, resamples=2)
    np.testing.assert_allclose(np.trapezoid(found.roc.value, GRID), delong(y, score, fold=fold).estimate, atol=0.005)
    expected = [np.mean([average_precision_score(y[fold == f], score[fold == f, k]) for f in range(6)]) for k in range(2)]
    np.testing.assert_allclose(np.trapezoid(found.precision.value, GRID), expected, atol=0.006)


def test_scores_of_different_folds_are_not_compared():
    y, score, fold = folds()
    found, shifted = (mean_curves(y, values, GRID, fold, resamples=20) for values in (score, score + 100 * fold[:, None]))
    np.testing.assert_array_equal(found.roc.value, shifted.roc.value)
    np.testing.assert_array_equal(found.precision.upper, shifted.precision.upper)
    assert roc_auc_score(y, score[:, 0] + 100 * fold) < np.trapezoid(found.roc.value[0], GRID) - 0.1


def test_one_fold_equals_scikit_learn():
    y, score, _ = folds(60)
    precision, recall, _ = precision_recall_curve(y, score[:, 0])
    at = np.unique(recall[recall > 0])
    highest = [precision[recall == value].max() for value in at]
    np.testing.assert_allclose(mean_curves(y, score[:, 0], at, resamples=1).precision.value[0], highest)


def test_the_band_covers_the_true_curve_at_a_point():
    """ROC of N(1, 1) against N(0, 1) at a false-positive rate of 0.2: Φ(1 + Φ⁻¹(0.2)) = 0.563."""
    covered = 0
    for seed in range(100):
        random = np.random.default_rng(seed)
        y = np.arange(200) % 4 == 0
        found = mean_curves(y, random.normal(size=200) + y, [0.2], np.arange(200) // 40, resamples=200)
        covered += found.roc.lower[0, 0] <= 0.563 <= found.roc.upper[0, 0]
    assert 86 <= covered <= 99


def test_a_patient_with_many_rows_is_one_patient():
    y, score, _ = folds(60)
    once = mean_curves(y, score[:, 0], [0.2], resamples=300)
    fold = np.repeat([0, 1, 2, 3], 60)
    again = mean_curves(np.tile(y, 4), np.tile(score[:, 0], 4), [0.2], fold, np.tile(np.arange(60), 4), resamples=300)
    width, repeated = (float(found.roc.upper[0, 0] - found.roc.lower[0, 0]) for found in (once, again))
    assert repeated == pytest.approx(width, rel=0.15)


def test_bad_input():
    with pytest.raises(InputError, match="grid: points that rise"):
        mean_curves([1, 0], [1.0, 0], [0.5, 0.2])
    with pytest.raises(InputError, match="no fold has both"):
        mean_curves([1, 0], [1.0, 0], [0.5], [0, 1])
