"""The one room where predictions meet outcomes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from benchmark.errors import InputError, unknown
from benchmark.inference import Concordance, concordance
from benchmark.tasks import Task

METRICS = {"harrell_c": "Harrell's C", "uno_c": "Uno's C"}
KEY = ["repeat", "fold", "patient_id"]
TRIVIAL_RISK = 0.0  # Kaplan-Meier gives every patient the same risk: what a failed fold is scored as


@dataclass(frozen=True)
class Predictions:
    """Predictions of one model.

    Attributes:
        table: columns ``repeat, fold, patient_id, risk``; any order.
        failed: the (repeat, fold) without predictions, to be scored as the trivial model.
    """

    table: pd.DataFrame
    failed: Sequence[tuple[int, int]] = ()


def score(task: Task, protocol: str, endpoint: str, models: Sequence[Predictions], metric: str) -> Concordance:
    """The metric of every model on the same test patients, pairs within fold, influences summed by patient.

    Raises:
        InputError: unknown metric; or a table lacks a test patient, has one too many, or a value that is not finite.
    """
    if metric not in METRICS:
        raise unknown("metric", metric, METRICS, f"{task.id}/task.yaml")
    rows = expected_rows(task, protocol)
    outcome = task.outcome(pd.Index(rows["patient_id"]), endpoint)
    risk = np.column_stack([_aligned(rows, predictions) for predictions in models])
    fold = rows["repeat"].to_numpy() * 1000 + rows["fold"].to_numpy()
    patient = rows["patient_id"].to_numpy()
    if metric == "harrell_c":
        return concordance(outcome["event"], outcome["time"], risk, fold=fold, cluster=patient)
    tau, train = task.spec.endpoints[endpoint].tau, _training(task, protocol, endpoint)
    return concordance(outcome["event"], outcome["time"], risk, fold=fold, cluster=patient, weights="uno", tau=tau, train=train)


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


def _aligned(rows: pd.DataFrame, predictions: Predictions) -> np.ndarray[Any, Any]:
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
