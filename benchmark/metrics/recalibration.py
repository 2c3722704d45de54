"""Calibration of probabilities of one class, where patients are predicted several times: groups, slope and intercept with intervals over patients."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit
from scipy.stats import beta, norm

from benchmark.errors import UndefinedError
from benchmark.inference.checks import binary, groups, patients, whole
from benchmark.inference.concordance import sum_by
from benchmark.inference.contrast import logit_interval
from benchmark.metrics.checks import probabilities

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Interval = tuple[float, float]
NORMAL = float(norm.ppf(0.975))


@dataclass(frozen=True)
class Groups:
    """Predicted against observed share in groups of rising prediction, each of shape (g,).

    Attributes:
        predicted, observed: means over the rows of the group.
        lower, upper: 95 % of ``observed``, over patients.
        patients: how many have a row in the group.
    """

    predicted: Floats
    observed: Floats
    lower: Floats
    upper: Floats
    patients: Ints


@dataclass(frozen=True)
class Recalibration:
    """The logistic recalibration of predictions, with 95 % intervals over patients.

    Attributes:
        intercept: of the log-odds with the slope held at 1: above 0 where too few are predicted, below 0 where too many.
        slope: of the log-odds: below 1 where predictions are too extreme.
    """

    intercept: float
    intercept_interval: Interval
    slope: float
    slope_interval: Interval


def calibration_groups(
    y_true: ArrayLike, p: ArrayLike, fold: ArrayLike | None = None, cluster: ArrayLike | None = None, parts: int = 5
) -> Groups:
    """Quantile groups of the predictions of every test fold, put together; equal predictions of a fold stay together.

    Groups are made within folds because a fold with few positives left more of them to its training part: models that hardly tell patients
    apart predict most where least is observed, and over all folds at once they would look worse than useless.

    The interval of a group is on the logit scale, from what every patient adds to its share; a share of 0 or 1 has the exact binomial one of
    its patients.

    Args:
        y_true: shape (n,), true/false or 1/0.
        p: probability of the class, shape (n,).
        fold, cluster: shape (n,), labels of test folds and of patients.
        parts: groups of a fold, 1 or more.

    Raises:
        InputError: bad input.
    """
    y, predicted, folds, who = _checked(y_true, p, fold, cluster)
    cuts, group = np.arange(1, whole(parts, "parts", 1)) / parts, np.zeros(len(y), np.int64)
    for code in range(folds.max() + 1):
        inside = folds == code
        group[inside] = np.searchsorted(np.quantile(predicted[inside], cuts), predicted[inside], side="left")
    rows = [np.flatnonzero(group == label) for label in np.unique(group)]
    limits = np.array([_share_interval(y[inside], who[inside]) for inside in rows])
    return Groups(
        predicted=np.array([predicted[inside].mean() for inside in rows]),
        observed=np.array([y[inside].mean() for inside in rows]),
        lower=limits[:, 0],
        upper=limits[:, 1],
        patients=np.array([len(np.unique(who[inside])) for inside in rows]),
    )


def recalibration(y_true: ArrayLike, p: ArrayLike, fold: ArrayLike | None = None, cluster: ArrayLike | None = None) -> Recalibration:
    """Intercept and slope of a logistic regression of the outcome on the predicted log-odds, with a sandwich variance over patients.

    All rows of a patient (one for each time he was tested) stand in one regression and are one cluster. The slope is that of the differences to
    the mean log-odds of the test fold, for the reason that :func:`calibration_groups` gives.

    Raises:
        UndefinedError: predictions of exactly 0 or 1, predictions that are equal within every fold, one class only, or classes that
            the predictions separate.
        InputError: bad input.

    References:
        Cox (1958) Biometrika 45:562; Van Calster et al. (2019) BMC Med 17:230; Liang & Zeger (1986) Biometrika 73:13.
    """
    y, predicted, folds, who = _checked(y_true, p, fold, cluster)
    if y.all() or not y.any():
        raise UndefinedError("one class only")
    if extreme := int(((predicted == 0) | (predicted == 1)).sum()):
        raise UndefinedError(f"{extreme} of {len(predicted)} predictions are exactly 0 or 1, which have no log-odds")
    x = logit(predicted)
    within = x - (np.bincount(folds, x) / np.bincount(folds))[folds]
    if np.ptp(within) < 1e-9:
        raise UndefinedError("all predictions of a fold are equal")
    if within[y].min() >= within[~y].max() or within[y].max() <= within[~y].min():
        raise UndefinedError("the predictions separate the classes: the slope is infinite")
    constant, (error,) = _fit(np.ones((len(x), 1)), x, y, who)
    scale = within.std()
    line, errors = _fit(np.column_stack([np.ones_like(x), within / scale]), np.zeros_like(x), y, who)
    slope, width = float(line[1] / scale), float(NORMAL * errors[1] / scale)
    intercept, reach = float(constant[0]), float(NORMAL * error)
    return Recalibration(intercept, (intercept - reach, intercept + reach), slope, (slope - width, slope + width))


def _checked(y_true: ArrayLike, p: ArrayLike, fold: ArrayLike | None, cluster: ArrayLike | None) -> tuple[Bools, Floats, Ints, Ints]:
    y = binary(y_true, "y_true")
    folds, _ = groups(fold, len(y), "fold")
    return y, probabilities("p", p, y.shape), folds, np.arange(len(y)) if cluster is None else patients(cluster, len(y))


def _share_interval(y: Bools, who: Ints) -> Interval:
    share, units = float(y.mean()), np.unique(who)
    if not 0 < share < 1:
        low = float(beta.ppf(0.025, len(units), 1)) if share == 1 else 0.0
        return (low, 1.0) if share == 1 else (0.0, float(beta.ppf(0.975, 1, len(units))))
    added = sum_by((y.astype(float) - share)[:, None], np.searchsorted(units, who))[:, 0] / len(y)
    return logit_interval(share, float((added**2).sum()))


def _fit(design: Floats, offset: Floats, y: Bools, who: Ints) -> tuple[Floats, Floats]:
    """Coefficients of a logistic regression by Newton's method with halved steps, and their standard errors over patients."""
    coefficients = np.zeros(design.shape[1])

    def loss(at: Floats) -> float:
        linear = offset + design @ at
        return float(np.logaddexp(0, linear).sum() - linear[y].sum())

    for _ in range(100):
        fitted = expit(offset + design @ coefficients)
        information = design.T @ (design * (fitted * (1 - fitted))[:, None])
        step = np.linalg.solve(information, design.T @ (y - fitted))
        while loss(coefficients + step) > loss(coefficients) + 1e-9 and np.abs(step).max() > 1e-12:
            step = step / 2
        coefficients = coefficients + step
        if np.abs(step).max() < 1e-10:
            break
    fitted = expit(offset + design @ coefficients)
    bread = np.linalg.inv(design.T @ (design * (fitted * (1 - fitted))[:, None]))
    scores = sum_by(np.asarray(design * (y - fitted)[:, None], float), np.unique(who, return_inverse=True)[1])
    return coefficients, np.sqrt(np.diag(bread @ (scores.T @ scores) @ bread))
