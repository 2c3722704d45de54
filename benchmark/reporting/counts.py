"""What papers say of their patients, counted in the public cohort."""

import numpy as np
import pandas as pd

from benchmark.errors import unknown
from benchmark.tasks import Task
from benchmark.tasks.claims import Claim, Counted
from benchmark.tasks.endpoints import labels


def count(task: Task, claim: Claim) -> float:
    """The count, share or number per patient that ``claim.counted`` describes.

    Raises:
        InputError: the cohort has no such block.
    """
    rule = claim.counted or Counted()
    for name in (*rule.blocks, *rule.any_of):
        if name not in task.cohort.blocks:
            raise unknown("block", name, task.cohort.blocks, f"task {task.id}, claim {claim.id}, key counted")
    if rule.of == "columns":
        return float(task.cohort.blocks[rule.blocks[0]].shape[1])
    ids = _patients(task, rule)
    if claim.endpoint is not None and (rule.known or rule.level):
        label = labels(task.spec, task.cohort, claim.endpoint).reindex(ids)
        whole, ids = ids[label.notna().to_numpy()], ids[(label == rule.level if rule.level else label.notna()).to_numpy()]
    else:
        whole = ids
    instances = task.cohort.blocks[rule.blocks[0]].index.get_level_values(0).isin(ids).sum() if rule.of == "instances" else 0
    if claim.metric == "share":
        return len(ids) / len(whole)
    number = float(instances if rule.of == "instances" else len(ids))
    return number / len(ids) if claim.metric == "per_patient" else number


def _patients(task: Task, rule: Counted) -> pd.Index:
    ids = task.cohort.outcomes.index if rule.protocol is None else task.eligible(rule.protocol)
    if rule.protocol is not None and rule.part is not None:
        rows = task.folds[(task.folds["protocol"] == rule.protocol) & (task.folds["role"] == rule.part)]
        ids = ids[ids.isin(rows["patient_id"])]
    has = {name: ids.isin(task.cohort.blocks[name].index.get_level_values(0)) for name in (*rule.blocks, *rule.any_of)}
    kept = np.ones(len(ids), bool)
    for name in rule.blocks:
        kept &= has[name]
    if rule.any_of:
        kept &= np.any([has[name] for name in rule.any_of], axis=0)
    return ids[kept]
