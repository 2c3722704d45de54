"""Does the order of a cross-validation come back on patients of another centre?"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from scipy.stats import spearmanr

from benchmark.reporting.figures.scene import Table

SUFFIX = "_external"
FEWEST = 3  # models: two always lie on a line
Interval = tuple[float, float]


@dataclass(frozen=True)
class Point:
    """One model in both designs: estimates with their 95 % intervals."""

    model: str
    within: float
    within_interval: Interval
    external: float
    external_interval: Interval


@dataclass(frozen=True)
class Transfer:
    """A task and its external twin.

    Attributes:
        spearman: correlation of the estimates over the models; no p, for models are no sample.
        caution: what makes the two axes differ beside the patients, if anything does.
    """

    task: str
    external: str
    protocol: str
    external_protocol: str
    metric: str
    external_metric: str
    spearman: float
    caution: str | None
    points: tuple[Point, ...]


@dataclass(frozen=True)
class CvAgainstExternal:
    """All tasks that have an external twin."""

    HOW: ClassVar[str] = (
        "Each model by cross-validation on one cohort against the same model fitted on one centre and tested on another, both ways. Intervals: 95 % over "
        "patients, for the fitted models. The patients of the two boards overlap, so points are not independent of their axis."
    )
    pairs: tuple[Transfer, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"pairs": [asdict(pair) for pair in self.pairs]}

    def table(self) -> Table:
        rows = [
            (pair.task, pair.external, p.model, p.within, *p.within_interval, p.external, *p.external_interval)
            for pair in self.pairs
            for p in pair.points
        ]
        columns = ("task", "external_task", "model", "within", "within_low", "within_high", "external", "external_low", "external_high")
        return Table(columns, rows)


def cv_against_external(boards: Mapping[str, Mapping[str, Any]]) -> CvAgainstExternal:
    """Every pair of a task and an external one.

    Args:
        boards: task → its default board as data.
    """
    twins = [(name.removesuffix(SUFFIX), name) for name in boards if name.endswith(SUFFIX)]
    pairs = [(name, twin) for base, twin in twins for name in boards if name.startswith(base) and not name.endswith(SUFFIX)]
    found = [_transfer(boards[name], boards[twin]) for name, twin in pairs]
    return CvAgainstExternal(tuple(item for item in found if len(item.points) >= FEWEST))


def _transfer(within: Mapping[str, Any], external: Mapping[str, Any]) -> Transfer:
    outside = {entry["model"]: entry for entry in external["entries"]}
    points = tuple(
        Point(entry["model"], entry["estimate"], tuple(entry["interval"]), other["estimate"], tuple(other["interval"]))
        for entry in within["entries"]
        if (other := outside.get(entry["model"]))
    )
    return Transfer(
        task=within["task"],
        external=external["task"],
        protocol=within["protocol"],
        external_protocol=external["protocol"],
        metric=within["metric_name"],
        external_metric=external["metric_name"],
        spearman=_correlation(points),
        caution=_caution(within, external),
        points=points,
    )


def _correlation(points: Sequence[Point]) -> float:
    if len(points) < FEWEST or min(len({p.within for p in points}), len({p.external for p in points})) < 2:
        return float("nan")
    return float(spearmanr([p.within for p in points], [p.external for p in points])[0])


def _caution(within: Mapping[str, Any], external: Mapping[str, Any]) -> str | None:
    parts = []
    if within["metric"] != external["metric"]:
        parts.append(f"{within['metric_name']} on one axis, {external['metric_name']} on the other")
    if within["endpoint"] != external["endpoint"]:
        parts.append(f"endpoint {within['endpoint']} on one, {external['endpoint']} on the other")
    return "; ".join(parts) or None
