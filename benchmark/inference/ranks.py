"""How certain is a rank? Confidence sets from a covariance, and the distribution over bootstrap draws."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm, rankdata

from benchmark.errors import InputError
from benchmark.inference.checks import float_array, number, share
from benchmark.inference.contrast import paired

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

DRAWS = 50_000  # simulation error of a 95 % critical value: about 0.01
SEED = 20240229
ROUNDING = 1e-8  # of the largest entry: what a covariance may lack in symmetry and definiteness


@dataclass(frozen=True)
class RankSets:
    """Ranks that the data do not exclude, 1 = highest estimate.

    Attributes:
        lower: best rank of each model, shape (k,): 1 + the number of models shown to be better.
        upper: worst rank of each model, shape (k,): k − the number of models shown to be worse.
        simultaneous: all k sets hold together with the level asked for; else each one by itself.
    """

    lower: Ints
    upper: Ints
    simultaneous: bool


@dataclass(frozen=True)
class RankDistribution:
    """Ranks of k models over bootstrap draws, 1 = highest.

    Attributes:
        p_best: share of draws in which the model is first, shape (k,); m models that tie for it get 1/m each. Sums to 1.
        mean_rank: shape (k,), ties at their mean rank.
        interval: percentile interval of the rank, shape (k, 2); its ends are ranks that occurred.
    """

    p_best: Floats
    mean_rank: Floats
    interval: Floats


def rank_confidence_sets(estimate: ArrayLike, covariance: ArrayLike, level: float = 0.95, *, simultaneous: bool = True) -> RankSets:
    """Confidence sets of the ranks of k models, conditional on the fitted models.

    Model a is shown to be better than b if ``(estimate_a − estimate_b) / se_ab`` exceeds a critical value: the ``level``
    quantile of the largest ``|Z_a − Z_b| / se_ab`` under N(0, covariance), simulated with a fixed seed (one pair:
    exact). The pairs shown are dropped and the quantile is taken again over the rest until none is added (step-down),
    so a model that is far worse than all others leaves the others' sets as they are. Two models without a paired
    variance (the same predictions) are never told apart if their estimates are equal, always if not.

    Args:
        estimate: shape (k,), higher = better.
        covariance: of the estimates on the same patients, shape (k, k); may be singular.
        level: in [0.5, 1): probability that the sets hold the true ranks.
        simultaneous: critical values over all pairs, so that the whole table of sets holds; else, for every model, over
            its own k − 1 pairs.

    Returns:
        Sets that are nested in the level. One model: rank 1.

    Raises:
        InputError: wrong shapes, text, NaN, no covariance (asymmetric or indefinite beyond 1e-8 of the largest entry), or a level out of range.

    References:
        Mogstad, Romano, Shaikh & Wilhelm (2024) Rev Econ Stud 91:476, as ``csranks(…, cstype="symmetric",
        stepdown=TRUE)`` of R's csranks; Romano & Wolf (2005) JASA 100:94. That directions stay controlled after a
        step-down is proven for independent pairs (Shaffer 1980) and checked by simulation here.
    """
    estimates, covariances = _checked(estimate, covariance, level)
    models = len(estimates)
    # from the best down: the draws of the upper models are the same whatever stands below them
    order = np.argsort(-estimates, kind="stable")
    ordered, matrix = estimates[order], covariances[np.ix_(order, order)]
    z, se = paired(ordered, matrix)
    draws = _draws(matrix)
    pairs = ~np.eye(models, dtype=bool)
    if simultaneous:
        apart = _stepdown(z, se, draws, pairs, level)
    else:
        own = np.eye(models, dtype=bool)
        apart = np.stack([_stepdown(z, se, draws, pairs & (row[:, None] | row), level)[i] for i, row in enumerate(own)])
    better, worse = apart & (z > 0), apart & (z < 0)
    lower, upper = np.empty(models, np.int64), np.empty(models, np.int64)
    lower[order] = 1 + worse.sum(axis=1)
    upper[order] = models - better.sum(axis=1)
    return RankSets(lower, upper, simultaneous)


def rank_distribution(draws: ArrayLike, level: float = 0.95) -> RankDistribution:
    """P(best), mean rank and rank interval of k models from paired draws of their estimates.

    Args:
        draws: shape (resamples, k), the same resample in a row for all models; higher = better.
        level: of the interval.

    Raises:
        InputError: not two-dimensional, empty, NaN, or a level outside (0, 1).

    References:
        Wiesenfarth et al. (2021) Sci Rep 11:2369.
    """
    values = float_array(draws, "draws")
    if values.ndim != 2 or not values.size:
        raise InputError(f"draws: shape {values.shape}; (resamples, models) is needed")
    if np.isnan(values).any():
        raise InputError(f"draws: row {int(np.argwhere(np.isnan(values))[0][0])} has a NaN")
    level = share(level, "level")
    ranks = rankdata(-values, method="average", axis=1)
    best = values == values.max(axis=1, keepdims=True)
    p_best = (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
    ends = np.quantile(ranks, [(1 - level) / 2, (1 + level) / 2], axis=0, method="inverted_cdf")
    return RankDistribution(p_best, ranks.mean(axis=0), ends.T)


def _checked(estimate: ArrayLike, covariance: ArrayLike, level: float) -> tuple[Floats, Floats]:
    estimates, covariances = float_array(estimate, "estimate"), float_array(covariance, "covariance")
    if estimates.ndim != 1 or not len(estimates) or covariances.shape != (len(estimates),) * 2:
        raise InputError(f"estimate {estimates.shape} and covariance {covariances.shape} are not (k,) and (k, k)")
    if not (np.isfinite(estimates).all() and np.isfinite(covariances).all()):
        raise InputError("an estimate or its covariance is NaN or infinite")
    number(level, "level", "in [0.5, 1)", lambda at: 0.5 <= at < 1)
    tolerance = ROUNDING * np.abs(covariances).max()
    apart = np.abs(covariances - covariances.T)
    if apart.max() > tolerance:
        row, column = np.unravel_index(int(apart.argmax()), apart.shape)
        raise InputError(f"covariance: entries ({row}, {column}) and ({column}, {row}) differ; it must be symmetric")
    if covariances.diagonal().min() < -tolerance:
        raise InputError(f"covariance: the variance of model {int(covariances.diagonal().argmin())} is negative")
    lowest = float(np.linalg.eigvalsh(covariances)[0])
    if lowest < -tolerance * len(estimates):
        raise InputError(f"covariance: has the eigenvalue {lowest:g}; no estimates have such a covariance, check how it was computed")
    return estimates, covariances


def _draws(covariance: Floats) -> Floats:
    """Draws of N(0, covariance), shape (k, DRAWS); the first rows do not depend on the models after them."""
    triangle = np.zeros_like(covariance)
    for j in range(len(covariance)):
        pivot = covariance[j, j] - triangle[j] @ triangle[j]
        # a model that follows from those before it adds no variance; numpy's Cholesky would refuse
        if pivot > 1e-13 * covariance[j, j]:
            triangle[j:, j] = (covariance[j:, j] - triangle[j:] @ triangle[j]) / np.sqrt(pivot)
    normals = np.random.Generator(np.random.Philox(SEED)).standard_normal((len(covariance), DRAWS))
    return np.asarray(triangle @ normals, float)


def _stepdown(z: Floats, se: Floats, draws: Floats, family: Bools, level: float) -> Bools:
    """Which pairs of the family (a symmetric mask) are told apart."""
    apart = family & np.isinf(z)
    open_pairs = family & (se > 0)
    while (pairs := np.argwhere(np.triu(open_pairs))).size:
        if len(pairs) == 1:
            critical = float(norm.ppf(0.5 + level / 2))
        else:
            largest = np.zeros(draws.shape[1])
            for a, b in pairs:
                np.maximum(largest, np.abs(draws[a] - draws[b]) / se[a, b], out=largest)
            critical = float(np.quantile(largest, level))
        shown = open_pairs & (np.abs(z) > critical)
        if not shown.any():
            break
        apart |= shown
        open_pairs &= ~shown
    return apart
