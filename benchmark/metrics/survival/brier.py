"""Squared error of predicted survival at one horizon and over several, with what Kaplan-Meier alone would get."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sksurv.nonparametric import kaplan_meier_estimator

from benchmark.errors import InputError
from benchmark.inference.checks import float_array
from benchmark.inference.concordance import Sample
from benchmark.metrics.checks import numbers, positive_time, probabilities, survival_outcome, training_part
from benchmark.metrics.survival.ipcw import horizon_weights

Floats = NDArray[np.float64]
Rule = Literal["trapezoid", "step"]


def brier_score(event: ArrayLike, time: ArrayLike, survival: ArrayLike, horizon: float, *, train: Sample | None = None) -> float:
    """IPCW Brier score at a horizon: mean squared error of the predicted survival, 0 = best.

    Args:
        event: shape (n,).
        time: shape (n,), 0 or later.
        survival: predicted probability to be free of the event beyond the horizon, shape (n,).
        horizon: in the unit of ``time``.
        train: the sample ``(event, time)`` that the censoring curve G is estimated on. Default: the rows themselves.

    Raises:
        InputError: bad input, a value that is no probability, or G(horizon) = 0.

    References:
        Graf et al. (1999) Stat Med 18:2529; equals ``riskRegression::Score(…, metrics="brier")``.
    """
    cases, controls = horizon_weights(event, time, horizon, train)
    predicted = probabilities("survival", survival, cases.shape)
    return float((cases * predicted**2 + controls * (1 - predicted) ** 2).mean())


def integrated_brier_score(
    event: ArrayLike,
    time: ArrayLike,
    survival: ArrayLike,
    horizons: ArrayLike,
    *,
    train: Sample | None = None,
    rule: Rule = "trapezoid",
) -> float:
    """Brier score averaged over time from the first to the last horizon.

    Args:
        event: shape (n,).
        time: shape (n,), 0 or later.
        survival: predicted survival at each horizon, shape (n, t).
        horizons: shape (t,), rising, t >= 2.
        train: as in :func:`brier_score`.
        rule: ``trapezoid``, or ``step``, where each score holds until the next horizon, as in R's ``pec``: exact if the
            horizons are all the times at which a curve jumps, cruder than the trapezoid on a few declared horizons.

    Raises:
        InputError: as in :func:`brier_score`, horizons that do not rise, or another rule.

    References:
        Graf et al. (1999); ``step`` equals ``pec::crps``.
    """
    if rule not in ("trapezoid", "step"):
        raise InputError(f"rule: '{rule}' is neither trapezoid nor step")
    grid = _rising(horizons)
    events, times = survival_outcome(event, time)
    predicted = probabilities("survival", survival, (len(times), len(grid)))
    scores = [brier_score(events, times, predicted[:, i], at, train=train) for i, at in enumerate(grid.tolist())]
    area = np.trapezoid(scores, grid) if rule == "trapezoid" else np.dot(scores[:-1], np.diff(grid))
    return float(area / (grid[-1] - grid[0]))


def kaplan_meier(event: ArrayLike, time: ArrayLike, at: ArrayLike) -> Floats:
    """S(t): the Kaplan-Meier estimate of survival beyond each time in ``at``; after the last time it stays where it is."""
    events, times = survival_outcome(event, time)
    asked = float_array(at, "at")
    if np.isnan(asked).any():
        raise InputError(f"at: row {int(np.argmax(np.isnan(np.ravel(asked))))} is NaN; a curve needs a time")
    steps, values = kaplan_meier_estimator(events, times)
    return np.asarray(np.concatenate([[1.0], values])[np.searchsorted(steps, asked, side="right")], float)


def null_brier_score(event: ArrayLike, time: ArrayLike, horizon: float, *, train: Sample | None = None) -> float:
    """Brier score of the Kaplan-Meier curve of the training sample (default: of the rows themselves) for everybody."""
    events, times = survival_outcome(event, time)
    train_event, train_time = training_part(train, events, times)
    free = kaplan_meier(train_event, train_time, positive_time(horizon))
    return brier_score(events, times, np.full(len(times), free), horizon, train=train)


def null_integrated_brier_score(
    event: ArrayLike, time: ArrayLike, horizons: ArrayLike, *, train: Sample | None = None, rule: Rule = "trapezoid"
) -> float:
    """Integrated Brier score of the Kaplan-Meier curve of the training sample (default: of the rows themselves)."""
    events, times = survival_outcome(event, time)
    grid = _rising(horizons)
    train_event, train_time = training_part(train, events, times)
    free = kaplan_meier(train_event, train_time, grid)
    return integrated_brier_score(events, times, np.tile(free, (len(times), 1)), grid, train=train, rule=rule)


def _rising(horizons: ArrayLike) -> Floats:
    grid = numbers("horizons", horizons, (-1,))
    if len(grid) < 2 or (np.diff(grid) <= 0).any():
        raise InputError("horizons: two or more rising times are needed")
    return grid
