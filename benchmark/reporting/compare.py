"""Two models on the same test patients: both questions, and how many patients an answer would take."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmark.inference import (
    bayesian_correlated_ttest,
    contrast,
    corrected_resampled_ttest,
    minimal_detectable_difference,
    patients_needed,
)
from benchmark.records import Record
from benchmark.reporting.text import p_text
from benchmark.scoring import METRICS, Predictions, meet_any
from benchmark.tasks import Task
from benchmark.tasks.spec import ALL

Interval = tuple[float, float]


@dataclass(frozen=True)
class Comparison:
    """A − B, paired.

    Attributes:
        estimates, intervals: of a and b, 95 % BCa over patients.
        difference, interval, p_fitted: *these fitted models* on patients like these (jackknife).
        difference_retrained, interval_retrained, p_retrained: *these algorithms* trained again (corrected resampled t-test;
            its difference is the mean over folds, the other one pools their pairs). Where the splits are not exchangeable
            (a single one, or one for each site) the last two and the posterior are ``None``.
        margin: the task's non-inferiority margin; p_worse, p_equivalent, p_better: posterior probabilities that a, trained
            again, is worse by more than it, within it, better by more than it (Bayesian correlated t-test).
        minimal_detectable_difference: with 80 % power, for these fitted models.
        patients_needed: to separate these fitted models, if the observed difference were the true one; ``None``: no number would.
    """

    task: str
    protocol: str
    endpoint: str
    data: str
    a: str
    b: str
    metric: str
    estimates: tuple[float, float]
    intervals: tuple[Interval, Interval]
    difference: float
    interval: Interval
    p_fitted: float
    difference_retrained: float
    interval_retrained: Interval | None
    p_retrained: float | None
    margin: float
    p_worse: float | None
    p_equivalent: float | None
    p_better: float | None
    minimal_detectable_difference: float
    patients: int
    patients_needed: int | None
    pairs: int
    failed_folds: tuple[int, int]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def compare_records(task: Task, protocol: str, endpoints: Sequence[str], a: Mapping[str, Record], b: Mapping[str, Record]) -> Comparison:
    """Compare two models' records (by endpoint) of the same task, folds and patients on the primary metric."""
    metric, (first_of_a, first_of_b) = task.spec.metrics.primary, (records[endpoints[0]] for records in (a, b))
    predictions = [{name: Predictions(item.predictions, item.failed) for name, item in records.items()} for records in (a, b)]
    scored = meet_any(task, protocol, endpoints, predictions)
    result, splits = scored.concordance(metric), scored.by_split(metric)
    fitted = contrast(result, 0, 1)
    differences = splits[..., 0] - splits[..., 1]
    retrained = corrected_resampled_ttest(differences, scored.test_fraction) if scored.exchangeable else None
    posterior = bayesian_correlated_ttest(differences, scored.test_fraction, task.spec.margin) if scored.exchangeable else None
    patients = int(scored.rows["patient_id"].nunique())
    needed = patients_needed(fitted.difference, fitted.se, patients)
    first, second = ((float(low), float(high)) for low, high in scored.bootstrap(metric).interval(method="bca"))
    return Comparison(
        task=task.id,
        protocol=protocol,
        endpoint=endpoints[0] if len(endpoints) == 1 else ALL,
        data=task.cohort.data,
        a=first_of_a.label,
        b=first_of_b.label,
        metric=metric,
        estimates=(float(result.estimate[0]), float(result.estimate[1])),
        intervals=(first, second),
        difference=fitted.difference,
        interval=fitted.interval,
        p_fitted=fitted.p,
        difference_retrained=float(differences.mean()),
        interval_retrained=retrained.interval if retrained else None,
        p_retrained=retrained.p if retrained else None,
        margin=task.spec.margin,
        p_worse=posterior.left if posterior else None,
        p_equivalent=posterior.rope if posterior else None,
        p_better=posterior.right if posterior else None,
        minimal_detectable_difference=minimal_detectable_difference(fitted.se),
        patients=patients,
        patients_needed=int(needed) if math.isfinite(needed) else None,
        pairs=result.pairs,
        failed_folds=(sum(len(record.failed) for record in a.values()), sum(len(record.failed) for record in b.values())),
    )


def sentences(comparison: Comparison) -> str:
    """The comparison in words."""
    c = comparison
    lines = [
        f"{c.task}, {c.protocol}, endpoint {c.endpoint}, {'REPLICA (simulated patients)' if c.data == 'replica' else 'REAL'}, {METRICS[c.metric]}"
    ]
    for label, estimate, interval, failed in zip((c.a, c.b), c.estimates, c.intervals, c.failed_folds, strict=True):
        lines.append(f"  {label}: {estimate:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]" + (f", {failed} folds failed" if failed else ""))
    apart = "differ" if c.interval[0] > 0 or c.interval[1] < 0 else "cannot be told apart"
    lines.append(f"these fitted models {apart}: {_signed(c.difference, c.interval)}, p {_equals(c.p_fitted)}")
    if c.p_retrained is None or c.interval_retrained is None:
        lines.append("whether these algorithms would differ when trained again, splits like these cannot tell")
    else:
        again = "would differ" if c.p_retrained < 0.05 else "cannot be told apart"
        lines.append(
            f"these algorithms, trained again, {again}: {_signed(c.difference_retrained, c.interval_retrained)}, p {_equals(c.p_retrained)}"
        )
        lines.append(
            f"  probability that {c.a} is worse by more than {c.margin:g}: {c.p_worse:.2f}, within it: {c.p_equivalent:.2f}, better: {c.p_better:.2f}"
        )
    needed = "no number of patients" if c.patients_needed is None else f"about {c.patients_needed}"
    lines.append(
        f"{c.patients} patients could detect a difference of {c.minimal_detectable_difference:.3f} between fitted models like these with 80 % power; "
        f"{needed} the one observed, if it were the true one"
    )
    lines.append("p and intervals are of one comparison, chosen before looking; the board adjusts for all that were tried")
    return "\n".join(lines)


def _equals(p: float) -> str:
    text = p_text(p)
    return text if text.startswith("<") else f"= {text}"


def _signed(difference: float, interval: Interval) -> str:
    return f"{difference:+.3f} [{interval[0]:+.3f}, {interval[1]:+.3f}]"
