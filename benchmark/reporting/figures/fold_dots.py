"""The metric in every test fold, as papers print it, beside what its spread does and does not say."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from benchmark.inference import corrected_resampled_ttest
from benchmark.reporting.figures.scene import Scene, Table
from benchmark.scoring import Joint

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FoldDots:
    """The primary metric of k models in f test folds.

    Attributes:
        folds: repeat, fold, tested patients and how many of them have the event (or are of the rarest class; several endpoints: ``None``).
        values: shape (k, f).
        mean, sd: over the folds; ``se_naive`` = sd / √f, as if folds were independent; ``se_corrected``: with the correction for overlapping
            training parts (NaN where the splits are not exchangeable). All of shape (k,).
    """

    HOW: ClassVar[str] = (
        "The metric in each test fold; a fold without a comparable pair is 0.5 for every model. Folds share training patients, so they are no "
        "independent samples: the naive standard error SD/√folds is too small, the corrected one (Nadeau and Bengio) is what the "
        "tests of algorithms trained again use."
    )
    labels: tuple[str, ...]
    folds: tuple[dict[str, int | None], ...]
    values: Floats
    mean: Floats
    sd: Floats
    se_naive: Floats
    se_corrected: Floats

    def as_dict(self) -> dict[str, Any]:
        summary = {name: getattr(self, name) for name in ("values", "mean", "sd", "se_naive", "se_corrected")}
        return {"folds": list(self.folds), **summary}

    def table(self) -> Table:
        """A row for each fold, a column for each model: what is the same for all models stands once."""
        rows = [(*fold.values(), *self.values[:, place]) for place, fold in enumerate(self.folds)]
        return Table(("repeat", "fold", "patients", "events", *self.labels), rows)


def fold_dots(scene: Scene) -> FoldDots:
    """The metric in every fold."""
    scored = scene.scored
    splits = scored.by_split(scene.metric)
    values = splits.reshape(-1, splits.shape[-1]).T
    count = values.shape[1]
    sd = values.std(axis=1, ddof=1) if count > 1 else np.full(len(values), np.nan)
    corrected = [
        corrected_resampled_ttest(splits[..., k], scored.test_fraction).se if scored.exchangeable else np.nan for k in range(len(values))
    ]
    return FoldDots(scene.labels, _folds(scene), values, values.mean(axis=1), sd, sd / np.sqrt(count), np.array(corrected))


def _folds(scene: Scene) -> tuple[dict[str, int | None], ...]:
    scored = scene.scored.endpoints[0] if isinstance(scene.scored, Joint) else scene.scored
    found = []
    for label in np.unique(scored.split):
        inside = scored.split == label
        events = None if isinstance(scene.scored, Joint) else min(int(part.event[inside].sum()) for part in scored.parts)
        first = scored.rows[inside].iloc[0]
        found.append({"repeat": int(first["repeat"]), "fold": int(first["fold"]), "patients": int(inside.sum()), "events": events})
    return tuple(found)
