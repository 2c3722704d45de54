"""Discrimination of the models of a board over time."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from benchmark.errors import UndefinedError
from benchmark.inference import logit_interval
from benchmark.metrics.survival.auc_over_time import AucOverTime, auc_over_time
from benchmark.reporting.figures.scene import Scene, Table
from benchmark.tasks.endpoints import outcome_of

Floats = NDArray[np.float64]
TIMES = 20  # up to the task's horizon
ENOUGH = 5  # cases, and controls: with fewer, one patient draws the curve


@dataclass(frozen=True)
class TimeDependentAuc:
    """Cumulative/dynamic AUC of k models at t times.

    Attributes:
        unit: of the times.
        found: estimates and covariance.
        lower, upper: 95 % on the logit scale, shape (t, k).
    """

    HOW: ClassVar[str] = (
        "At each time: the share of pairs within test folds, one patient with the event by then and one still free of it, in which the first "
        "has the higher risk; pairs are weighted for censoring (IPCW, censoring curve of the training part). Bands: pointwise 95 %, jackknife over "
        "patients on the logit scale, for these fitted models. Drawn where five patients or more are on either side."
    )
    labels: tuple[str, ...]
    unit: str
    found: AucOverTime
    lower: Floats
    upper: Floats

    def as_dict(self) -> dict[str, Any]:
        bands = {"auc": self.found.estimate, "lower": self.lower, "upper": self.upper}
        models = [{name: values[:, k] for name, values in bands.items()} for k in range(len(self.labels))]
        return {
            "unit": self.unit,
            "times": self.found.horizons,
            "cases": self.found.cases,
            "controls": self.found.controls,
            "models": models,
        }

    def table(self) -> Table:
        found = self.found
        rows = [
            (name, at, found.cases[t], found.controls[t], found.estimate[t, k], self.lower[t, k], self.upper[t, k])
            for k, name in enumerate(self.labels)
            for t, at in enumerate(found.horizons)
        ]
        return Table(("model", f"time_{self.unit}", "cases", "controls", "auc", "lower", "upper"), rows)


def time_dependent_auc(scene: Scene) -> TimeDependentAuc:
    """The AUC at up to twenty times until the task's horizon.

    Raises:
        UndefinedError: not survival, several endpoints, or never five patients on either side.
    """
    scored = scene.require("survival")
    event, time, who = scene.event, scene.time, scene.patients
    times = np.linspace(scene.tau / TIMES, scene.tau, TIMES)
    enough = [min(len(np.unique(who[rows])) for rows in (event & (time <= at), time > at)) >= ENOUGH for at in times]
    if not any(enough):
        raise UndefinedError(f"at no time until {scene.tau:g} are there {ENOUGH} patients with the event and {ENOUGH} still free of it")
    train = scored.uno.train if scored.uno else None
    found = auc_over_time(event, time, scene.risk, times[enough], scored.split, who, train)
    models = range(found.estimate.shape[1])
    limits = np.array(
        [[logit_interval(found.estimate[t, k], found.covariance[t, k, k]) for k in models] for t in range(len(found.horizons))]
    )
    return TimeDependentAuc(scene.labels, unit_of(scene), found, limits[..., 0], limits[..., 1])


def unit_of(scene: Scene) -> str:
    """The cohort's unit of time."""
    return scene.task.cohort.datasheet.outcomes[outcome_of(scene.task.spec, scene.endpoints[0])].unit or "time"
