"""Logistic regression with an L1 penalty (LASSO): the whole path of penalties, for several training sets at once.

Source: Tibshirani (1996), "Regression shrinkage and selection via the lasso", JRSS B 58:267; solver: accelerated proximal gradient
(Beck & Teboulle 2009, SIAM J. Imaging Sciences 2:183). scikit-learn's liblinear penalises the intercept, which with few
positive patients distorts where the path begins, and its saga takes a hundred times as long on a hundred patients.
"""

from typing import Any, TypeAlias

import numpy as np
from scipy.special import expit

from baselines.shared.features import Matrix

Vector: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]

STRENGTHS = 15  # penalties on a path, in a geometric row
SMALLEST = 0.03  # the last of them, as a share of the first
MOST_STEPS = 200  # for each penalty; a warm start needs some tens
CLOSE = 1e-4  # a step that moves no coefficient (per SD of its column) by more ends the search
FOLDS = 5


def penalties(matrix: Matrix, codes: Vector) -> Vector:
    """``STRENGTHS`` penalties in falling order; at the first, the smallest that leaves no column, all coefficients are zero."""
    first = np.abs(matrix.T @ (codes - codes.mean())).max() / len(codes)
    return np.asarray(np.geomspace(first, SMALLEST * first, STRENGTHS))


def path(matrix: Matrix, codes: Vector, parts: Matrix, strengths: Vector) -> tuple[np.ndarray[Any, Any], Matrix]:
    """Minimise mean log loss + strength · Σ|coefficient| for each strength and each training set; no penalty on the intercept.

    Args:
        matrix: of shape (n, p), z-scored.
        codes: 0 or 1, of shape (n,).
        parts: which rows each of the b training sets has, 0 or 1, of shape (n, b); both classes occur in each.
        strengths: in falling order.

    Returns:
        Coefficients of shape (strengths, p, b) and intercepts of shape (strengths, b).
    """
    weights = parts / parts.sum(axis=0)
    extended = np.hstack([matrix, np.ones((len(matrix), 1))])
    # the curvature of the log loss is at most a quarter of the squared columns'
    steps = np.array([4 / np.linalg.norm(extended * np.sqrt(weight)[:, None], 2) ** 2 for weight in weights.T])
    threshold_of = np.vstack([np.ones((matrix.shape[1], 1)), [[0.0]]]) * steps
    current = np.zeros((matrix.shape[1] + 1, parts.shape[1]))
    rates = codes @ weights
    current[-1] = np.log(rates / (1 - rates))
    found = []
    for strength in strengths:
        previous, ahead, momentum = current, current, 1.0
        for _ in range(MOST_STEPS):
            gradient = extended.T @ (weights * (expit(extended @ ahead) - codes[:, None]))
            moved = ahead - steps * gradient
            current = np.sign(moved) * np.maximum(np.abs(moved) - strength * threshold_of, 0)
            change = current - previous
            if np.abs(change).max() < CLOSE:
                break
            if np.sum((ahead - current) * change) > 0:  # the momentum points uphill: start it anew (O'Donoghue & Candès 2015)
                momentum = 1.0
            following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
            previous, ahead, momentum = current, current + (momentum - 1) / following * change, following
        found.append(current)
    table = np.stack(found)
    return table[:, :-1], table[:, -1]


def lasso(matrix: Matrix, codes: Vector, fold: np.ndarray[Any, Any]) -> Vector:
    """The coefficients, of shape (p,), at the penalty with the best log-likelihood of held-out patients.

    Args:
        matrix: of shape (n, p), z-scored.
        codes: 0 or 1, both present, of shape (n,).
        fold: the number of the fold that holds each patient out, of shape (n,).
    """
    strengths = penalties(matrix, codes)
    held = np.stack([fold == number for number in np.unique(fold)], axis=1)
    held = held[:, [len(np.unique(codes[~rows])) == 2 for rows in held.T]]  # a part of one class teaches no penalty
    parts = np.hstack([np.ones((len(codes), 1)), ~held]).astype(np.float64)
    coefficients, intercepts = path(matrix, codes, parts, strengths)
    scores = np.einsum("np,spb->snb", matrix, coefficients[:, :, 1:]) + intercepts[:, None, 1:]
    losses = (np.logaddexp(0, scores) - codes[:, None] * scores)[:, held].sum(axis=1)
    best = int(np.argmin(losses))  # the first: of equal ones the strongest; so it is where no part could be held out
    return np.asarray(coefficients[best, :, 0])


def deal(codes: np.ndarray[Any, Any], folds: int, rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """Fold numbers of shape (n,): patients in random order, each class dealt out in turn."""
    order = rng.permutation(len(codes))
    fold = np.empty(len(codes), dtype=int)
    fold[order[np.argsort(codes[order], kind="stable")]] = np.arange(len(codes)) % folds
    return fold
