"""Tiers of a board: models that the data cannot separate from a tier's best share its place."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from benchmark.errors import InputError
from benchmark.inference.checks import float_array, share
from benchmark.inference.contrast import Estimates, paired
from benchmark.inference.multiplicity import holm
from benchmark.inference.retrained import corrected_resampled_ttest

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tiers:
    """Tiers of k models.

    Attributes:
        tier: tier of each model, 1 = best, shape (k,).
        adjusted: p of every pair after Holm over all k (k − 1) / 2 pairs, shape (k, k), diagonal 1.
    """

    tier: NDArray[np.int64]
    adjusted: Floats


def tiers(estimate: ArrayLike, p: ArrayLike, level: float = 0.95) -> Tiers:
    """Group models into tiers, given the p-value of every pair.

    The best model opens tier 1, and every model that is not separable from it (adjusted p at or above 1 − level) joins.
    The best of the rest opens the next tier, and so on. A model with a low but very uncertain estimate can thus stand in
    a higher tier than a model with a better and more certain one: it has not been shown to be worse than the best.

    Holm runs over *all* pairs, not over the k − 1 against the best: which model is best is itself read from the data, and
    correcting for k − 1 only would split ten equal models far too often. So with probability ``level`` no tier boundary
    separates equal models, as far as the p-values are right. A model that is far worse than all others has the
    smallest p-values and moves neither the adjusted p nor the tiers of the others.

    Args:
        estimate: shape (k,), higher = better; equal estimates rank in the order given.
        p: pairwise p-values, shape (k, k), symmetric; the diagonal is not read. From :func:`pairwise_p_retrained` (*is this
            algorithm better when it is trained again?*: this decides the board's tiers and claims) or from
            :func:`pairwise_p_fitted` (*do these fitted models differ on these patients?*), never a mixture.
        level: 1 − the probability of any false separation.

    Returns:
        One model is tier 1; identical models (p = 1, equal p against all others) always share a tier.

    Raises:
        InputError: wrong shapes, NaN, p outside [0, 1] or not symmetric, level outside (0, 1).
    """
    estimates, raw = _checked(estimate, p, level)
    models = len(estimates)
    above = np.triu_indices(models, 1)
    adjusted = np.ones((models, models))
    adjusted[above] = holm(raw[above])
    adjusted.T[above] = adjusted[above]

    tier = np.zeros(models, np.int64)
    for best in np.argsort(-estimates, kind="stable"):
        if not tier[best]:
            # ≥ α is "not separable"; the leader itself has p = 1
            tier[(tier == 0) & (adjusted[best] >= 1 - level)] = tier.max() + 1
    return Tiers(tier, adjusted)


def pairwise_p_fitted(result: Estimates) -> Floats:
    """Two-sided p of every pair from the covariance of the estimates, shape (k, k): conditional on the fitted models.

    ``result`` is what ``delong`` or ``concordance`` returns. Identical models have p = 1.
    """
    z, _ = paired(np.asarray(result.estimate), np.asarray(result.covariance))
    return np.asarray(2 * norm.sf(np.abs(z)), float)


def pairwise_p_retrained(values: ArrayLike, test_fraction: float) -> Floats:
    """Two-sided p of every pair by the corrected resampled t-test, shape (k, k): the algorithms, trained again.

    Args:
        values: the metric on every split, shape (repeats, folds, k), the same splits for all models.
        test_fraction: n_test / n of one split, in (0, 1).

    Raises:
        InputError: wrong shape, NaN, fewer than two splits, or a test_fraction outside (0, 1).
    """
    metric = float_array(values, "values")
    if metric.ndim != 3 or not metric.shape[-1]:
        raise InputError(f"values: shape {metric.shape}; (repeats, folds, models) is needed")
    models = metric.shape[-1]
    p = np.ones((models, models))
    for i, j in combinations(range(models), 2):
        p[i, j] = p[j, i] = corrected_resampled_ttest(metric[..., i] - metric[..., j], test_fraction).p
    return p


def _checked(estimate: ArrayLike, p: ArrayLike, level: float) -> tuple[Floats, Floats]:
    estimates, raw = float_array(estimate, "estimate"), float_array(p, "p")
    models = len(estimates) if estimates.ndim == 1 else 0
    if not models or raw.shape != (models, models):
        raise InputError(f"estimate {estimates.shape} and p {raw.shape} are not (k,) and (k, k)")
    if not np.isfinite(estimates).all():
        raise InputError(f"estimate: model {int(np.argmin(np.isfinite(estimates)))} is NaN or infinite")
    pairs = raw[~np.eye(models, dtype=bool)]
    if not ((pairs >= 0) & (pairs <= 1)).all():
        raise InputError("p: a pair is NaN or outside [0, 1]; every pair of models needs a p-value")
    if not np.array_equal(pairs, raw.T[~np.eye(models, dtype=bool)]):
        raise InputError("p: not symmetric; the p-value of (i, j) is that of (j, i)")
    share(level, "level")
    return estimates, raw
