"""AUC of several models on the same patients, with DeLong's covariance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmark.errors import InputError
from benchmark.inference.checks import binary, columns, groups, same_length
from benchmark.inference.compiled import compiled
from benchmark.inference.concordance import sum_by

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class DeLong:
    """AUC of k scores on the same n rows.

    Attributes:
        estimate: AUC, shape (k,).
        covariance: of the estimates, unbiased within each class, shape (k, k).
        influence: what each row adds to each estimate beyond the mean of its class and fold, shape (n, k).
        positives, negatives: rows of each class.
        pairs: pairs of a positive and a negative within a fold.
    """

    estimate: Floats
    covariance: Floats
    influence: Floats
    positives: int
    negatives: int
    pairs: int


def delong(y_true: ArrayLike, scores: ArrayLike, fold: ArrayLike | None = None, cluster: ArrayLike | None = None) -> DeLong:
    """AUC over the pairs of a positive and a negative within folds; tied scores count ½.

    A fold's covariance is S10 / m + S01 / n: the covariance of the placements of its m positives (divisor m − 1) and n negatives (n − 1).
    Folds are independent, so with folds the AUCs are averaged with weights m n / Σ m n and the covariances summed with the weights squared.
    Where every pair is decided alike in all models the covariance is 0.

    With ``cluster`` (several rows of one patient) placements are summed by patient first (Obuchowski 1997): S10 over the I10 patients with a
    positive row, divisor I10 − 1; S01 likewise; and for patients with rows of both classes the cross term S11 over all I patients, divisor
    I − 1. A patient whose rows lie in several folds (repeated cross-validation) has the weighted sum over folds, and I counts patients once;
    if each patient lies in one fold, the folds are summed as above. One row per patient gives the same as no clusters.

    Args:
        y_true: shape (n,), true/false or 1/0.
        scores: shape (n, k) or (n,), higher = more likely positive.
        fold: shape (n,), labels of disjoint test folds; a fold with one class adds nothing.
        cluster: shape (n,), labels.

    Raises:
        InputError: lengths differ; a value is text, missing, NaN or infinite; y_true is not true/false or 1/0; no fold has both classes;
            or a class has one row (patient) in a fold that counts, which leaves no variance to estimate.

    References:
        DeLong, DeLong & Clarke-Pearson (1988) Biometrics 44:837; Sun & Xu (2014) doi 10.1109/LSP.2014.2337313 (one sort for each model);
        Obuchowski (1997) Biometrics 53:567. Equals ``pROC::var`` and ``cov`` for one fold without clusters.
    """
    positive, table = binary(y_true, "y_true"), columns(scores, "scores")
    same_length(y_true=positive, scores=table)
    folds, _ = groups(fold, len(table), "fold")
    used, estimate, influence, pairs = _placed(positive, table, folds)
    if cluster is None:
        covariance = sum(_class_covariance(influence[rows], positive[rows], None) for rows in used)
    else:
        patients, _ = groups(cluster, len(table), "cluster")
        in_folds = used if _one_fold_each(patients, folds) else [np.concatenate(used)]
        covariance = sum(_class_covariance(influence[rows], positive[rows], patients[rows]) for rows in in_folds)
    return DeLong(estimate, np.asarray(covariance), influence, int(positive.sum()), int((~positive).sum()), pairs)


def _placed(positive: Bools, table: Floats, folds: Ints) -> tuple[list[NDArray[np.intp]], Floats, Floats, int]:
    """Rows of the folds with both classes, the estimate, the influence and the number of pairs."""
    by_fold = np.argsort(folds, kind="stable") if folds.any() else np.arange(len(folds))
    parts = np.split(by_fold, np.cumsum(np.bincount(folds))[:-1])
    parts = [rows for rows in parts if positive[rows].any() and not positive[rows].all()]
    if not parts:
        raise InputError("y_true: no fold has both a positive and a negative row")
    pairs = [int(positive[rows].sum()) * int((~positive[rows]).sum()) for rows in parts]
    estimate, influence = np.zeros(table.shape[1]), np.zeros(table.shape, order="F")
    for rows, number in zip(parts, pairs, strict=True):
        weight = number / sum(pairs)
        for model in range(table.shape[1]):
            scores = np.ascontiguousarray(table[rows, model])
            auc, values = _placements(np.argsort(scores), scores, positive[rows])
            estimate[model] += weight * auc
            influence[rows, model] = weight * values
    return parts, estimate, influence, sum(pairs)


@compiled
def _placements(order: NDArray[np.intp], scores: Floats, positive: Bools) -> tuple[float, Floats]:
    """AUC of one model in one fold, and (placement − AUC) / rows of the class: the share of the other class that a row beats."""
    rows, positives = len(order), 0
    for row in range(rows):
        positives += positive[row]
    negatives = rows - positives
    placement = np.empty(rows)
    lower_positives, lower_negatives, won, first = 0, 0, 0.0, 0
    while first < rows:
        last, tied_positives = first, 0
        while last < rows and scores[order[last]] == scores[order[first]]:
            tied_positives += positive[order[last]]
            last += 1
        tied_negatives = last - first - tied_positives
        above = (lower_negatives + 0.5 * tied_negatives) / negatives
        below = (positives - lower_positives - 0.5 * tied_positives) / positives
        for step in range(first, last):
            placement[order[step]] = above if positive[order[step]] else below
        won += tied_positives * (lower_negatives + 0.5 * tied_negatives)
        lower_positives += tied_positives
        lower_negatives += tied_negatives
        first = last
    auc = won / (positives * negatives)
    for row in range(rows):
        placement[row] = (placement[row] - auc) / (positives if positive[row] else negatives)
    return auc, placement


def _one_fold_each(patients: Ints, folds: Ints) -> bool:
    first = np.unique(patients, return_index=True)[1]
    return bool(np.array_equal(folds[first][patients], folds))


def _class_covariance(influence: Floats, positive: Bools, patients: Ints | None) -> Floats:
    """Covariance of one fold, or of all folds that share patients."""
    of_positives, of_negatives = np.where(positive[:, None], influence, 0), np.where(positive[:, None], 0, influence)
    if patients is None:
        return _unbiased(of_positives, int(positive.sum())) + _unbiased(of_negatives, int((~positive).sum()))
    codes, units = np.unique(patients, return_inverse=True)[1], len(np.unique(patients))
    of_positives, of_negatives = sum_by(of_positives, codes), sum_by(of_negatives, codes)
    covariance = _unbiased(of_positives, len(np.unique(codes[positive]))) + _unbiased(of_negatives, len(np.unique(codes[~positive])))
    cross = of_positives.T @ of_negatives * (units / (units - 1))
    result: Floats = covariance + cross + cross.T
    return result


def _unbiased(values: Floats, units: int) -> Floats:
    """Σ values valuesᵀ · units / (units − 1): the values of a class sum to zero."""
    if units < 2:
        raise InputError("a class with one patient in a fold has no DeLong variance; use fewer folds, or concordance or bootstrap_auc")
    covariance: Floats = values.T @ values * (units / (units - 1))
    return covariance
