"""What a model is worth when patients to predict lack modalities that it was trained with."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmark.errors import InputError
from benchmark.inference import contrast
from benchmark.records import Record
from benchmark.reporting.evidence import intervals
from benchmark.scoring import METRICS, Predictions, meet_any
from benchmark.tasks import Task
from benchmark.tasks.spec import ALL

Interval = tuple[float, float]
Records = Mapping[str, Record]  # endpoint → record

HOW_TO_READ = (
    "Each model is trained with all its modalities; the test patients are handed over with those of the row and without the others. "
    "A patient may lack more than that.",
    "Metric with its 95 % interval (bootstrap of patients, BCa); then Δ to the same model with all its modalities, paired on the same patients "
    "(95 %, jackknife, not adjusted for the number of rows): for these fitted models.",
)


@dataclass(frozen=True)
class Change:
    """Paired difference to the same model with all its modalities: 95 % interval and p by the jackknife, for these fitted models."""

    estimate: float
    interval: Interval
    p: float


@dataclass(frozen=True)
class Cell:
    """One model, tested with some of its modalities.

    Attributes:
        present, dropped: the modalities that the test patients were handed over with, and without.
        estimate, interval: primary metric, 95 % BCa over patients, as on the board.
        change: ``None`` where nothing is dropped.
        failed_folds: folds scored as the trivial model.
    """

    present: tuple[str, ...]
    dropped: tuple[str, ...]
    estimate: float
    interval: Interval
    change: Change | None
    failed_folds: int


@dataclass(frozen=True)
class Line:
    """One model: first with all its modalities, then with ever fewer."""

    model: str
    modalities: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class MissingView:
    """Every model that was tested without some modality.

    Attributes:
        subsets: what is present at test in any of the cells, largest first.
        lines: one for each model, by the estimate with all modalities.
        notes: models that are not shown, and why.
    """

    task: str
    title: str
    endpoint: str
    protocol: str
    data: str
    metric: str
    metric_name: str
    subsets: tuple[tuple[str, ...], ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The JSON document."""
        return asdict(self)


def build_missing(task: Task, protocol: str, endpoints: Sequence[str], records: Mapping[str, Records]) -> MissingView:
    """The view of records by label, those with everything and those with less.

    Raises:
        InputError: no model has both.
    """
    lines, notes = [], []
    for group in _by_model(records):
        lacking = [label for label, by_endpoint in group.items() if _dropped(by_endpoint)]
        whole = next((label for label in group if label not in lacking), None)
        if whole is not None and lacking:
            lines.append(_line(task, protocol, endpoints, whole, group))
        elif lacking:
            notes.append(f"not shown: {', '.join(lacking)}: no run of that model with all its modalities to compare with")
    if not lines:
        command = f"bench run --task {task.id} --protocol {protocol} --model …"
        raise InputError(
            f"no model of {task.id} was run under protocol {protocol} both with all its modalities and without some; "
            f"'{command}' and then '{command} --drop every' do that"
        )
    present, order = {cell.present for line in lines for cell in line.cells}, list(task.spec.modalities)
    return MissingView(
        task=task.id,
        title=task.spec.title,
        endpoint=endpoints[0] if len(endpoints) == 1 else ALL,
        protocol=protocol,
        data=task.cohort.data,
        metric=task.spec.metrics.primary,
        metric_name=METRICS[task.spec.metrics.primary],
        subsets=tuple(sorted(present, key=lambda names: (-len(names), [order.index(name) for name in names]))),
        lines=tuple(sorted(lines, key=lambda line: (-line.cells[0].estimate, line.model))),
        notes=tuple(notes),
    )


def _by_model(records: Mapping[str, Records]) -> list[dict[str, Records]]:
    """The records that differ in nothing but what was dropped, together."""
    groups: dict[str, dict[str, Records]] = {}
    for label, by_endpoint in records.items():
        info = next(iter(by_endpoint.values())).info
        same = {key: info.get(key) for key in ("model", "parameters", "modalities", "seed", "search", "source_digest")}
        groups.setdefault(json.dumps(same, sort_keys=True), {})[label] = by_endpoint
    return list(groups.values())


def _dropped(records: Records) -> tuple[str, ...]:
    return tuple(next(iter(records.values())).info.get("drop", ()))


def _line(task: Task, protocol: str, endpoints: Sequence[str], whole: str, group: Mapping[str, Records]) -> Line:
    modalities = tuple(sorted(next(iter(group[whole].values())).info["modalities"], key=list(task.spec.modalities).index))
    ordered = sorted(group.values(), key=lambda records: (len(_dropped(records)), [modalities.index(name) for name in _dropped(records)]))
    predictions = [{name: Predictions(item.predictions, item.failed) for name, item in records.items()} for records in ordered]
    scored, metric = meet_any(task, protocol, endpoints, predictions), task.spec.metrics.primary
    primary = scored.concordance(metric)
    limits = intervals(scored, primary, scored.bootstrap(metric))
    cells = []
    for k, records in enumerate(ordered):
        difference = contrast(primary, k, 0) if k else None
        cells.append(
            Cell(
                present=tuple(name for name in modalities if name not in _dropped(records)),
                dropped=_dropped(records),
                estimate=float(primary.estimate[k]),
                interval=(float(limits[k, 0]), float(limits[k, 1])),
                change=Change(difference.difference, difference.interval, difference.p) if difference else None,
                failed_folds=sum(len(record.failed) for record in records.values()),
            )
        )
    return Line(whole, modalities, tuple(cells))


def header(view: MissingView) -> list[str]:
    """What stands above the table."""
    kind = "REPLICA (simulated patients, not real)" if view.data == "replica" else "REAL"
    endpoint = "mean over its endpoints" if view.endpoint == ALL else f"endpoint {view.endpoint}"
    return [f"{view.title}: {endpoint}, protocol {view.protocol}, modalities missing at test", f"{kind} · metric {view.metric_name}"]


def columns(view: MissingView) -> list[str]:
    """Column titles: one for each model."""
    return ["present at test", *(line.model for line in view.lines)]


def rows(view: MissingView) -> list[list[str]]:
    """One row for each set of modalities that are present at test."""
    cells = {(cell.present, line.model): cell for line in view.lines for cell in line.cells}
    return [[" + ".join(names), *(_text(cells.get((names, line.model))) for line in view.lines)] for names in view.subsets]


def _text(cell: Cell | None) -> str:
    if cell is None:
        return ""
    text = f"{cell.estimate:.3f} [{cell.interval[0]:.3f}, {cell.interval[1]:.3f}]"
    if cell.change is None:
        text += "; all it uses"
    else:
        text += f"; Δ {cell.change.estimate:+.3f} [{cell.change.interval[0]:+.3f}, {cell.change.interval[1]:+.3f}]"
    return text + (f"; {cell.failed_folds} folds failed" if cell.failed_folds else "")
