"""Bootstrap of Harrell's C, Uno's C and AUC: every draw exact, the same resamples for all models."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmark.errors import InputError
from benchmark.inference.checks import binary, columns, same_length, whole
from benchmark.inference.concordance import Sample, Weights, estimate, prepare, sum_by
from benchmark.inference.intervals import Method, bootstrap_interval
from benchmark.inference.replay import concordance_draws
from benchmark.inference.resampling import checked_seed, units

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Bootstrap:
    """Bootstrap of k statistics on the same resamples.

    Attributes:
        estimate: on the full sample (never the mean of the draws), shape (k,).
        draws: shape (resamples, k).
        redrawn: resamples that were drawn again because the statistic did not exist on them (no comparable pair, one class).
        units: number of patients (clusters, or rows without clusters) that are drawn.
        influence_of: makes ``influence``.
    """

    estimate: Floats
    draws: Floats
    redrawn: int
    units: int
    influence_of: Callable[[], Floats]

    @cached_property
    def influence(self) -> Floats:
        """Influence of each unit, shape (units, k), up to a common factor; units in an order of their own."""
        return self.influence_of()

    def interval(self, level: float = 0.95, method: Method = "percentile") -> Floats:
        """Two-sided interval of each statistic, shape (k, 2); ``percentile``, ``basic`` or ``bca`` as in ``boot.ci`` of R.

        Raises:
            InputError: a level outside (0, 1) or another method.
        """
        return bootstrap_interval(self.estimate, self.draws, self.influence if method == "bca" else None, level, method)

    def difference(self, i: int, j: int) -> "Bootstrap":
        """The paired bootstrap of ``estimate[i] − estimate[j]``, k = 1; raises InputError unless i and j are 0 … k − 1."""
        for name, at in (("i", i), ("j", j)):
            whole(at, name, 0, len(self.estimate) - 1)

        def minus(values: Floats) -> Floats:
            difference: Floats = values[..., [i]] - values[..., [j]]
            return difference

        return Bootstrap(minus(self.estimate), minus(self.draws), self.redrawn, self.units, lambda: minus(self.influence))


def bootstrap_concordance(
    event: ArrayLike,
    time: ArrayLike,
    risk: ArrayLike,
    *,
    fold: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    weights: Weights = "harrell",
    tau: float | None = None,
    train: Sample | Mapping[Any, Sample] | None = None,
    resamples: int = 10_000,
    seed: int = 0,
) -> Bootstrap:
    """Bootstrap of ``concordance``; the arguments it shares mean what they mean there, and so do ties.

    Rows, or with ``cluster`` patients with all their rows, are drawn with replacement within each fold. If a patient has rows in several folds
    (repeated cross-validation) patients are drawn from all patients, and fold sizes vary. Copies of a row are not comparable with each other.
    Uno's G is not estimated again in a resample: it belongs to the training part. A resample without a comparable pair is drawn again.

    A draw equals ``concordance_index_censored(…, tied_tol=0)`` of scikit-survival on that resample to the last bit (Harrell, one fold). Draw b
    depends on the seed, b, and the rows' order, folds and clusters: not on risks, on k, on the number of resamples or of threads.
    Time O((resamples / 128) · n log n · k), memory O(resamples · k + n log n · k) and 640 bytes · n for each thread (1.2 kB above 32,767 rows).

    Args:
        resamples: 1 or more.
        seed: 0 to 2^64 − 1.

    Raises:
        InputError: as in ``concordance``; or resamples or seed out of range.
    """
    comparable = prepare(event, time, risk, fold, weights, tau, train)
    bits, drawn = checked_seed(seed, resamples), units(len(comparable.risk), fold, cluster)
    full = estimate(comparable, None)
    draws, redrawn = concordance_draws(comparable, weights == "harrell", drawn, bits, resamples)
    by_unit = drawn.of_row.astype(np.int64)
    return Bootstrap(full.estimate, draws, redrawn, drawn.count, lambda: drawn.stratum_means_removed(sum_by(full.influence, by_unit)))


def bootstrap_auc(
    y_true: ArrayLike,
    scores: ArrayLike,
    *,
    fold: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    resamples: int = 10_000,
    seed: int = 0,
) -> Bootstrap:
    """Bootstrap of the area under the ROC curve; pairs of a positive and a negative within folds, tied scores count ½.

    The AUC is Harrell's C of positives with an event at time 1 and negatives censored at time 2, and is computed so: resampling, ties, speed
    and errors as in ``bootstrap_concordance``. A resample with one class (in every fold) is drawn again.

    Args:
        y_true: shape (n,), true/false or 1/0.
        scores: shape (n, k) or (n,), higher = more likely positive.

    Raises:
        InputError: as in ``bootstrap_concordance``; no fold has both classes.
    """
    positive, table = binary(y_true, "y_true"), columns(scores, "scores")
    same_length(y_true=positive, scores=table)
    if positive.all() or not positive.any():
        raise InputError("y_true: one class only; an AUC needs positive and negative rows")
    time = np.where(positive, 1.0, 2.0)
    return bootstrap_concordance(positive, time, table, fold=fold, cluster=cluster, resamples=resamples, seed=seed)
