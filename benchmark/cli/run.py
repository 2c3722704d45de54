"""``bench run``: fit and predict every fold of the models on the tasks."""

from collections.abc import Sequence
from itertools import groupby, product
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmark.cli.common import (
    Format,
    FormatOption,
    endpoints_of,
    note,
    open_task,
    print_json,
    show,
    workspace_of,
)

if TYPE_CHECKING:
    from benchmark.records import Record
    from benchmark.runner.job import Limits
    from benchmark.runner.plan import Run
    from benchmark.workspace import Workspace


def run(
    context: typer.Context,
    task: Annotated[list[str], typer.Option(help="Task id(s).")],
    model: Annotated[list[str], typer.Option(help="Model(s): id, id[key=value,…], or a Python file.")],
    protocol: Annotated[list[str] | None, typer.Option(help="Protocol(s) of the task; default: the task's.")] = None,
    endpoint: Annotated[str | None, typer.Option(help="Endpoint of the task; default: all that can be estimated.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Folds at a time.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the run.")] = 0,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds that one fold may take.")] = 3600,
    param: Annotated[list[str] | None, typer.Option(help="key=value parameter(s), for every model named.")] = None,
    search: Annotated[int, typer.Option(min=0, help="Trials of a nested hyper-parameter search in each fold; 0: none.")] = 0,
    drop: Annotated[
        list[str] | None,
        typer.Option(help="Test without modalities: CT MRI are two runs, CT+MRI is one without both, 'every' is each subset in turn."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Run everything again.")] = False,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Run exactly the folds that failed.")] = False,
    format: FormatOption = Format.table,
) -> int:
    """Run models on tasks; what is done is kept, and the same command resumes."""
    from benchmark.runner.execute import execute
    from benchmark.runner.executor import LocalProcesses

    workspace = workspace_of(context)
    parameters = _pairs(param) | ({"search": str(search)} if search else {})
    planned, skipped = _plan(workspace, (task, protocol or [None], endpoint), (model, parameters, drop or []), seed, _limits(timeout, jobs))
    with _Progress() as progress:
        records = execute(planned, LocalProcesses(jobs), force=force, retry_failed=retry_failed, watcher=progress)
    rows = skipped + [_summary(item, record) for item, record in zip(planned, records, strict=True)]
    if format is Format.json:
        print_json(rows)
    else:
        _show(rows)
    return 1 if any(row["failed"] for row in rows) else 0


def _plan(
    workspace: "Workspace",
    where: tuple[list[str], Sequence[str | None], str | None],
    what: tuple[list[str], dict[str, str], list[str]],
    seed: int,
    limits: "Limits",
) -> tuple[list["Run"], list[dict[str, Any]]]:
    """The runs of every task, protocol and endpoint (``where``) for every model, its parameters and what it lacks (``what``)."""
    from benchmark.errors import InputError
    from benchmark.models import ModelChoice, choose
    from benchmark.runner.plan import leaving_out, plan, reason_to_skip

    (tasks, asked, of_endpoint), (models, parameters, drop) = where, what
    choices: dict[str, ModelChoice] = {}
    for choice in (choose(workspace.root, text, parameters) for text in models):
        if (same := choices.setdefault(choice.label, choice)).path != choice.path:
            raise InputError(f"--model: {same.path} and {choice.path} have the same id '{choice.name}'; rename one of them")
    planned, skipped = [], []
    for name in dict.fromkeys(tasks):
        task = open_task(workspace, name)
        protocols = dict.fromkeys(task.protocol(protocol) for protocol in asked)
        endpoints = {protocol: endpoints_of(task, protocol, of_endpoint) for protocol in protocols}
        folders = (workspace.tasks / name, workspace.cohorts / task.cohort.data / task.cohort.name)
        pairs = product(protocols, choices.values())
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
    remark = "failed folds are scored as the trivial model; --retry-failed runs them again" if row["failed"] else row["data"].upper()
    return [row["model"], str(row["folds"]), str(row["failed"]), f"{row['seconds']:.1f}", remark]


def _pairs(items: list[str] | None) -> dict[str, str]:
    from benchmark.errors import InputError

    pairs = {}
    for item in items or []:
        key, equals, value = item.partition("=")
        if not equals:
            raise InputError(f"--param '{item}': expected key=value")
        pairs[key] = value
    return pairs


def _limits(timeout: float, jobs: int) -> "Limits":
    import psutil

    from benchmark.runner.job import Limits

    return Limits(timeout, int(psutil.virtual_memory().available * 0.9 / jobs))


class _Progress:
    """A bar on stderr with the time left; a failed fold is named as it happens."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        layout = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        self._bar = Progress(*layout, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("folds", total=None)

    def start(self, folds: int, done: int) -> None:
        self._bar.update(self._task, total=folds, completed=done)

    def __enter__(self) -> "_Progress":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def fold(self, run: "Run", result: Any) -> None:
        self._bar.update(self._task, advance=1, description=run.label)
        if result.status != "ok":
            self._bar.console.print(
                f"failed: {run.label}, repeat {result.repeat}, fold {result.fold}: {result.reason}",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )
