"""ROC and precision-recall curves of k scores, built within folds and averaged, with bands over patients."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmark.errors import InputError
from benchmark.inference.checks import binary, columns, groups, same_length
from benchmark.inference.compiled import compiled
from benchmark.metrics.checks import numbers
from benchmark.metrics.resamples import band, row_weights

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
NEARLY = 1e-9  # patients: a grid point times their number is not always whole where it should be


@dataclass(frozen=True)
class Banded:
    """k curves on a grid of g points, each of shape (k, g): the value and its pointwise 95 % band over resamples of patients.

    The band is that of the resamples around their own mean, put around the value: a resample repeats patients, which makes the curves of small
    folds coarser and, at a vertical step, higher than the curve of the patients themselves.
    """

    value: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class MeanCurves:
    """Mean curves of k scores over folds.

    Attributes:
        grid: false-positive rate of the ROC curve and recall of the other one, shape (g,).
        roc: true-positive rate.
        precision: precision.
        folds: folds with both classes; ``folds_with_positives``: those of the precision.
    """

    grid: Floats
    roc: Banded
    precision: Banded
    folds: int
    folds_with_positives: int


def mean_curves(
    y_true: ArrayLike,
    scores: ArrayLike,
    grid: ArrayLike,
    fold: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> MeanCurves:
    """ROC and precision-recall curves of every fold at the points of a grid, averaged; scores of different folds are never compared.

    The ROC curves are averaged with the folds' numbers of pairs as weights: the area under the mean is the AUC over pooled within-fold pairs
    (``inference.delong``), but for the grid. Tied scores are joined by a straight line; at a vertical step the upper end counts. The
    precision is that where a fold's recall first reaches the point, with no line between steps (it would promise a precision that no threshold
    has), and every fold with a positive weighs the same: the area is the folds' mean average precision.

    Args:
        y_true: shape (n,), true/false or 1/0.
        scores: shape (n, k) or (n,), higher = more likely positive.
        grid: rising, inside [0, 1], shape (g,).
        fold, cluster: shape (n,), labels of test folds and of patients.
        resamples, seed: of patients, as in ``inference.bootstrap_auc``; a fold that a resample leaves without a class counts for nothing in it.

    Raises:
        InputError: bad input, a grid that does not rise inside [0, 1], or no fold with both classes.

    References:
        Fawcett (2006) Pattern Recognit Lett 27:861 (vertical averaging); LeDell et al. (2015) Electron J Stat 9:1583; Davis & Goadrich
        (2006) ICML, 233.
    """
    positive, table, points = binary(y_true, "y_true"), columns(scores, "scores"), numbers("grid", grid, (-1,))
    same_length(y_true=positive, scores=table)
    if points.min() < 0 or points.max() > 1 or (np.diff(points) <= 0).any():
        raise InputError("grid: points that rise inside [0, 1] are needed")
    folds, _ = groups(fold, len(table), "fold")
    parts = [np.flatnonzero(folds == code) for code in range(folds.max() + 1)]
    both = [rows for rows in parts if positive[rows].any() and not positive[rows].all()]
    if not both:
        raise InputError("y_true: no fold has both a positive and a negative row")
    weights = np.vstack([np.ones(len(table)), row_weights(len(table), fold, cluster, resamples, seed)])
    found = [_one_score(positive, table[:, model], parts, weights, points) for model in range(table.shape[1])]
    return MeanCurves(
        grid=points,
        roc=_banded([roc for roc, _ in found]),
        precision=_banded([precision for _, precision in found]),
        folds=len(both),
        folds_with_positives=sum(bool(positive[rows].any()) for rows in parts),
    )


def _banded(curves: list[Floats]) -> Banded:
    """From the curves (1 + resamples, g) of every score, the first of them on all patients."""
    bands = [band(draws[1:] - np.nanmean(draws[1:], axis=0) + draws[0]) for draws in curves]
    lower, upper = (np.clip([limits[side] for limits in bands], 0, 1) for side in (0, 1))
    return Banded(np.array([draws[0] for draws in curves]), lower, upper)


def _one_score(positive: Bools, score: Floats, parts: list[NDArray[np.intp]], weights: Floats, grid: Floats) -> tuple[Floats, Floats]:
    """Mean ROC and mean precision of one score under every set of weights, each of shape (sets, g); NaN where no fold counts."""
    roc, precision = np.zeros((len(weights), len(grid))), np.zeros((len(weights), len(grid)))
    pairs, folds = np.zeros(len(weights)), np.zeros(len(weights))
    for rows in parts:
        order = rows[np.argsort(-score[rows], kind="stable")]
        ends = np.append(np.diff(score[order]) != 0, True)
        _add_fold(positive[order], ends, np.ascontiguousarray(weights[:, order]), grid, roc, precision, pairs, folds)
    with np.errstate(invalid="ignore"):
        return roc / pairs[:, None], precision / folds[:, None]


@compiled
def _add_fold(
    positive: Bools, ends: Bools, weights: Floats, grid: Floats, roc: Floats, precision: Floats, pairs: Floats, folds: Floats
) -> None:
    """Add the curves of one fold, whose rows stand from the highest score down; ``ends`` marks the last row of equal scores."""
    rows, points = len(positive), len(grid)
    for which in range(len(weights)):
        positives, negatives = _classes(positive, weights[which])
        if positives == 0:
            continue
        folds[which] += 1
        count = positives * negatives
        pairs[which] += count
        right, wrong, before_right, before_wrong, at_roc, at_recall = 0.0, 0.0, 0.0, 0.0, 0, 0
        for row in range(rows):
            right += weights[which, row] * positive[row]
            wrong += weights[which, row] * (not positive[row])
            if not ends[row]:
                continue
            while at_recall < points and right > 0 and grid[at_recall] * positives <= right + NEARLY:
                precision[which, at_recall] += right / (right + wrong)
                at_recall += 1
            while at_roc < points and wrong > before_wrong and grid[at_roc] * negatives < wrong - NEARLY:
                along = (grid[at_roc] * negatives - before_wrong) / (wrong - before_wrong)
                roc[which, at_roc] += count * (before_right + along * (right - before_right)) / positives
                at_roc += 1
            before_right, before_wrong = right, wrong
        roc[which, at_roc:] += count


@compiled
def _classes(positive: Bools, weights: Floats) -> tuple[float, float]:
    """Weight of the positives and of the negatives."""
    positives = 0.0
    for row in range(len(positive)):
        positives += weights[row] * positive[row]
    return positives, weights.sum() - positives
