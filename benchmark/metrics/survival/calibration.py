"""Calibration of predicted survival at a horizon: slope and curve."""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest
from sklearn.exceptions import ConvergenceWarning
from sksurv.linear_model import CoxPHSurvivalAnalysis
from sksurv.nonparametric import kaplan_meier_estimator
from sksurv.util import Surv

from benchmark.errors import InputError
from benchmark.inference.checks import whole
from benchmark.metrics.checks import positive_time, probabilities, survival_outcome

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CalibrationCurve:
    """Predicted against observed risk of the event by the horizon, in groups of rising predicted risk.

    Attributes:
        predicted: mean predicted risk of each group, shape (g,).
        observed: 1 − Kaplan-Meier at the horizon, shape (g,).
        lower, upper: 95 % interval of ``observed`` (Greenwood, log-log; exact binomial at 0 and 1), shape (g,).
        patients: shape (g,).
    """

    predicted: Floats
    observed: Floats
    lower: Floats
    upper: Floats
    patients: NDArray[np.int64]


def calibration_slope(event: ArrayLike, time: ArrayLike, survival: ArrayLike, horizon: float) -> float:
    """Slope of the outcome on the prediction: 1 = right, below 1 = predictions too extreme, as after overfitting.

    The coefficient of ``log(−log S(horizon))``, the linear predictor of a proportional-hazards model, in a Cox regression
    (Efron) of the outcome, with follow-up ended at the horizon.

    Args:
        event: shape (n,).
        time: shape (n,), 0 or later.
        survival: predicted probability to be free of the event beyond the horizon, shape (n,), strictly inside (0, 1).
        horizon: in the unit of ``time``.

    Raises:
        InputError: bad input, a prediction of 0 or 1, equal predictions, no event by the horizon, or a slope that is
            infinite because the prediction orders the events perfectly.

    References:
        van Houwelingen (2000) Stat Med 19:3401; Crowson, Atkinson & Therneau (2016) Stat Methods Med Res 25:1692.
    """
    events, times = survival_outcome(event, time)
    horizon = positive_time(horizon)
    predicted = probabilities("survival", survival, times.shape)
    if predicted.min() == 0 or predicted.max() == 1:
        raise InputError("survival: a prediction of exactly 0 or 1 has no calibration slope")
    if np.ptp(predicted) == 0:
        raise InputError("survival: all predictions are equal; a constant has no calibration slope")
    counted = events & (times <= horizon)
    if not counted.any():
        raise InputError(f"horizon {horizon:g}: no event at or before it")
    log_risk = np.log(-np.log(predicted))
    scale = log_risk.std()
    outcome = Surv.from_arrays(counted, np.minimum(times, horizon))
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        warnings.simplefilter("ignore", RuntimeWarning)  # what overflows ends in one of the errors below
        try:
            model = CoxPHSurvivalAnalysis(ties="efron", tol=1e-12).fit(((log_risk - log_risk.mean()) / scale)[:, None], outcome)
        except (ArithmeticError, ValueError, ConvergenceWarning) as error:
            raise InputError("calibration slope: not finite; the prediction orders the events perfectly, or nearly so") from error
    return float(model.coef_[0] / scale)


def calibration_curve(event: ArrayLike, time: ArrayLike, survival: ArrayLike, horizon: float, groups: int = 5) -> CalibrationCurve:
    """Predicted against observed risk by the horizon, in quantile groups, each with its own Kaplan-Meier curve.

    Kaplan-Meier within groups needs censoring to be independent of the outcome only inside a group. Equal predictions
    stay together, so there may be fewer groups than asked for, and uneven ones.

    Args:
        event: shape (n,).
        time: shape (n,), 0 or later.
        survival: predicted probability to be free of the event beyond the horizon, shape (n,).
        horizon: in the unit of ``time``.
        groups: 1 or more.

    Raises:
        InputError: bad input, or a group in which nobody is followed to the horizon; the message names the largest
            horizon that all groups reach.

    References:
        Austin, Harrell & van Klaveren (2020) Stat Med 39:2714 (and its caution about grouping).
    """
    events, times = survival_outcome(event, time)
    horizon = positive_time(horizon)
    risk = 1 - probabilities("survival", survival, times.shape)
    parts = whole(groups, "groups", 1)
    edges = np.quantile(risk, np.arange(1, parts) / parts)
    _, group = np.unique(np.searchsorted(edges, risk, side="left"), return_inverse=True)
    members = [np.flatnonzero(group == label) for label in range(group.max() + 1)]
    # a curve that has come down to 0 is known for ever
    reach = [np.inf if events[rows][times[rows] == times[rows].max()].all() else times[rows].max() for rows in members]
    if min(reach) < horizon:
        short = int(np.argmin(reach)) + 1
        raise InputError(f"horizon {horizon:g}: nobody in group {short} is followed so long; the largest usable one is {min(reach):g}")
    points = np.array([_observed(events[rows], times[rows], horizon) for rows in members])
    predicted = np.array([risk[rows].mean() for rows in members])
    return CalibrationCurve(predicted, points[:, 0], points[:, 1], points[:, 2], np.array([len(rows) for rows in members]))


def _observed(event: NDArray[np.bool_], time: Floats, horizon: float) -> tuple[float, float, float]:
    """Observed risk at the horizon with its 95 % interval."""
    happened = event & (time <= horizon)
    if not happened.any():
        return 0.0, 0.0, float(binomtest(0, max(1, int((time >= horizon).sum()))).proportion_ci().high)
    with np.errstate(divide="ignore", invalid="ignore"):  # Greenwood's term where the curve ends at 0
        steps, free, interval = kaplan_meier_estimator(event, time, conf_type="log-log")
    at = int(np.searchsorted(steps, horizon, side="right")) - 1
    if free[at] == 0:
        return 1.0, float(binomtest(len(time), len(time)).proportion_ci().low), 1.0
    return float(1 - free[at]), float(1 - interval[1, at]), float(1 - interval[0, at])
