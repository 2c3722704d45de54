"""Intervals of an estimate and of the paired difference of two."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import norm


class Estimates(Protocol):
    """k estimates on the same patients, with their covariance."""

    @property
    def estimate(self) -> NDArray[np.float64]: ...

    @property
    def covariance(self) -> NDArray[np.float64]: ...


@dataclass(frozen=True)
class Contrast:
    """The paired difference of two estimates: Wald interval and two-sided p, conditional on the fitted models."""

    difference: float
    se: float
    interval: tuple[float, float]
    z: float
    p: float


def contrast(result: Estimates, i: int, j: int, level: float = 0.95) -> Contrast:
    """``estimate[i] − estimate[j]`` with its paired standard error.

    Two models with the same predictions have difference 0, standard error 0, z = 0 and p = 1.
    """
    difference = float(result.estimate[i] - result.estimate[j])
    variance = result.covariance[i, i] + result.covariance[j, j] - 2 * result.covariance[i, j]
    # rounding leaves ±1e-19 where two models order every pair alike
    se = float(np.sqrt(variance)) if variance > 1e-15 else 0.0
    half = float(norm.ppf(0.5 + level / 2)) * se
    z = difference / se if se > 0 else 0.0 if difference == 0 else float(np.copysign(np.inf, difference))
    return Contrast(difference, se, (difference - half, difference + half), z, float(2 * norm.sf(abs(z))))


def logit_interval(estimate: float, variance: float, level: float = 0.95) -> tuple[float, float]:
    """Wald interval of a C-index or AUC on the logit scale; an estimate of 0 or 1, or without variance, is its own interval."""
    if not 0 < estimate < 1 or variance <= 0:
        return estimate, estimate
    half = norm.ppf(0.5 + level / 2) * np.sqrt(variance) / (estimate * (1 - estimate))
    return float(expit(logit(estimate) - half)), float(expit(logit(estimate) + half))
