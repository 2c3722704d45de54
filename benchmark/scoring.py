"""The one room where predictions meet outcomes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.errors import InputError, UndefinedError, unknown
from benchmark.inference import Bootstrap, Concordance, bootstrap_concordance, concordance
from benchmark.tasks import Task

METRICS = {"harrell_c": "Harrell's C", "uno_c": "Uno's C"}
KEY = ["repeat", "fold", "patient_id"]
TRIVIAL_RISK = 0.0  # Kaplan-Meier gives every patient the same risk: what a failed fold is scored as
UNDECIDED = 0.5  # concordance of a fold without a comparable pair: the same for all models, so no difference

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Predictions:
    """Predictions of one model.

    Attributes:
        table: columns ``repeat, fold, patient_id, risk``; any order.
        failed: the (repeat, fold) without predictions, to be scored as the trivial model.
    """

    table: pd.DataFrame
    failed: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True)
class Scored:
    """k models' risks beside the outcomes: n rows, one for each tested patient of each fold.

    Attributes:
        rows: ``repeat, fold, patient_id`` of every row, sorted.
        event, time: shape (n,).
        risk: shape (n, k).
        split: a label of (repeat, fold), shape (n,).
        train: split → (event, time) of the training part, for the censoring curve of Uno's C.
        tau: horizon of Uno's C.
        test_fraction: n_test / (n_test + n_train), mean over the splits, for the tests of algorithms trained again.
    """

    rows: pd.DataFrame
    event: NDArray[np.bool_]
    time: Floats
    risk: Floats
    split: NDArray[np.int64]
    train: Mapping[int, tuple[Any, Any]]
    tau: float
    test_fraction: float

    def concordance(self, metric: str) -> Concordance:
        """The metric over the pairs within folds, influences summed by patient."""
        return concordance(self.event, self.time, self.risk, fold=self.split, cluster=self._patients, **self._options(metric))

    def by_split(self, metric: str) -> Floats:
        """The metric in every test fold, shape (repeats, folds, k); a fold without a comparable pair is 0.5 for all."""
        values = []
        for split in np.unique(self.split):
            inside = self.split == split
            try:
                part = concordance(
                    self.event[inside], self.time[inside], self.risk[inside], fold=self.split[inside], **self._options(metric)
                )
            except UndefinedError:
                values.append(np.full(self.risk.shape[1], UNDECIDED))
            else:
                values.append(part.estimate)
        return np.array(values).reshape(self.rows["repeat"].nunique(), -1, self.risk.shape[1])

    def bootstrap(self, metric: str, resamples: int = 10_000) -> Bootstrap:
        """Resamples of patients, the same for all models."""
        return bootstrap_concordance(
            self.event, self.time, self.risk, fold=self.split, cluster=self._patients, resamples=resamples, **self._options(metric)
        )

    @property
    def _patients(self) -> NDArray[Any]:
        return self.rows["patient_id"].to_numpy()

    def _options(self, metric: str) -> dict[str, Any]:
        if metric not in METRICS:
            raise unknown("metric", metric, METRICS, "task.yaml")
        return {"weights": "uno", "tau": self.tau, "train": self.train} if metric == "uno_c" else {}


def meet(task: Task, protocol: str, endpoint: str, models: Sequence[Predictions]) -> Scored:
    """Put the predictions of every model beside the outcomes, by (repeat, fold, patient).

    Raises:
        InputError: a table lacks a test patient, has one too many, or a value that is not finite.
    """
    rows = expected_rows(task, protocol)
    outcome = task.outcome(pd.Index(rows["patient_id"]), endpoint)
    risk = np.column_stack([_aligned(rows, predictions) for predictions in models])
    split = (rows["repeat"] * 1000 + rows["fold"]).to_numpy(np.int64)
    train = _training(task, protocol, endpoint)
    trained = sum(len(event) for event, _ in train.values())
    tau = task.spec.endpoints[endpoint].tau
    return Scored(rows, outcome["event"], outcome["time"], risk, split, train, tau, len(rows) / (len(rows) + trained))


def expected_rows(task: Task, protocol: str) -> pd.DataFrame:
    """Every (repeat, fold, patient_id) that is tested under a protocol, sorted."""
    rows = task.folds[(task.folds["protocol"] == protocol) & (task.folds["role"] == "test")]
    return rows[KEY].sort_values(KEY, ignore_index=True)


def _training(task: Task, protocol: str, endpoint: str) -> Mapping[int, tuple[Any, Any]]:
    samples = {}
    for repeat, fold in task.splits(protocol):
        outcome = task.outcome(task.roles(protocol, repeat, fold)["train"], endpoint)
        samples[repeat * 1000 + fold] = (outcome["event"], outcome["time"])
    return samples


def _aligned(rows: pd.DataFrame, predictions: Predictions) -> Floats:
    table = predictions.table[[*KEY, "risk"]].astype({"repeat": "int64", "fold": "int64"})
    if (twice := table[table.duplicated(KEY)]).size:
        raise InputError(f"predictions: {_name(twice)} has more than one row")
    joined = rows.merge(table, on=KEY, how="outer", indicator=True)
    if (stray := joined[joined["_merge"] == "right_only"]).size:
        raise InputError(f"predictions: {_name(stray)} is not a test patient of that fold")
    joined = rows.merge(table, on=KEY, how="left")
    failed = pd.MultiIndex.from_frame(joined[["repeat", "fold"]]).isin(list(predictions.failed))
    risk = joined["risk"].where(~failed, TRIVIAL_RISK)
    if (wrong := joined[~np.isfinite(risk)]).size:
        raise InputError(f"predictions: {_name(wrong)} has no finite risk")
    return risk.to_numpy(float)


def _name(rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    return f"patient {first['patient_id']} in repeat {first['repeat']}, fold {first['fold']}"
