"""Two models on the same test patients."""

from dataclasses import asdict, dataclass
from typing import Any

from benchmark.inference import contrast, logit_interval
from benchmark.records import Record
from benchmark.scoring import METRICS, Predictions, score
from benchmark.tasks import Task


@dataclass(frozen=True)
class Comparison:
    """A − B, paired, conditional on the fitted models.

    Attributes:
        estimates: of a and b; intervals: their 95 % jackknife intervals.
        difference, interval, p_fitted: a − b, Wald interval, two-sided p for *these fitted models*.
    """

    task: str
    protocol: str
    endpoint: str
    data: str
    a: str
    b: str
    metric: str
    estimates: tuple[float, float]
    intervals: tuple[tuple[float, float], tuple[float, float]]
    difference: float
    interval: tuple[float, float]
    p_fitted: float
    pairs: int
    failed_folds: tuple[int, int]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def compare_records(task: Task, protocol: str, endpoint: str, a: Record, b: Record) -> Comparison:
    """Compare two records of the same task, folds and patients on the primary metric."""
    metric = task.spec.metrics.primary
    result = score(task, protocol, endpoint, [Predictions(record.predictions, record.failed) for record in (a, b)], metric)
    test = contrast(result, 0, 1)
    first, second = (logit_interval(float(result.estimate[k]), float(result.covariance[k, k])) for k in (0, 1))
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
        difference=test.difference,
        interval=test.interval,
        p_fitted=test.p,
        pairs=result.pairs,
        failed_folds=(len(a.failed), len(b.failed)),
    )


def sentence(comparison: Comparison) -> str:
    """The comparison in words."""
    c = comparison
    lines = [
        f"{c.task}, {c.protocol}, endpoint {c.endpoint}, {'REPLICA (simulated patients)' if c.data == 'replica' else 'REAL'}, {METRICS[c.metric]}"
    ]
    for label, estimate, interval, failed in zip((c.a, c.b), c.estimates, c.intervals, c.failed_folds, strict=True):
        lines.append(f"  {label}: {estimate:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]" + (f", {failed} folds failed" if failed else ""))
    lines.append(
        f"  difference {c.difference:+.3f} [{c.interval[0]:+.3f}, {c.interval[1]:+.3f}], p = {c.p_fitted:.3g} for these fitted models"
    )
    told = c.interval[0] > 0 or c.interval[1] < 0
    lines.append(f"  these patients {'tell' if told else 'cannot tell'} the two fitted models apart")
    return "\n".join(lines)
