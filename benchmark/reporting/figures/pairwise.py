"""Every pair of models: both questions, and what it would take to tell them apart."""

import math
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any, ClassVar

import numpy as np

from benchmark.inference import (
    bayesian_correlated_ttest,
    contrast,
    corrected_resampled_ttest,
    holm,
    minimal_detectable_difference,
    patients_needed,
)
from benchmark.reporting.figures.scene import Scene, Table

Interval = tuple[float, float]


@dataclass(frozen=True)
class Pair:
    """a − b, where a stands higher on the board.

    Attributes:
        difference, interval, p_fitted: *these fitted models* (jackknife over patients); ``p_fitted_holm``: over all pairs.
        difference_retrained, interval_retrained, p_retrained: *these algorithms trained again* (corrected resampled t-test);
            ``p_retrained_holm``: over all pairs, what makes tiers. ``None`` where the splits cannot tell.
        p_worse, p_equivalent, p_better: posterior that a, trained again, is worse by more than the margin, within it, or better.
        minimal_detectable_difference: between these fitted models, 80 % power.
        patients_needed: to tell these fitted models apart, were the difference the true one; ``None``: no number would.
    """

    a: str
    b: str
    difference: float
    interval: Interval
    p_fitted: float
    p_fitted_holm: float
    difference_retrained: float
    interval_retrained: Interval | None
    p_retrained: float | None
    p_retrained_holm: float | None
    margin: float
    p_worse: float | None
    p_equivalent: float | None
    p_better: float | None
    minimal_detectable_difference: float
    patients_needed: int | None


@dataclass(frozen=True)
class Pairwise:
    """All pairs of the models of a board."""

    HOW: ClassVar[str] = (
        "Each pair of models on the same test patients. 'Fitted': jackknife over patients, for these fitted models. 'Trained again': corrected "
        "resampled t-test over the folds, which are not independent samples. Holm adjustment over all pairs of the board."
    )
    pairs: tuple[Pair, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"pairs": [asdict(pair) for pair in self.pairs]}

    def table(self) -> Table:
        columns = tuple(Pair.__dataclass_fields__)
        wide = [_flat(asdict(pair)) for pair in self.pairs]
        names = tuple(wide[0]) if wide else columns
        return Table(names, [tuple(row.values()) for row in wide])


def pairwise(scene: Scene) -> Pairwise:
    """Both questions for every pair of models."""
    scored, labels, margin = scene.scored, scene.labels, scene.task.spec.margin
    result, splits = scored.concordance(scene.metric), scored.by_split(scene.metric)
    patients = int(scored.rows["patient_id"].nunique())
    places = list(combinations(range(len(labels)), 2))
    fitted = [contrast(result, i, j) for i, j in places]
    gaps = [splits[..., i] - splits[..., j] for i, j in places]
    again = [corrected_resampled_ttest(gap, scored.test_fraction) if scored.exchangeable else None for gap in gaps]
    posterior = [bayesian_correlated_ttest(gap, scored.test_fraction, margin) if scored.exchangeable else None for gap in gaps]
    adjusted = holm([test.p for test in fitted])
    adjusted_again = holm([test.p if test else np.nan for test in again])
    pairs = []
    for place, (i, j) in enumerate(places):
        needed = patients_needed(fitted[place].difference, fitted[place].se, patients)
        test, belief = again[place], posterior[place]
        pairs.append(
            Pair(
                a=labels[i],
                b=labels[j],
                difference=fitted[place].difference,
                interval=fitted[place].interval,
                p_fitted=fitted[place].p,
                p_fitted_holm=float(adjusted[place]),
                difference_retrained=float(gaps[place].mean()),
                interval_retrained=test.interval if test else None,
                p_retrained=test.p if test else None,
                p_retrained_holm=float(adjusted_again[place]) if test else None,
                margin=margin,
                p_worse=belief.left if belief else None,
                p_equivalent=belief.rope if belief else None,
                p_better=belief.right if belief else None,
                minimal_detectable_difference=minimal_detectable_difference(fitted[place].se),
                patients_needed=int(needed) if math.isfinite(needed) else None,
            )
        )
    return Pairwise(tuple(pairs))


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """An interval as two columns."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if name.startswith("interval"):
            low, high = value or (np.nan, np.nan)
            flat |= {f"{name}_low": low, f"{name}_high": high}
        else:
            flat[name] = value
    return flat
