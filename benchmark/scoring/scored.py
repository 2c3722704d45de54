"""k models' predictions beside the outcomes, and the metrics of them with what inference needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.errors import UndefinedError, unknown
from benchmark.inference import Bootstrap, Concordance, bootstrap_concordance, concordance, mean_bootstrap, mean_concordance
from benchmark.metrics.deleted import deleted_metric

METRICS = {
    "harrell_c": "Harrell's C",
    "uno_c": "Uno's C",
    "harrell_c_instances": "Harrell's C of instances",
    "auc": "AUC",
    "macro_auc": "macro AUC",
    "average_precision": "average precision",
    "balanced_accuracy": "balanced accuracy",
    "brier": "Brier score",
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
}
UNDECIDED = 0.5  # concordance of a fold without a comparable pair: the same for all models, so no difference
ENDPOINTS = 10**7  # above every label of a split: endpoint · ENDPOINTS + split

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """One set of comparable pairs: events and times of shape (n,), scores of shape (n, k)."""

    event: NDArray[np.bool_]
    time: Floats
    score: Floats


@dataclass(frozen=True)
class Uno:
    """What Uno's C needs: split → (event, time) of the training part, for the censoring curve, and the horizon."""

    train: Mapping[int, tuple[Any, Any]]
    tau: float


@dataclass(frozen=True)
class Instances:
    """The instances of a bag as rows: their pairs, splits and patients."""

    part: Part
    split: Ints
    patient: NDArray[Any]


@dataclass(frozen=True)
class Summary:
    """A secondary metric of k models: estimate and variance, shape (k,); ``min_censoring`` of Uno's C, else 1."""

    estimate: Floats
    variance: Floats
    min_censoring: float = 1.0


@dataclass(frozen=True)
class Scored:
    """k models on one endpoint: n rows, one for each tested patient of each fold.

    Attributes:
        rows: ``repeat, fold, patient_id`` of every row, sorted.
        split: a label of (repeat, fold), shape (n,).
        parts: the pairs that the primary metric counts; it is their mean. One for survival and for two classes, else one per class.
        outcome: structured (event, time), or class codes, shape (n,).
        values: the outputs, shape (n, k, outputs).
        threshold: binary: above which a probability counts as a positive call, shape (n,).
        uno: survival: for Uno's C.
        instances: of the task's bag, where it has one.
        test_fraction: n_test / (n_test + n_train), mean over the splits, for the tests of algorithms trained again.
        exchangeable: whether the splits are several and of one kind, so that their spread tells how an algorithm varies when trained again:
            not so for a single split, nor where every split is another site.
    """

    rows: pd.DataFrame
    split: Ints
    parts: tuple[Part, ...]
    outcome: NDArray[Any]
    values: Floats
    threshold: Floats | None
    uno: Uno | None
    instances: Instances | None
    test_fraction: float
    exchangeable: bool

    def concordance(self, metric: str) -> Concordance:
        """A metric of pairs, over those within folds, influences summed by patient."""
        options = self._options(metric)
        found = [concordance(part.event, part.time, part.score, fold=self.split, cluster=self._patient, **options) for part in self.parts]
        return found[0] if len(found) == 1 else mean_concordance(found, self._patient)

    def by_split(self, metric: str) -> Floats:
        """The metric in every test fold, shape (repeats, folds, k); a fold without a comparable pair is 0.5 for all."""
        options, repeats, models = self._options(metric), self.rows["repeat"].nunique(), self.values.shape[1]
        values = [self._in_split(label, options, models) for label in np.unique(self.split)]
        return np.array(values).reshape(repeats, -1, models)

    def bootstrap(self, metric: str, resamples: int = 10_000) -> Bootstrap:
        """Resamples of patients, the same for all models."""
        options: dict[str, Any] = {**self._options(metric), "fold": self.split, "cluster": self._patient, "resamples": resamples}
        found = [bootstrap_concordance(part.event, part.time, part.score, **options) for part in self.parts]
        return found[0] if len(found) == 1 else mean_bootstrap(found)

    def summary(self, metric: str) -> Summary:
        """A secondary metric with its jackknife variance over patients."""
        if metric in ("harrell_c", "uno_c", "auc", "macro_auc"):
            return _summary(self.concordance(metric))
        if metric == "harrell_c_instances":
            if (rows := self.instances) is None:
                missing = np.full(self.values.shape[1], np.nan)
                return Summary(missing, missing)
            part = rows.part
            return _summary(concordance(part.event, part.time, part.score, fold=rows.split, cluster=rows.patient))
        if metric not in METRICS:
            raise unknown("metric", metric, METRICS, "task.yaml")
        estimate, variance = deleted_metric(
            metric, self.outcome, self.values, self.split, self.rows["repeat"].to_numpy(), self._patient, self.threshold
        )
        return Summary(estimate, variance)

    @property
    def positives(self) -> int:
        """Patients with an event, or of the rarest class."""
        return min(int(self.rows.loc[part.event, "patient_id"].nunique()) for part in self.parts)

    @cached_property
    def _patient(self) -> Ints:
        return np.asarray(pd.factorize(self.rows["patient_id"])[0], dtype=np.int64)

    def _options(self, metric: str) -> dict[str, Any]:
        if metric not in METRICS:
            raise unknown("metric", metric, METRICS, "task.yaml")
        return {"weights": "uno", "tau": self.uno.tau, "train": self.uno.train} if metric == "uno_c" and self.uno else {}

    def _in_split(self, label: int, options: Mapping[str, Any], models: int) -> Floats:
        inside, found = self.split == label, []
        for part in self.parts:
            try:
                result = concordance(part.event[inside], part.time[inside], part.score[inside], fold=self.split[inside], **options)
            except UndefinedError:
                continue  # a class that this fold does not test, or does not test anything else
            found.append(result.estimate)
        return np.mean(found, axis=0) if found else np.full(models, UNDECIDED)


@dataclass(frozen=True)
class Joint:
    """k models on several endpoints of the same task, folds and patients: every metric is the mean over the endpoints."""

    endpoints: tuple[Scored, ...]

    @property
    def test_fraction(self) -> float:
        return float(np.mean([scored.test_fraction for scored in self.endpoints]))

    @property
    def exchangeable(self) -> bool:
        return all(scored.exchangeable for scored in self.endpoints)

    @property
    def rows(self) -> pd.DataFrame:
        return pd.concat([scored.rows for scored in self.endpoints], ignore_index=True)

    @property
    def positives(self) -> int:
        return min(scored.positives for scored in self.endpoints)

    def concordance(self, metric: str) -> Concordance:
        return mean_concordance([scored.concordance(metric) for scored in self._stacked], self._stacked[0]._patient)

    def by_split(self, metric: str) -> Floats:
        return np.asarray(np.mean([scored.by_split(metric) for scored in self.endpoints], axis=0))

    def bootstrap(self, metric: str, resamples: int = 10_000) -> Bootstrap:
        return mean_bootstrap([scored.bootstrap(metric, resamples) for scored in self._stacked])

    def summary(self, metric: str) -> Summary:
        """The mean over the endpoints; its variance is an upper bound (as if their errors were fully correlated)."""
        found = [scored.summary(metric) for scored in self.endpoints]
        errors = np.mean([np.sqrt(item.variance) for item in found], axis=0)
        return Summary(np.mean([item.estimate for item in found], axis=0), errors**2, min(item.min_censoring for item in found))

    @cached_property
    def _stacked(self) -> tuple[Scored, ...]:
        """Every endpoint on the rows of all of them, where it counts no pair outside its own: so that all have the same resamples."""
        rows, sizes = self.rows, [len(scored.rows) for scored in self.endpoints]
        split = np.concatenate([scored.split + number * ENDPOINTS for number, scored in enumerate(self.endpoints)])
        stacked = []
        for number, (scored, end) in enumerate(zip(self.endpoints, np.cumsum(sizes), strict=True)):
            parts = tuple(_spread(part, end - sizes[number], len(rows)) for part in scored.parts)
            uno = self._uno(scored) if scored.uno else None
            values = np.zeros((len(rows), *scored.values.shape[1:]))
            stacked.append(
                Scored(rows, split, parts, np.zeros(len(rows)), values, None, uno, None, scored.test_fraction, scored.exchangeable)
            )
        return tuple(stacked)

    def _uno(self, scored: Scored) -> Uno:
        trains = [item.uno.train for item in self.endpoints if item.uno]
        train = {label + number * ENDPOINTS: sample for number, samples in enumerate(trains) for label, sample in samples.items()}
        return Uno(train, scored.uno.tau if scored.uno else np.inf)


def _spread(part: Part, start: int, rows: int) -> Part:
    """The part on more rows; the others have no event and so no comparable pair."""
    end = start + len(part.event)
    event, time, score = np.zeros(rows, bool), np.zeros(rows), np.zeros((rows, part.score.shape[1]))
    event[start:end], time[start:end], score[start:end] = part.event, part.time, part.score
    return Part(event, time, score)


def _summary(result: Concordance) -> Summary:
    return Summary(result.estimate, np.diag(result.covariance).copy(), result.min_censoring)
