"""Metrics of called classes, from confusion tables: many tables at once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

OF_ONE_CLASS = ("f1", "precision", "recall", "specificity", "npv")
OF_TABLES = ("accuracy", "balanced_accuracy", "macro_f1", *OF_ONE_CLASS)


def of_tables(metric: str, tables: NDArray[Any], positive: int = 1) -> Floats:
    """A metric of every table.

    Args:
        metric: one of ``OF_TABLES``.
        tables: patients by class (first) and called class (second), shape (…, K, K).
        positive: code of the class that F1, precision and recall are about; specificity and NPV (K = 2) are recall and precision of the other.

    Returns:
        Shape (…,). A class that nobody has enters no mean over classes; its recall is NaN. Precision and F1 are 0 where nobody is called.
    """
    right, there, called = np.diagonal(tables, axis1=-2, axis2=-1), tables.sum(axis=-1), tables.sum(axis=-2)
    with np.errstate(invalid="ignore", divide="ignore"):
        if metric == "accuracy":
            return np.asarray(right.sum(axis=-1) / there.sum(axis=-1), float)
        if metric in OF_ONE_CLASS:
            return _of_one_class(metric, right, there, called, positive)
        each = right / there if metric == "balanced_accuracy" else 2 * right / (there + called)
    return np.asarray(np.where(there > 0, each, 0).sum(axis=-1) / (there > 0).sum(axis=-1), float)


def _of_one_class(metric: str, right: NDArray[Any], there: NDArray[Any], called: NDArray[Any], positive: int) -> Floats:
    which = 1 - positive if metric in ("specificity", "npv") else positive
    hit, are, named = right[..., which], there[..., which], called[..., which]
    if metric == "f1":
        return np.asarray(np.where(hit > 0, 2 * hit / (are + named), 0.0), float)
    if metric in ("precision", "npv"):
        return np.asarray(np.where(named > 0, hit / named, 0.0), float)
    return np.asarray(hit / are, float)
