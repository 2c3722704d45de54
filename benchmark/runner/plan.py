"""What a run has to do: the record to make, and one job for every fold that it still lacks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

from benchmark.errors import InputError
from benchmark.models import ModelChoice, source_digest
from benchmark.records import Draft, Identity
from benchmark.runner.job import Job, Limits
from benchmark.sandbox import CONFINED, Isolation
from benchmark.tasks import Task

EVERY = "every"


@dataclass(frozen=True)
class Run:
    """One model on one protocol of one task.

    Attributes:
        header: what ``run.json`` says beside the folds.
        outputs: the columns of its predictions.
        jobs: one per fold, also for the folds that are already done.
        isolation: the walls that its folds are made in from now on.
    """

    label: str
    identity: Identity
    draft: Draft
    header: dict[str, Any]
    outputs: tuple[str, ...]
    jobs: tuple[Job, ...]
    isolation: Isolation = "process"

    def pending(self) -> list[Job]:
        """The jobs whose fold is not in the record yet; a fold that failed counts as done."""
        done = self.draft.states()
        return [job for job in self.jobs if (job.repeat, job.fold) not in done]


def reason_to_skip(task: Task, choice: ModelChoice, protocol: str) -> str | None:
    """Why a model cannot run on a protocol of a task with this cohort, or ``None``.

    Raises:
        InputError: the model was asked for a modality that the task does not have, or to do without all that it uses.
    """
    model = choice.facts
    if task.spec.kind not in model.kinds:
        return f"it does {', '.join(model.kinds)} and the task is {task.spec.kind}"
    modalities = _modalities(task, choice, protocol)
    if lacking := [name for name in model.needs if name not in task.spec.modalities]:
        return f"it needs the modality {lacking[0]}, which the task does not have"
    for name in modalities:
        if why := task.missing(name):
            return f"modality {name}: {why}"
        if split := _elsewhere(task, name, protocol):
            return f"modality {name}: its values come from models trained on the folds of {split}, so other folds would see their own test patients"
    low, high = model.min_modalities, model.max_modalities
    if choice.takes_modalities and not low <= len(modalities) <= high:
        return f"it takes {choice.arity()} modalities and was given {len(modalities)}: {', '.join(modalities) or 'the task has no block of its sort'}"
    return _reason_not_to_search(choice) or _reason_not_to_drop(task, choice, modalities)


def _reason_not_to_search(choice: ModelChoice) -> str | None:
    if not choice.search or choice.searched:
        return None
    space = ", ".join(choice.facts.search_space)
    return f"nothing is left to search: {space} is set" if space else "it has no search space: nothing to search"


def _reason_not_to_drop(task: Task, choice: ModelChoice, modalities: tuple[str, ...]) -> str | None:
    used = ", ".join(modalities) or "no modality"
    if choice.drop == (EVERY,):
        return f"it uses {used} on this task: nothing can be left out"
    for name in choice.drop:
        task.missing(name)  # refuses a name that the task does not have
        if name not in modalities:
            return f"it does not use {name}, so it cannot miss it; it uses {used}"
    if modalities and set(choice.drop) == set(modalities):
        raise InputError(f"{choice.label}: {task.id}: that is all it uses; leave it at least one of {used}")
    return None


def leaving_out(task: Task, choice: ModelChoice, protocol: str, drop: Sequence[str]) -> list[ModelChoice]:
    """The choice once for each item of ``drop``, or of its own; itself if there is none.

    Args:
        drop: ``ct``, ``ct+mri`` (both at once), or ``every``: each subset of its modalities in turn, at least one being left.
    """
    variants = []
    for item in drop or ["+".join(choice.drop)]:
        names = tuple(sorted(set(filter(None, item.split("+")))))
        used = sorted(_modalities(task, choice, protocol))
        sets = [some for size in range(1, len(used)) for some in combinations(used, size)] if names == (EVERY,) else []
        variants += [replace(choice, drop=some) for some in sets or [names]]
    return list({variant.drop: variant for variant in variants}.values())


def _modalities(task: Task, choice: ModelChoice, protocol: str) -> tuple[str, ...]:
    offered = tuple(name for name in task.spec.modalities if not task.missing(name) and not _elsewhere(task, name, protocol))
    return choice.modalities(offered, task.spec.default_modalities)


def _elsewhere(task: Task, modality: str, protocol: str) -> str | None:
    """The published folds that a modality belongs to, if they are not those of the protocol."""
    split = task.confined_to(modality)
    return split if split != getattr(task.spec.protocols[protocol], "splits", None) else None


def plan(
    task: Task, folders: tuple[Path, Path], choice: ModelChoice, protocol: str, endpoint: str, seed: int, limits: Limits, runs: Path
) -> Run:
    """The run of ``choice`` on a protocol.

    Args:
        folders: where task and cohort lie.
        limits: of what brings none of its own.
        runs: the folder of all records.

    Raises:
        InputError: it declares more memory than there is.
    """
    modalities, limits = _modalities(task, choice, protocol), _limits(choice, limits)
    identity = Identity(
        task=task.id,
        protocol=protocol,
        endpoint=endpoint,
        model=choice.name,
        parameters=choice.all_parameters(),
        modalities=modalities,
        seed=seed,
        task_digest=task.digest,
        folds_digest=task.folds_digest(protocol),
        cohort_digest=task.cohort_digest,
        source_digest=source_digest(choice.path),
        search=choice.search,
        drop=choice.drop,
    )
    sheet = task.cohort.datasheet
    cohort = {"name": sheet.name, "version": sheet.version, "data": sheet.data}
    header = {
        "label": choice.label,
        "source": choice.source,
        "digest": identity.digest,
        "cohort": cohort,
        **identity.as_dict(),
    }
    return Run(
        choice.label,
        identity,
        Draft(identity.folder(runs), task.splits(protocol)),
        header,
        task.outputs(endpoint),
        _jobs(task, folders, choice, identity, limits),
        choice.isolation,
    )


def _jobs(task: Task, folders: tuple[Path, Path], choice: ModelChoice, identity: Identity, limits: Limits) -> tuple[Job, ...]:
    task_folder, cohort_folder = folders
    return tuple(
        Job(
            task_folder=task_folder,
            cohort_folder=cohort_folder,
            protocol=identity.protocol,
            repeat=repeat,
            fold=fold,
            endpoint=identity.endpoint,
            model=choice.name,
            path=choice.path,
            parameters=identity.parameters,
            modalities=identity.modalities,
            accepts=choice.accepts,
            run_seed=identity.seed,
            limits=limits,
            trials=choice.search,
            searched=choice.searched,
            drops=(choice.drop,),
            isolation=choice.isolation,
            discreet=choice.isolation in CONFINED and task.cohort.data == "real",
        )
        for repeat, fold in task.splits(identity.protocol)
    )


def _limits(choice: ModelChoice, limits: Limits) -> Limits:
    """A submission's are those of its sheet, to the byte: a process can read its limits, and must not tell a check from a run by them."""
    if (wanted := choice.facts.resources) is None:
        return limits
    if wanted.memory > limits.memory:
        raise InputError(
            f"{choice.label}: declares {wanted.memory_gib:g} GiB for a fold, and {limits.memory / 2**30:.1f} GiB are free for one; "
            "fewer --jobs, a larger machine, or another value of resources in submission.yaml"
        )
    return replace(limits, seconds=wanted.seconds_per_fold, memory=wanted.memory)


def together(runs: Sequence[Run]) -> list[tuple[tuple[str, ...], Job]]:
    """The pending jobs, with the digests of the records that wait for them: what differs in ``drop`` alone is fitted once.

    A confined model cannot be copied after its fit, so it is fitted for each.
    """
    groups: dict[tuple[str, int, int], list[tuple[str, Job]]] = {}
    for run in runs:
        without_drop = replace(run.identity, drop=()).digest
        for job in run.pending():
            fit = run.identity.digest if job.isolation in CONFINED else without_drop
            groups.setdefault((fit, job.repeat, job.fold), []).append((run.identity.digest, job))
    return [
        (tuple(digest for digest, _ in group), replace(group[0][1], drops=tuple(drop for _, job in group for drop in job.drops)))
        for group in groups.values()
    ]


def prepare(runs: Sequence[Run], *, force: bool, retry_failed: bool) -> None:
    """Bring the records into the state to resume from: forget them, or only their failed folds."""
    for run in runs:
        if force:
            run.draft.discard()
        elif retry_failed:
            run.draft.forget_failed()
