"""Adjusted p-values: Holm within a task, Benjamini-Hochberg across tasks."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import false_discovery_control

from benchmark.errors import InputError

Floats = NDArray[np.float64]


def holm(p: ArrayLike) -> Floats:
    """Holm's step-down adjustment: the probability of one or more false rejections stays below the level.

    Args:
        p: shape (m,). A NaN or None is no test: it stays NaN and does not count among the m, as in R's ``p.adjust``.

    Returns:
        Adjusted p, shape (m,), in the order given; never below the raw p, at most 1. Tied p stay tied.

    Raises:
        InputError: not one-dimensional, or a value outside [0, 1].

    References:
        Holm (1979) Scand J Stat 6:65; ``p.adjust(p, "holm")``.
    """
    raw, tested = _checked(p)
    values = raw[tested]
    order = np.argsort(values, kind="stable")
    steps = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    values[order] = np.minimum(steps, 1)
    raw[tested] = values
    return raw


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """Benjamini and Hochberg's step-up adjustment: the expected share of false rejections stays below the level.

    Arguments, NaN and errors as in :func:`holm`.

    References:
        Benjamini & Hochberg (1995) JRSS B 57:289; ``p.adjust(p, "BH")``.
    """
    raw, tested = _checked(p)
    if tested.any():
        raw[tested] = false_discovery_control(raw[tested], method="bh")
    return raw


def _checked(p: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    try:
        raw = np.array(p, dtype=float)  # None becomes NaN
    except (TypeError, ValueError) as error:
        raise InputError(f"p: not numbers: {error}") from error
    if raw.ndim != 1:
        raise InputError(f"p: shape {raw.shape}; one row of p-values is needed")
    tested = ~np.isnan(raw)
    if ((raw[tested] < 0) | (raw[tested] > 1)).any():
        raise InputError("p: a value lies outside [0, 1]")
    return raw, tested
