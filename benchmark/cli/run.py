"""``bench run``: fit and predict every fold of the models on the tasks."""

from collections.abc import Sequence
from enum import StrEnum
from itertools import groupby, product
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmark.cli.common import (
    Format,
    FormatOption,
    endpoints_of,
    limits_of,
    note,
    open_task,
    print_json,
    show,
    workspace_of,
)
from benchmark.cli.progress import Progress

if TYPE_CHECKING:
    from benchmark.models import ModelChoice
    from benchmark.records import Record
    from benchmark.runner.job import Limits
    from benchmark.runner.plan import Run
    from benchmark.sandbox import Isolation
    from benchmark.workspace import Workspace


class Walls(StrEnum):
    bubblewrap = "bubblewrap"
    landlock = "landlock"
    none = "none"


def run(
    context: typer.Context,
    task: Annotated[list[str], typer.Option(help="Task id(s).")],
    model: Annotated[list[str], typer.Option(help="Model(s): id, id[key=value,…], or a Python file.")],
    protocol: Annotated[list[str] | None, typer.Option(help="Protocol(s) of the task; default: the task's.")] = None,
    endpoint: Annotated[str | None, typer.Option(help="Endpoint of the task; default: all that can be estimated.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Folds at a time.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the run.")] = 0,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds that one fold may take; a submission brings its own limit.")] = 3600,
    param: Annotated[list[str] | None, typer.Option(help="key=value parameter(s), for every model named.")] = None,
    search: Annotated[int, typer.Option(min=0, help="Trials of a nested hyper-parameter search in each fold; 0: none.")] = 0,
    drop: Annotated[
        list[str] | None,
        typer.Option(help="Test without modalities: CT MRI are two runs, CT+MRI is one without both, 'every' is each subset in turn."),
    ] = None,
    isolate: Annotated[bool, typer.Option("--isolate", help="Confine every model by the strongest walls there are here.")] = False,
    isolation: Annotated[
        Walls | None,
        typer.Option(help="Confine every model in these walls; default: submissions in the strongest, others in a process of their own."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Run everything again.")] = False,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Run exactly the folds that failed.")] = False,
    format: FormatOption = Format.table,
) -> int:
    """Run models on tasks; what is done is kept, and the same command resumes. Exit code 1: a fold failed; 2: no model could run."""
    from benchmark.runner.execute import execute
    from benchmark.runner.executor import LocalProcesses

    workspace = workspace_of(context)
    parameters = _pairs(param) | ({"search": str(search)} if search else {})
    choices = _choices(workspace, model, parameters, _walls(isolate, isolation))
    planned, skipped = _plan(workspace, (task, protocol or [None], endpoint), (choices, drop or []), seed, limits_of(timeout, jobs))
    _note_weaker(planned, force=force)
    with Progress() as progress:
        records = execute(planned, LocalProcesses(jobs), force=force, retry_failed=retry_failed, watcher=progress)
    rows = skipped + [_summary(item, record) for item, record in zip(planned, records, strict=True)]
    if format is Format.json:
        print_json(rows)
    else:
        _show(rows)
    if not planned:
        return 2
    return 1 if any(row["failed"] for row in rows) else 0


def _walls(isolate: bool, isolation: "Walls | None") -> "Isolation | None":
    """The isolation that all models are to have; ``None``: each what befits it.

    Raises:
        InputError: both options, or walls that this machine does not have.
    """
    from benchmark.errors import InputError
    from benchmark.sandbox import available, strongest

    if isolate and isolation is not None:
        raise InputError(f"--isolate and --isolation {isolation.value}: give one of them")
    if isolation is None:
        return strongest() if isolate else None
    if isolation is not Walls.none and (reason := available()[isolation.value]):
        raise InputError(f"--isolation {isolation.value}: does not work here: {reason}")
    return isolation.value


def _choices(workspace: "Workspace", models: list[str], parameters: dict[str, str], walls: "Isolation | None") -> list["ModelChoice"]:
    """The models that are named, each once.

    Raises:
        InputError: unknown, or two files with one id.
    """
    from benchmark.errors import InputError
    from benchmark.models import choose

    choices: dict[str, ModelChoice] = {}
    for choice in (choose(workspace.root, text, parameters, walls) for text in models):
        if (same := choices.setdefault(choice.label, choice)).path != choice.path:
            raise InputError(f"--model: {same.path} and {choice.path} have the same id '{choice.name}'; rename one of them")
    return list(choices.values())


def _note_weaker(planned: list["Run"], *, force: bool) -> None:
    """Say which records keep folds that were made in weaker walls than those asked for now."""
    from benchmark.sandbox import ISOLATIONS

    for run in planned:
        kept = {} if force else run.draft.states()
        weak = [state for state in kept.values() if ISOLATIONS.index(state.get("isolation", "process")) < ISOLATIONS.index(run.isolation)]
        if weak:
            note(
                f"{run.label}: {len(weak)} fold(s) were made under isolation '{weak[0].get('isolation', 'process')}' and are kept; --force makes them anew"
            )


def _plan(
    workspace: "Workspace",
    where: tuple[list[str], Sequence[str | None], str | None],
    what: tuple[list["ModelChoice"], list[str]],
    seed: int,
    limits: "Limits",
) -> tuple[list["Run"], list[dict[str, Any]]]:
    """The runs of every task, protocol and endpoint (``where``) for every model, and for what it is to lack (``what``)."""
    from benchmark.cohorts.store import cohort_folder
    from benchmark.runner.plan import leaving_out, plan, reason_to_skip

    (tasks, asked, of_endpoint), (choices, drop) = where, what
    planned, skipped = [], []
    for name in dict.fromkeys(tasks):
        task = open_task(workspace, name)
        protocols = dict.fromkeys(task.protocol(protocol) for protocol in asked)
        endpoints = {protocol: endpoints_of(task, protocol, of_endpoint) for protocol in protocols}
        folders = (workspace.tasks / name, cohort_folder(workspace, task.cohort.name, task.cohort.data))
        pairs = product(protocols, choices)
        variants = [(protocol, choice) for protocol, whole in pairs for choice in leaving_out(task, whole, protocol, drop)]
        for protocol, choice in {(protocol, choice.label): (protocol, choice) for protocol, choice in variants}.values():
            if reason := reason_to_skip(task, choice, protocol):
                note(f"skipped {choice.label} on {name}, {protocol}: {reason}")
                skipped.append({"task": name, "protocol": protocol, "model": choice.label, "folds": 0, "failed": 0, "skipped": reason})
                continue
            planned += [plan(task, folders, choice, protocol, name, seed, limits, workspace.runs) for name in endpoints[protocol]]
    return planned, skipped


def _summary(run: "Run", record: "Record") -> dict[str, Any]:
    reasons = sorted({fold["reason"] for fold in record.info["folds"] if fold["reason"]})
    return {
        "task": run.identity.task,
        "protocol": run.identity.protocol,
        "endpoint": run.identity.endpoint,
        "model": run.label,
        "data": record.info["cohort"]["data"],
        "folds": len(run.jobs),
        "failed": len(record.failed),
        "reasons": reasons,
        "seconds": record.seconds,
        "record": str(record.folder),
    }


def _show(rows: list[dict[str, Any]]) -> None:
    for (task, protocol, endpoint), group in groupby(sorted(rows, key=_board_of), key=_board_of):
        typer.echo(", ".join([task, f"protocol {protocol}", *([f"endpoint {endpoint}"] if endpoint else [])]))
        show(["model", "folds", "failed", "seconds", "remark"], [_cells(row) for row in group])


def _board_of(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["task"], row["protocol"], row.get("endpoint", "")


def _cells(row: dict[str, Any]) -> list[str]:
    if "skipped" in row:
        return [row["model"], "–", "–", "–", f"skipped: {row['skipped']}"]
    return [row["model"], str(row["folds"]), str(row["failed"]), f"{row['seconds']:.1f}", _remark(row)]


def _remark(row: dict[str, Any]) -> str:
    if not row["failed"]:
        return str(row["data"].upper())
    slow = any(reason.startswith("timeout") for reason in row["reasons"])
    return f"failed folds are scored as the trivial model; --retry-failed{' with a longer --timeout' if slow else ''} runs them again"


def _pairs(items: list[str] | None) -> dict[str, str]:
    from benchmark.errors import InputError

    pairs = {}
    for item in items or []:
        key, equals, value = item.partition("=")
        if not equals:
            raise InputError(f"--param '{item}': expected key=value")
        pairs[key] = value
    return pairs
