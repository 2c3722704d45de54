"""What every metric asks of its input, beside the checks it shares with the inference."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmark.errors import InputError
from benchmark.inference.checks import binary, finite, float_array, number, plain, same_length, sample, times

Floats = NDArray[np.float64]


def numbers(name: str, values: ArrayLike, shape: tuple[int, ...]) -> Floats:
    """Finite floats of a given shape (−1: any length of at least 1)."""
    array = float_array(values, name)
    if array.ndim != len(shape) or any(have != want and (want != -1 or not have) for have, want in zip(array.shape, shape, strict=True)):
        raise InputError(f"{name}: shape {array.shape}, expected {str(shape).replace('-1', 'n')}")
    return finite(array, name)


def probabilities(name: str, values: ArrayLike, shape: tuple[int, ...]) -> Floats:
    """Numbers in [0, 1] of a given shape."""
    array = numbers(name, values, shape)
    if array.size and (array.min() < 0 or array.max() > 1):
        row = int(np.argwhere((array < 0) | (array > 1))[0][0])
        raise InputError(f"{name}: row {row} is not a probability")
    return array


def thresholds(values: ArrayLike) -> Floats:
    """Decision thresholds strictly inside (0, 1), shape (t,)."""
    array = numbers("thresholds", np.atleast_1d(plain(values, "thresholds")), (-1,))
    if array.min() <= 0 or array.max() >= 1:
        raise InputError("thresholds: a decision threshold lies strictly between 0 and 1")
    return array


def survival_outcome(event: ArrayLike, time: ArrayLike) -> tuple[NDArray[np.bool_], Floats]:
    """Event flags and finite times, 0 or later, of the same length."""
    events, observed = binary(event, "event"), times(time)
    same_length(event=events, time=observed)
    return events, observed


def training_part(train: object, events: NDArray[np.bool_], observed: Floats) -> tuple[NDArray[np.bool_], Floats]:
    """The sample ``(event, time)`` in ``train``; without one, the rows themselves."""
    return (events, observed) if train is None else survival_outcome(*sample(train))


def positive_time(horizon: object) -> float:
    """A horizon: finite and after 0."""
    return number(horizon, "horizon", "a positive time", lambda at: 0 < at < np.inf)
