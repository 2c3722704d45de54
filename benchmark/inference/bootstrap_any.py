"""Bootstrap of any metric: slower than the exact kernels, same patients, same result."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmark.errors import InputError
from benchmark.inference.bootstrap import Bootstrap
from benchmark.inference.checks import float_array, plain, same_length
from benchmark.inference.resampling import Units, checked_seed, multiplicities, units

Floats = NDArray[np.float64]
Metric = Callable[..., ArrayLike]

GIVE_UP = 100  # redraws of one resample before the metric counts as undefined


def bootstrap_metric(
    function: Metric,
    *data: ArrayLike,
    fold: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    resamples: int = 10_000,
    seed: int = 0,
) -> Bootstrap:
    """Bootstrap of ``function(*data)``.

    Resamples, strata and clusters as in ``bootstrap_concordance``; with the same seed, folds and clusters the resamples are the same patients.
    In a resample the rows of ``data`` are repeated, in their order. A metric that counts within folds takes the folds as one of ``data``.
    Where the metric does not exist on a resample, let ``function`` return NaN or raise InputError: the resample is drawn again and counted.

    Args:
        function: takes the arrays of ``data`` and returns a number or k numbers.
        data: arrays with n rows each, or tables; at least one.
        fold, cluster: shape (n,), labels.

    Raises:
        InputError: no data; lengths differ; the metric gives text or not always as many numbers; the metric does not exist on the full sample, or on 100 redraws of one resample; for BCa, without
            one of the patients.
    """
    arrays = [plain(values, f"data[{position}]") for position, values in enumerate(data)]
    if not arrays or any(array.ndim == 0 or not len(array) for array in arrays):
        raise InputError("data: at least one array with at least one row is needed")
    same_length(**{f"data[{position}]": array for position, array in enumerate(arrays)})
    checked_seed(seed, resamples)
    rows = len(arrays[0])
    drawn = units(rows, fold, cluster)

    sizes: set[int] = set()

    def on(chosen: NDArray[np.intp]) -> Floats | None:
        try:
            answer = function(*(array[chosen] for array in arrays))
        except InputError:
            return None
        value = np.atleast_1d(float_array(answer, "the metric"))
        if not np.isfinite(value).all():
            return None
        sizes.add(value.size)
        if len(sizes) > 1:
            raise InputError(f"the metric gives {' or '.join(map(str, sorted(sizes)))} numbers; it must give as many on every resample")
        return value

    full = on(np.arange(rows))
    if full is None or full.ndim != 1 or not full.size:
        raise InputError("the metric must give finite numbers, one for each model, on the full sample")
    draws, redrawn = np.empty((resamples, len(full))), 0
    for resample in range(resamples):
        draws[resample], attempts = _draw(on, drawn, seed, resample)
        redrawn += attempts
    return Bootstrap(full, draws, redrawn, drawn.count, lambda: _jackknife(on, drawn))


def _draw(on: Callable[[NDArray[np.intp]], Floats | None], drawn: Units, seed: int, resample: int) -> tuple[Floats, int]:
    for attempt in range(GIVE_UP):
        value = on(np.repeat(np.arange(len(drawn.of_row)), multiplicities(drawn, seed, resample, attempt)))
        if value is not None:
            return value, attempt
    raise InputError(f"the metric does not exist on {GIVE_UP} resamples in a row")


def _jackknife(on: Callable[[NDArray[np.intp]], Floats | None], drawn: Units) -> Floats:
    """Influence of each unit from the estimate without it, shape (units, k), centred within strata."""
    without = []
    for unit in range(drawn.count):
        value = on(np.flatnonzero(drawn.of_row != unit))
        if value is None:
            raise InputError("bca: the metric does not exist without one of the patients; use percentile or basic")
        without.append(value)
    return drawn.stratum_means_removed(-np.array(without))
