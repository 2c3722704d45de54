"""A task whose outcomes are shuffled, and patients who lack modalities: what a model is tried on beside the task itself."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from benchmark.models import Patients
from benchmark.runner.job import Job
from benchmark.runner.seeds import derive_seed
from benchmark.tasks import Task
from benchmark.tasks.endpoints import outcome_of

EVERY_THIRD = 3


def shuffled_task(task: Task, job: Job, number: int) -> Task:
    """The task with the outcomes of the job's endpoint shuffled among the patients of each part of the job's fold.

    Within parts, so that every part keeps its events: a fold with five of them would else end with none. All that comes after
    (the split into parts, opaque ids, the order of rows) is done by the runner on the shuffled task, as for a real one.

    Args:
        number: which of many independent shuffles.
    """
    source = pd.Series(task.cohort.outcomes.index, index=task.cohort.outcomes.index)
    for role, ids in task.roles(job.protocol, job.repeat, job.fold, job.endpoint).items():
        random = np.random.default_rng(derive_seed("shuffle", task.id, job.protocol, job.repeat, job.fold, job.endpoint, role, number))
        source[ids] = ids.to_numpy()[random.permutation(len(ids))]
    name, outcomes = outcome_of(task.spec, job.endpoint), task.cohort.outcomes
    columns = [column for column in outcomes if column in (name, f"{name}_event", f"{name}_time")]
    moved = outcomes.loc[source.to_numpy(), columns].set_axis(outcomes.index)
    return replace(task, cohort=replace(task.cohort, outcomes=outcomes.assign(**{column: moved[column] for column in columns})))


def with_holes(patients: Patients, modalities: Sequence[str]) -> Patients:
    """The patients, of whom every third lacks one of the modalities, each in turn."""
    blocks = dict(patients.blocks)
    lacking = patients.ids[::EVERY_THIRD]
    for place, name in enumerate(modalities):
        table = blocks[name]
        blocks[name] = table[~table.index.get_level_values(0).isin(lacking[place :: len(modalities)])]
    return replace(patients, blocks=blocks)


def subset(patients: Patients, rows: Sequence[int]) -> Patients:
    """Some of the patients, in the order of ``rows``."""
    ids = patients.ids[list(rows)]
    blocks = {}
    for name, table in patients.blocks.items():
        place = pd.Series(np.arange(len(ids)), index=ids)
        kept = table[table.index.get_level_values(0).isin(ids)]
        blocks[name] = kept.iloc[np.argsort(place[kept.index.get_level_values(0)].to_numpy(), kind="stable")]
    return Patients(ids, blocks, None, patients.classes)
