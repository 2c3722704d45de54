"""What the verbs share: the workspace, the output formats, and finding tasks and cohorts."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pathlib import Path

    from benchmark.reporting.board import Contender
    from benchmark.reporting.select import Selection
    from benchmark.runner.job import Limits
    from benchmark.tasks import Task
    from benchmark.workspace import Workspace


class Format(StrEnum):
    table = "table"
    json = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="table for people, json for programs: one document on stdout.")]
PlainOption = Annotated[bool, typer.Option("--plain", help="For a pipe: no drawing, cells separated by tabs, comments behind '#'.")]
TaskOption = Annotated[str, typer.Option("--task", help="Task id; 'bench tasks' lists them.")]
ProtocolOption = Annotated[str | None, typer.Option("--protocol", help="Protocol of the task; default: the task's.")]
EndpointOption = Annotated[str | None, typer.Option("--endpoint", help="Endpoint of the task, or 'all'; default: its first.")]


LONGEST = 4000  # characters of a remark or an error
GLOBAL = ("--root", "--runs", "--data")  # options before the verb that take a value


def verb_of(arguments: list[str]) -> str | None:
    """The verb of a command line: its first word that is no global option or the value of one."""
    waiting = iter(arguments)
    for item in waiting:
        if item in GLOBAL:
            next(waiting, None)
        elif not item.startswith("-"):
            return item
    return None


def spread_lists(arguments: list[str]) -> list[str]:
    """``--model a b`` → ``--model a --model b``, for the list options of ``bench run``."""
    if verb_of(arguments) != "run":
        return arguments
    spread: list[str] = []
    option = None
    for item in arguments:
        if item.startswith("-"):
            name, equals, value = item.partition("=")
            option = name if name in ("--task", "--model", "--protocol", "--param", "--drop") else None
            spread += [name, value] if option and equals else [item]
        elif option is not None and spread[-1] != option:
            spread += [option, item]
        else:
            spread.append(item)
    return spread


def check_out_file(path: "Path | None") -> None:
    """Refuse ``--out`` before the work begins where no file can be written under that name; stdout (``None``) is always there.

    Raises:
        InputError: it is a folder, or nothing can be written where it would lie.
    """
    from benchmark.errors import InputError

    if path is not None:
        if path.is_dir():
            raise InputError(f"--out {path}: is a folder; name the file to write in it")
        _check_writable(path.parent, path)


def check_out_folder(path: "Path") -> None:
    """Refuse a folder for the output before the work begins where no file can be written into it.

    Raises:
        InputError: it is a file, or nothing can be written there.
    """
    from benchmark.errors import InputError

    if path.exists() and not path.is_dir():
        raise InputError(f"--out {path}: is a file; name a folder, new or there already")
    _check_writable(path, path)


def _check_writable(folder: "Path", asked: "Path") -> None:
    """Try with a file that has no name, in the nearest folder that is there: rights, read-only disks and odd file systems all show."""
    from tempfile import TemporaryFile

    from benchmark.errors import InputError

    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    try:
        with TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise InputError(f"--out {asked}: nothing can be written in {there} ({error.strerror}); name another place") from error


def workspace_of(context: typer.Context) -> "Workspace":
    """The workspace that the global options name."""
    from benchmark.workspace import open_workspace

    return open_workspace(**context.obj)


def note(message: str) -> None:
    """A remark for people: stderr, so that stdout stays what a program reads."""
    sys.stderr.write(f"{said(message)}\n")


def said(message: str) -> str:
    """Words for a terminal. They may quote what a stranger wrote, a folder's name too: that steers no terminal, and ends."""
    from benchmark.untrusted import brief

    return brief(message, LONGEST, "\n")


def print_json(value: Any) -> None:
    """One JSON document on stdout and nothing else."""
    sys.stdout.write(json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def show(titles: Sequence[str], rows: Sequence[Sequence[str]], *, whole: str | None = None) -> None:
    """A table on stdout; the column titled ``whole`` is never folded."""
    from rich.console import Console

    from benchmark.reporting.table import print_table

    print_table(titles, rows, Console(), whole)


def show_plain(titles: Sequence[str], rows: Sequence[Sequence[str]], comments: Sequence[str] = ()) -> None:
    """A table on stdout for a pipe (``--plain``)."""
    from benchmark.reporting.table import plain_table

    sys.stdout.write(plain_table(titles, rows, comments))


def open_task(workspace: "Workspace", name: str) -> "Task":
    """The task on real patients or their replica, as ``--data`` says; a replica is announced on stderr.

    Raises:
        InputError: unknown task, or any rule of task or cohort is broken.
    """
    from benchmark.cohorts.store import open_cohort
    from benchmark.errors import unknown
    from benchmark.tasks import load_spec, load_task, task_folders

    folders = task_folders(workspace.tasks)
    if name not in folders:
        raise unknown("task", name, folders, str(workspace.tasks))
    cohort = open_cohort(workspace, load_spec(folders[name]).cohort)
    if cohort.data == "replica":
        why = "as asked" if workspace.data == "replica" else f"the real cohort is not here; 'bench data fetch {cohort.name}' gets it"
        note(f"REPLICA: simulated patients stand in for {cohort.name} ({why})")
    return load_task(folders[name], cohort)


@dataclass(frozen=True)
class Standing:
    """A task under one protocol and one endpoint (or all together), with the records that may stand on its board."""

    workspace: "Workspace"
    task: "Task"
    protocol: str
    endpoints: list[str]
    selection: "Selection"


def open_board(context: typer.Context, task: str, protocol: str | None, endpoint: str | None) -> Standing:
    """What the verbs that read a board begin with; what is left out of it is said on stderr."""
    workspace = workspace_of(context)
    opened = open_task(workspace, task)
    protocol = opened.protocol(protocol)
    return standing_of(workspace, opened, protocol, endpoints_of(opened, protocol, endpoint or opened.endpoint))


def standing_of(workspace: "Workspace", task: "Task", protocol: str, endpoints: list[str]) -> Standing:
    """The records of a task that may stand on the board of these endpoints; what is left out is said on stderr."""
    from benchmark.reporting.select import select_records

    selection = select_records(task, protocol, endpoints, workspace.runs, workspace.root)
    for remark in selection.notes:
        note(remark)
    return Standing(workspace, task, protocol, endpoints, selection)


def limits_of(seconds: float, jobs: int) -> "Limits":
    """What one of ``jobs`` folds at a time may use: nine tenths of the memory that is free now, shared out."""
    import psutil

    from benchmark.runner.job import Limits

    return Limits(seconds, int(psutil.virtual_memory().available * 0.9 / jobs))


def contenders_of(standing: Standing) -> "list[Contender]":
    """Everybody who may stand on the board: the runs, what others published on the same folds, and tables that submissions bring."""
    from benchmark.reporting.board import Contender
    from benchmark.reporting.provenance import read_verified

    verified = read_verified(standing.workspace.leaderboard)
    runs = [Contender.of(records, verified) for records in standing.selection.records.values()]
    given, problems = made_elsewhere(standing.workspace, standing.task, standing.protocol, standing.endpoints)
    for problem in problems:
        note(f"not shown: {problem}")
    return [*runs, *given]


def made_elsewhere(workspace: "Workspace", task: "Task", protocol: str, endpoints: "Sequence[str]") -> "tuple[list[Contender], list[str]]":
    """The entries of a board that no run here made: what others published, and tables of submissions; and which of these cannot be shown, and why."""
    from benchmark.reporting.imported import published_contenders
    from benchmark.submissions.predictions import self_reported

    given, problems = self_reported(workspace.root, task, protocol, endpoints)
    return [*published_contenders(task, protocol, endpoints), *given], problems


def check_run_here(workspace: "Workspace", task: "Task", protocol: str, endpoints: "Sequence[str]", label: str, wanted: str) -> None:
    """Refuse a model of the board that is predictions only, where a verb needs the record of a run.

    Args:
        wanted: what the verb would have made of it.

    Raises:
        InputError: ``label`` is such an entry; the message says what it is and where its numbers are.
    """
    from benchmark.errors import InputError

    found, _ = made_elsewhere(workspace, task, protocol, endpoints)
    for entry in found:
        if entry.label == label:
            source = f" ({entry.source})" if entry.source else ""
            raise InputError(
                f"{label}: no run but a table of {entry.provenance} predictions{source}; without the record of a run (model, seed, folds as fitted) "
                f"there is {wanted}; its numbers: 'bench export --task {task.id} --protocol {protocol}', its pairs: compare.html of 'bench site'"
            )


def endpoints_of(task: "Task", protocol: str, name: str | None) -> list[str]:
    """The endpoint ``name``, or all that can be estimated; the others are named on stderr.

    Raises:
        InputError: unknown, or not estimable.
    """
    from benchmark.errors import unknown
    from benchmark.tasks.spec import ALL

    if name is None or name == ALL:
        for other, count in task.not_estimable(protocol).items():
            note(f"{task.id}, {protocol}: endpoint {other} is {task.why_not_estimable(other, count)}")
        return task.estimable(protocol)
    if name not in task.spec.endpoints:
        raise unknown("endpoint", name, [*task.spec.endpoints, ALL], f"task {task.id}")
    task.require_estimable(protocol, name)
    return [name]
