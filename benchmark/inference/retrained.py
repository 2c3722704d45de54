"""Is *this algorithm* better when it is trained again? Tests on the differences of repeated cross-validation.

The metric of two algorithms, split by split, differs by ``differences[repeat, fold]``. Training parts overlap, so these
differences are correlated and the plain t-test on them rejects a true null in up to two thirds of the cases; it is
not offered. Both functions inflate the variance by the overlap instead, ρ / (1 − ρ) with ρ the tested share.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from benchmark.errors import InputError
from benchmark.inference.checks import float_array, number, share

LARGEST = 1e290  # no step of the test overflows below it


@dataclass(frozen=True)
class CorrectedTTest:
    """Corrected resampled t-test of a mean difference.

    Attributes:
        mean: mean difference over all splits.
        se: its standard error, corrected for overlapping training parts.
        df: splits − 1.
        t: mean / se.
        p: two-sided.
        interval: of the mean, at the level asked for.
    """

    mean: float
    se: float
    df: int
    t: float
    p: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class CorrelatedPosterior:
    """Posterior of the mean difference: P(left) below −rope, P(rope) inside ±rope, P(right) above; they sum to 1."""

    left: float
    rope: float
    right: float


def corrected_resampled_ttest(differences: ArrayLike, test_fraction: float, level: float = 0.95) -> CorrectedTTest:
    """Nadeau and Bengio's t-test, for r times k-fold cross-validation as in Bouckaert and Frank.

    The variance of the mean of J = repeats · folds differences is ``(1/J + n_test/n_train) s²``. Measured rejection at nominal
    5 % under the null: 3 to 8 % on 70-10-20 folds (docs/calibration.md), more where nothing is held out for validation.

    Args:
        differences: shape (repeats, folds), metric of one algorithm minus that of the other on each split. A single
            repeat has shape (1, folds); (folds,) is read as that.
        test_fraction: n_test / (n_test + n_train) of one split, in (0, 1): 0.2 for five folds. A validation part belongs to
            neither: most models only choose by it, some never look.
        level: of the interval.

    Returns:
        All differences 0: t = 0, p = 1. All equal but not 0: se = 0, t = ±inf, p = 0.

    Raises:
        InputError: fewer than two differences, NaN, text, beyond ±1e290, or a test_fraction or level outside (0, 1).

    References:
        Nadeau & Bengio (2003) Machine Learning 52:239; Bouckaert & Frank (2004) PAKDD, LNCS 3056:3.
    """
    level = share(level, "level")
    mean, se, df = _summary(differences, test_fraction)
    statistic = mean / se if se > 0 else 0.0 if mean == 0 else float(np.copysign(np.inf, mean))
    half = float(student.ppf(0.5 + level / 2, df)) * se
    return CorrectedTTest(mean, se, df, statistic, float(2 * student.sf(abs(statistic), df)), (mean - half, mean + half))


def bayesian_correlated_ttest(differences: ArrayLike, test_fraction: float, rope: float) -> CorrelatedPosterior:
    """Posterior probabilities that one algorithm is worse, practically equivalent or better.

    The posterior of the mean difference under a flat prior is Student t with J − 1 degrees of freedom, centred at the
    mean, with the scale of :func:`corrected_resampled_ttest`.

    Args:
        differences: as in :func:`corrected_resampled_ttest`.
        test_fraction: n_test / n of one split, in (0, 1).
        rope: half-width of the region of practical equivalence, in the metric's unit, at least 0. With ``rope=0``,
            P(rope) is 0, except that identical algorithms have P(rope) = 1.

    Raises:
        InputError: as in :func:`corrected_resampled_ttest`, or a negative rope.

    References:
        Benavoli, Corani, Demšar & Zaffalon (2017) JMLR 18(77); Corani & Benavoli (2015) Machine Learning 100:285.
    """
    rope = number(rope, "rope", "a half-width, 0 or more", lambda at: at >= 0)
    mean, se, df = _summary(differences, test_fraction)
    if se == 0:
        return CorrelatedPosterior(float(mean < -rope), float(abs(mean) <= rope), float(mean > rope))
    left = float(student.cdf((-rope - mean) / se, df))
    right = float(student.sf((rope - mean) / se, df))
    return CorrelatedPosterior(left, max(0.0, 1 - left - right), right)


def _summary(differences: ArrayLike, test_fraction: float) -> tuple[float, float, int]:
    values: NDArray[np.float64] = np.atleast_2d(float_array(differences, "differences"))
    if values.ndim != 2 or values.size < 2:
        raise InputError(f"differences: shape {values.shape}; two or more splits as (repeats, folds) are needed")
    if not np.isfinite(values).all():
        repeat, fold = np.argwhere(~np.isfinite(values))[0]
        raise InputError(f"differences: repeat {repeat}, fold {fold} is NaN or infinite")
    fraction, largest = share(test_fraction, "test_fraction"), float(np.abs(values).max())
    if largest > LARGEST:
        raise InputError(f"differences: {largest:g} is above {LARGEST:g}; choose another unit")
    # a power of two makes squares fit and changes no digit
    _, exponent = math.frexp(largest)
    values = np.ldexp(values, -exponent)
    mean = math.ldexp(float(values.mean()), exponent)
    # equal differences leave rounding of their mean as a spread
    spread = 0.0 if np.ptp(values) <= 1e-15 * np.abs(values).max() else float(values.var(ddof=1))
    se = math.ldexp(float(np.sqrt((1 / values.size + fraction / (1 - fraction)) * spread)), exponent)
    return mean, se, values.size - 1
