"""A board: a pure function of records and outcomes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from benchmark.errors import InputError
from benchmark.inference import Concordance, contrast, logit_interval
from benchmark.records import Record
from benchmark.scoring import METRICS, Predictions, score
from benchmark.tasks import Task

Interval = tuple[float, float]


@dataclass(frozen=True)
class Difference:
    """Paired difference to the reference: entry − reference; p asks whether *these fitted models* differ on these patients."""

    estimate: float
    interval: Interval
    p_fitted: float


@dataclass(frozen=True)
class Secondary:
    """A secondary metric of an entry."""

    estimate: float
    interval: Interval


@dataclass(frozen=True)
class Entry:
    """One model on a board.

    Attributes:
        rank: by the primary metric; equal estimates share a rank.
        estimate, interval: primary metric on the pooled within-fold pairs, 95 % jackknife interval on the logit scale.
        tied_risk: comparable pairs with equal risk.
        failed_folds: folds scored as the trivial model.
        seconds: fit and predict, all folds.
    """

    rank: int
    model: str
    modalities: tuple[str, ...]
    estimate: float
    interval: Interval
    difference: Difference | None
    secondary: dict[str, Secondary]
    tied_risk: int
    failed_folds: int
    seconds: float
    provenance: str


@dataclass(frozen=True)
class Board:
    """The ranked models of one task, endpoint and protocol, with what a reader needs to judge them.

    Attributes:
        pairs: comparable pairs of the primary metric, over all test folds.
        tau, min_censoring: horizon of Uno's C and the smallest G(t−) it divides by.
    """

    task: str
    title: str
    endpoint: str
    protocol: str
    metric: str
    metric_name: str
    cohort: dict[str, Any]
    reference: str
    tests_per_patient: int
    pairs: int
    tau: float
    min_censoring: float
    digests: dict[str, str]
    entries: tuple[Entry, ...]

    @property
    def replica(self) -> bool:
        return bool(self.cohort["data"] == "replica")

    def as_dict(self) -> dict[str, Any]:
        """The JSON document of the board."""
        return asdict(self)


def build_board(task: Task, protocol: str, endpoint: str, records: Mapping[str, Record]) -> Board:
    """Rank the records of one protocol.

    Args:
        records: label → record, all made from this task and cohort.

    Raises:
        InputError: no record.
    """
    if not records:
        raise InputError(
            f"no run of {task.id} under protocol {protocol} on {task.cohort.data} patients; 'bench run --task {task.id} --protocol {protocol} --model …' makes one"
        )
    labels = list(records)
    predictions = [Predictions(record.predictions, record.failed) for record in records.values()]
    primary = score(task, protocol, endpoint, predictions, task.spec.metrics.primary)
    others = {name: score(task, protocol, endpoint, predictions, name) for name in task.spec.metrics.secondary}
    order = sorted(range(len(labels)), key=lambda k: (-primary.estimate[k], labels[k]))
    entries = []
    for k in order:
        record = records[labels[k]]
        entries.append(
            Entry(
                rank=1 + int((primary.estimate > primary.estimate[k]).sum()),
                model=labels[k],
                modalities=tuple(record.info["modalities"]),
                estimate=float(primary.estimate[k]),
                interval=_interval(primary, k),
                difference=_difference(primary, k, labels, task.spec.reference),
                secondary={name: Secondary(float(result.estimate[k]), _interval(result, k)) for name, result in others.items()},
                tied_risk=int(primary.tied_risk[k]),
                failed_folds=len(record.failed),
                seconds=record.seconds,
                provenance="run here",
            )
        )
    return Board(
        task=task.id,
        title=task.spec.title,
        endpoint=endpoint,
        protocol=protocol,
        metric=task.spec.metrics.primary,
        metric_name=METRICS[task.spec.metrics.primary],
        cohort=_cohort(task, protocol, endpoint),
        reference=task.spec.reference,
        tests_per_patient=task.spec.protocols[protocol].repeats,
        pairs=primary.pairs,
        tau=task.spec.endpoints[endpoint].tau,
        min_censoring=float(min([result.min_censoring for result in others.values()], default=1.0)),
        digests={"task": task.digest[:12], "folds": task.folds_digest(protocol)[:12], "cohort": task.cohort.digest[:12]},
        entries=tuple(entries),
    )


def _cohort(task: Task, protocol: str, endpoint: str) -> dict[str, Any]:
    sheet, outcome = task.cohort.datasheet, task.outcome(pd.Index(task.eligible(protocol)), endpoint)
    facts: dict[str, Any] = {"name": sheet.name, "version": sheet.version, "data": sheet.data}
    facts |= {"patients": len(outcome), "events": int(outcome["event"].sum())}
    if sheet.truth:
        facts["attainable"] = sheet.truth[endpoint]
    return facts


def _interval(result: Concordance, k: int) -> Interval:
    return logit_interval(float(result.estimate[k]), float(result.covariance[k, k]))


def _difference(result: Concordance, k: int, labels: list[str], reference: str) -> Difference | None:
    if reference not in labels or labels[k] == reference:
        return None
    test = contrast(result, k, labels.index(reference))
    return Difference(test.difference, test.interval, test.p)


def seconds_in_words(seconds: float) -> str:
    """``0.42 s``, ``12 s``, ``3 min``, ``2.1 h``."""
    if seconds < 60:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{np.round(seconds / 3600, 1)} h"
