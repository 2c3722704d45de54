"""Would acting on a model do more good than treating everybody, or nobody?"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from benchmark.errors import UndefinedError
from benchmark.metrics import decision_curve as metric
from benchmark.reporting.figures.scene import Scene, Table

THRESHOLDS = np.round(np.arange(0.02, 0.99, 0.02), 2)
NO_PROBABILITY = "survival models give a risk, not a probability of the event by some time, so there is no threshold to act on"


@dataclass(frozen=True)
class DecisionCurves:
    """Net benefit of k models.

    Attributes:
        prevalence: share of positives among the tested patients: treating all has no benefit at that threshold.
    """

    HOW: ClassVar[str] = (
        "Net benefit: true positives for each patient, less false positives weighted by the odds of the threshold. All tests of all patients stand "
        "together. Bands: pointwise 95 % over patients, for these fitted models. Probabilities that are not calibrated lose benefit here although they rank well."
    )
    labels: tuple[str, ...]
    prevalence: float
    curves: metric.DecisionCurve

    def as_dict(self) -> dict[str, Any]:
        curves = self.curves
        names = ("net_benefit", "lower", "upper", "gain", "gain_lower", "gain_upper")
        models = [{name: getattr(curves, name)[k] for name in names} for k in range(len(self.labels))]
        return {"prevalence": self.prevalence, "thresholds": curves.thresholds, "treat_all": curves.treat_all, "models": models}

    def table(self) -> Table:
        curves = self.curves
        rows = [
            (name, at, curves.net_benefit[k, t], curves.lower[k, t], curves.upper[k, t], curves.treat_all[t])
            for k, name in enumerate(self.labels)
            for t, at in enumerate(curves.thresholds)
        ]
        return Table(("model", "threshold", "net_benefit", "lower", "upper", "treat_all"), rows)


def decision_curve(scene: Scene) -> DecisionCurves:
    """The curves of every model of a binary task.

    Raises:
        UndefinedError: another kind of outcome, or several endpoints.
    """
    if scene.task.spec.kind == "survival":
        raise UndefinedError(NO_PROBABILITY)
    scene.require("binary")
    (part,) = scene.classes()
    curves = metric.decision_curve(part.positive, part.probability.clip(0, 1), THRESHOLDS, scene.patients)
    return DecisionCurves(scene.labels, float(part.positive.mean()), curves)
