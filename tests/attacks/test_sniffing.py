"""No order, name or time of what a model is handed says who is tested, or what became of him."""

import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmark.cohorts import Cohort
from benchmark.runner.parts import split
from benchmark.tasks import Task


def with_other_outcomes(task: Task, ids: pd.Index) -> Task:
    """The same folds, and the opposite fate for some."""
    outcomes = task.cohort.outcomes.copy()
    outcomes.loc[ids, "relapse_event"] = ~outcomes.loc[ids, "relapse_event"]
    outcomes.loc[ids, "relapse_time"] = outcomes.loc[ids, "relapse_time"] * 3 + 1
    return replace(task, cohort=Cohort(task.cohort.datasheet, outcomes, task.cohort.blocks))


def test_the_worker_is_sent_the_same_bytes_whatever_became_of_the_tested(made_up):
    task, job = made_up.task, made_up.plan().jobs[0]
    tested = pd.Index(task.roles("paper", 0, 0, "relapse")["test"])
    parts, _ = split(task, job)
    others, _ = split(with_other_outcomes(task, tested), job)
    for role in ("train", "valid", "test"):
        assert pickle.dumps(parts[role]) == pickle.dumps(others[role])
    trained = pd.Index(task.roles("paper", 0, 0, "relapse")["train"])
    changed, _ = split(with_other_outcomes(task, trained), job)
    assert pickle.dumps(parts["train"]) != pickle.dumps(changed["train"])  # the comparison can fail


def test_what_is_sent_holds_no_row_of_anybody_else(made_up):
    """A table that was cut out of a larger one must not carry the larger one with it."""
    job = made_up.plan().jobs[0]
    parts, names = split(made_up.task, job)
    sent = pickle.dumps(parts["train"]) + pickle.dumps(parts["valid"])
    for patient in names[parts["test"].ids]:
        assert patient.encode() not in sent
        time = float(made_up.cohort.outcomes.loc[patient, "relapse_time"])
        assert np.float64(time).tobytes() not in sent
        if patient in made_up.cohort.blocks["genomics"].index:
            assert made_up.cohort.blocks["genomics"].loc[patient].to_numpy()[0].tobytes() not in sent
    one = float(made_up.cohort.outcomes.loc[names[parts["train"].ids[0]], "relapse_time"])
    assert np.float64(one).tobytes() in sent


@pytest.mark.parametrize("what", ["names", "order"])
def test_names_and_order_do_not_tell_early_from_late(made_up, what):
    """Over all folds of many runs: the rank of a patient in the table and his time have nothing to do with each other."""
    correlations = []
    for seed in range(25):
        job = made_up.plan(seed=seed).jobs[0]
        parts, names = split(made_up.task, job)
        time = made_up.cohort.outcomes.loc[names[parts["test"].ids], "relapse_time"].to_numpy(float)
        place = np.arange(len(time)) if what == "order" else parts["test"].ids.str[1:].astype(int)
        correlations.append(np.corrcoef(place, time)[0, 1])
    assert abs(np.mean(correlations)) < 4 / np.sqrt(len(correlations) * 15)  # four standard errors
