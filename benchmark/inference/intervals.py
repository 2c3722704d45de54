"""Bootstrap intervals as ``boot.ci`` of R's boot computes them, for k statistics at once."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from benchmark.errors import InputError
from benchmark.inference.checks import share

Floats = NDArray[np.float64]
Method = Literal["percentile", "basic", "bca"]


def quantiles(draws: Floats, probability: Floats) -> Floats:
    """Quantiles of bootstrap draws, interpolated on the normal scale between order statistics: ``norm.inter`` of R's boot.

    The share p lies at order statistic (R + 1) p. Beyond the first or last draw, that draw is the answer.

    Args:
        draws: shape (R, k).
        probability: shape (q, k).

    Returns:
        Shape (q, k).

    References:
        Davison & Hinkley (1997) *Bootstrap Methods and their Application*, eq. 5.8.
    """
    resamples = len(draws)
    ordered = np.sort(draws, axis=0)
    place = (resamples + 1) * probability
    below = np.clip(np.floor(place).astype(int), 0, resamples)
    inside = np.clip(below, 1, max(resamples - 1, 1))
    low, high = ndtri(inside / (resamples + 1)), ndtri((inside + 1) / (resamples + 1))
    share = np.where(place == inside, 0.0, (ndtri(np.clip(probability, 1e-300, 1 - 1e-16)) - low) / (high - low))
    left = np.take_along_axis(ordered, inside - 1, axis=0)
    right = np.take_along_axis(ordered, np.minimum(inside, resamples - 1), axis=0)
    between = left + share * (right - left)
    return np.where(below == 0, ordered[0], np.where(below >= resamples, ordered[-1], between))


def bootstrap_interval(estimate: Floats, draws: Floats, influence: Floats | None, level: float, method: Method) -> Floats:
    """Two-sided intervals, shape (k, 2).

    Args:
        estimate: on the full sample, shape (k,).
        draws: shape (resamples, k).
        influence: of each unit, shape (units, k); for BCa.
        level: coverage, between 0 and 1.
        method: ``percentile``; ``basic`` (2 · estimate − the other percentile); ``bca`` (Efron 1987, bias-corrected and accelerated).

    Raises:
        InputError: a level outside (0, 1), another method, or BCa without influence.
    """
    level = share(level, "level")
    tails = np.repeat([[(1 - level) / 2], [(1 + level) / 2]], len(estimate), axis=1)
    if method == "percentile":
        return quantiles(draws, tails).T
    if method == "basic":
        return (2 * estimate - quantiles(draws, tails[::-1])).T
    if method != "bca":
        raise InputError(f"method: '{method}' is not percentile, basic or bca")
    if influence is None:
        raise InputError("bca needs the influence of each unit; use percentile or basic")
    return quantiles(draws, _bca_levels(estimate, draws, influence, tails)).T


def _bca_levels(estimate: Floats, draws: Floats, influence: Floats, tails: Floats) -> Floats:
    resamples = len(draws)
    # all draws on one side of the estimate would make the correction infinite: half a draw is put on the other
    share = np.clip((draws < estimate).sum(axis=0) / resamples, 0.5 / resamples, 1 - 0.5 / resamples)
    bias = ndtri(share)
    spread = (influence**2).sum(axis=0)
    # where no unit has influence every draw is the estimate, and any acceleration gives the same interval
    skew = np.where(spread > 0, (influence**3).sum(axis=0) / (6 * np.where(spread > 0, spread, 1.0) ** 1.5), 0.0)
    shifted = bias + ndtri(tails)
    levels: Floats = ndtr(bias + shifted / (1 - skew * shifted))
    return levels
