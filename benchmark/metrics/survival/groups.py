"""Two groups of patients by predicted risk: their survival curves, and the log-rank test stratified by fold."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2

from benchmark.errors import InputError, UndefinedError
from benchmark.inference.checks import binary, float_array, groups, patients, same_length
from benchmark.inference.concordance import sum_by
from benchmark.metrics.checks import numbers, survival_outcome

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LogRank:
    """Log-rank test of one group against the rest, stratified, with a variance over patients.

    Attributes:
        observed, expected: events of the group, summed over strata, and how many there would be if both had the same hazard.
        chi2, p: (observed − expected)² / variance on one degree of freedom; 0 and 1 where no stratum compares anybody.
    """

    observed: float
    expected: float
    chi2: float
    p: float


def high_risk(risk: ArrayLike, fold: ArrayLike | None = None) -> NDArray[np.bool_]:
    """Whose risk is above the median of the test fold, shape (n,); who equals the median is not above it."""
    values = numbers("risk", risk, (-1,))
    folds, _ = groups(fold, len(values), "fold")
    median = np.array([np.median(values[folds == code]) for code in range(folds.max() + 1)])
    return np.asarray(values > median[folds])


def survival_of(event: ArrayLike, time: ArrayLike, weights: ArrayLike, at: ArrayLike) -> Floats:
    """Kaplan-Meier curves of the same patients under many sets of weights.

    Args:
        event, time: shape (n,).
        weights: how much every patient counts, 0 or more, shape (sets, n): copies in a resample times the share of his tests
            in which he is in the group.
        at: times, shape (t,).

    Returns:
        Shape (sets, t); NaN from where on nobody is followed any more, unless the curve has come down to 0.

    Raises:
        InputError: bad input.
    """
    events, when = survival_outcome(event, time)
    table, asked = float_array(weights, "weights"), numbers("at", at, (-1,))
    if table.ndim != 2 or table.shape[1] != len(when) or not np.isfinite(table).all() or table.min(initial=0.0) < 0:
        raise InputError(f"weights: shape {table.shape} of numbers from 0 on; (sets, {len(when)}) is needed")
    steps = np.unique(when[events])
    followed = when >= steps[:, None]
    had = (when == steps[:, None]) & events
    there, happened = table @ followed.T, table @ had.T
    factor = np.where(there > 0, 1 - happened / np.where(there > 0, there, 1), 1.0)
    curve = np.column_stack([np.ones(len(table)), np.clip(np.cumprod(factor, axis=1), 0, 1)])
    values = curve[:, np.searchsorted(steps, asked, side="right")]
    last = np.where(table > 0, when, -np.inf).max(axis=1)
    return np.where((asked > last[:, None]) & (values > 1e-12), np.nan, values)


def stratified_log_rank(
    event: ArrayLike, time: ArrayLike, group: ArrayLike, stratum: ArrayLike | None = None, cluster: ArrayLike | None = None
) -> LogRank:
    """Do those in the group have the event earlier than the others of their stratum?

    observed − expected is that of the ordinary stratified test. Its variance is the sum of squares of what every patient adds
    to it (the score residuals, summed over his rows), so that a patient who is tested ten times counts as one; with one row for each patient
    it is close to the ordinary variance, and holds under the same null.

    Args:
        event, time: shape (n,).
        group: shape (n,), true/false or 1/0.
        stratum: shape (n,), labels of test folds: patients are compared within them only. Default: one.
        cluster: shape (n,), labels of patients. Default: every row its own.

    Raises:
        UndefinedError: no event in any stratum that has both groups.
        InputError: bad input.

    References:
        Lin & Wei (1989) JASA 84:1074 (the robust score test); Mantel (1966) Cancer Chemother Rep 50:163.
    """
    events, when = survival_outcome(event, time)
    member = binary(group, "group")
    same_length(event=events, group=member)
    strata, labels = groups(stratum, len(when), "stratum")
    added, expected, counted = np.zeros(len(when)), 0.0, np.zeros(len(when), bool)
    for code in range(len(labels)):
        rows = np.flatnonzero(strata == code)
        if member[rows].any() and not member[rows].all() and events[rows].any():
            added[rows], share = _residuals(events[rows], when[rows], member[rows])
            expected += share
            counted[rows] = True
    if not counted.any():
        raise UndefinedError("log-rank: no stratum has an event and patients of both groups")
    difference = float(added.sum())
    each = added if cluster is None else sum_by(added[:, None], patients(cluster, len(when)))[:, 0]
    variance = float((each**2).sum())
    statistic = difference**2 / variance if variance > 1e-20 else 0.0
    return LogRank(expected + difference, expected, statistic, float(chi2.sf(statistic, 1)))


def _residuals(event: Bools, time: Floats, member: Bools) -> tuple[Floats, float]:
    """Score residual of every row of one stratum (they sum to observed − expected), and the expected number of events in the group."""
    steps = np.unique(time[event])
    followed = time >= steps[:, None]
    had = ((time == steps[:, None]) & event).sum(axis=1)
    there = followed.sum(axis=1)
    share = (followed & member).sum(axis=1) / there
    own = np.where(event, member - share[np.searchsorted(steps, time).clip(max=len(steps) - 1)], 0.0)
    spread = (followed * (member - share[:, None]) * (had / there)[:, None]).sum(axis=0)
    return own - spread, float((had * share).sum())
