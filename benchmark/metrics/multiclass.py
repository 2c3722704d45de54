"""Metrics of an outcome with several classes.

``y_true`` holds class codes 0 … k − 1 of shape (n,), ``probability`` has shape (n, k), rows summing to 1. The predicted class
is the most probable one, the first of equals. Every function raises InputError for mismatched shapes, NaN, fewer than
two columns, or a code without a column. A class that no patient of ``y_true`` has enters no mean over classes.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn import metrics

from benchmark.errors import InputError
from benchmark.metrics.checks import numbers, probabilities

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def accuracy(y_true: ArrayLike, probability: ArrayLike) -> float:
    """Share of patients whose class is predicted."""
    y, values = _checked(y_true, probability)
    return float(metrics.accuracy_score(y, values.argmax(axis=1)))


def balanced_accuracy(y_true: ArrayLike, probability: ArrayLike) -> float:
    """Mean recall over the classes."""
    y, values = _checked(y_true, probability)
    return float(metrics.recall_score(y, values.argmax(axis=1), labels=np.unique(y), average="macro"))


def macro_f1(y_true: ArrayLike, probability: ArrayLike) -> float:
    """Mean F1 over the classes; a class that is never predicted has 0."""
    y, values = _checked(y_true, probability)
    return float(metrics.f1_score(y, values.argmax(axis=1), labels=np.unique(y), average="macro", zero_division=0))


def macro_auc(y_true: ArrayLike, probability: ArrayLike) -> float:
    """Mean AUC of one class against the rest, each class weighing the same.

    Raises:
        InputError: also if all patients have the same class.
    """
    y, values = _checked(y_true, probability)
    present = _two_classes(y)
    return float(np.mean([metrics.roc_auc_score(y == label, values[:, label]) for label in present]))


def quadratic_kappa(y_true: ArrayLike, probability: ArrayLike) -> float:
    """Cohen's kappa with quadratic weights, for ordered classes: codes in their order.

    Raises:
        InputError: also if all patients have the same class.
    """
    y, values = _checked(y_true, probability)
    _two_classes(y)
    return float(metrics.cohen_kappa_score(y, values.argmax(axis=1), labels=np.arange(values.shape[1]), weights="quadratic"))


def _checked(y_true: ArrayLike, probability: ArrayLike) -> tuple[Ints, Floats]:
    codes = numbers("y_true", y_true, (-1,))
    values = probabilities("probability", probability, (len(codes), -1))
    classes = values.shape[1]
    if classes < 2:
        raise InputError("probability: one column; two or more classes are needed")
    if not np.isin(codes, np.arange(classes)).all():
        row = int(np.argmin(np.isin(codes, np.arange(classes))))
        raise InputError(f"y_true: row {row} is {codes[row]:g}; {classes} columns of probabilities mean codes 0 to {classes - 1}")
    if not np.allclose(values.sum(axis=1), 1, atol=1e-4):
        raise InputError(f"probability: row {int(np.argmax(np.abs(values.sum(axis=1) - 1)))} does not sum to 1")
    return codes.astype(np.int64), values


def _two_classes(y: Ints) -> Ints:
    present = np.unique(y)
    if len(present) < 2:
        raise InputError(f"y_true: all {len(y)} rows are of class {present[0]}; two classes are needed")
    return present
