"""The boards' resamples of patients, for curves: how often every row stands in each of them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmark.inference.resampling import checked_seed, multiplicities, units

LEVEL = 0.95


def row_weights(rows: int, fold: ArrayLike | None, cluster: ArrayLike | None, resamples: int, seed: int = 0) -> NDArray[np.float64]:
    """Multiplicity of every row in the first resamples of ``inference.bootstrap_concordance``, shape (resamples, rows); none is redrawn.

    Raises:
        InputError: labels of the wrong length or kind, or resamples or seed out of range.
    """
    checked_seed(seed, resamples)
    drawn = units(rows, fold, cluster)
    return np.array([multiplicities(drawn, seed, resample) for resample in range(resamples)], float)


def band(draws: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pointwise 95 % percentile band of draws (resamples, …), over those in which the point exists; NaN where it never does."""
    known = np.isfinite(draws)
    lost = ~known.any(axis=0)
    filled = np.where(lost, 0.0, draws)
    low, high = np.nanquantile(filled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return np.where(lost, np.nan, low), np.where(lost, np.nan, high)
