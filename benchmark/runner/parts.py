"""The parts of a fold as a model is shown them."""

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd

from benchmark.cohorts import patients_of
from benchmark.models import Patients
from benchmark.runner.job import Job
from benchmark.runner.seeds import derive_seed
from benchmark.tasks import Task


def split(task: Task, job: Job) -> tuple[dict[str, Patients], pd.Series]:
    """The train, valid and test parts under opaque ids, and the real id of each opaque one.

    Ids and row order come from a seed that does not depend on the model, so all models see the same order. The test part
    has no outcome.
    """
    roles = task.roles(job.protocol, job.repeat, job.fold, job.endpoint)
    everyone = pd.Index(sorted(set().union(*roles.values())))
    order = np.random.default_rng(derive_seed("ids", task.id, job.protocol, job.repeat, job.fold, job.run_seed)).permutation(len(everyone))
    opaque = pd.Series([f"p{number:05d}" for number in order], index=everyone)
    tables = {name: task.table(name, job.fold) for name in job.modalities}
    parts = {}
    for role, ids in roles.items():
        shuffled = opaque[ids].sort_values()
        real = pd.Index(shuffled.index)
        outcome = None if role == "test" else task.outcome(real, job.endpoint)
        blocks = {name: _under(table, real, opaque) for name, table in tables.items()}
        parts[role] = Patients(pd.Index(shuffled.to_numpy(), name="patient_id"), blocks, outcome, task.classes(job.endpoint))
    return parts, pd.Series(opaque.index, index=opaque.to_numpy())


def without(patients: Patients, drop: Collection[str]) -> Patients:
    """The patients as if none of them had these modalities: the columns are there and no row is."""
    return replace(patients, blocks={name: table.iloc[:0] if name in drop else table for name, table in patients.blocks.items()})


def _under(table: pd.DataFrame, ids: pd.Index, names: pd.Series) -> pd.DataFrame:
    """The rows of ``ids``, in their order, under opaque names; instances become numbers, for their names tell patients and sites."""
    if table.index.nlevels == 1:
        table = table.loc[ids.intersection(table.index, sort=False)]
        return table.set_axis(pd.Index(names[table.index].to_numpy(), name="patient_id"), axis=0)
    place = pd.Series(np.arange(len(ids)), index=ids)
    rows = table[patients_of(table).isin(ids)]
    rows = rows.iloc[np.argsort(place[patients_of(rows)].to_numpy(), kind="stable")]
    numbers = rows.groupby(level=0).cumcount().to_numpy()
    return rows.set_axis(
        pd.MultiIndex.from_arrays([names[patients_of(rows)].to_numpy(), numbers], names=["patient_id", "instance"]), axis=0
    )
