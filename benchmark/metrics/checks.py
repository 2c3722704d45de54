"""What every metric asks of its input, beside the checks it shares with the inference."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmark.errors import InputError
from benchmark.inference.checks import binary, same_length, times

Floats = NDArray[np.float64]


def numbers(name: str, values: ArrayLike, shape: tuple[int, ...]) -> Floats:
    """Finite floats of a given shape (−1: any length of at least 1)."""
    given = np.asarray(values)
    if given.dtype.kind not in "biuf":
        raise InputError(f"{name}: expected numbers, found {'text' if given.dtype.kind in 'SU' else 'mixed values'}")
    array = given.astype(np.float64)
    if array.ndim != len(shape) or any(have != want and (want != -1 or not have) for have, want in zip(array.shape, shape, strict=True)):
        raise InputError(f"{name}: shape {array.shape}, expected {str(shape).replace('-1', 'n')}")
    if not np.isfinite(array).all():
        raise InputError(f"{name}: row {int(np.argwhere(~np.isfinite(array))[0][0])} is NaN or infinite")
    return array


def probabilities(name: str, values: ArrayLike, shape: tuple[int, ...]) -> Floats:
    """Numbers in [0, 1] of a given shape."""
    array = numbers(name, values, shape)
    if array.size and (array.min() < 0 or array.max() > 1):
        row = int(np.argwhere((array < 0) | (array > 1))[0][0])
        raise InputError(f"{name}: row {row} is not a probability")
    return array


def thresholds(values: ArrayLike) -> Floats:
    """Decision thresholds strictly inside (0, 1), shape (t,)."""
    array = numbers("thresholds", np.atleast_1d(np.asarray(values)), (-1,))
    if array.min() <= 0 or array.max() >= 1:
        raise InputError("thresholds: a decision threshold lies strictly between 0 and 1")
    return array


def survival_outcome(event: ArrayLike, time: ArrayLike) -> tuple[NDArray[np.bool_], Floats]:
    """Event flags and finite times, 0 or later, of the same length."""
    events, observed = binary(event, "event"), times(time)
    same_length(event=events, time=observed)
    return events, observed
