"""The two canaries: what no honest model can do, however good it is.

*Shuffled outcomes.* The model is trained on outcomes that were shuffled within the parts of a fold, ten times independently, over the
folds of the task in turn, and predicts the test part. Two tests of its risks (probabilities), each at 1 in 2,000:

- against the *shuffled* outcomes of the test patients, which nothing outside the harness has ever seen: an exact permutation test of the
  pooled concordance. It fails a model that gets at the outcomes of this very run.
- against the *true* outcomes: the ten concordances are independent given the patients, so a t-test asks whether their mean is above
  0.55. It fails a model that knows public patients: a table in its file, or a cohort that it reads from disk. The outcomes are shuffled
  anew for each fold because an honest model learns *some* direction from noise, and if the outcome lies along it all folds trained on one
  shuffle would be right together. Over independent shuffles the directions cancel; what does not cancel (skewed outcomes make patients far from all
  others slightly more often low than high) is a few hundredths at most, hence 0.55 and not 0.5.

Together a false alarm in one of 1,000 honest models: the first half exactly, with any number of events; the second as far as a t-test on ten bounded
values holds, for models whose mean over shuffles is no more than 0.55. Measured on 150 ridge regressions on 90 made-up patients (survival): the exact test
rejected 5 % at 5 %; means over ten shuffles were 0.50 ± 0.04 (largest 0.58) and none came below p = 0.002 even against 0.5.
A model with a published score built in, which needs no training, fails as well, and should: a reader must know. The canary does not catch a model that
looks whether the outcomes it is trained on are the public ones and uses its table only then; the folder's size limits and a reader are for that.

*Known truth.* On the replica the true risk of every simulated patient is known, and with it the concordance that it attains on 20,000 of them. The
model is run on ten folds there; the lower 99.9 % confidence bound of its concordance, over patients, must not lie above that. A model as good
as the truth raises a false alarm once in 1,000 cohorts, a worse one less often.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from benchmark.conformance.chance import above, by_fold, exact_p, lower_bound, pooled
from benchmark.conformance.finding import Finding
from benchmark.conformance.shuffle import shuffled_task
from benchmark.conformance.trial import Trial
from benchmark.runner.fold import FoldResult
from benchmark.scoring import parts_of
from benchmark.tasks import Task
from benchmark.tasks.endpoints import outcome_of

RATE = 0.001  # of false alarms, each canary
MARGIN = 0.05  # above one half: what an honest model's mean over shuffles may reach
REMEDY = "remove what the file knows about single patients and read nothing but what fit and predict are given"

Tried = Sequence[tuple[Trial, FoldResult]]


def shuffled_outcomes(task: Task, tried: Tried) -> Finding:
    """What the predictions of a model that was trained on shuffled outcomes know.

    Args:
        tried: trials with a shuffle each, no two alike, all of them done without failure.
    """
    rows, fold = _rows(tried)
    values = rows[list(task.outputs(tried[0][0].job.endpoint))].to_numpy(float)
    true = _outcomes([task] * len(tried), tried)
    false = _outcomes([shuffled_task(task, trial.job, trial.shuffle or 0) for trial, _ in tried], tried)
    against_true, against_shuffled = (parts_of(task.spec.kind, outcome, values[:, None]) for outcome in (true, false))
    by_shuffle, leak = by_fold(against_true, fold), pooled(against_shuffled, fold)
    if leak is None or len(by_shuffle) < 3:
        return Finding("shuffled", "note", f"{len(tried)} folds hold no comparable pairs: chance cannot be judged", task=task.id)
    p_leak, p_known = exact_p(against_shuffled, fold), above(by_shuffle, 0.5 + MARGIN)
    said = f"trained on shuffled outcomes ({len(tried)} shuffles) its mean concordance is {by_shuffle.mean():.3f} with the true outcomes (p {p_known:.2g})"
    said += f" and {leak[0]:.3f} with the shuffled ones (p {p_leak:.2g})"
    if p_leak <= RATE / 2:
        return Finding("shuffled", "fail", f"{said}: it reads outcomes of test patients during the run", REMEDY, task.id)
    if p_known <= RATE / 2:
        remedy = f"{REMEDY}; if it carries a published score that needs no training, say so in training_data: a maintainer decides"
        return Finding("shuffled", "fail", f"{said}: it knows these patients without being trained on their outcomes", remedy, task.id)
    if task.cohort.data == "replica":
        return Finding("shuffled", "note", f"{said}; on a REPLICA this cannot show that public patients were memorised", "", task.id)
    return Finding("shuffled", "ok", said, task=task.id)


def known_truth(task: Task, tried: Tried) -> Finding:
    """Whether the model beats the risk that made the outcomes of the replica."""
    endpoint = tried[0][0].job.endpoint
    truth = (task.cohort.datasheet.truth or {}).get(outcome_of(task.spec, endpoint))
    if truth is None or task.spec.kind == "multiclass":
        return Finding("truth", "note", f"the replica has no known truth for {endpoint}: nothing to compare with", task=task.id)
    rows, fold = _rows(tried)
    outcome = task.outcome(pd.Index(rows["patient_id"]), endpoint)
    (part,) = parts_of(task.spec.kind, outcome, rows[list(task.outputs(endpoint))].to_numpy(float)[:, None])
    if (estimate := pooled((part,), fold)) is None:
        return Finding("truth", "note", f"{len(tried)} folds of the replica hold no comparable pairs: nothing to compare", task=task.id)
    bound = lower_bound(part, fold, pd.factorize(rows["patient_id"])[0], RATE)
    said = f"on the replica its concordance is {estimate[0]:.3f} (lower 99.9 % bound {bound:.3f}) where the truth attains {truth:.3f}"
    if bound > truth:
        return Finding("truth", "fail", f"{said}: nothing learned from patients can do that", REMEDY, task.id)
    return Finding("truth", "ok", said, task=task.id)


def _rows(tried: Tried) -> tuple[pd.DataFrame, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """The predictions of all trials, and the number of the trial of each row."""
    tables = [result.predictions for _, result in tried]
    return pd.concat(tables, ignore_index=True), np.repeat(np.arange(len(tables)), [len(table) for table in tables])


def _outcomes(tasks: Sequence[Task], tried: Tried) -> np.ndarray[Any, Any]:
    """The outcome of every row that :func:`_rows` gives, as the task of each trial has it."""
    who = [pd.Index(result.predictions["patient_id"]) for _, result in tried]
    return np.concatenate([task.outcome(ids, trial.job.endpoint) for task, ids, (trial, _) in zip(tasks, who, tried, strict=True)])
