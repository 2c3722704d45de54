"""Two models on the same test patients: both questions, and how many patients an answer would take."""

import math
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
from benchmark.scoring import METRICS, Predictions, meet
from benchmark.tasks import Task

Interval = tuple[float, float]


@dataclass(frozen=True)
class Comparison:
    """A − B, paired.

    Attributes:
        estimates, intervals: of a and b, 95 % BCa over patients.
        difference, interval, p_fitted: *these fitted models* on patients like these (jackknife).
        difference_retrained, interval_retrained, p_retrained: *these algorithms* trained again (corrected resampled t-test;
            its difference is the mean over folds, the other one pools their pairs).
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
    interval_retrained: Interval
    p_retrained: float
    margin: float
    p_worse: float
    p_equivalent: float
    p_better: float
    minimal_detectable_difference: float
    patients: int
    patients_needed: int | None
    pairs: int
    failed_folds: tuple[int, int]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def compare_records(task: Task, protocol: str, endpoint: str, a: Record, b: Record) -> Comparison:
    """Compare two records of the same task, folds and patients on the primary metric."""
    metric = task.spec.metrics.primary
    scored = meet(task, protocol, endpoint, [Predictions(record.predictions, record.failed) for record in (a, b)])
    result, splits = scored.concordance(metric), scored.by_split(metric)
    fitted = contrast(result, 0, 1)
    differences = splits[..., 0] - splits[..., 1]
    retrained = corrected_resampled_ttest(differences, scored.test_fraction)
    posterior = bayesian_correlated_ttest(differences, scored.test_fraction, task.spec.margin)
    patients = len(task.eligible(protocol))
    needed = patients_needed(fitted.difference, fitted.se, patients)
    first, second = ((float(low), float(high)) for low, high in scored.bootstrap(metric).interval(method="bca"))
    return Comparison(
        task=task.id,
        protocol=protocol,
        endpoint=endpoint,
        data=task.cohort.data,
        a=a.label,
        b=b.label,
        metric=metric,
        estimates=(float(result.estimate[0]), float(result.estimate[1])),
        intervals=(first, second),
        difference=fitted.difference,
        interval=fitted.interval,
        p_fitted=fitted.p,
        difference_retrained=retrained.mean,
        interval_retrained=retrained.interval,
        p_retrained=retrained.p,
        margin=task.spec.margin,
        p_worse=posterior.left,
        p_equivalent=posterior.rope,
        p_better=posterior.right,
        minimal_detectable_difference=minimal_detectable_difference(fitted.se),
        patients=patients,
        patients_needed=int(needed) if math.isfinite(needed) else None,
        pairs=result.pairs,
        failed_folds=(len(a.failed), len(b.failed)),
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
    again = "would differ" if c.p_retrained < 0.05 else "cannot be told apart"
    lines.append(
        f"these algorithms, trained again, {again}: {_signed(c.difference_retrained, c.interval_retrained)}, p {_equals(c.p_retrained)}"
    )
    lines.append(
        f"  probability that {c.a} is worse by more than {c.margin:g}: {c.p_worse:.2f}, within it: {c.p_equivalent:.2f}, better: {c.p_better:.2f}"
    )
    needed = "no number of patients" if c.patients_needed is None else f"about {c.patients_needed}"
    lines.append(
        f"{c.patients} patients show a difference of {c.minimal_detectable_difference:.3f} between fitted models like these with 80 % power; "
        f"{needed} would show the one observed"
    )
    return "\n".join(lines)


def _equals(p: float) -> str:
    text = p_text(p)
    return text if text.startswith("<") else f"= {text}"


def _signed(difference: float, interval: Interval) -> str:
    return f"{difference:+.3f} [{interval[0]:+.3f}, {interval[1]:+.3f}]"
