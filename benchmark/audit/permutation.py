"""Permutation of outcomes against columns: p-values that hold for all columns together."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DRAWS = 1999
SEED = 0


def adjusted(columns: Floats, basis: Floats) -> Floats:
    """p of each column's χ² with the outcome, adjusted for all of them by the largest statistic (Westfall & Young 1993).

    Args:
        columns: centred, shape (n, m); a column without spread has p = 1.
        basis: orthonormal outcome residuals, shape (n, q).

    Returns:
        Shape (m,).
    """
    length = np.sqrt((columns**2).sum(axis=0))
    unit = np.divide(columns, length, out=np.zeros_like(columns), where=length > 1e-9)
    found = ((unit.T @ basis) ** 2).sum(axis=1)
    random = np.random.default_rng(SEED)
    largest = np.array([((unit.T @ basis[random.permutation(len(basis))]) ** 2).sum(axis=1).max() for _ in range(DRAWS)])
    # a hair below, for statistics that are equal but for rounding
    return np.asarray((1 + (largest[:, None] >= found - 1e-12).sum(axis=0)) / (DRAWS + 1))


def together(columns: Floats, residual: Floats) -> tuple[float, float]:
    """Goeman's global test: the mean of the columns' squared score statistics, and its permutation p.

    Args:
        columns: centred and of unit length, shape (n, m).
        residual: centred and of unit length, shape (n,).

    References:
        Goeman et al. (2004) Bioinformatics 20:93.
    """
    kernel = columns @ columns.T
    random = np.random.default_rng(SEED)
    shuffled = np.stack([residual[random.permutation(len(residual))] for _ in range(DRAWS)], axis=1)
    found = float(residual @ kernel @ residual)
    draws = (shuffled * (kernel @ shuffled)).sum(axis=0)
    scale = (len(residual) - 1) / columns.shape[1]
    return found * scale, float((1 + (draws >= found - 1e-12).sum()) / (DRAWS + 1))
