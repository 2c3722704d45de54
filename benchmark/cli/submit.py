"""``bench submit new | check | report``: submissions by pull request."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmark.cli.common import (
    Format,
    FormatOption,
    contenders_of,
    endpoints_of,
    note,
    open_task,
    print_json,
    standing_of,
    workspace_of,
)

if TYPE_CHECKING:
    from benchmark.submissions.place import Place
    from benchmark.workspace import Workspace

app = typer.Typer(help="Make, check and report on submissions.")
NameArgument = Annotated[str, typer.Argument(metavar="ID", help="The submission: its folder's name.")]


class Isolation(StrEnum):
    bubblewrap = "bubblewrap"
    landlock = "landlock"
    none = "none"


@app.command("new")
def new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ID", help="lower_snake_case; the folder's name and the name on the board.")],
    task: Annotated[str, typer.Option("--task", help="Task id; 'bench tasks' lists them.")],
) -> None:
    """Write submissions/ID with a model that passes the check."""
    from benchmark.errors import unknown
    from benchmark.models import check_id
    from benchmark.submissions.new import new_submission
    from benchmark.tasks import task_folders

    workspace = workspace_of(context)
    check_id("submission", name, "bench submit new")
    if task not in (known := task_folders(workspace.tasks)):
        raise unknown("task", task, known, str(workspace.tasks))
    folder = new_submission(workspace.root, name, task)
    note(f"{folder}: put your model into model.py, fill in submission.yaml, then 'bench submit check {name}'")


@app.command("check")
def check(
    context: typer.Context,
    name: NameArgument,
    isolation: Annotated[Isolation | None, typer.Option(help="How the model is confined; default: the strongest there is.")] = None,
    against: Annotated[str | None, typer.Option(help="Git revision: nothing outside the folder may differ from it.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Folds at a time.")] = 2,
    format: FormatOption = Format.table,
) -> int:
    """All that CI checks: the files, and how the model behaves; exit code 1 where a check fails."""
    from benchmark.runner.executor import LocalProcesses
    from benchmark.submissions.check import check as check_submission

    workspace = workspace_of(context)
    checked = check_submission(workspace, name, isolation.value if isolation else None, against, LocalProcesses(jobs))
    if format is Format.json:
        print_json(checked.as_dict())
    else:
        for item in checked.findings:
            about = f" ({item.task})" if item.task else ""
            typer.echo(f"{item.severity:5} {item.check}{about}: {item.message}" + (f"\n      → {item.remedy}" if item.remedy else ""))
            if item.log:
                note(f"log of {item.check}, on the replica:\n{item.log}")
        note(f"{name}: {'FAILED' if checked.failed else 'passed'} in {checked.seconds:.0f} s")
    return 1 if checked.failed else 0


@app.command("report")
def report(
    context: typer.Context,
    name: NameArgument,
    check: Annotated[Path | None, typer.Option(help="What 'bench submit check ID --format json' wrote.")] = None,
) -> None:
    """The comment for the pull request, in Markdown: where it stands on its boards, and what the check found."""
    from benchmark.errors import InputError
    from benchmark.submissions.check import digest_if_plain, find_submission
    from benchmark.submissions.report import read_check
    from benchmark.submissions.report import report as write_report
    from benchmark.submissions.spec import read_spec

    workspace = workspace_of(context)
    folder = find_submission(workspace.root, name)
    try:
        given = check.read_text(encoding="utf-8") if check else None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{check}: cannot be read ({error}); 'bench submit check {name} --format json' writes it") from error
    checked = read_check(given, str(check), name, digest_if_plain(workspace.root, folder)) if given is not None else None
    try:
        spec = read_spec(folder)
    except InputError as error:
        note(str(error))  # it is among the findings of the check
        typer.echo(write_report(name, None, checked, [], {}), nl=False)
        return
    places: list[Place] = []
    absent: dict[str, str] = {}
    for task in spec.tasks:
        try:
            places += _places(workspace, folder, task, checked.model if checked and checked.model else name)
        except InputError as error:
            absent[task] = str(error)
    typer.echo(write_report(name, spec, checked, places, absent), nl=False)


def _places(workspace: "Workspace", folder: Path, name: str, label: str) -> "list[Place]":
    """Where the submission stands on the boards of a task's default protocol, one for each endpoint."""
    from benchmark.submissions.place import place_of
    from benchmark.submissions.predictions import contender

    task = open_task(workspace, name)
    protocol, places = task.protocol(None), []
    for endpoint in endpoints_of(task, protocol, None):
        contenders = contenders_of(standing_of(workspace, task, protocol, [endpoint]))
        if not (folder / "model.py").exists():
            contenders = [item for item in contenders if item.label != folder.name] + [contender(folder, task, protocol, [endpoint])]
        places.append(place_of(label, task, protocol, [endpoint], contenders))
    return places
