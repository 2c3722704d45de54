"""What a cohort can resolve: the smallest difference it would show, and how many patients a difference needs."""

import math

from scipy.stats import norm

from benchmark.inference.checks import number, share


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
    se = number(se, "se", "a standard error, 0 or more", lambda at: 0 <= at < math.inf)
    power = number(power, "power", "in [0.5, 1)", lambda at: 0.5 <= at < 1)
    level = share(level, "level")
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
        A whole number, at least 2; ``inf`` for a difference of 0, or one so small (1e-300) that the number has no float: no cohort resolves it.

    Raises:
        InputError: as in :func:`minimal_detectable_difference`, a difference that is not finite, fewer than 2 patients or NaN.
    """
    gap = number(difference, "difference")
    now = number(patients, "patients", "a number of patients, 2 or more", lambda at: 2 <= at < math.inf)
    smallest = minimal_detectable_difference(se, power, level)
    if gap == 0:
        return math.inf
    ratio = smallest / gap
    needed = now * (ratio * ratio)  # ratio**2 would raise where the product is infinite
    return float(max(2, math.ceil(needed))) if math.isfinite(needed) else math.inf
