"""Discrimination at many horizons, over pooled pairs within folds, with its covariance over patients."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmark.errors import InputError
from benchmark.inference.checks import columns, groups, patients, same_length, sample
from benchmark.inference.concordance import Sample, censoring_survival, sum_by
from benchmark.metrics.checks import numbers, survival_outcome

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class AucOverTime:
    """Cumulative/dynamic AUC of k risks at t horizons.

    Attributes:
        horizons: shape (t,).
        estimate: shape (t, k); NaN where no fold has a case and a control.
        covariance: infinitesimal jackknife over patients, G taken as known, shape (t, k, k).
        cases, controls: patients with the event by the horizon, and followed beyond it, shape (t,).
    """

    horizons: Floats
    estimate: Floats
    covariance: Floats
    cases: Ints
    controls: Ints


def auc_over_time(
    event: ArrayLike,
    time: ArrayLike,
    risk: ArrayLike,
    horizons: ArrayLike,
    fold: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    train: Sample | Mapping[Any, Sample] | None = None,
) -> AucOverTime:
    """``time_dependent_auc`` at every horizon, over the pairs of a case and a control of the same fold.

    A pair weighs 1 / G(time−) of its case, G of the fold's training part, and counts ½ where the risks are equal. One fold gives
    :func:`time_dependent_auc`. The variance is that of ``inference.concordance``: a patient's rows are one cluster.

    Args:
        event, time: shape (n,).
        risk: shape (n, k) or (n,), higher = earlier event.
        horizons: rising, after 0, shape (t,).
        fold, cluster: shape (n,), labels of test folds and of patients.
        train: the sample ``(event, time)`` that G is estimated on, or one per fold label. Default: the rows themselves.

    Raises:
        InputError: bad input, horizons that do not rise after 0, or G(time−) = 0 at a case.

    References:
        Uno et al. (2007) JASA 102:527; Hung & Chiang (2010) Can J Stat 38:8.
    """
    events, when = survival_outcome(event, time)
    table, grid = columns(risk, "risk"), numbers("horizons", horizons, (-1,))
    same_length(event=events, risk=table)
    if grid[0] <= 0 or (np.diff(grid) <= 0).any():
        raise InputError("horizons: rising times after 0 are needed")
    folds, labels = groups(fold, len(when), "fold")
    who = patients(cluster, len(when)) if cluster is not None else np.arange(len(when))
    above, total = np.zeros((len(grid), table.shape[1])), np.zeros(len(grid))
    parts = []
    for code, label in enumerate(labels):
        rows = np.flatnonzero(folds == code)
        weight = _weights(events, when, rows, grid[-1], train[label] if isinstance(train, Mapping) else train)
        part = _Fold.of(events[rows], when[rows], table[rows], weight, grid)
        above += part.case_share.sum(axis=1)
        total += part.case_pairs.sum(axis=1)
        parts.append((rows, part))
    with np.errstate(invalid="ignore"):
        estimate = above / total[:, None]
    influence = np.zeros((len(grid), *table.shape))
    for rows, part in parts:
        influence[:, rows] = part.influence(estimate)
    with np.errstate(invalid="ignore"):
        scaled = influence / total[:, None, None]
    covariance = np.array([(grouped := sum_by(values, who)).T @ grouped for values in scaled])
    by_patient = np.array([[np.unique(who[rows]).size for rows in (events & (when <= at), when > at)] for at in grid])
    return AucOverTime(grid, estimate, covariance, by_patient[:, 0], by_patient[:, 1])


@dataclass(frozen=True)
class _Fold:
    """Pairs of one fold of m rows.

    Attributes:
        case_share, control_share: weighted pairs of every row in which the case has the higher risk, as case and as control, shape (t, m, k).
        case_pairs, control_pairs: weighted pairs of every row, shape (t, m).
    """

    case_share: Floats
    control_share: Floats
    case_pairs: Floats
    control_pairs: Floats

    @classmethod
    def of(cls, event: NDArray[np.bool_], time: Floats, risk: Floats, weight: Floats, grid: Floats) -> "_Fold":
        case = np.where(event & (time <= grid[:, None]), weight, 0.0)
        control = (time > grid[:, None]).astype(float)
        had = np.flatnonzero(event & (time <= grid[-1]))
        won = (1 + np.sign(risk[had, None] - risk[None])) / 2
        share = np.zeros((len(grid), *risk.shape))
        share[:, had] = np.einsum("te,emk,tm->tek", case[:, had], won, control, optimize=True)
        lost = np.einsum("te,emk,tm->tmk", case[:, had], won, control, optimize=True)
        return cls(share, lost, case * control.sum(axis=1, keepdims=True), control * case.sum(axis=1, keepdims=True))

    def influence(self, estimate: Floats) -> Floats:
        """What every row adds to numerator − estimate · denominator, shape (t, m, k)."""
        known = np.where(np.isfinite(estimate), estimate, 0.0)[:, None]
        return self.case_share + self.control_share - known * (self.case_pairs + self.control_pairs)[..., None]


def _weights(event: NDArray[np.bool_], time: Floats, rows: NDArray[np.intp], last: float, train: Sample | None) -> Floats:
    """1 / G(time−) of the rows that can be cases, 0 of the others."""
    sample_event, sample_time = sample(train) if train is not None else (event, time)
    before = censoring_survival(sample_event, sample_time, time[rows])
    case = event[rows] & (time[rows] <= last)
    if (before[case] == 0).any():
        raise InputError("the censoring curve G(time-) is 0 at a case; choose smaller horizons")
    return np.where(case, 1 / np.where(before > 0, before, 1), 0.0)
