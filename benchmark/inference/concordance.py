"""Harrell's and Uno's C for several models at once, with the infinitesimal-jackknife covariance."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sksurv.nonparametric import kaplan_meier_estimator

from benchmark.errors import InputError

Floats = NDArray[np.float64]
Sample = tuple[ArrayLike, ArrayLike]


@dataclass(frozen=True)
class Concordance:
    """Concordance of k risk scores on the same n rows.

    Attributes:
        estimate: C of each score, shape (k,).
        covariance: infinitesimal-jackknife covariance of the estimates, shape (k, k).
        influence: influence of each row on each estimate, shape (n, k); sums to zero over rows.
        pairs: number of comparable pairs.
        tied_risk: comparable pairs with equal risk, shape (k,).
        min_censoring: Uno: the smallest G(t−) that was divided by; Harrell: 1.
    """

    estimate: Floats
    covariance: Floats
    influence: Floats
    pairs: int
    tied_risk: NDArray[np.int64]
    min_censoring: float


def concordance(
    event: ArrayLike,
    time: ArrayLike,
    risk: ArrayLike,
    *,
    fold: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    weights: Literal["harrell", "uno"] = "harrell",
    tau: float | None = None,
    train: Sample | Mapping[Any, Sample] | None = None,
) -> Concordance:
    """Concordance over the comparable pairs within folds.

    A pair (i, j) is comparable if i has the event and ``time_i < time_j``, or at equal times j is censored. It counts 1
    if ``risk_i > risk_j``, ½ if the risks are equal. Tied event times are not comparable. Each pair weighs 1 (Harrell)
    or 1 / G(t_i−)² (Uno), G being the Kaplan-Meier curve of the censoring time, events before censorings at ties.

    Args:
        event: shape (n,), bool.
        time: shape (n,), positive.
        risk: shape (n, k) or (n,), higher = earlier event.
        fold: shape (n,); pairs are counted within a fold only. Default: one fold.
        cluster: shape (n,); rows of one patient: their influences are summed before squaring. Default: every row its own.
        weights: ``harrell`` or ``uno``.
        tau: only events at ``time <= tau`` count. Default: all.
        train: Uno: the sample ``(event, time)`` that G is estimated on, or one per fold. Default: the rows themselves.

    Raises:
        InputError: lengths differ, a value is NaN, there is no comparable pair, or G(t−) is 0 at a counted event.

    References:
        Harrell et al. (1982) JAMA 247:2543; Uno et al. (2011) Stat Med 30:1105; Therneau & Atkinson, *Concordance*
        (vignette of R's survival): ``survival::concordance(…, influence=, timewt="n/G2")`` with ``strata(fold)``.
    """
    events, times, risks = _checked(event, time, risk)
    rows = len(times)
    folds = np.zeros(rows, int) if fold is None else _labels(fold, rows, "fold")
    clusters = np.arange(rows) if cluster is None else _codes(_labels(cluster, rows, "cluster"))
    counted = events if tau is None else events & (times <= tau)
    weight, min_censoring = _weights(events, times, counted, folds, train) if weights == "uno" else (np.ones(rows), 1.0)

    total = np.zeros(risks.shape[1])
    denominator, pairs = 0.0, 0
    tied = np.zeros(risks.shape[1], np.int64)
    parts: list[tuple[NDArray[np.intp], Floats, Floats]] = []
    for label in np.unique(folds):
        inside = np.flatnonzero(folds == label)
        comparable = _comparable(events[inside], times[inside], counted[inside])
        pair_weight = comparable * weight[inside][:, None]
        score = 0.5 * (1 + np.sign(risks[inside][:, None, :] - risks[inside][None, :, :]))
        weighted = pair_weight[:, :, None] * score
        total += weighted.sum(axis=(0, 1))
        denominator += pair_weight.sum()
        pairs += int(comparable.sum())
        tied += ((score == 0.5) & comparable[:, :, None]).sum(axis=(0, 1))
        # row + column sums: what row i adds to numerator and denominator, as the earlier and as the later of a pair
        parts.append((inside, weighted.sum(axis=0) + weighted.sum(axis=1), pair_weight.sum(axis=0) + pair_weight.sum(axis=1)))
    if denominator == 0:
        raise InputError("no comparable pair: within a fold, some event must come before another patient's event or censoring")

    estimate = total / denominator
    influence = np.zeros_like(risks)
    for inside, above, below in parts:
        influence[inside] = (above - below[:, None] * estimate) / denominator
    grouped = np.zeros((clusters.max() + 1, risks.shape[1]))
    np.add.at(grouped, clusters, influence)
    return Concordance(estimate, grouped.T @ grouped, influence, pairs, tied, min_censoring)


def censoring_survival(event: ArrayLike, time: ArrayLike, at: ArrayLike) -> Floats:
    """G(t−): the probability of being uncensored just before each time in ``at``, estimated on a sample."""
    steps, survival = kaplan_meier_estimator(np.asarray(event, bool), np.asarray(time, float), reverse=True)
    return np.concatenate([[1.0], survival])[np.searchsorted(steps, np.asarray(at, float), side="left")]


def _checked(event: ArrayLike, time: ArrayLike, risk: ArrayLike) -> tuple[NDArray[np.bool_], Floats, Floats]:
    events, times, risks = np.asarray(event, bool), np.asarray(time, float), np.asarray(risk, float)
    risks = risks[:, None] if risks.ndim == 1 else risks
    if not len(events) == len(times) == len(risks):
        raise InputError(f"event, time and risk differ in length: {len(events)}, {len(times)}, {len(risks)}")
    for name, values in (("time", times), ("risk", risks)):
        if not np.isfinite(values).all():
            raise InputError(f"{name}: row {int(np.argwhere(~np.isfinite(values))[0][0])} is NaN or infinite")
    return events, times, risks


def _labels(values: ArrayLike, rows: int, name: str) -> NDArray[Any]:
    labels = np.asarray(values)
    if len(labels) != rows:
        raise InputError(f"{name}: {len(labels)} labels for {rows} rows")
    return labels


def _codes(labels: NDArray[Any]) -> NDArray[np.intp]:
    return np.unique(labels, return_inverse=True)[1]


def _comparable(event: NDArray[np.bool_], time: Floats, counted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    earlier = time[:, None] < time[None, :]
    censored_tie = (time[:, None] == time[None, :]) & ~event[None, :]
    comparable: NDArray[np.bool_] = counted[:, None] & (earlier | censored_tie)
    return comparable


def _weights(
    event: NDArray[np.bool_],
    time: Floats,
    counted: NDArray[np.bool_],
    folds: NDArray[Any],
    train: Sample | Mapping[Any, Sample] | None,
) -> tuple[Floats, float]:
    survival = np.ones(len(time))
    for label in np.unique(folds):
        inside = folds == label
        sample = train[label] if isinstance(train, Mapping) else train
        sample_event, sample_time = sample if sample is not None else (event, time)
        survival[inside] = censoring_survival(sample_event, sample_time, time[inside])
    lowest = float(survival[counted].min(initial=1.0))
    if lowest == 0:
        raise InputError("Uno's C: the censoring curve G(t−) is 0 at a counted event; choose a smaller tau")
    return np.where(counted, 1 / np.where(survival > 0, survival, 1) ** 2, 0.0), lowest
