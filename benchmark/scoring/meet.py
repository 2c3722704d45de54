"""Predictions beside outcomes, by (repeat, fold, patient)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.errors import InputError
from benchmark.scoring.scored import Instances, Joint, Part, Scored, Uno
from benchmark.tasks import Task
from benchmark.tasks.spec import External

KEY = ["repeat", "fold", "patient_id"]
INSTANCE = "instance_id"
TRIVIAL_RISK = 0.0  # Kaplan-Meier gives every patient the same risk: what a failed fold of a survival task is scored as
SPLITS = 1000  # more folds than any repeat has: repeat · SPLITS + fold labels a split
WRITE = "write a number in every row: no text, no empty cell, nothing infinite"

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Predictions:
    """Predictions of one model.

    Attributes:
        table: columns ``repeat, fold, patient_id`` and the task's outputs; any order. With a column ``instance_id`` a patient's
            prediction is the mean over the instances.
        failed: the (repeat, fold) without predictions, to be scored as the trivial model.
    """

    table: pd.DataFrame
    failed: Sequence[tuple[int, int]] = ()


def meet(task: Task, protocol: str, endpoint: str, models: Sequence[Predictions]) -> Scored:
    """Put the predictions of every model beside the outcomes of an endpoint.

    Raises:
        InputError: a table lacks a test patient, has one too many, or a value that is not finite.
    """
    rows, columns = expected_rows(task, protocol, endpoint), list(task.outputs(endpoint))
    split = (rows["repeat"] * SPLITS + rows["fold"]).to_numpy(np.int64)
    train = _training(task, protocol, endpoint)
    trivial = _trivial(task, train, split, len(columns))
    values = np.stack([_aligned(rows, predictions, columns, trivial) for predictions in models], axis=1)
    outcome = task.outcome(pd.Index(rows["patient_id"]), endpoint)
    trained = sum(len(sample) for sample in train.values())
    instances = _instances(task, rows, split, outcome, models, values) if task.spec.instances else None
    tau = task.spec.endpoints[endpoint].tau
    uno = Uno({label: (sample["event"], sample["time"]) for label, sample in train.items()}, tau) if tau else None
    exchangeable = len(train) > 1 and not isinstance(task.spec.protocols[protocol], External)
    return Scored(
        rows=rows,
        split=split,
        parts=parts_of(task.spec.kind, outcome, values),
        outcome=outcome,
        values=values,
        threshold=_thresholds(task, train, split),
        uno=uno,
        instances=instances,
        test_fraction=len(rows) / (len(rows) + trained),
        exchangeable=exchangeable,
    )


def meet_any(task: Task, protocol: str, endpoints: Sequence[str], models: Sequence[Mapping[str, Predictions]]) -> Scored | Joint:
    """The same for one endpoint or several: every model has predictions for each of them."""
    met = tuple(meet(task, protocol, endpoint, [model[endpoint] for model in models]) for endpoint in endpoints)
    return met[0] if len(met) == 1 else Joint(met)


def expected_rows(task: Task, protocol: str, endpoint: str) -> pd.DataFrame:
    """Every (repeat, fold, patient_id) that is tested on an endpoint under a protocol, sorted."""
    rows = task.folds[(task.folds["protocol"] == protocol) & (task.folds["role"] == "test")]
    rows = rows[rows["patient_id"].isin(task.eligible(protocol, endpoint))]
    return rows[KEY].sort_values(KEY, ignore_index=True)


def parts_of(kind: str, outcome: NDArray[Any], values: Floats) -> tuple[Part, ...]:
    """The pairs that count: of survival times, or of a class against the rest (an event at time 1 against none until time 2).

    Args:
        kind: of the task.
        outcome: structured ``(event, time)``, or class codes, shape (n,).
        values: outputs, shape (n, k, outputs) for k models.
    """
    if kind == "survival":
        return (Part(outcome["event"], outcome["time"], values[..., 0]),)
    # of two classes the second alone, whose probability is the output
    numbers = [1] if kind == "binary" else range(values.shape[-1])
    return tuple(Part(outcome == number, np.where(outcome == number, 1.0, 2.0), values[..., place]) for place, number in enumerate(numbers))


def _training(task: Task, protocol: str, endpoint: str) -> dict[int, NDArray[Any]]:
    return {
        repeat * SPLITS + fold: task.outcome(task.roles(protocol, repeat, fold, endpoint)["train"], endpoint)
        for repeat, fold in task.splits(protocol)
    }


def _trivial(task: Task, train: Mapping[int, NDArray[Any]], split: NDArray[np.int64], outputs: int) -> Floats:
    """What the trivial model says of every row: a constant risk, or the class frequencies of the training part."""
    if task.spec.kind == "survival":
        return np.full((len(split), 1), TRIVIAL_RISK)
    share = {label: np.bincount(sample, minlength=max(2, outputs)) / len(sample) for label, sample in train.items()}
    table = np.array([share[label] for label in split])
    return table[:, 1:] if outputs == 1 else table


def _thresholds(task: Task, train: Mapping[int, NDArray[Any]], split: NDArray[np.int64]) -> Floats | None:
    """Binary: the share of positives in the training part, at which right probabilities have the best balanced accuracy."""
    if task.spec.kind != "binary":
        return None
    share = {label: float(sample.mean()) for label, sample in train.items()}
    return np.array([share[label] for label in split])


def _aligned(rows: pd.DataFrame, predictions: Predictions, columns: list[str], trivial: Floats) -> Floats:
    """The outputs of one model for every row, shape (n, outputs)."""
    table = predictions.table
    key = [*KEY, INSTANCE] if INSTANCE in table else KEY
    table = table[[*key, *columns]].astype({"repeat": "int64", "fold": "int64"})
    if (twice := table[table.duplicated(key)]).size:
        raise InputError(f"predictions: {_name(twice)} has more than one row; keep one for each test patient of a fold")
    if INSTANCE in table:
        if (lacking := table[table[columns].isna().any(axis=1)]).size:
            raise InputError(
                f"predictions: instance {lacking[INSTANCE].iloc[0]} of {_name(lacking)} has no finite {columns[0].partition('_')[0]}; {WRITE}"
            )
        table = table.groupby(KEY, as_index=False)[columns].mean()
    joined = rows.merge(table, on=KEY, how="outer", indicator=True)
    if (stray := joined[joined["_merge"] == "right_only"]).size:
        raise InputError(
            f"predictions: {_name(stray)} is not a test patient of that fold; predict only who is (folds.csv of the task lists them)"
        )
    joined = rows.merge(table, on=KEY, how="left")
    failed = pd.MultiIndex.from_frame(joined[["repeat", "fold"]]).isin(list(predictions.failed))
    values = np.where(failed[:, None], trivial, joined[columns].to_numpy(float))
    if (wrong := joined.iloc[np.flatnonzero(~np.isfinite(values).all(axis=1))]).size:
        raise InputError(f"predictions: {_name(wrong)} has no finite {columns[0].partition('_')[0]}; {WRITE}")
    return values


def _instances(
    task: Task, rows: pd.DataFrame, split: NDArray[np.int64], outcome: NDArray[Any], models: Sequence[Predictions], values: Floats
) -> Instances | None:
    """Every instance of the tested patients as a row of its own; a model that predicts patients gives each of theirs the same risk."""
    modality = str(task.spec.instances)
    if task.missing(modality) is not None:
        return None
    index = task.cohort.blocks[task.spec.modalities[modality].block].index.to_frame(index=False)
    expanded = rows.assign(row=np.arange(len(rows))).merge(index, on="patient_id", how="inner")
    row = expanded["row"].to_numpy()
    risk = values[row, :, 0]
    for k, predictions in enumerate(models):
        if INSTANCE in predictions.table:
            given = predictions.table.astype({"repeat": "int64", "fold": "int64"})
            own = expanded.merge(given, on=[*KEY, INSTANCE], how="left")
            wrong = own.iloc[np.flatnonzero(~np.isfinite(own["risk"].to_numpy()))]
            if len(wrong):
                lacking = f"instance {wrong[INSTANCE].iloc[0]} of {_name(wrong)} has no finite risk"
                strange = given.loc[~given[INSTANCE].isin(index[INSTANCE]), INSTANCE]
                also = f" (instance {strange.iloc[0]} of the table is not in the cohort)" if len(strange) else ""
                raise InputError(f"predictions: {lacking}{also}; {WRITE}")
            risk[:, k] = own["risk"]
    return Instances(Part(outcome["event"][row], outcome["time"][row], risk), split[row], expanded["patient_id"].to_numpy())


def _name(rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    return f"patient {first['patient_id']} in repeat {first['repeat']}, fold {first['fold']}"
