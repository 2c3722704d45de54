"""Do probabilities mean what they say? Predicted against observed shares, slope and intercept."""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from benchmark.errors import UndefinedError
from benchmark.metrics.recalibration import Groups, Recalibration, calibration_groups, recalibration
from benchmark.reporting.figures.scene import Part, Scene, Table

NO_CURVES = (
    "survival models are asked for a risk, which orders patients and is no probability: calibration and D-calibration need predicted survival curves, "
    "which no record holds; the Kaplan-Meier curves by risk group show the observed survival of those ranked low and high"
)


@dataclass(frozen=True)
class ModelCalibration:
    """One model on one class.

    Attributes:
        groups: predicted against observed.
        fit: slope and intercept, or ``None`` where ``reason`` says why there is none.
    """

    groups: Groups
    fit: Recalibration | None
    reason: str | None


@dataclass(frozen=True)
class Calibration:
    """All models on every class that has a probability."""

    HOW: ClassVar[str] = (
        "Each test fold is cut into five groups of rising probability, and the groups of all folds are put together; the slope, too, is that of differences "
        "within folds. A patient who is tested several times is one cluster. Slope below 1: predictions too extreme; intercept above 0: too few predicted. Intervals: "
        "95 % over patients, for these fitted models. Weighted or oversampled training moves the intercept by design."
    )
    labels: tuple[str, ...]
    classes: tuple[tuple[str, tuple[ModelCalibration, ...]], ...]

    def as_dict(self) -> dict[str, Any]:
        return {"classes": [{"name": name, "models": [_as_dict(model) for model in models]} for name, models in self.classes]}

    def table(self) -> Table:
        rows = []
        for name, models in self.classes:
            for label, model in zip(self.labels, models, strict=True):
                rows += [(name, label, *row) for row in zip(*vars(model.groups).values(), strict=True)]
        return Table(("class", "model", "predicted", "observed", "lower", "upper", "patients"), rows)


def calibration(scene: Scene) -> Calibration:
    """Groups, slope and intercept of every model and class.

    Raises:
        UndefinedError: survival, or several endpoints.
    """
    if scene.task.spec.kind == "survival":
        raise UndefinedError(NO_CURVES)
    return Calibration(scene.labels, tuple((part.name, _of_class(scene, part)) for part in scene.classes()))


def _of_class(scene: Scene, part: Part) -> tuple[ModelCalibration, ...]:
    found = []
    for k in range(len(scene.labels)):
        p = part.probability[:, k].clip(0, 1)
        fit, reason = None, None
        try:
            fit = recalibration(part.positive, p, scene.one.split, scene.patients)
        except UndefinedError as error:
            reason = str(error)
        found.append(ModelCalibration(calibration_groups(part.positive, p, scene.one.split, scene.patients), fit, reason))
    return tuple(found)


def _as_dict(model: ModelCalibration) -> dict[str, Any]:
    empty = dict.fromkeys(Recalibration.__dataclass_fields__)
    return {**asdict(model.groups), **(asdict(model.fit) if model.fit else empty), "reason": model.reason}
