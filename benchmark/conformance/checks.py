"""All checks of one model on one task; what ``bench submit check`` and CI run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from benchmark.conformance import behaviour, canaries
from benchmark.conformance.finding import Finding, failed
from benchmark.conformance.trial import Batch, Trial, run_trial
from benchmark.models import ModelChoice, imported_libraries
from benchmark.runner.executor import Executor
from benchmark.runner.fold import FoldResult
from benchmark.runner.job import Job, Limits
from benchmark.runner.plan import plan, reason_to_skip
from benchmark.tasks import Task

SHUFFLES = 10  # independent shuffles of the outcomes
FOLDS = 10  # of the replica, for the known truth
FIRST, AGAIN, HOLES, TRUTH, SHUFFLED = "first", "again", "holes", "truth", "shuffled"
REAL, REAL_AGAIN = "real", "real again"


@dataclass(frozen=True)
class Ground:
    """A task on real patients or on their replica, and where it lies.

    Attributes:
        folders: of the task and of its cohort.
    """

    task: Task
    folders: tuple[Path, Path]

    def jobs(self, choice: ModelChoice, limits: Limits) -> tuple[Job, ...]:
        """One for every fold of the default protocol, on the first endpoint that can be estimated."""
        protocol = self.task.spec.default_protocol
        endpoint = self.task.estimable(protocol)[0]
        return plan(self.task, self.folders, choice, protocol, endpoint, 0, limits, Path()).jobs


def conform(choice: ModelChoice, patients: Ground, replica: Ground, limits: Limits, executor: Executor) -> list[Finding]:
    """Run every check of a model on a task.

    Args:
        patients: the task on the patients at hand: real ones, or the replica where there are none.
        replica: the task on the replica, where logs may be shown and the truth is known.
        limits: what the submission declares.

    Returns:
        At least one finding for each check that was run; once the contract is broken the others are not.
    """
    task = patients.task
    for ground in (replica, patients):
        if reason := reason_to_skip(ground.task, choice, ground.task.spec.default_protocol):
            remedy = "name tasks that it can do in submission.yaml, tasks, or change kinds, needs or modalities in model.py"
            return [Finding("contract", "fail", f"it cannot run on {task.id}, {ground.task.cohort.data}: {reason}", remedy, task.id)]
    run = partial(run_trial, imported_libraries(choice.path))
    jobs = replica.jobs(choice, limits)
    may_lack = _may_lack(replica.task, jobs[0])
    first = {trial.name: (trial, results) for trial, results in executor.map(run, _behaviour(jobs[0], may_lack))}
    found, done = _judge(first, may_lack), []
    if not failed(item for item in found if item.check in ("contract", "resources")):
        wanted = patients.jobs(choice, limits)
        done = list(executor.map(run, [*_canaries(jobs, wanted), *_on_patients(patients.task, wanted[0])]))
        known = {item.check for item in found if item.severity == "fail"}
        found += [item for item in _judge_patients({trial.name: results for trial, results in done}) if item.check not in known]
        done += [(first[FIRST][0], first[FIRST][1][:1])]
        found += _judge_canaries(done, patients.task, replica.task)
        found.append(behaviour.resources([result for _, results in (*first.values(), *done) for result in results], limits))
    everything = [result for _, results in (*first.values(), *done) for result in results]
    found += behaviour.walls(everything)
    return [replace(item, task=task.id) for item in found]


def _behaviour(job: Job, may_lack: Sequence[str]) -> list[Trial]:
    # asked about without each modality in turn, unless that leaves a task's patients with nothing at all
    lacking = [name for name in job.modalities if name in may_lack or len(job.modalities) > 1]
    batches = (Batch(), Batch("half"), *(Batch(without=(name,)) for name in lacking))
    holes = [Trial(HOLES, job, holes=tuple(may_lack))] if may_lack else []
    return [Trial(FIRST, job, batches), Trial(AGAIN, job), *holes]


def _judge(first: dict[str, tuple[Trial, list[FoldResult]]], may_lack: Sequence[str]) -> list[Finding]:
    trial, results = first[FIRST]
    answers = dict(zip(trial.batches, results, strict=True))
    found = [behaviour.contract(answers[Batch()], trial.job.modalities)]
    if failed(found):
        return found
    found.append(behaviour.determinism(answers[Batch()], first[AGAIN][1][0]))
    found.append(behaviour.independence(answers))
    holes = first[HOLES][1][0] if HOLES in first else None
    return found + behaviour.missing(answers, holes, may_lack)


def _canaries(replica: Sequence[Job], patients: Sequence[Job]) -> list[Trial]:
    truth = [Trial(TRUTH, job) for job in replica[1:FOLDS]]
    return truth + [Trial(SHUFFLED, patients[number % len(patients)], shuffle=number) for number in range(SHUFFLES)]


def _on_patients(task: Task, job: Job) -> list[Trial]:
    """Once more where it counts: the replica is public, and a model that knows it may behave there alone."""
    return [Trial(REAL, job, (Batch(), Batch("half"))), Trial(REAL_AGAIN, job)] if task.cohort.data == "real" else []


def _judge_patients(done: Mapping[str, list[FoldResult]]) -> list[Finding]:
    """What is wrong on real patients and was not on the replica: that it is, and nothing of them."""
    if REAL not in done:
        return []
    whole, half = done[REAL]
    if whole.status != "ok":
        return [Finding("contract", "fail", "a fold of real patients failed", "make fit and predict work on every fold of the task")]
    judged = (behaviour.determinism(whole, done[REAL_AGAIN][0]), behaviour.independence({Batch(): whole, Batch("half"): half}))
    message = "it holds on the replica and not on real patients"
    return [Finding(item.check, "fail", message, item.remedy) for item in judged if item.severity == "fail"]


def _judge_canaries(done: Sequence[tuple[Trial, list[FoldResult]]], patients: Task, replica: Task) -> list[Finding]:
    """The findings; a fold that failed is a finding of its own, and its canary is not judged on what is left."""
    found = []
    for name, judge, task in ((SHUFFLED, canaries.shuffled_outcomes, patients), (TRUTH, canaries.known_truth, replica)):
        names = (name, FIRST) if name == TRUTH else (name,)
        tried = [(trial, results[0]) for trial, results in done if trial.name in names]
        tried.sort(key=lambda pair: (pair[0].shuffle or 0, pair[0].job.repeat, pair[0].job.fold))
        if wrong := [result for _, result in tried if result.status != "ok"]:
            # what failed on real patients is told in a line; on the replica the trace may be shown
            log = behaviour.log_of(wrong[0]) if task.cohort.data == "replica" else ""
            message = f"{len(wrong)} of {len(tried)} folds failed, so it is not judged: {wrong[0].reason}"
            found.append(Finding(name, "fail", message, "make fit and predict work on every fold of the task", log=log))
        else:
            found.append(judge(task, tried))
    return found


def _may_lack(task: Task, job: Job) -> list[str]:
    """The modalities it uses that an eligible patient may be without."""
    required = {*task.spec.requires, *task.spec.protocols[job.protocol].requires}
    return [name for name in job.modalities if task.spec.modalities[name].block not in required]
