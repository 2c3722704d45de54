"""A board: a pure function of predictions and outcomes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from benchmark.errors import InputError
from benchmark.inference import logit_interval
from benchmark.records import Record
from benchmark.reporting.evidence import Against, Evidence, gather
from benchmark.reporting.provenance import Origin, Verified, fold_environments, provenance_of
from benchmark.scoring import METRICS, Predictions, Summary, expected_rows, meet_any
from benchmark.tasks import Task
from benchmark.tasks.endpoints import outcome_of
from benchmark.tasks.spec import ALL

Interval = tuple[float, float]


@dataclass(frozen=True)
class Contender:
    """Predictions that want a place on a board, by endpoint.

    ``source`` says who published those that were not made here; ``origins`` which records the others come from.
    """

    label: str
    modalities: tuple[str, ...]
    predictions: Mapping[str, Predictions]
    seconds: float | None
    provenance: str
    source: str | None = None
    origins: Mapping[str, Origin] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Mapping[str, Record], verified: Mapping[str, Verified] | None = None) -> "Contender":
        """The records of one model, one for each endpoint; ``verified`` are those that somebody made again."""
        first = next(iter(records.values()))
        predictions = {endpoint: Predictions(record.predictions, record.failed) for endpoint, record in records.items()}
        seconds = sum(record.seconds for record in records.values())
        origins = {endpoint: Origin.of(record) for endpoint, record in records.items()}
        provenance = provenance_of(origins.values(), verified or {})
        return cls(first.label, tuple(first.info["modalities"]), predictions, seconds, provenance, origins=origins)


@dataclass(frozen=True)
class Difference:
    """Paired difference to the reference: entry − reference.

    Attributes:
        estimate, interval, p_fitted: *these fitted models* on patients like these (jackknife).
        interval_retrained, p_retrained: *this algorithm* trained again (corrected resampled t-test over the folds).
        p_fitted_holm, p_retrained_holm: adjusted over all models compared with the reference.
        Where the board is not ``exchangeable`` nothing is known of training again: those three are ``None``.
    """

    estimate: float
    interval: Interval
    p_fitted: float
    p_fitted_holm: float
    interval_retrained: Interval | None
    p_retrained: float | None
    p_retrained_holm: float | None


@dataclass(frozen=True)
class Secondary:
    """A secondary metric of an entry, with the 95 % jackknife interval on the logit scale; ``None`` where it does not exist."""

    estimate: float | None
    interval: Interval | None


@dataclass(frozen=True)
class Entry:
    """One model on a board.

    Attributes:
        rank: by the estimate; equal estimates share a rank.
        tier: models that cannot be told from a tier's best when trained again share it; it counts for more than the rank.
        rank_set: ranks that these patients do not exclude.
        estimate, interval: primary metric on the pooled within-fold pairs, 95 % BCa interval over patients.
        fold_mean, fold_sd: of the primary metric over the folds, as papers print it; the SD is ``None`` for a single fold.
        p_best: share of resamples of patients in which it is first.
        tied_risk: comparable pairs with equal risk.
        failed_folds: folds scored as the trivial model.
        seconds: fit and predict, all folds; ``None`` where unknown.
        provenance, source: self-reported, imported (then ``source`` is who published the predictions), or as :func:`provenance_of` has it.
        records: endpoint → the record it was made from, for ``bench verify``; empty where there is none.
    """

    rank: int
    tier: int
    rank_set: tuple[int, int]
    model: str
    modalities: tuple[str, ...]
    estimate: float
    interval: Interval
    fold_mean: float
    fold_sd: float | None
    difference: Difference | None
    p_best: float
    secondary: dict[str, Secondary]
    tied_risk: int
    failed_folds: int
    seconds: float | None
    provenance: str
    source: str | None
    records: dict[str, Origin] = field(default_factory=dict)


@dataclass(frozen=True)
class Board:
    """The ranked models of one task, endpoint and protocol, with what a reader needs to judge them.

    Attributes:
        minimal_detectable_difference: the smallest true difference to the reference that would show with 80 % power: between
            fitted models, median over the models on this board; ``…_retrained``: between algorithms trained again.
        tests_per_patient, tests_per_patient_most: how often a tested patient is tested, least and most.
        pairs: comparable pairs of the primary metric, over all test folds.
        tau, min_censoring: survival: horizon of Uno's C (of one endpoint) and the smallest G(t−) it divides by.
        exchangeable: whether the splits can tell anything of algorithms trained again (not a single one, nor one for each site).
        not_estimable: endpoints of the task that have too few events or positives → how many.
        caution: what the scores must not be taken for, from ``task.yaml``.
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
    tests_per_patient_most: int
    pairs: int
    tau: float | None
    min_censoring: float
    exchangeable: bool
    not_estimable: dict[str, int]
    digests: dict[str, str]
    entries: tuple[Entry, ...]
    caution: str = ""

    @property
    def replica(self) -> bool:
        return bool(self.cohort["data"] == "replica")

    def as_dict(self) -> dict[str, Any]:
        """The JSON document of the board."""
        return fold_environments(asdict(self))


def build_board(task: Task, protocol: str, endpoints: Sequence[str], contenders: Sequence[Contender]) -> Board:
    """Rank contenders that predicted the same patients of the same folds.

    Args:
        endpoints: one, or several: then every metric is the mean over them.

    Raises:
        InputError: nobody is there, or predictions do not fit the folds.
    """
    if not contenders:
        command = f"bench run --task {task.id} --protocol {protocol} --model …"
        raise InputError(f"no run of {task.id} under protocol {protocol} on {task.cohort.data} patients; '{command}' makes one")
    contenders = sorted(contenders, key=lambda contender: contender.label)
    labels, spec = [contender.label for contender in contenders], task.spec
    predictions = [contender.predictions for contender in contenders]
    scored = meet_any(task, protocol, endpoints, predictions)
    reference = labels.index(spec.reference) if spec.reference in labels else None
    evidence = gather(scored, spec.metrics.primary, reference)
    others: dict[str, Summary] = {name: scored.summary(name) for name in spec.metrics.secondary}
    order = sorted(range(len(labels)), key=lambda k: (evidence.tier[k], -evidence.primary.estimate[k], labels[k]))
    tested = _rows(task, protocol, endpoints).groupby("patient_id").size()
    return Board(
        task=task.id,
        title=spec.title,
        endpoint=endpoints[0] if len(endpoints) == 1 else ALL,
        protocol=protocol,
        metric=spec.metrics.primary,
        metric_name=METRICS[spec.metrics.primary],
        cohort=_cohort(task, protocol, endpoints),
        reference=spec.reference,
        minimal_detectable_difference=evidence.detectable,
        minimal_detectable_difference_retrained=evidence.detectable_retrained,
        tests_per_patient=int(tested.min()),
        tests_per_patient_most=int(tested.max()),
        pairs=evidence.primary.pairs,
        tau=spec.endpoints[endpoints[0]].tau if len(endpoints) == 1 else None,
        min_censoring=float(min([result.min_censoring for result in others.values()], default=1.0)),
        exchangeable=scored.exchangeable,
        not_estimable=task.not_estimable(protocol),
        digests={"task": task.digest[:12], "folds": task.folds_digest(protocol)[:12], "cohort": task.cohort_digest[:12]},
        entries=tuple(_entry(contenders[k], k, evidence, others) for k in order),
        caution=spec.protocols[protocol].caution,
    )


def _entry(contender: Contender, k: int, evidence: Evidence, others: dict[str, Summary]) -> Entry:
    primary, folds = evidence.primary, evidence.splits[..., k].ravel()
    return Entry(
        rank=1 + int((primary.estimate > primary.estimate[k]).sum()),
        tier=int(evidence.tier[k]),
        rank_set=(int(evidence.ranks[k, 0]), int(evidence.ranks[k, 1])),
        model=contender.label,
        modalities=contender.modalities,
        estimate=float(primary.estimate[k]),
        interval=(float(evidence.intervals[k, 0]), float(evidence.intervals[k, 1])),
        fold_mean=float(folds.mean()),
        fold_sd=float(folds.std(ddof=1)) if len(folds) > 1 else None,
        difference=_difference(evidence.against[k]),
        p_best=float(evidence.p_best[k]),
        secondary={name: _secondary(result, k) for name, result in others.items()},
        tied_risk=int(primary.tied_risk[k]),
        failed_folds=sum(len(predictions.failed) for predictions in contender.predictions.values()),
        seconds=contender.seconds,
        provenance=contender.provenance,
        source=contender.source,
        records=dict(contender.origins),
    )


def _difference(against: Against | None) -> Difference | None:
    if against is None:
        return None
    fitted, again = against.fitted, against.retrained
    interval, p = (again.interval, again.p) if again else (None, None)
    return Difference(fitted.difference, fitted.interval, fitted.p, against.p_fitted_holm, interval, p, against.p_retrained_holm)


def _secondary(result: Summary, k: int) -> Secondary:
    estimate, variance = float(result.estimate[k]), float(result.variance[k])
    return Secondary(estimate, logit_interval(estimate, variance)) if np.isfinite(estimate) else Secondary(None, None)


def _rows(task: Task, protocol: str, endpoints: Sequence[str]) -> pd.DataFrame:
    return pd.concat([expected_rows(task, protocol, endpoint) for endpoint in endpoints]).drop_duplicates()


def _cohort(task: Task, protocol: str, endpoints: Sequence[str]) -> dict[str, Any]:
    """Whose patients: how many, with how many events (two classes: positives; more: patients per class), and how many are ever tested."""
    sheet = task.cohort.datasheet
    facts: dict[str, Any] = {"name": sheet.name, "version": sheet.version, "data": sheet.data}
    if len(endpoints) > 1:
        known = {patient for name in endpoints for patient in task.eligible(protocol, name)}
        tested = _rows(task, protocol, endpoints)["patient_id"].nunique()
        return facts | {"patients": len(known), "events": None, "tested": {"patients": tested, "events": None}}
    endpoint = endpoints[0]
    outcome = task.outcome(task.eligible(protocol, endpoint), endpoint)
    who = pd.Index(expected_rows(task, protocol, endpoint)["patient_id"].unique())
    facts |= {"patients": len(outcome), "events": task.events(endpoint, task.eligible(protocol, endpoint))}
    facts["tested"] = {"patients": len(who), "events": task.events(endpoint, who)}
    if task.spec.kind != "survival":
        counts = np.bincount(outcome, minlength=len(task.classes(endpoint)))
        facts["classes"] = dict(zip(task.classes(endpoint), map(int, counts), strict=True))
    if sheet.truth and (attainable := sheet.truth.get(outcome_of(task.spec, endpoint))):
        facts["attainable"] = attainable
    return facts
