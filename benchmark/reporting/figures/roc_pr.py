"""ROC and precision-recall curves of the models of a board, class by class."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from benchmark.inference import concordance
from benchmark.metrics.curves import MeanCurves, mean_curves
from benchmark.reporting.figures.scene import Part, Scene, Table

Floats = NDArray[np.float64]
GRID = np.linspace(0, 1, 51)


@dataclass(frozen=True)
class ClassCurves:
    """The curves of one class against the rest.

    Attributes:
        positives: patients of the class.
        prevalence: mean share of the class in the test folds that have it: the precision of a score without information.
        auc, average_precision: areas, shape (k,): pooled pairs within folds, and mean over folds, as on the board.
    """

    name: str
    positives: int
    prevalence: float
    auc: Floats
    average_precision: Floats
    curves: MeanCurves

    def as_dict(self) -> dict[str, Any]:
        curves = self.curves
        models = [
            {
                "auc": self.auc[k],
                "tpr": curves.roc.value[k],
                "tpr_lower": curves.roc.lower[k],
                "tpr_upper": curves.roc.upper[k],
                "average_precision": self.average_precision[k],
                "precision": curves.precision.value[k],
                "precision_lower": curves.precision.lower[k],
                "precision_upper": curves.precision.upper[k],
            }
            for k in range(len(self.auc))
        ]
        facts = {"name": self.name, "positives": self.positives, "prevalence_within_folds": self.prevalence, "folds": curves.folds}
        return {**facts, "false_positive_rate": curves.grid, "recall": curves.grid, "models": models}


@dataclass(frozen=True)
class RocPr:
    """The curves of every class that has a probability."""

    HOW: ClassVar[str] = (
        "Curves are built within each test fold and averaged at equal false-positive rate (weights: pairs of a positive and a negative) and at equal "
        "recall (every fold the same), because scores of different folds are not comparable. Bands: pointwise 95 %, 1,000 resamples of patients, for "
        "these fitted models. In small folds the precision of random scores lies above the share of positives."
    )
    labels: tuple[str, ...]
    classes: tuple[ClassCurves, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"classes": [item.as_dict() for item in self.classes]}

    def table(self) -> Table:
        rows = []
        for item in self.classes:
            for k, name in enumerate(self.labels):
                for g, at in enumerate(item.curves.grid):
                    found = [band[k, g] for curve in (item.curves.roc, item.curves.precision) for band in vars(curve).values()]
                    rows.append((item.name, name, at, *found))
        columns = ("class", "model", "false_positive_rate_or_recall", "tpr", "tpr_lower", "tpr_upper")
        return Table((*columns, "precision", "precision_lower", "precision_upper"), rows)


def roc_pr(scene: Scene) -> RocPr:
    """The curves of every class.

    Raises:
        UndefinedError: survival, or several endpoints.
    """
    return RocPr(scene.labels, tuple(_of_class(scene, part) for part in scene.classes()))


def _of_class(scene: Scene, part: Part) -> ClassCurves:
    split = scene.one.split
    curves = mean_curves(part.positive, part.probability, GRID, split, scene.patients)
    area = concordance(part.positive, np.where(part.positive, 1.0, 2.0), part.probability, fold=split)
    shares = [float(part.positive[split == label].mean()) for label in np.unique(split)]
    return ClassCurves(
        name=part.name,
        positives=len(np.unique(scene.patients[part.positive])),
        prevalence=float(np.mean([share for share in shares if share > 0])),
        auc=area.estimate,
        average_precision=_average_precision(part, split),
        curves=curves,
    )


def _average_precision(part: Part, split: NDArray[np.int64]) -> Floats:
    """Mean over the folds with a positive, shape (k,)."""
    from sklearn.metrics import average_precision_score

    folds = [np.flatnonzero(split == label) for label in np.unique(split)]
    values = [
        [average_precision_score(part.positive[rows], part.probability[rows, k]) for k in range(part.probability.shape[1])]
        for rows in folds
        if part.positive[rows].any()
    ]
    return np.asarray(np.mean(values, axis=0), float)
