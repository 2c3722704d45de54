"""A linear model with a ridge penalty that it chooses itself, for survival, two classes or more, quick with many columns."""

from collections.abc import Callable
from typing import Any, Self, TypeAlias

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax

from baselines.shared.features import Matrix

Floats: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
# linear predictors (n, k) → minus log-likelihood and its gradient (n, k)
Loss: TypeAlias = Callable[[Floats], tuple[float, Floats]]

GRID = tuple(10.0**power for power in range(5, -2, -1))  # 1e5 silences thousands of columns, 0.1 hardly shrinks ten
INNER_FOLDS = 5


class Ridge:
    """Cox (``classes`` = 0), logistic (2) or multinomial (3 or more) regression, the squared coefficients penalised.

    The penalty is the one with the best likelihood in 5-fold cross-validation inside the training part, each class (or:
    events and censored patients) dealt out in turn. Of the Cox partial likelihood each fold counts l(all) − l(the others),
    since the likelihood of a few patients by themselves says little.

    Sources: le Cessie & van Houwelingen (1992), Applied Statistics 41:191, for classes; Verweij & van Houwelingen, Statistics
    in Medicine 12:2305 (1993) for the cross-validated partial likelihood and 13:2427 (1994) for Cox. Ties: Efron.

    A coefficient vector with the least square lies in the span of the patients' rows: the matrix is rotated once, to as
    many columns as it has rank (Hastie & Tibshirani 2004, Biostatistics 5:329). The solution is the same, and 1,555 genes of 400
    patients cost what 400 columns do. There the squared singular values are nearly the curvature, but for a factor, and
    each direction is scaled by it, so that L-BFGS needs few steps at any penalty.

    Attributes:
        penalty: the chosen one; the minimised function is −log-likelihood + penalty / 2 · Σ coefficient².
        held_out: shape (n, k): each training patient's linear predictor by the inner model that did not see him, at that penalty.
    """

    def __init__(self, classes: int) -> None:
        self.classes = classes
        self.width = classes if classes > 2 else 1

    def fit(self, matrix: Matrix, outcome: np.ndarray[Any, Any]) -> Self:
        """Fit ``matrix`` (n, columns; z-scored) to a structured array of event and time, or to class codes of which each occurs."""
        left, singular, right = np.linalg.svd(matrix, full_matrices=False)
        kept = singular > singular[0] * 1e-10
        self.rotation: Matrix = right[kept].T
        self.singular = singular[kept]
        rotated, fold = left[:, kept] * self.singular, deal(outcome)
        everyone = self._loss(outcome)
        totals, held_out = np.zeros(len(GRID)), np.zeros((len(GRID), len(matrix), self.width))
        for held in (fold == number for number in range(min(INNER_FOLDS, len(matrix)))):
            for index, beta in enumerate(self._path(rotated[~held], outcome[~held])):
                predictor = _apply(rotated, beta)
                held_out[index, held] = predictor[held]
                totals[index] += everyone(predictor)[0] - self._loss(outcome[~held])(predictor[~held])[0]
        best = int(np.argmin(totals))  # the first: of equal ones the strongest penalty
        self.penalty, self.held_out = GRID[best], held_out[best]
        self.beta = self._path(rotated, outcome)[best]
        return self

    def predictor(self, matrix: Matrix) -> Floats:
        """Linear predictors of shape (n, k): log hazard (k = 1), log odds of class 1 (k = 1) or one for each class."""
        return _apply(matrix @ self.rotation, self.beta)

    def _path(self, rotated: Matrix, outcome: np.ndarray[Any, Any]) -> list[Floats]:
        """Coefficients (1 + directions, k) at each penalty of the grid, each started from the last; row 0 is the intercept."""
        loss, beta, path = self._loss(outcome), np.zeros((1 + rotated.shape[1], self.width)), []
        curvature = curvature_of(outcome)
        for penalty in GRID:
            scale = 1 / np.sqrt(np.r_[curvature * len(rotated), curvature * self.singular**2 + penalty])[:, None]
            beta = _minimise(loss, rotated, beta, penalty, scale)
            path.append(beta)
        return path

    def _loss(self, outcome: np.ndarray[Any, Any]) -> Loss:
        return cox_loss(outcome) if self.classes == 0 else class_loss(outcome, self.classes)


def deal(outcome: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Inner fold of each patient: those of a class, or with an event, are dealt out in turn."""
    groups = outcome["event"] if outcome.dtype.names else outcome
    fold = np.empty(len(outcome), dtype=int)
    fold[np.argsort(groups, kind="stable")] = np.arange(len(outcome)) % INNER_FOLDS
    return fold


def curvature_of(outcome: np.ndarray[Any, Any]) -> float:
    """About how much a patient adds to the second derivative of the loss: the share of events, or the variance of the class."""
    if outcome.dtype.names:
        return float(outcome["event"].mean()) or 1.0
    shares = np.unique(outcome, return_counts=True)[1] / len(outcome)
    return float((shares * (1 - shares)).mean()) or 1.0


def class_loss(codes: np.ndarray[Any, Any], classes: int) -> Loss:
    """Minus the log-likelihood of class codes, of log odds (two classes: one column) or of one column for each class."""
    truth = np.eye(classes)[codes]

    def loss(predictor: Floats) -> tuple[float, Floats]:
        scores = full_scores(predictor)
        gradient = softmax(scores, axis=1) - truth
        return float((logsumexp(scores, axis=1) - scores[np.arange(len(codes)), codes]).sum()), gradient[:, -predictor.shape[1] :]

    return loss


def full_scores(predictor: Floats) -> Floats:
    """A column for each class, of which softmax makes probabilities: of two classes the first one's score is 0."""
    return np.column_stack([np.zeros(len(predictor)), predictor]) if predictor.shape[1] == 1 else predictor


def cox_loss(outcome: np.ndarray[Any, Any]) -> Loss:
    """Minus the log partial likelihood, Efron's for ties, of log hazards of shape (n, 1)."""
    order = np.argsort(-outcome["time"], kind="stable")  # the latest first: who is at risk at a time stands before its end
    time, event = outcome["time"][order], outcome["event"][order]
    last = np.searchsorted(-time, -time[event], side="right") - 1  # of those at risk at each event
    _, group, size = np.unique(time[event], return_inverse=True, return_counts=True)
    rank = np.arange(event.sum()) - np.searchsorted(-time[event], -time[event], side="left")
    share = rank / size[group]  # of the tied patients' hazard that has left the risk set
    back = np.empty(len(order), dtype=int)
    back[order] = np.arange(len(order))

    def loss(predictor: Floats) -> tuple[float, Floats]:
        log_hazard = predictor[order, 0]
        top = log_hazard.max(initial=0.0)
        hazard = np.exp(log_hazard - top)
        tied = np.bincount(group, hazard[event], minlength=len(size))[group]
        risk_set = np.cumsum(hazard)[last] - share * tied
        value = np.sum(np.log(risk_set) + top - log_hazard[event])
        # each event's 1 / risk_set counts for all up to its last one at risk, less its share for those tied with it
        weight = np.bincount(last, 1 / risk_set, minlength=len(hazard))[::-1].cumsum()[::-1]
        weight[event] -= np.bincount(group, share / risk_set, minlength=len(size))[group]
        return float(value), (hazard * weight - event)[back, None]

    return loss


def _apply(rotated: Matrix, beta: Floats) -> Floats:
    return np.asarray(rotated @ beta[1:] + beta[0], dtype=np.float64)


def _minimise(loss: Loss, rotated: Matrix, start: Floats, penalty: float, scale: Floats) -> Floats:
    """Coefficients at the smallest loss plus ridge; L-BFGS moves them in units of ``scale``."""
    rate = penalty * np.r_[0.0, np.ones(rotated.shape[1])][:, None]  # the intercept is free; in a Cox model its gradient is 0

    def objective(flat: Floats) -> tuple[float, Floats]:
        beta = flat.reshape(start.shape) * scale
        value, gradient = loss(_apply(rotated, beta))
        slopes = np.vstack([gradient.sum(axis=0), rotated.T @ gradient]) + rate * beta
        return value + 0.5 * float((rate * beta**2).sum()), (slopes * scale).ravel()

    found = minimize(
        objective, (start / scale).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 1000, "gtol": 1e-4, "ftol": 1e-10}
    )
    return found.x.reshape(start.shape) * scale
