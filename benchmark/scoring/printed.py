"""What papers print and boards do not: metrics of called classes with one class as the positive one, on a part of the patients."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.errors import InputError, UndefinedError
from benchmark.inference import Bootstrap
from benchmark.inference.resampling import Units, multiplicities, units
from benchmark.metrics.tables import of_tables
from benchmark.scoring.scored import Part, Scored

GIVE_UP = 100  # redraws of one resample before the metric counts as undefined

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def among(scored: Scored, patients: pd.Index) -> Scored:
    """The rows of these patients alone.

    Raises:
        InputError: none of them is tested.
    """
    kept = scored.rows["patient_id"].isin(patients).to_numpy()
    if not kept.any():
        raise InputError("none of these patients is tested")
    return replace(
        scored,
        rows=scored.rows[kept].reset_index(drop=True),
        split=scored.split[kept],
        parts=tuple(Part(part.event[kept], part.time[kept], part.score[kept]) for part in scored.parts),
        outcome=scored.outcome[kept],
        values=scored.values[kept],
        threshold=None if scored.threshold is None else scored.threshold[kept],
        instances=None,
    )


def other_class(scored: Scored) -> Scored:
    """The same patients of two classes with the first one's probability, for metrics that rank; calls need the threshold of the second."""
    parts = tuple(Part(~part.event, np.where(part.event, 2.0, 1.0), -part.score) for part in scored.parts)
    return replace(scored, parts=parts, outcome=1 - scored.outcome, values=1 - scored.values, threshold=None)


def called_metric(scored: Scored, metric: str, positive: int = 1, resamples: int = 10_000, seed: int = 0) -> Bootstrap:
    """A metric of called classes for k models, with its bootstrap over patients.

    Classes are called as on the boards: of two the second from the training part's share of it on, of more the most probable. The folds of a
    repeat are pooled, and repeats averaged. Resamples are those of ``bootstrap_concordance``; one without a patient of the class asked
    about is drawn again.

    Args:
        metric: one of ``benchmark.metrics.tables.OF_TABLES``.
        positive: code of the class that F1, precision and recall are about.

    Raises:
        UndefinedError: the metric does not exist on these patients.
    """
    drawn = units(len(scored.rows), scored.split, pd.factorize(scored.rows["patient_id"])[0])
    cells = _cells(scored, drawn)
    full = _mean_over_repeats(metric, cells.sum(axis=0)[None], positive)[0]
    if not np.isfinite(full).all():
        raise UndefinedError(f"{metric}: no patient of the class that it is about")
    first = np.unique(drawn.of_row, return_index=True)[1]
    draws, redrawn = np.empty((resamples, len(full))), 0
    waiting, attempt = np.arange(resamples), 0
    while len(waiting):
        if attempt == GIVE_UP:
            raise UndefinedError(f"{metric}: does not exist on {GIVE_UP} resamples in a row")
        for block in np.array_split(waiting, len(waiting) // 500 + 1):
            weights = np.array([multiplicities(drawn, seed, int(b), attempt)[first] for b in block], float)
            draws[block] = _mean_over_repeats(metric, np.tensordot(weights, cells, axes=1), positive)
        waiting = waiting[~np.isfinite(draws[waiting]).all(axis=1)]
        redrawn, attempt = redrawn + len(waiting), attempt + 1

    def influence() -> Floats:
        without = _mean_over_repeats(metric, cells.sum(axis=0) - cells, positive)
        return drawn.stratum_means_removed(-np.where(np.isfinite(without), without, full))

    return Bootstrap(full, draws, redrawn, drawn.count, influence)


def counted_in(scored: Scored, metric: str, positive: int = 1) -> Ints:
    """How many patients stand in a metric's denominator, per model, shape (k,): of the class, or those called so; else of the rarest class."""
    outcome, patient, models = scored.outcome, scored.rows["patient_id"], scored.values.shape[1]
    which = 1 - positive if metric in ("specificity", "npv") else positive
    if metric in ("precision", "npv"):
        return np.asarray((_called(scored) == which).sum(axis=0) // scored.rows["repeat"].nunique(), np.int64)
    if metric in ("recall", "specificity"):
        found = patient[outcome == which].nunique()
    elif metric == "accuracy":
        found = patient.nunique()
    else:
        found = min(patient[outcome == label].nunique() for label in np.unique(outcome))
    return np.full(models, found)


def _called(scored: Scored) -> Ints:
    """The called class of every row and model, shape (n, k)."""
    if scored.threshold is None:
        return np.asarray(scored.values.argmax(axis=2), np.int64)
    return np.asarray(scored.values[..., 0] >= scored.threshold[:, None], np.int64)


def _cells(scored: Scored, drawn: Units) -> Floats:
    """Every patient's entry in the confusion table of every model and repeat, shape (units, k, repeats, K, K)."""
    classes, called = max(2, scored.values.shape[2]), _called(scored)
    repeat = pd.factorize(scored.rows["repeat"])[0]
    cells = np.zeros((drawn.count, called.shape[1], int(repeat.max()) + 1, classes, classes))
    for model in range(called.shape[1]):
        np.add.at(cells[:, model], (drawn.of_row.astype(np.int64), repeat, scored.outcome, called[:, model]), 1)
    return cells


def _mean_over_repeats(metric: str, tables: Floats, positive: int) -> Floats:
    """Shape (…, k) from tables of shape (…, k, repeats, K, K)."""
    return np.asarray(of_tables(metric, tables, positive).mean(axis=-1))
