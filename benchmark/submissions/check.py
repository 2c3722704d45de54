"""``bench submit check``: everything that can be said of a submission without a reader."""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmark.cohorts.store import cohort_folder, open_cohort
from benchmark.conformance import Finding, Ground, Severity, conform, failed
from benchmark.errors import InputError, unknown
from benchmark.models import ModelChoice, choose, says_the_same
from benchmark.runner.executor import Executor
from benchmark.runner.job import Limits
from benchmark.sandbox import Isolation, available, strongest
from benchmark.submissions import predictions
from benchmark.submissions.duplicate import check_duplicate, check_same_predictions
from benchmark.submissions.folder import PREDICTIONS, check_folder, walk
from benchmark.submissions.imports import check_dependencies, check_imports
from benchmark.submissions.scope import check_scope, tracked
from benchmark.submissions.spec import FORM, SubmissionSpec, read_spec
from benchmark.tasks import load_spec, load_task, task_folders
from benchmark.workspace import Workspace

PLACEHOLDER = "CHANGE ME"
UNSCOPED = Finding(
    "scope", "note", "not looked at: whether anything outside the folder differs", "'--against origin/main' compares, as CI does"
)


@dataclass(frozen=True)
class Checked:
    """What a check says.

    Attributes:
        submission: the id.
        kind: model or predictions; empty where ``submission.yaml`` could not be read.
        model: the label under which a board shows it.
        digest: sha256 of the names and bytes of its files.
        isolation: how the model was confined; empty where there is none.
        tasks: those that it names.
        seconds: wall time of the check.
    """

    submission: str
    kind: str
    model: str
    digest: str
    isolation: str
    tasks: tuple[str, ...]
    findings: tuple[Finding, ...]
    seconds: float

    @property
    def failed(self) -> bool:
        return failed(self.findings)

    def as_dict(self) -> dict[str, Any]:
        """The JSON document."""
        rows = [finding.as_row() for finding in self.findings]
        return vars(self) | {"tasks": list(self.tasks), "findings": rows, "seconds": round(self.seconds, 1)}


def check(workspace: Workspace, name: str, isolation: Isolation | None, against: str | None, executor: Executor) -> Checked:
    """Check ``submissions/<name>``: its files first, and only if nothing is wrong with them the model.

    Raises:
        InputError: there is no such folder, ``against`` is no revision, or the isolation does not work on this machine.
    """
    start, folder, isolation = time.monotonic(), find_submission(workspace.root, name), _walls(isolation)
    found = [check_scope(workspace.root, folder, against) if against else UNSCOPED]
    files = check_folder(folder, tracked(workspace.root, folder))
    found += files
    spec, digest = None, ""
    if not failed(files):
        digest = _digest(folder)
        spec, said = _spec(folder, complete=against is not None)
        found += [*said, *(_static(workspace.root, folder, spec, complete=against is not None) if spec else [])]
    label = name
    if not spec or failed(found):
        found.append(Finding("contract", "note", "not run: what failed above comes first"))
    elif spec.kind == "predictions":
        found += [_predictions(workspace, folder, task) for task in spec.tasks]
    else:
        chosen = _choose(workspace.root, name, spec, isolation)
        if isinstance(chosen, Finding):
            found.append(chosen)
        else:
            label = chosen.label
            found += [item for task in spec.tasks for item in _task(workspace, chosen, task, spec, executor)]
    kind, tasks = (spec.kind, spec.tasks) if spec else ("", ())
    walls = "" if kind == "predictions" else isolation
    return Checked(name, kind, label, digest, walls, tasks, tuple(found), time.monotonic() - start)


def find_submission(root: Path, name: str) -> Path:
    """The folder of a submission.

    Raises:
        InputError: there is none, or it is a link.
    """
    folders = {path.name: path for path in sorted((root / "submissions").glob("*")) if path.is_dir()}
    if name not in folders:
        raise unknown("submission", name, folders, f"{root}/submissions")
    if (root / "submissions").is_symlink() or folders[name].is_symlink():
        raise InputError(f"{folders[name]}: is a link; a submission is a folder of its own")
    return folders[name]


def digest_if_plain(root: Path, folder: Path) -> str:
    """sha256 over the names and bytes of all files of a submission; empty where something in it is no plain file that may be there."""
    return "" if failed(check_folder(folder, tracked(root, folder))) else _digest(folder)


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in walk(folder):
        if "__pycache__" not in path.parts:
            raw = path.read_bytes()
            digest.update(f"{path.relative_to(folder).as_posix()}\0{len(raw)}\0".encode() + raw)
    return digest.hexdigest()


def _walls(wanted: Isolation | None) -> Isolation:
    if wanted is not None and (reason := available()[wanted]):
        raise InputError(f"--isolation {wanted}: does not work on this machine ({reason}); leave it out for the strongest there is")
    return wanted or strongest()


def _spec(folder: Path, *, complete: bool) -> tuple[SubmissionSpec | None, list[Finding]]:
    """The form, and what is wrong with it.

    Args:
        complete: nothing may be left to fill in: this is a pull request, or about to become one.
    """
    try:
        spec = read_spec(folder)
    except InputError as error:
        return None, [Finding("spec", "fail", str(error), "submissions/README.md explains every key")]
    if PLACEHOLDER in (folder / FORM).read_text(encoding="utf-8"):
        severity: Severity = "fail" if complete else "note"
        remedy = "fill it in" if complete else "fill it in before you open the pull request: with --against, as in CI, this fails"
        return spec, [Finding("spec", severity, f"{FORM} still says '{PLACEHOLDER}'", remedy)]
    return spec, [Finding("spec", "ok", f"{FORM} is complete")]


def _choose(root: Path, name: str, spec: SubmissionSpec, isolation: Isolation) -> ModelChoice | Finding:
    """The model with the parameters of its sheet, or whose fault it is that there is none."""
    try:
        plain = choose(root, name, {}, isolation)
        if not says_the_same(plain.path, isolation):
            remedy = "declare plain values: nothing drawn, timed or read from the machine"
            return Finding("determinism", "fail", "model.py declares something else each time it is imported", remedy)
    except InputError as error:
        return Finding("contract", "fail", str(error), "mend model.py; 'bench models' says the same")
    try:
        chosen = choose(root, name, spec.given(), isolation)
    except InputError as error:
        return Finding("spec", "fail", f"{FORM}, key parameters: {error}", "change the key, or the constructor of model.py")
    if spec.modalities and not chosen.takes_modalities and set(spec.modalities) != set(chosen.facts.needs):
        has = " and ".join(chosen.facts.needs) or "none"
        message = f"{FORM}, key modalities: model.py takes no 'modalities'; those that it needs are fixed: {has}"
        return Finding("spec", "fail", message, "delete the key, or name these")
    return chosen


def _static(root: Path, folder: Path, spec: SubmissionSpec, *, complete: bool) -> Iterator[Finding]:
    """What can be said without running anything."""
    names = {"model": "model.py", "predictions": PREDICTIONS}
    wanted, other = names.pop(spec.kind), next(iter(names.values()))
    if not (folder / wanted).is_file() or (folder / other).exists():
        yield Finding(
            "spec", "fail", f"kind {spec.kind}: {wanted} must be there and {other} must not", f"change the key kind of {FORM}, or the files"
        )
        return
    for task in spec.tasks:
        if task not in (known := task_folders(root / "tasks")):
            yield Finding("spec", "fail", str(unknown("task", task, known, f"{FORM}, tasks")), "'bench tasks' lists them")
    if (root / "baselines" / f"{folder.name}.py").exists():
        yield Finding("duplicate", "fail", f"the id {folder.name} is a baseline's", "rename the folder and the key id")
    elif spec.kind == "model":
        found = check_imports(folder)
        yield from found
        if not failed(found):
            yield from check_dependencies(folder, spec.dependencies, root / "requirements.lock")
        yield check_duplicate(root, folder, complete=complete)
        yield from _modalities(root, spec)
    else:
        yield check_same_predictions(root, folder, spec.tasks)


def _modalities(root: Path, spec: SubmissionSpec) -> Iterator[Finding]:
    """Names that none of the tasks knows: they would be left out in silence, and the model be judged on what is left."""
    folders = task_folders(root / "tasks")
    known = {name for task in spec.tasks if task in folders for name in load_spec(folders[task]).modalities}
    for name in spec.modalities if known else ():
        if name not in known:
            fault, _, nearest = str(unknown("modality", name, known, f"{FORM}, key modalities")).partition("; ")
            yield Finding("spec", "fail", fault, nearest or f"its tasks have {', '.join(sorted(known))}")


def _predictions(workspace: Workspace, folder: Path, name: str) -> Finding:
    task = _ground(workspace, name).task
    if task.cohort.data == "replica":
        message = f"not compared with the folds: the patients of {task.cohort.name} are not here"
        return Finding("predictions", "note", message, f"'bench data fetch {task.cohort.name}' gets them", name)
    protocol = task.spec.default_protocol
    try:
        predictions.contender(folder, task, protocol, task.estimable(protocol))
    except InputError as error:
        fault, _, remedy = str(error).partition("; ")
        return Finding("predictions", "fail", fault, remedy, name)
    return Finding("predictions", "ok", "fit the folds of the task; they are shown as self-reported", task=name)


def _task(workspace: Workspace, choice: ModelChoice, name: str, spec: SubmissionSpec, executor: Executor) -> list[Finding]:
    limits = Limits(spec.resources.seconds_per_fold, spec.resources.memory)
    patients, replica = (
        _ground(workspace, name),
        _ground(replace(workspace, data="replica"), name),
    )  # not the submission's fault if that fails
    if taken := predictions.taken_by(choice.path.parent, patients.task):
        return [Finding("duplicate", "fail", taken, "rename the folder and the key id", name)]
    try:
        return conform(choice, patients, replica, limits, executor)
    except InputError as error:
        return [Finding("contract", "fail", str(error), f"change {FORM} or model.py so that it can run on {name}", name)]


def _ground(workspace: Workspace, name: str) -> Ground:
    folder = workspace.tasks / name
    cohort = open_cohort(workspace, load_spec(folder).cohort)
    return Ground(load_task(folder, cohort), (folder, cohort_folder(workspace, cohort.name, cohort.data)))
