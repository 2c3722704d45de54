"""Intervals of an estimate, of the paired difference of two, and the test that all k are equal."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import chi2, norm

from benchmark.errors import InputError
from benchmark.inference.checks import number, share, whole

ROUNDING = 16 * np.finfo(float).eps  # of the variances: what is left of a difference of two models that order every pair alike
NO_DIFFERENCE = 1e-12  # and as little in their estimates


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


@dataclass(frozen=True)
class JointTest:
    """Wald test that all k estimates are equal, conditional on the fitted models.

    Attributes:
        chi2: the statistic.
        df: the number of independent differences; k − 1 unless models repeat each other.
        p: upper tail of χ² with ``df``.
    """

    chi2: float
    df: int
    p: float


def contrast(result: Estimates, i: int, j: int, level: float = 0.95) -> Contrast:
    """``estimate[i] − estimate[j]`` with its paired standard error.

    Two models with the same predictions have difference 0, standard error 0, z = 0 and p = 1.

    Raises:
        InputError: i or j is not 0 … k − 1, or a level outside (0, 1).
    """
    last, level = len(result.estimate) - 1, share(level, "level")
    i, j = whole(i, "i", 0, last), whole(j, "j", 0, last)
    difference = float(result.estimate[i] - result.estimate[j])
    variance = result.covariance[i, i] + result.covariance[j, j] - 2 * result.covariance[i, j]
    se = float(np.sqrt(variance)) if variance > ROUNDING * (result.covariance[i, i] + result.covariance[j, j]) else 0.0
    half = float(norm.ppf(0.5 + level / 2)) * se
    z = difference / se if se > 0 else 0.0 if abs(difference) <= NO_DIFFERENCE else float(np.copysign(np.inf, difference))
    return Contrast(difference, se, (difference - half, difference + half), z, float(2 * norm.sf(abs(z))))


def paired(estimate: NDArray[np.float64], covariance: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """``contrast`` for all pairs at once: z and standard error of estimate i − estimate j, both of shape (k, k)."""
    variance = np.diag(covariance)
    both = variance[:, None] + variance[None, :]
    squared = both - 2 * covariance
    se = np.sqrt(np.where(squared > ROUNDING * both, squared, 0))
    difference = np.subtract.outer(estimate, estimate)
    certain = np.where(np.abs(difference) > NO_DIFFERENCE, np.copysign(np.inf, difference), 0)
    return np.where(se > 0, difference / np.where(se > 0, se, 1), certain), se


def joint_test(result: Estimates) -> JointTest:
    """Are all k estimates equal? Conditional on the fitted models.

    The quadratic form of the centred estimates in the pseudo-inverse of their covariance: it does not depend on a
    reference model, and a model that repeats another drops out of it. For k = 2 it is the square of ``contrast``'s z.
    One model, or k identical ones: chi2 = 0, df = 0, p = 1. Estimates that differ along a direction without variance
    (a perfect and an inverted risk): chi2 = inf, p = 0, as ``contrast`` has z = inf.

    Raises:
        InputError: an estimate or a covariance is NaN or infinite.

    References:
        DeLong, DeLong & Clarke-Pearson (1988) Biometrics 44:837.
    """
    models = len(result.estimate)
    if not (np.isfinite(result.estimate).all() and np.isfinite(result.covariance).all()):
        raise InputError("joint test: an estimate or its covariance is NaN or infinite")
    centring = np.eye(models) - 1 / models
    difference = centring @ result.estimate
    variances, directions = np.linalg.eigh(centring @ result.covariance @ centring)
    kept = variances > max(ROUNDING * np.trace(result.covariance), 1e-12 * variances[-1])
    along = directions.T @ difference
    df = int(kept.sum())
    # estimates that rounding alone tells apart are equal
    if (np.abs(along[~kept]) > 1e-9 * np.abs(result.estimate).max()).any():
        return JointTest(float("inf"), df, 0.0)
    statistic = float((along[kept] ** 2 / variances[kept]).sum())
    return JointTest(statistic, df, float(chi2.sf(statistic, df)) if df else 1.0)


def logit_interval(estimate: float, variance: float, level: float = 0.95) -> tuple[float, float]:
    """Wald interval of a C-index or AUC on the logit scale; an estimate of 0 or 1, or without variance, is its own interval.

    Raises:
        InputError: an estimate or variance that is NaN, infinite or text, or a level outside (0, 1).
    """
    estimate, variance, level = number(estimate, "estimate"), number(variance, "variance"), share(level, "level")
    if not 0 < estimate < 1 or variance <= 0:
        return estimate, estimate
    half = norm.ppf(0.5 + level / 2) * np.sqrt(variance) / (estimate * (1 - estimate))
    return float(expit(logit(estimate) - half)), float(expit(logit(estimate) + half))
