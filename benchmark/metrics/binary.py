"""Metrics of a binary outcome: ranking, thresholded, probabilistic, decision value.

``y_true`` is bool (or 0/1) of shape (n,), ``p`` the predicted probability of the positive class of shape (n,); ``auc`` and
``average_precision`` take any score. Every function raises InputError for mismatched lengths, NaN, or one class only.
Thresholded measures call a patient positive at ``p >= threshold``; take the threshold from :func:`choose_threshold` on
the validation part, or, where that is too small, the :func:`prevalence` of the training part; never from the test part.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit
from sklearn import metrics

from benchmark.errors import InputError
from benchmark.inference.checks import binary, number
from benchmark.metrics.checks import numbers, probabilities
from benchmark.metrics.checks import thresholds as checked_thresholds

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def auc(y_true: ArrayLike, score: ArrayLike) -> float:
    """Area under the ROC curve; tied scores count ½. With its variance: ``inference.delong``."""
    y = _classes(y_true)
    return float(metrics.roc_auc_score(y, numbers("score", score, y.shape)))


def average_precision(y_true: ArrayLike, score: ArrayLike) -> float:
    """Step-wise area under the precision-recall curve; a random score has the :func:`prevalence`, so show both."""
    y = _classes(y_true)
    return float(metrics.average_precision_score(y, numbers("score", score, y.shape)))


def prevalence(y_true: ArrayLike) -> float:
    """Share of positives: what ``average_precision`` is without any information."""
    return float(_classes(y_true).mean())


def choose_threshold(y_valid: ArrayLike, p_valid: ArrayLike) -> float:
    """The validation score that maximises sensitivity + specificity − 1 (Youden 1950, Cancer 3:32); of equal ones the largest."""
    y = _classes(y_valid)
    false_positive, true_positive, cuts = metrics.roc_curve(y, numbers("p_valid", p_valid, y.shape), drop_intermediate=False)
    # the first cut is infinite, "nobody": not a threshold that a reader could use
    return float(cuts[1:][np.argmax((true_positive - false_positive)[1:])])


def balanced_accuracy(y_true: ArrayLike, p: ArrayLike, threshold: float) -> float:
    """Mean of sensitivity and specificity; right probabilities have the best one at a threshold that equals the prevalence."""
    return float(metrics.balanced_accuracy_score(*_called(y_true, p, threshold)))


def f1(y_true: ArrayLike, p: ArrayLike, threshold: float) -> float:
    """Harmonic mean of precision and recall; 0 where nobody is called positive."""
    return float(metrics.f1_score(*_called(y_true, p, threshold), zero_division=0))


def precision(y_true: ArrayLike, p: ArrayLike, threshold: float) -> float:
    """Share of true positives among those called positive (positive predictive value); 0 where nobody is."""
    return float(metrics.precision_score(*_called(y_true, p, threshold), zero_division=0))


def recall(y_true: ArrayLike, p: ArrayLike, threshold: float) -> float:
    """Share of the positives that is called positive (sensitivity)."""
    return float(metrics.recall_score(*_called(y_true, p, threshold)))


def brier_score(y_true: ArrayLike, p: ArrayLike) -> float:
    """Mean squared error of the probabilities, 0 = best; the prevalence for everybody gets prevalence · (1 − prevalence)."""
    y = _classes(y_true)
    return float(metrics.brier_score_loss(y, probabilities("p", p, y.shape)))


def calibration_slope(y_true: ArrayLike, p: ArrayLike) -> float:
    """Coefficient of logit(p) in a logistic regression of the outcome: 1 = right, below 1 = predictions too extreme.

    Raises:
        InputError: also for a p of exactly 0 or 1, equal p, or a p that separates the classes (the slope is infinite).

    References:
        Cox (1958) Biometrika 45:562; equals ``rms::val.prob``.
    """
    y = _classes(y_true)
    predicted = probabilities("p", p, y.shape)
    if predicted.min() == 0 or predicted.max() == 1:
        raise InputError("p: a prediction of exactly 0 or 1 has no calibration slope")
    if np.ptp(predicted) == 0:
        raise InputError("p: all predictions are equal; a constant has no calibration slope")
    positive, negative = predicted[y], predicted[~y]
    if positive.min() >= negative.max() or positive.max() <= negative.min():
        raise InputError("p: the predictions separate the classes, so the calibration slope is infinite")
    return _logistic_slope(y, logit(predicted))


def net_benefit(y_true: ArrayLike, p: ArrayLike, thresholds: ArrayLike) -> Floats:
    """Decision curve: true positives minus ``t / (1 − t)`` times false positives, per patient, treating at ``p >= t``.

    Args:
        y_true: shape (n,).
        p: shape (n,); ones: treat all. Treating nobody has 0.
        thresholds: strictly inside (0, 1), shape (t,) or a number.

    Returns:
        Shape (t,).

    References:
        Vickers & Elkin (2006) Med Decis Making 26:565.
    """
    y = _classes(y_true)
    cuts = checked_thresholds(thresholds)
    treated = probabilities("p", p, y.shape)[:, None] >= cuts
    true_positive, false_positive = treated[y].sum(axis=0), treated[~y].sum(axis=0)
    return np.asarray((true_positive - false_positive * cuts / (1 - cuts)) / len(y), float)


def _classes(y_true: ArrayLike) -> Bools:
    y = binary(y_true, "y_true")
    if y.all() or not y.any():
        raise InputError(f"y_true: all {len(y)} rows are {'positive' if y.all() else 'negative'}; both classes are needed")
    return y


def _called(y_true: ArrayLike, p: ArrayLike, threshold: float) -> tuple[Bools, Bools]:
    y = _classes(y_true)
    return y, numbers("p", p, y.shape) >= number(threshold, "threshold")


def _logistic_slope(y: Bools, x: Floats) -> float:
    """Newton's method with halved steps; the maximum exists and is unique, as the classes overlap and x varies."""
    centre, scale = x.mean(), x.std()
    design = np.column_stack([np.ones_like(x), (x - centre) / scale])
    beta = np.zeros(2)

    def loss(at: Floats) -> float:
        linear = design @ at
        return float(np.logaddexp(0, linear).sum() - linear[y].sum())

    for _ in range(100):
        fitted = expit(design @ beta)
        gradient = design.T @ (y - fitted)
        step = np.linalg.solve(design.T @ (design * (fitted * (1 - fitted))[:, None]), gradient)
        while loss(beta + step) > loss(beta) + 1e-9 and np.abs(step).max() > 1e-12:
            step = step / 2
        beta = beta + step
        if np.abs(step).max() < 1e-11:
            break
    return float(beta[1] / scale)
