"""Net benefit of k models with a band over patients, where a patient is predicted several times."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmark.inference.checks import binary, patients
from benchmark.inference.concordance import sum_by
from benchmark.metrics.checks import probabilities
from benchmark.metrics.checks import thresholds as checked_thresholds

Floats = NDArray[np.float64]
NORMAL = 1.959963984540054  # 97.5 % point


@dataclass(frozen=True)
class DecisionCurve:
    """Net benefit per patient at t thresholds; treating nobody has 0.

    Attributes:
        thresholds: shape (t,).
        net_benefit, lower, upper: with a pointwise 95 % band, shape (k, t).
        treat_all: shape (t,).
        gain, gain_lower, gain_upper: over the better of treating all and treating nobody, paired, shape (k, t).
    """

    thresholds: Floats
    net_benefit: Floats
    lower: Floats
    upper: Floats
    treat_all: Floats
    gain: Floats
    gain_lower: Floats
    gain_upper: Floats


def decision_curve(y_true: ArrayLike, p: ArrayLike, thresholds: ArrayLike, cluster: ArrayLike | None = None) -> DecisionCurve:
    """Decision curves of k models: ``binary.net_benefit`` at every threshold, bands from the patients' own contributions.

    Args:
        y_true: shape (n,), true/false or 1/0.
        p: probability of the positive class, shape (n, k).
        thresholds: strictly inside (0, 1), shape (t,).
        cluster: shape (n,), labels of patients: the contributions of all rows of a patient are one.

    Raises:
        InputError: bad input.

    References:
        Vickers & Elkin (2006) Med Decis Making 26:565; Vickers et al. (2023) Diagn Progn Res 7:11 (intervals).
    """
    y, cuts = binary(y_true, "y_true"), checked_thresholds(thresholds)
    table = probabilities("p", p, (len(y), -1))
    who = np.arange(len(y)) if cluster is None else patients(cluster, len(y))
    everybody = np.where(y[:, None], 1.0, -cuts / (1 - cuts))
    better = everybody * (everybody.mean(axis=0) > 0)
    found = [_mean_and_error(everybody * (table[:, [model]] >= cuts), who) for model in range(table.shape[1])]
    gains = [_mean_and_error(everybody * (table[:, [model]] >= cuts) - better, who) for model in range(table.shape[1])]
    (value, error), (gain, gain_error) = (np.swapaxes(pair, 0, 1) for pair in (np.array(found), np.array(gains)))
    reach, gain_reach = NORMAL * error, NORMAL * gain_error
    return DecisionCurve(cuts, value, value - reach, value + reach, everybody.mean(axis=0), gain, gain - gain_reach, gain + gain_reach)


def _mean_and_error(added: Floats, who: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """The mean of rows (n, t) and its standard error over patients, each of shape (t,)."""
    mean = added.mean(axis=0)
    of_patient = sum_by(added - mean, who) / len(added)
    return mean, np.sqrt((of_patient**2).sum(axis=0))
