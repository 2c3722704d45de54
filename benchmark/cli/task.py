"""``bench task new``: the folder and the frozen folds of a new task."""

from typing import Annotated

import typer

from benchmark.cli.common import note, workspace_of

app = typer.Typer(help="Make tasks.")


@app.callback()
def _group() -> None:
    """Make tasks."""


@app.command("new")
def new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ID", help="lower_snake_case; the folder's name.")],
    cohort: Annotated[str | None, typer.Option(help="Cohort of a new task; 'bench data list' lists them.")] = None,
    endpoint: Annotated[str | None, typer.Option(help="An outcome of the cohort.")] = None,
    modality: Annotated[list[str] | None, typer.Option(help="A block; repeat the option for more.")] = None,
) -> None:
    """Write tasks/ID with frozen folds; where tasks/ID/task.yaml exists without folds.csv, draw the folds that it describes."""
    from dataclasses import replace

    from benchmark.cohorts.store import open_cohort
    from benchmark.errors import InputError
    from benchmark.models import check_id
    from benchmark.tasks import load_spec, load_task
    from benchmark.tasks.new import freeze_folds, new_task

    check_id("task", name, "bench task new")
    workspace = replace(workspace_of(context), data="real")  # frozen folds hold real patients
    folder = workspace.tasks / name
    if (folder / "task.yaml").is_file() and cohort is None:
        patients = open_cohort(workspace, load_spec(folder).cohort)
        freeze_folds(folder, patients)
    elif cohort is None or endpoint is None or not modality:
        raise InputError(f"bench task new {name}: --cohort, --endpoint and at least one --modality are needed")
    else:
        patients = open_cohort(workspace, cohort)
        new_task(folder, patients, endpoint, tuple(modality))
    task = load_task(folder, patients)
    note(
        f"{folder}: {len(task.eligible(task.spec.default_protocol))} patients; edit task.yaml (not folds.csv), then 'bench run --task {name} --model …'"
    )
