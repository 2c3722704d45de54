"""Harrell's and Uno's C for several models at once, with the infinitesimal-jackknife covariance."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sksurv.nonparametric import kaplan_meier_estimator

from benchmark.errors import InputError, UndefinedError
from benchmark.inference.checks import binary, columns, groups, number, patients, same_length, sample, times
from benchmark.inference.layout import Layout, arrange, rank
from benchmark.inference.pairs import concordant_of_rows, pairs_of_rows

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Sample = tuple[ArrayLike, ArrayLike]
Weights = Literal["harrell", "uno"]


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
    weights: Weights = "harrell",
    tau: float | None = None,
    train: Sample | Mapping[Any, Sample] | None = None,
) -> Concordance:
    """Concordance over the comparable pairs within folds.

    A pair (i, j) is comparable if i has the event and ``time_i < time_j``, or at equal times j is censored. It counts 1
    if ``risk_i > risk_j``, ½ if the risks are equal. Tied event times are not comparable. Each pair weighs 1 (Harrell)
    or 1 / G(t_i−)² (Uno), G being the Kaplan-Meier curve of the censoring time, events before censorings at ties.
    Times are compared exactly: 0.1 + 0.2 is later than 0.3 (``timefix`` of R's survival would tie them); round times that were computed.

    Args:
        event: shape (n,), true/false or 1/0.
        time: shape (n,), any unit, 0 or more.
        risk: shape (n, k) or (n,), higher = earlier event.
        fold: shape (n,), labels; pairs are counted within a fold only, a fold without a comparable pair adds nothing. Default: one fold.
        cluster: shape (n,); rows of one patient: their influences are summed before squaring. Default: every row its own.
        weights: ``harrell`` or ``uno``.
        tau: only events at ``time <= tau`` count. Default: all.
        train: Uno: the sample ``(event, time)`` that G is estimated on, or one per fold label. Default: the rows themselves.

    Returns:
        O(n k) numbers, in O(n log n k) time. Risks that are all equal give an estimate of ½ with variance 0.

    Raises:
        InputError: lengths differ, a value is text, missing, NaN or infinite, an event is not true/false or 1/0, a time is negative,
            there is no comparable pair (no event, one row, tau too small), ``cluster`` names a single patient, tau is no number, or G(t−) is 0 at a counted event.

    References:
        Harrell et al. (1982) JAMA 247:2543; Uno et al. (2011) Stat Med 30:1105; Therneau & Atkinson, *Concordance*
        (vignette of R's survival): ``survival::concordance(…, influence=, timewt="n/G2")`` with ``strata(fold)``.
    """
    columns_of_pairs = prepare(event, time, risk, fold, weights, tau, train)
    return estimate(columns_of_pairs, patients(cluster, len(columns_of_pairs.risk)) if cluster is not None else None)


@dataclass(frozen=True)
class Comparable:
    """Checked input: ``risk (n, k)`` in input order, the layout, the pair weight of the event at each place, and the smallest G(t−)."""

    risk: Floats
    layout: Layout
    weight: Floats
    min_censoring: float


def prepare(
    event: ArrayLike,
    time: ArrayLike,
    risk: ArrayLike,
    fold: ArrayLike | None,
    weights: str,
    tau: float | None,
    train: Sample | Mapping[Any, Sample] | None,
) -> Comparable:
    """Check the arguments of ``concordance`` and sort the rows."""
    events, when, risks = binary(event, "event"), times(time), columns(risk, "risk")
    same_length(event=events, time=when, risk=risks)
    folds, labels = groups(fold, len(when), "fold")
    if weights not in ("harrell", "uno"):
        raise InputError(f"weights: '{weights}' is neither harrell nor uno")
    counted = events if tau is None else events & (when <= number(tau, "tau", "a time", lambda at: at == at))
    layout = arrange(folds, when, counted)
    if weights == "harrell":
        return Comparable(risks, layout, np.ones(len(when)), 1.0)
    weight, lowest = _inverse_censoring(events, when, counted, folds, labels, train)
    return Comparable(risks, layout, weight[layout.order], lowest)


def estimate(comparable: Comparable, cluster: Ints | None) -> Concordance:
    """C, influence and covariance; ``cluster`` holds codes 0, 1, … in input order."""
    layout, weight = comparable.layout, comparable.weight
    below, denominator, pairs = pairs_of_rows(layout.start, layout.opens, layout.counted, weight)
    if pairs == 0:
        raise UndefinedError("no comparable pair: within a fold, some event must come before another patient's event or censoring")
    models = comparable.risk.shape[1]
    estimates, tied, influence = np.empty(models), np.empty(models, np.int64), np.empty_like(comparable.risk)
    for model in range(models):
        _, ranks = rank(layout, comparable.risk[:, model])
        above, concordant, tied[model] = concordant_of_rows(layout.start, layout.opens, layout.counted, weight, ranks)
        estimates[model] = concordant / denominator
        # row + column sums: what a row adds to numerator and denominator, as the earlier and as the later of a pair
        influence[layout.order, model] = (above - below * estimates[model]) / denominator
    grouped = influence if cluster is None else sum_by(influence, cluster)
    return Concordance(estimates, grouped.T @ grouped, influence, pairs, tied, comparable.min_censoring)


def sum_by(values: Floats, codes: Ints) -> Floats:
    """Sum the rows of ``values (n, k)`` that have the same code: shape (codes, k)."""
    size = int(codes.max()) + 1
    return np.column_stack([np.bincount(codes, column, size) for column in values.T])


def censoring_survival(event: ArrayLike, time: ArrayLike, at: ArrayLike) -> Floats:
    """G(t−): the probability of being uncensored just before each time in ``at``, estimated on a sample."""
    events, when = binary(event, "event of the training part"), times(time, "time of the training part")
    same_length(event=events, time=when)
    steps, survival = kaplan_meier_estimator(events, when, reverse=True)
    return np.concatenate([[1.0], survival])[np.searchsorted(steps, np.asarray(at, float), side="left")]


def _inverse_censoring(
    event: Bools, time: Floats, counted: Bools, folds: Ints, labels: NDArray[Any], train: Sample | Mapping[Any, Sample] | None
) -> tuple[Floats, float]:
    survival = np.ones(len(time))
    for code, label in enumerate(labels):
        inside = folds == code
        if isinstance(train, Mapping) and label not in train:
            raise InputError(f"train: no training part for fold {label}")
        part = train[label] if isinstance(train, Mapping) else train
        sample_event, sample_time = sample(part) if part is not None else (event, time)
        survival[inside] = censoring_survival(sample_event, sample_time, time[inside])
    lowest = float(survival[counted].min(initial=1.0))
    if lowest == 0:
        raise InputError("Uno's C: the censoring curve G(t−) is 0 at a counted event; choose a smaller tau")
    return np.where(counted, 1 / np.where(survival > 0, survival, 1) ** 2, 0.0), lowest
