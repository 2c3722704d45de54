"""Classification metrics of k models with every patient left out in turn: estimate and jackknife variance.

Called classes (accuracy, balanced accuracy, macro F1) and the Brier score pool the folds of a repeat, whose patients are one cohort;
the average precision, which ranks, stays within a fold, for scores of two fitted models are not on one scale. Each is the mean over
repeats (or folds).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmark.metrics.tables import of_tables

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def deleted_metric(
    metric: str, outcome: Ints, values: Floats, split: Ints, repeat: Ints, patient: Ints, threshold: Floats | None
) -> tuple[Floats, Floats]:
    """Estimate and delete-one-patient jackknife variance of a metric, each of shape (k,).

    Args:
        metric: accuracy, balanced_accuracy, macro_f1, brier or average_precision.
        outcome: class codes, shape (n,).
        values: probabilities, shape (n, k, classes), or (n, k, 1) of the positive one of two.
        split, repeat: the fold's label and the repeat of every row, shape (n,).
        patient: code of its patient, shape (n,); a patient has one row in a group (fold or repeat), or several in different ones.
        threshold: two classes: from where on a probability is a positive call, shape (n,).
    """
    groups = split if metric == "average_precision" else repeat
    total, without, counted = np.zeros(values.shape[1]), np.zeros((int(patient.max()) + 1, values.shape[1])), 0
    for label in np.unique(groups):
        rows = np.flatnonzero(groups == label)
        full, deleted = _group(metric, outcome[rows], values[rows], None if threshold is None else threshold[rows])
        if not np.isfinite(full).all():
            continue  # a fold without a positive has no average precision, for any model
        counted += 1
        total += full
        effect = np.where(np.isfinite(deleted), deleted, full) - full
        np.add.at(without, patient[rows], effect)
    if not counted:
        return np.full(values.shape[1], np.nan), np.full(values.shape[1], np.nan)
    replicates, n = without / counted, without.shape[0]
    spread = ((replicates - replicates.mean(axis=0)) ** 2).sum(axis=0)
    return total / counted, np.asarray((n - 1) / n * spread)


def _group(metric: str, outcome: Ints, values: Floats, threshold: Floats | None) -> tuple[Floats, Floats]:
    """The metric of every model on one group, shape (k,), and without each row, shape (rows, k)."""
    models = range(values.shape[1])
    if metric == "average_precision":
        found = [_average_precision(outcome == 1, values[:, k, 0]) for k in models]
    elif metric == "brier":
        found = [_mean((values[:, k, 0] - outcome) ** 2) for k in models]
    else:
        called = (values[..., 0] >= threshold[:, None]).astype(np.int64) if threshold is not None else values.argmax(axis=2)
        classes = max(2, values.shape[2])
        found = [_called(metric, outcome, called[:, k], classes) for k in models]
    return np.array([full for full, _ in found]), np.column_stack([deleted for _, deleted in found])


def _mean(loss: Floats) -> tuple[float, Floats]:
    return float(loss.mean()), (loss.sum() - loss) / max(1, len(loss) - 1)


def _called(metric: str, outcome: Ints, called: Ints, classes: int) -> tuple[float, Floats]:
    """From the confusion table, and the tables with one patient fewer: shape (rows, classes, classes)."""
    table = np.zeros((classes, classes))
    np.add.at(table, (outcome, called), 1)
    fewer = np.repeat(table[None], len(outcome), axis=0)
    fewer[np.arange(len(outcome)), outcome, called] -= 1
    return float(of_tables(metric, table[None])[0]), of_tables(metric, fewer)


def _average_precision(positive: NDArray[Any], score: Floats) -> tuple[float, Floats]:
    """Step-wise area under the precision-recall curve; rows with equal scores are called together."""
    order = np.argsort(-score, kind="stable")
    ranked, ends = positive[order], np.append(np.diff(score[order]) != 0, True)
    weights = np.vstack([np.ones(len(score)), 1 - np.eye(len(score))])  # all rows, then one fewer, in ranked order
    above, right = weights.cumsum(axis=1)[:, ends], (weights * ranked).cumsum(axis=1)[:, ends]
    with np.errstate(invalid="ignore", divide="ignore"):
        steps = np.diff(right, axis=1, prepend=0) / right[:, -1:]
        area = (steps * np.where(above > 0, right / above, 0)).sum(axis=1)
    deleted = np.empty(len(score))
    deleted[order] = area[1:]
    return float(area[0]), deleted
