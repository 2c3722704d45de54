"""A fold of a finished run, fitted again as the runner did, for a look at the model.

Here the model lives in this process: nothing is scored, so the wall between models and outcomes is not at stake. The test part has no
outcome all the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from benchmark.models import Model, ModelChoice, Patients, load_model
from benchmark.records import Record
from benchmark.runner.generators import set_generators
from benchmark.runner.job import Job
from benchmark.runner.parts import split
from benchmark.runner.seeds import derive_seed
from benchmark.tasks import Task

TOLERANCE = 1e-6  # of predictions that count as the same, absolute and relative


@dataclass(frozen=True)
class Refitted:
    """A fitted model with the patients it learned from and those it was tested on.

    Attributes:
        real: the patient id of every opaque id, to follow a patient over folds; never written.
        same: whether it predicts what the record has for this fold.
    """

    model: Model
    train: Patients
    test: Patients
    real: pd.Series
    same: bool


def refit(task: Task, choice: ModelChoice, job: Job, record: Record, donors: "pd.Series[str] | None" = None) -> Refitted:
    """Fit one fold again.

    Args:
        donors: whose outcome each patient is given before the fit (see :func:`deal`); ``None``: his own.
    """
    parts, real = split(task, job)
    train, valid, test = (parts[role] for role in ("train", "valid", "test"))
    if donors is not None:
        train, valid = (replace(part, outcome=task.outcome(pd.Index(donors[real[part.ids]]), job.endpoint)) for part in (train, valid))
    seed = derive_seed(task.id, job.protocol, job.repeat, job.fold, job.model, job.run_seed)
    filled = {"seed": seed, "modalities": job.modalities}
    set_generators(seed)
    model = load_model(choice.path)(**job.parameters, **{name: filled[name] for name in job.accepts}, **chosen(record, job))
    model.fit(train, valid)
    return Refitted(model, train, test, real, donors is None and _same(model, test, real, record, job))


def deal(ids: pd.Index, seed: int) -> "pd.Series[str]":
    """Every patient's donor: all outcomes dealt out anew, once for all folds, for training parts overlap with false outcomes as with true ones."""
    return pd.Series(ids[np.random.default_rng(seed).permutation(len(ids))], ids)


def chosen(record: Record, job: Job) -> Mapping[str, Any]:
    """The hyper-parameters that the run's search chose in this fold; empty without a search."""
    state = next(fold for fold in record.info["folds"] if (fold["repeat"], fold["fold"]) == (job.repeat, job.fold))
    found = (state.get("search") or {}).get("chosen", {})
    return {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}


def outputs(model: Model, patients: Patients) -> np.ndarray[Any, Any]:
    """What the model predicts, shape (n, outputs)."""
    values = np.asarray(model.predict(patients), dtype=np.float64)
    return values.reshape(len(patients), -1)


def _same(model: Model, test: Patients, real: pd.Series, record: Record, job: Job) -> bool:
    rows = record.predictions
    rows = rows[(rows["repeat"] == job.repeat) & (rows["fold"] == job.fold)].set_index("patient_id")
    columns = [str(name) for name in rows if str(name).startswith(("risk", "probability"))]
    values = rows[columns].reindex(pd.Index(real[test.ids].to_numpy())).to_numpy(dtype=np.float64)
    predicted = outputs(model, test)
    return bool(values.shape == predicted.shape and np.allclose(values, predicted, rtol=TOLERANCE, atol=TOLERANCE))
