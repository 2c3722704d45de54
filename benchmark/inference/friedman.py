"""Friedman's test and Nemenyi's critical difference: models compared across tasks, never across folds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2, rankdata, studentized_range

from benchmark.errors import InputError
from benchmark.inference.checks import float_array, share

Floats = NDArray[np.float64]

ENOUGH_TASKS = 10


@dataclass(frozen=True)
class FriedmanNemenyi:
    """Do k models differ across tasks, and which pairs?

    Attributes:
        chi2, df, p: Friedman's test, corrected for ties as in R and scipy.
        mean_ranks: shape (k,), 1 = best.
        critical_difference: mean ranks further apart than this differ (Nemenyi).
        nemenyi_p: of every pair, shape (k, k), diagonal 1.
        warning: what to print beside it where there are fewer than ten tasks, else None.
    """

    chi2: float
    df: int
    p: float
    mean_ranks: Floats
    critical_difference: float
    nemenyi_p: Floats
    warning: str | None


def task_ranks(scores: ArrayLike) -> Floats:
    """Ranks of the models within each task from scores (tasks, models), higher = better; 1 = best, ties at their mean rank.

    Raises:
        InputError: not two-dimensional, or NaN.
    """
    values = float_array(scores, "scores")
    if values.ndim != 2 or not values.size:
        raise InputError(f"scores: shape {values.shape}; (tasks, models) is needed")
    if np.isnan(values).any():
        task, model = np.argwhere(np.isnan(values))[0]
        raise InputError(f"scores: task {task}, model {model} is NaN; every model needs a score on every task")
    return np.asarray(rankdata(-values, method="average", axis=1), float)


def friedman_nemenyi(ranks: ArrayLike, level: float = 0.95) -> FriedmanNemenyi:
    """Friedman's test with Nemenyi's comparison of all pairs.

    ``critical_difference = q / √2 · √(k (k + 1) / (6 · tasks))`` with q of the studentized range for infinite degrees of
    freedom. Tasks are independent; folds are not, and are no substitute.

    Args:
        ranks: shape (tasks, models), 1 = best, from :func:`task_ranks`.
        level: 1 − the significance level of the critical difference.

    Returns:
        All models tied on all tasks: chi2 = 0, p = 1.

    Raises:
        InputError: fewer than two tasks or models, or a row that is not a ranking (its ranks do not sum to k (k + 1) / 2).

    References:
        Friedman (1937) JASA 32:675; Nemenyi (1963); Demšar (2006) JMLR 7:1.
    """
    values, level = _checked(ranks), share(level, "level")
    tasks, models = values.shape
    centre, mean_ranks = (models + 1) / 2, values.mean(axis=0)
    spread = float(((values - centre) ** 2).sum())
    statistic = tasks**2 * (models - 1) * float(((mean_ranks - centre) ** 2).sum()) / spread if spread > 0 else 0.0
    unit = np.sqrt(models * (models + 1) / (6 * tasks))
    gap = np.abs(np.subtract.outer(mean_ranks, mean_ranks))
    warning = None if tasks >= ENOUGH_TASKS else f"{tasks} tasks: fewer than {ENOUGH_TASKS} resolve almost nothing"
    return FriedmanNemenyi(
        chi2=statistic,
        df=models - 1,
        p=float(chi2.sf(statistic, models - 1)),
        mean_ranks=mean_ranks,
        critical_difference=float(studentized_range.ppf(level, models, np.inf) / np.sqrt(2) * unit),
        nemenyi_p=np.where(gap == 0, 1.0, studentized_range.sf(gap / unit * np.sqrt(2), models, np.inf)),
        warning=warning,
    )


def _checked(ranks: ArrayLike) -> Floats:
    values = float_array(ranks, "ranks")
    if values.ndim != 2 or min(values.shape) < 2:
        raise InputError(f"ranks: shape {values.shape}; (tasks, models) with two or more of each is needed")
    models = values.shape[1]
    wrong = ~np.isclose(values.sum(axis=1), models * (models + 1) / 2)
    if wrong.any() or values.min() < 1 or values.max() > models:
        raise InputError(f"ranks: task {int(np.argmax(wrong))} is not a ranking of {models} models; rank scores with task_ranks first")
    return values
