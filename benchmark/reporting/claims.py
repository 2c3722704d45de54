"""The printed numbers of a task as rows, each with what the benchmark measures and a verdict."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from benchmark.reporting.measured import Interval, Measurements, repeated_protocol
from benchmark.reporting.verdicts import Judge, Judged, Skip, Verdict
from benchmark.tasks import Task
from benchmark.tasks.claims import DESCRIPTIVE, Claim


@dataclass(frozen=True)
class ClaimRow:
    """One printed number, and what the benchmark has to say about it.

    Attributes:
        paper, table, row, metric: where it is printed.
        printed: the number, or a range that the paper gives in words.
        measured, interval: our value under ``protocol``, 95 %.
        trivial: the trivial model's value on the same patients.
        verdict: by the rules of :mod:`benchmark.reporting.verdicts`; ``None`` where a run is missing.
        reason: what decided it.
        note: contradictions in the paper, and what a reader must know; ``remark`` is the row's own part of it.
        printed_spread, printed_interval, printed_p: what is printed beside the number.
        fold: of a number per fold, which; 0 for the mean over them, which we take.
        model: the label that stands for the row; against: of the model that it is compared with.
        repeated, repeated_interval: the same under ``repeated_protocol``.
        patients, positives: of the patients tested here; ``printed_n``, ``printed_positives``: of the paper's.
        data: real or replica.
    """

    paper: str
    table: str
    row: str
    metric: str
    printed: float | Interval
    measured: float | None
    interval: Interval | None
    trivial: float | None
    verdict: Verdict | None
    reason: str
    id: str
    task: str
    endpoint: str | None
    protocol: str | None
    part: str
    model: str | None
    against: str | None
    fold: int | None
    note: str
    remark: str
    citation: str
    printed_spread: float | None
    printed_interval: Interval | None
    printed_p: float | None
    printed_n: int | None
    printed_positives: int | None
    patients: int | None
    positives: int | None
    repeated_protocol: str
    repeated: float | None
    repeated_interval: Interval | None
    data: str

    @property
    def describes(self) -> bool:
        """Whether the number describes patients instead of measuring a prediction."""
        return self.metric in DESCRIPTIVE

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def claim_rows(task: Task, claims: Sequence[Claim], measurements: Measurements, skip: Skip) -> list[ClaimRow]:
    """A row for every printed number, in the file's order; a list of numbers per fold gives a row for each, and one for their mean.

    Args:
        claims: of the task's ``claims.yaml``.
        measurements: of the task.
        skip: why a model cannot run on a protocol of the task, or ``None``.
    """
    judge = Judge(task, {claim.id.rpartition(".")[0]: claim for claim in reversed(claims)}, measurements, skip)
    return [
        _row(task, claim, fold, printed, judge.judged(claim, fold, printed))
        for claim in claims
        for fold, printed in _printed_numbers(claim)
    ]


def _printed_numbers(claim: Claim) -> Iterator[tuple[int | None, Interval]]:
    """(fold, (value, value)): ``None`` for a number that is of no fold, 0 for the mean over the folds; a range as it is."""
    if claim.between is not None:
        yield None, claim.between
    if claim.value is not None:
        yield None, (claim.value, claim.value)
    for fold, value in enumerate(claim.per_fold, 1):
        yield fold, (value, value)
    if claim.per_fold:
        mean = float(np.mean(claim.per_fold))
        yield 0, (mean, mean)


def _row(task: Task, claim: Claim, fold: int | None, printed: Interval, judged: Judged) -> ClaimRow:
    measured, repeated = judged.measured, judged.repeated
    of_fold = "" if fold is None else f", fold {fold}" if fold else f", mean of the {len(claim.per_fold)} folds"
    return ClaimRow(
        paper=claim.paper,
        table=claim.table,
        row=claim.row + of_fold,
        metric=claim.metric,
        printed=printed[0] if printed[0] == printed[1] else printed,
        measured=measured.estimate if measured else judged.counted,
        interval=measured.interval if measured else None,
        trivial=measured.trivial if measured else None,
        verdict=judged.verdict,
        reason=judged.reason,
        id=claim.id,
        task=task.id,
        endpoint=claim.endpoint,
        protocol=claim.protocol,
        part=claim.part,
        model=claim.model,
        against=claim.against,
        fold=fold,
        note=claim.note,
        remark=claim.remark,
        citation=claim.citation,
        printed_spread=claim.spread,
        printed_interval=claim.interval,
        printed_p=claim.p_value,
        printed_n=claim.n,
        printed_positives=claim.positives,
        patients=measured.patients if measured else None,
        positives=measured.positives if measured else None,
        repeated_protocol=repeated_protocol(task),
        repeated=repeated.estimate if repeated else None,
        repeated_interval=repeated.interval if repeated else None,
        data=task.cohort.data,
    )
