"""RadScores beside deep features: what each adds to the classifier behind them, and how alike they are (S4, figure 4).

Source: Zhang et al. (2024), "Deep-RadScore", Biomarker Research 12:12: Pearson correlation of every pair of the fused features, the mean of
its absolute value between the two sets, and SHAP. The paper has one fit. Of several, "the third deep feature" is another quantity in every one,
for the networks begin anew: here a fold's deep features stand in the order of what they add, and correlations are absolute.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.explain.refit import Refitted
from benchmark.explain.shapley import exact, spread
from benchmark.models import Patients

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FusedFold:
    """One fold. Features: the RadScores, then the deep features, the one that adds most first.

    Attributes:
        scores: the names of the RadScores.
        size: mean |contribution| over the test patients, in SDs of the model's output, shape (features,).
        train, test: |r| of every pair over the patients of that part, NaN where one is constant; shape (features, features).
        patients: how many train and test.
        classifier: the one that was chosen.
    """

    scores: tuple[str, ...]
    size: Floats
    train: Floats
    test: Floats
    patients: tuple[int, int]
    classifier: str


@dataclass(frozen=True)
class Fused:
    """Over the folds; pairs are (mean, SD over folds), ``None`` where no fold has a value.

    Attributes:
        names: of the features, RadScores first; deep features are ranks within a fold, not the same quantity in each.
        size: of each feature, mean |contribution| in SDs of the model's output.
        share, null_share: of the RadScores in the sum of all contributions; with outcomes dealt out anew.
        fair_share: what they would have if every feature added the same.
        correlation: |r| over the training part, by feature and feature: mean, SD, and in how many folds it is defined.
        between: |r| of RadScores and deep features: mean over the pairs, and the largest, over training and test patients.
        independent: mean |r| that independent features would show on as many training, and test, patients.
        constant: deep features that are the same for every training patient, mean over folds; ``empty``: folds with a constant RadScore.
        patients: of a fold, training and test, mean.
        classifiers: how often each was chosen.
    """

    names: tuple[str, ...]
    size: tuple[tuple[float, float] | None, ...]
    share: tuple[float, float] | None
    null_share: tuple[float, float] | None
    fair_share: float
    correlation: tuple[tuple[tuple[float, float, int] | None, ...], ...]
    between: dict[str, tuple[float, float] | None]
    independent: tuple[float, float]
    constant: float
    empty: int
    patients: tuple[float, float]
    classifiers: dict[str, int]


def fused_of(fitted: Refitted) -> FusedFold | None:
    """One fold of a model that fuses RadScores with deep features; ``None`` for any other, and where it has no classifier."""
    model: Any = fitted.model
    if not all(hasattr(model, name) for name in ("regions", "images", "best", "modalities")) or model.best is None or not model.regions:
        return None
    train, test = (_features(model, part) for part in (fitted.train, fitted.test))
    names = tuple(f"RadScore of {region.modality}" for region in model.regions)
    count = len(names)
    size = _contributions(model, train.mean(axis=0), test) / spread(fitted)
    deep = np.arange(count, train.shape[1])
    order = np.r_[np.arange(count), deep[np.argsort(-size[count:], kind="stable")]]
    patients = len(train), len(test)
    return FusedFold(names, size[order], likeness(train[:, order]), likeness(test[:, order]), patients, str(model.best.name))


def fused_over(folds: Sequence[FusedFold], null: Sequence[FusedFold]) -> Fused:
    """The folds together; ``null``: the same with outcomes dealt out anew."""
    scores = folds[0].scores
    count, width = len(scores), len(folds[0].size)
    trained = np.stack([fold.train for fold in folds])
    sizes = np.stack([fold.size for fold in folds])
    between = {
        f"{part}_{name}": _pair([summary(getattr(fold, part)[:count, count:]) for fold in folds])
        for part in ("train", "test")
        for name, summary in (("mean", _mean), ("largest", _largest))
    }
    patients = tuple(float(np.mean([fold.patients[k] for fold in folds])) for k in (0, 1))
    defined = np.isfinite(np.diagonal(trained, axis1=1, axis2=2))
    return Fused(
        names=(*scores, *(f"deep feature {rank + 1}" for rank in range(width - count))),
        size=tuple(_pair(sizes[:, k]) for k in range(width)),
        share=_pair([_share(fold) for fold in folds]),
        null_share=_pair([_share(fold) for fold in null]),
        fair_share=count / width,
        correlation=tuple(tuple(_triple(trained[:, i, j]) for j in range(width)) for i in range(width)),
        between=between,
        independent=(by_chance(patients[0]), by_chance(patients[1])),
        constant=float((~defined[:, count:]).sum(axis=1).mean()),
        empty=int((~defined[:, :count]).any(axis=1).sum()),
        patients=(patients[0], patients[1]),
        classifiers=dict(sorted(Counter(fold.classifier for fold in folds).items(), key=lambda item: (-item[1], item[0]))),
    )


def likeness(matrix: Floats) -> Floats:
    """|Pearson r| of every pair of columns; NaN for a constant one."""
    varies = matrix.std(axis=0) > 0
    found = np.full((matrix.shape[1], matrix.shape[1]), np.nan)
    if varies.any():
        found[np.ix_(varies, varies)] = np.abs(np.atleast_2d(np.corrcoef(matrix[:, varies], rowvar=False)))
    return found


def by_chance(patients: float) -> float:
    """Mean |r| of two independent columns: r is about normal with variance 1 / (n − 1)."""
    return float(np.sqrt(2 / (np.pi * (patients - 1)))) if patients > 1 else 1.0


def _features(model: Any, patients: Patients) -> Floats:
    """What the classifier sees, RadScores first; shape (n, regions + deep)."""
    fused = np.asarray(model._fused(*model._inputs(patients)), np.float64)
    count = len(model.regions)
    return np.hstack([fused[:, -count:], fused[:, :-count]])


def _contributions(model: Any, base: Floats, test: Floats) -> Floats:
    """Mean |Shapley value| of each feature over the test patients: all coalitions, the mean training patient's value for what takes no part."""
    width, count = test.shape[1], len(model.regions)
    taking = (np.arange(2**width)[:, None] >> np.arange(width)) & 1
    made = np.where(taking[:, None, :] > 0, test[None], base)
    back = np.concatenate([made[..., count:], made[..., :count]], axis=-1)  # as the classifier has them
    predicted = model.best.probabilities(back.reshape(-1, width)).reshape(len(taking), len(test))
    return np.asarray(np.abs(exact(predicted)).mean(axis=1))


def _share(fold: FusedFold) -> float:
    total = fold.size.sum()
    return float(fold.size[: len(fold.scores)].sum() / total) if total > 0 else np.nan


def _mean(values: Floats) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else np.nan


def _largest(values: Floats) -> float:
    return float(np.nanmax(values)) if np.isfinite(values).any() else np.nan


def _pair(values: Sequence[float] | Floats) -> tuple[float, float] | None:
    known = pd.Series(values, dtype=float).dropna()
    return None if known.empty else (float(known.mean()), float(known.std(ddof=1)) if len(known) > 1 else 0.0)


def _triple(values: Floats) -> tuple[float, float, int] | None:
    pair = _pair(values)
    return None if pair is None else (*pair, int(np.isfinite(values).sum()))
