"""Calibration of whole survival curves."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2

from benchmark.inference.checks import binary, whole
from benchmark.metrics.checks import probabilities

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DCalibration:
    """Distribution of the predicted survival at the patients' own times.

    Attributes:
        counts: patients per bin of [0, 1], shape (bins,); censored patients are spread, so not whole numbers.
        chi2, df, p: Pearson's test that all bins hold the same number. A large p means: no sign of miscalibration.
    """

    counts: Floats
    chi2: float
    df: int
    p: float


def d_calibration(event: ArrayLike, survival_at_time: ArrayLike, bins: int = 10) -> DCalibration:
    """Are the predicted survival probabilities at the event times uniform, as they are for a calibrated model?

    A patient with the event adds 1 to the bin of S_i(T_i). A censored patient would have had the event later, at a value
    anywhere in [0, S_i(C_i)]: this 1 is spread over that interval in proportion to the bins' widths. Bins are
    [0, 1/b), …, [1 − 1/b, 1]. With heavy censoring the spreading smooths the counts and the test rejects too rarely.

    Args:
        event: shape (n,).
        survival_at_time: S_i(t_i), the predicted survival of each patient at his own event or censoring time, shape (n,).
        bins: 2 or more.

    Raises:
        InputError: mismatched lengths, a value that is no probability, fewer than two bins.

    References:
        Haider, Hoehn, Davis & Greiner (2020) JMLR 21(85).
    """
    events = binary(event, "event")
    values = probabilities("survival_at_time", survival_at_time, events.shape)
    bins = whole(bins, "bins", 2)
    low = np.arange(bins) / bins
    own = np.minimum(np.floor(values * bins).astype(int), bins - 1)
    counts = np.bincount(own[events], minlength=bins).astype(float)
    for value, bin_ in zip(values[~events], own[~events], strict=True):
        if value > 0:
            counts += np.clip(value - low, 0, 1 / bins) / value
        else:
            counts[bin_] += 1
    expected = len(values) / bins
    statistic = float(((counts - expected) ** 2).sum() / expected)
    return DCalibration(counts, statistic, bins - 1, float(chi2.sf(statistic, bins - 1)))
