"""What a cohort can resolve: the smallest difference it would show, and how many patients a difference needs."""

import math

from scipy.stats import norm

from benchmark.errors import InputError


def minimal_detectable_difference(se: float, power: float = 0.8, level: float = 0.95) -> float:
    """The true difference that a two-sided test at ``1 − level`` finds with probability ``power``.

    ``(z(½ + level/2) + z(power)) · se``, 2.80 standard errors by default.

    Args:
        se: standard error of the paired difference of two models on these patients, 0 or more.
        power: in [0.5, 1).
        level: of the interval that must exclude 0.

    Raises:
        InputError: se is negative or not finite, or power or level out of range.
    """
    if not (math.isfinite(se) and se >= 0):
        raise InputError(f"se: {se} is not a standard error")
    if not 0.5 <= power < 1:
        raise InputError(f"power: {power} is not in [0.5, 1)")
    if not 0 < level < 1:
        raise InputError(f"level: {level} is not between 0 and 1")
    return float(norm.ppf(0.5 + level / 2) + norm.ppf(power)) * se


def patients_needed(difference: float, se: float, patients: int, power: float = 0.8, level: float = 0.95) -> float:
    """How many patients would separate two models if the observed difference were the true one.

    The standard error is taken to shrink with the square root of the patients. An observed difference is itself
    uncertain: read the answer as an order of magnitude.

    Args:
        difference: of the two models, either sign.
        se: its standard error on ``patients`` patients.
        patients: how many there are now, 2 or more.
        power, level: as in :func:`minimal_detectable_difference`.

    Returns:
        A whole number, at least 2; ``inf`` for a difference of 0, which no cohort resolves.

    Raises:
        InputError: as in :func:`minimal_detectable_difference`, a difference that is not finite, fewer than 2 patients.
    """
    if not math.isfinite(difference):
        raise InputError(f"difference: {difference} is not finite")
    if patients < 2:
        raise InputError(f"patients: {patients}; two or more are needed")
    smallest = minimal_detectable_difference(se, power, level)
    if difference == 0:
        return math.inf
    return float(max(2, math.ceil(patients * (smallest / difference) ** 2)))
