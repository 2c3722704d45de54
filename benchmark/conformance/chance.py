"""The statistics of the canaries: predictions that must not know better than chance, or than the truth.

Notation: a part is one set of comparable pairs (survival times, or one class against the rest); concordance is over the pairs within
folds, and the mean over the parts.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from benchmark.errors import UndefinedError
from benchmark.inference import concordance, logit_interval
from benchmark.scoring import Part

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
DRAWS = 1999  # the smallest p of the permutation test is 1 / 2000: half of the false-alarm rate that a canary may have
CHUNK = 100


def pooled(parts: Sequence[Part], fold: Ints, draws: Ints | None = None) -> Floats | None:
    """Concordance over all pairs within folds; ``None`` where there is none.

    Args:
        draws: shape (n, k): the rows whose scores the rows are given in each of k draws; default: their own.

    Returns:
        Shape (k,), or (1,).
    """
    found = []
    for part in parts:
        score = part.score if draws is None else part.score[:, 0][draws]
        try:
            found.append(concordance(part.event, part.time, score, fold=fold).estimate)
        except UndefinedError:
            continue  # nobody of this class is tested, or nobody else
    return np.mean(found, axis=0) if found else None


def exact_p(parts: Sequence[Part], fold: Ints, seed: int = 0) -> float:
    """One-sided p of the pooled concordance, by permuting the scores within folds.

    Where the outcomes were shuffled within the test part of every fold, each fold anew, all orders are equally likely whatever the model
    learned: the test is exact, with any number of events.
    """
    observed = pooled(parts, fold)
    if observed is None:
        return 1.0
    random, at_least = np.random.default_rng(seed), 0
    members = [np.flatnonzero(fold == label) for label in np.unique(fold)]
    for first in range(0, DRAWS, CHUNK):
        draws = np.empty((len(fold), min(CHUNK, DRAWS - first)), dtype=np.int64)
        for rows in members:
            draws[rows] = random.permuted(np.tile(rows[:, None], draws.shape[1]), axis=0)
        drawn = pooled(parts, fold, draws)
        at_least += int((drawn >= observed - 1e-12).sum()) if drawn is not None else 0
    return (1 + at_least) / (1 + DRAWS)


def by_fold(parts: Sequence[Part], fold: Ints) -> Floats:
    """The concordance of every fold that has a comparable pair."""
    values = []
    for label in np.unique(fold):
        inside = fold == label
        within = [Part(part.event[inside], part.time[inside], part.score[inside]) for part in parts]
        if (found := pooled(within, fold[inside])) is not None:
            values.append(float(found[0]))
    return np.array(values)


def above(values: Floats, level: float) -> float:
    """One-sided p of a t-test that the mean of independent values is above ``level``; 1 for fewer than three values."""
    if len(values) < 3:
        return 1.0
    mean, error = float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
    if error == 0:
        return 0.0 if mean > level else 1.0
    return float(student.sf((mean - level) / error, len(values) - 1))


def lower_bound(part: Part, fold: Ints, patient: Ints, rate: float) -> float:
    """One-sided lower confidence bound of a concordance, on the logit scale, over patients.

    Where every pair is right no resample differs, and the bound is that of m successes in m trials, m being the patients with an event.

    Args:
        patient: code of the patient of each row, shape (n,).
        rate: how often the bound may be above what it bounds.
    """
    found = concordance(part.event, part.time, part.score, fold=fold, cluster=patient)
    estimate, variance = float(found.estimate[0]), float(found.covariance[0, 0])
    if estimate == 1:
        return float(rate ** (1 / len(np.unique(patient[part.event]))))
    return logit_interval(estimate, variance, 1 - 2 * rate)[0]
