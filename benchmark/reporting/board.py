"""A board: a pure function of predictions and outcomes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from benchmark.errors import InputError
from benchmark.inference import Concordance, logit_interval
from benchmark.records import Record
from benchmark.reporting.evidence import Against, Evidence, gather
from benchmark.scoring import METRICS, Predictions, meet
from benchmark.tasks import Task

Interval = tuple[float, float]


@dataclass(frozen=True)
class Contender:
    """Predictions that want a place on a board."""

    label: str
    modalities: tuple[str, ...]
    predictions: Predictions
    seconds: float | None
    provenance: str

    @classmethod
    def of(cls, record: Record) -> "Contender":
        return cls(
            record.label, tuple(record.info["modalities"]), Predictions(record.predictions, record.failed), record.seconds, "run here"
        )


@dataclass(frozen=True)
class Difference:
    """Paired difference to the reference: entry − reference.

    Attributes:
        estimate, interval, p_fitted: *these fitted models* on patients like these (jackknife).
        interval_retrained, p_retrained: *this algorithm* trained again (corrected resampled t-test over the folds).
        p_fitted_holm, p_retrained_holm: adjusted over all models compared with the reference.
    """

    estimate: float
    interval: Interval
    p_fitted: float
    p_fitted_holm: float
    interval_retrained: Interval
    p_retrained: float
    p_retrained_holm: float


@dataclass(frozen=True)
class Secondary:
    """A secondary metric of an entry, with the 95 % jackknife interval on the logit scale."""

    estimate: float
    interval: Interval


@dataclass(frozen=True)
class Entry:
    """One model on a board.

    Attributes:
        rank: by the estimate; equal estimates share a rank.
        tier: models that cannot be told from a tier's best when trained again share it; it counts for more than the rank.
        rank_set: ranks that these patients do not exclude.
        estimate, interval: primary metric on the pooled within-fold pairs, 95 % BCa interval over patients.
        p_best: share of resamples of patients in which it is first.
        tied_risk: comparable pairs with equal risk.
        failed_folds: folds scored as the trivial model.
        seconds: fit and predict, all folds; ``None`` where unknown.
    """

    rank: int
    tier: int
    rank_set: tuple[int, int]
    model: str
    modalities: tuple[str, ...]
    estimate: float
    interval: Interval
    difference: Difference | None
    p_best: float
    secondary: dict[str, Secondary]
    tied_risk: int
    failed_folds: int
    seconds: float | None
    provenance: str


@dataclass(frozen=True)
class Board:
    """The ranked models of one task, endpoint and protocol, with what a reader needs to judge them.

    Attributes:
        minimal_detectable_difference: the smallest true difference to the reference that would show with 80 % power: between
            fitted models, median over the models on this board; ``…_retrained``: between algorithms trained again.
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
    minimal_detectable_difference: float | None
    minimal_detectable_difference_retrained: float | None
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


def build_board(task: Task, protocol: str, endpoint: str, contenders: Sequence[Contender]) -> Board:
    """Rank contenders that predicted the same patients of the same folds.

    Raises:
        InputError: nobody is there, or predictions do not fit the folds.
    """
    if not contenders:
        command = f"bench run --task {task.id} --protocol {protocol} --model …"
        raise InputError(f"no run of {task.id} under protocol {protocol} on {task.cohort.data} patients; '{command}' makes one")
    contenders = sorted(contenders, key=lambda contender: contender.label)
    labels, spec = [contender.label for contender in contenders], task.spec
    scored = meet(task, protocol, endpoint, [contender.predictions for contender in contenders])
    reference = labels.index(spec.reference) if spec.reference in labels else None
    evidence = gather(scored, spec.metrics.primary, reference)
    others: dict[str, Concordance] = {name: scored.concordance(name) for name in spec.metrics.secondary}
    order = sorted(range(len(labels)), key=lambda k: (evidence.tier[k], -evidence.primary.estimate[k], labels[k]))
    return Board(
        task=task.id,
        title=spec.title,
        endpoint=endpoint,
        protocol=protocol,
        metric=spec.metrics.primary,
        metric_name=METRICS[spec.metrics.primary],
        cohort=_cohort(task, protocol, endpoint),
        reference=spec.reference,
        minimal_detectable_difference=evidence.detectable,
        minimal_detectable_difference_retrained=evidence.detectable_retrained,
        tests_per_patient=spec.protocols[protocol].repeats,
        pairs=evidence.primary.pairs,
        tau=spec.endpoints[endpoint].tau,
        min_censoring=float(min([result.min_censoring for result in others.values()], default=1.0)),
        digests={"task": task.digest[:12], "folds": task.folds_digest(protocol)[:12], "cohort": task.cohort.digest[:12]},
        entries=tuple(_entry(contenders[k], k, evidence, others) for k in order),
    )


def _entry(contender: Contender, k: int, evidence: Evidence, others: dict[str, Concordance]) -> Entry:
    primary = evidence.primary
    return Entry(
        rank=1 + int((primary.estimate > primary.estimate[k]).sum()),
        tier=int(evidence.tier[k]),
        rank_set=(int(evidence.ranks[k, 0]), int(evidence.ranks[k, 1])),
        model=contender.label,
        modalities=contender.modalities,
        estimate=float(primary.estimate[k]),
        interval=(float(evidence.intervals[k, 0]), float(evidence.intervals[k, 1])),
        difference=_difference(evidence.against[k]),
        p_best=float(evidence.p_best[k]),
        secondary={name: Secondary(float(result.estimate[k]), _interval(result, k)) for name, result in others.items()},
        tied_risk=int(primary.tied_risk[k]),
        failed_folds=len(contender.predictions.failed),
        seconds=contender.seconds,
        provenance=contender.provenance,
    )


def _difference(against: Against | None) -> Difference | None:
    if against is None:
        return None
    fitted, retrained = against.fitted, against.retrained
    return Difference(
        fitted.difference, fitted.interval, fitted.p, against.p_fitted_holm, retrained.interval, retrained.p, against.p_retrained_holm
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
