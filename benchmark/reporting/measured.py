"""What the benchmark measures where a paper prints a number: a model's value and the trivial model's, on the same patients."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.errors import InputError, UndefinedError
from benchmark.inference import Bootstrap, logit_interval
from benchmark.models import choose, find_models
from benchmark.reporting.board import Contender
from benchmark.reporting.imported import published_contenders
from benchmark.reporting.select import select_records
from benchmark.scoring import (
    METRICS,
    OF_TABLES,
    Predictions,
    Scored,
    among,
    called_metric,
    counted_in,
    expected_rows,
    meet,
    other_class,
)
from benchmark.tasks import Task

Interval = tuple[float, float]
Floats = NDArray[np.float64]
OF_PAIRS = ("harrell_c", "uno_c", "auc", "macro_auc")
MEASURED = (*METRICS, *OF_TABLES)
NORMAL = 1.959964  # 97.5 % point
RESAMPLES = 2000  # of called classes, whose metrics have few values
SAME_CALLS, CONSTANT = slice(-3, -1), -1  # places of the trivial models behind the others


@dataclass(frozen=True)
class Setting:
    """On which patients a number is measured.

    Attributes:
        having: only the patients with one of these modalities; none: all.
        positive: two classes: the one that counts as positive; ``None``: the endpoint's.
    """

    protocol: str
    endpoint: str
    having: tuple[str, ...] = ()
    positive: str | None = None


@dataclass(frozen=True)
class Measured:
    """A model's value.

    Attributes:
        estimate, interval: as on the boards: pairs within folds pooled, 95 % over patients.
        trivial: the trivial model's value on the same rows; 0 for a difference.
        fold_interval: where the value in one test fold is expected, 95 %; ``None`` where it has none.
        patients, positives: how many are tested, and are of the class asked about; ``positives`` is ``None`` for more than two classes.
        failed_folds: scored as the trivial model.
    """

    estimate: float
    interval: Interval
    trivial: float
    fold_interval: Interval | None
    patients: int
    positives: int | None
    failed_folds: int


class Measurements:
    """Values of all models that have a current record on a task; everything is computed once.

    Args:
        task: on real patients or their replica.
        runs: folder of the records.
        root: the repository.
    """

    def __init__(self, task: Task, runs: Path, root: Path) -> None:
        self.task, self.runs, self.root = task, runs, root
        self.notes: dict[str, None] = {}
        self.spelled = cache(self._spell)
        self._contenders = cache(self._read)
        self._scored = cache(self._meet)
        self._intervals = cache(self._bootstrap)

    def _spell(self, model: str) -> str | None:
        """The label under which a model stands on boards, from any spelling of its parameters; ``None`` where there is no such model."""
        return choose(self.root, model).label if model.partition("[")[0] in find_models(self.root) else None

    def labels(self, protocol: str, endpoint: str) -> list[str]:
        """The models that have a value."""
        return list(self._contenders(protocol, endpoint))

    def value(self, setting: Setting, metric: str, label: str) -> Measured:
        """The value of one model.

        Raises:
            UndefinedError: the metric does not exist on these patients.
        """
        estimates, intervals = self._intervals(setting, metric)
        if not np.isfinite(estimates).all():
            raise UndefinedError(f"{metric} does not exist on these patients")
        trivial = float(estimates[SAME_CALLS].max() if metric in OF_TABLES else estimates[CONSTANT])
        at = self._place(setting, label)
        low, high = intervals[at]
        return self._measured(setting, metric, label, float(estimates[at]), (float(low), float(high)), trivial)

    def difference(self, setting: Setting, metric: str, label: str, against: str) -> Measured:
        """The paired difference of two models, with its percentile interval from the same resamples.

        Raises:
            InputError: a metric without resamples.
            UndefinedError: the metric does not exist on these patients.
        """
        resampled = self._resampled(setting, metric)
        if resampled is None:
            raise InputError(f"metric {metric}: no paired interval; claims compare models by {', '.join((*OF_PAIRS, *OF_TABLES))}")
        pair = resampled.difference(self._place(setting, label), self._place(setting, against))
        low, high = pair.interval()[0]
        found = self._measured(setting, metric, label, float(pair.estimate[0]), (float(low), float(high)), 0.0)
        return replace(found, fold_interval=None)

    def _measured(self, setting: Setting, metric: str, label: str, estimate: float, interval: Interval, trivial: float) -> Measured:
        scored = self._scored(setting)
        who = scored.rows["patient_id"]
        ours = scored.parts[0].event if self._positive(setting) else ~scored.parts[0].event
        positives = int(who[ours].nunique()) if self.task.spec.kind != "multiclass" else None
        failed = len(self._contenders(setting.protocol, setting.endpoint)[label].predictions[setting.endpoint].failed)
        return Measured(estimate, interval, trivial, self._one_fold(setting, metric, label), who.nunique(), positives, failed)

    def _read(self, protocol: str, endpoint: str) -> dict[str, Contender]:
        selection = select_records(self.task, protocol, [endpoint], self.runs, self.root)
        self.notes |= dict.fromkeys(selection.notes)
        found = {label: Contender.of(records) for label, records in selection.records.items()}
        return found | {other.label: other for other in published_contenders(self.task, protocol, [endpoint])}

    def _meet(self, setting: Setting) -> Scored:
        """All models and then three trivial ones: who calls the first, who calls the second class always, and one prediction for everybody.

        Of more classes than two the first two call the most frequent one.
        """
        task, protocol, endpoint = self.task, setting.protocol, setting.endpoint
        rows, columns = expected_rows(task, protocol, endpoint), task.outputs(endpoint)
        failed = Predictions(rows.head(0).assign(**dict.fromkeys(columns, 0.0)), task.splits(protocol))  # scored as class frequencies
        same = [failed, failed]
        if task.spec.kind == "binary":
            same = [Predictions(rows.assign(**dict.fromkeys(columns, called))) for called in (0.0, 1.0)]
        predictions = [contender.predictions[endpoint] for contender in self._contenders(protocol, endpoint).values()]
        scored = meet(task, protocol, endpoint, [*predictions, *same, failed])
        return among(scored, patients_having(task, setting.having)) if setting.having else scored

    def _positive(self, setting: Setting) -> int:
        """The code of the class that counts as positive."""
        return 1 if setting.positive is None else self.task.classes(setting.endpoint).index(setting.positive)

    def _place(self, setting: Setting, label: str) -> int:
        return self.labels(setting.protocol, setting.endpoint).index(label)

    def _resampled(self, setting: Setting, metric: str) -> Bootstrap | None:
        scored = self._scored(setting)
        if metric in OF_TABLES:
            return called_metric(scored, metric, self._positive(setting), RESAMPLES)
        return scored.bootstrap(metric) if metric in OF_PAIRS else None

    def _bootstrap(self, setting: Setting, metric: str) -> tuple[Floats, Floats]:
        """Estimates (k,) and 95 % intervals (k, 2): BCa where there are draws, else jackknife on the logit scale, as on the boards."""
        scored, resampled = self._scored(setting), self._resampled(setting, metric)
        if resampled is None:
            summary = (scored if self._positive(setting) else other_class(scored)).summary(metric)
            pairs = zip(summary.estimate, summary.variance, strict=True)
            return summary.estimate, np.array([logit_interval(e, v) if np.isfinite(e) else (np.nan, np.nan) for e, v in pairs])
        intervals = resampled.interval(method="bca")
        counted = counted_in(scored, metric, self._positive(setting)) if metric in OF_TABLES else np.full(len(intervals), scored.positives)
        # a value of 1 or 0 has no draw that differs: the interval is that of m successes in m trials
        reach = 0.025 ** (1 / np.maximum(1, counted))
        intervals[:, 0] = np.where(resampled.estimate == 1, reach, intervals[:, 0])
        intervals[:, 1] = np.where(resampled.estimate == 0, 1 - reach, intervals[:, 1])
        return resampled.estimate, intervals

    def _one_fold(self, setting: Setting, metric: str, label: str) -> Interval | None:
        """Mean over the folds ± 1.96 · √(SD² + SE²): SD of single folds (of the repeated protocol where the model has it), SE of the mean."""
        if metric not in OF_PAIRS or setting.having:  # of some patients not every fold has one
            return None
        scored, at = self._scored(setting), self._place(setting, label)
        wide = replace(setting, protocol=repeated_protocol(self.task))
        if label not in self.labels(wide.protocol, wide.endpoint):
            wide = setting
        spread = self._scored(wide).by_split(metric)[..., self._place(wide, label)].ravel()
        if len(spread) < 2:
            return None
        error = scored.concordance(metric).covariance[at, at]
        half = NORMAL * float(np.sqrt(spread.var(ddof=1) + error))
        mean = float(scored.by_split(metric)[..., at].mean())
        return max(0.0, mean - half), min(1.0, mean + half)


def repeated_protocol(task: Task) -> str:
    """The protocol with many divisions: ``repeated``, else the task's default."""
    return "repeated" if "repeated" in task.spec.protocols else task.spec.default_protocol


def patients_having(task: Task, modalities: tuple[str, ...]) -> pd.Index:
    """The patients with at least one of the modalities."""
    tables = [task.table(name).index.get_level_values(0) for name in modalities if task.missing(name) is None]
    found: pd.Index = pd.Index(sorted({patient for table in tables for patient in table}))
    return found
