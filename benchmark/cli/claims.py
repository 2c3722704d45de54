"""``bench claims``: each printed number beside what the benchmark measures, with a verdict by rule."""

from typing import TYPE_CHECKING, Annotated

import typer

from benchmark.cli.common import Format, FormatOption, PlainOption, note, open_task, print_json, show, show_plain, workspace_of

if TYPE_CHECKING:
    from benchmark.reporting.claims import ClaimRow
    from benchmark.tasks import Task
    from benchmark.workspace import Workspace


def claims(
    context: typer.Context,
    task: Annotated[str | None, typer.Option(help="Task id; default: every task with printed numbers.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Write docs/claims.md, with the printed numbers of every task.")] = False,
    plain: PlainOption = False,
    format: FormatOption = Format.table,
) -> int:
    """Put every number that the papers printed beside the benchmark's; exit code 1 if one lacks a run."""
    from benchmark.errors import InputError

    workspace = workspace_of(context)
    if write and task is not None:
        raise InputError("--write makes the page of all tasks; leave out --task")
    rows, about = claim_rows_of(workspace, task)
    if format is Format.json:
        print_json([row.as_dict() for row in rows])
    else:
        _show(rows, whole=task is None, plain=plain)
    if write:
        from benchmark.files import write_atomically
        from benchmark.reporting.claims_text import page

        write_atomically(workspace.root / "docs" / "claims.md", page(rows, about).encode())
        note(f"wrote {len(rows)} printed numbers to {workspace.root / 'docs' / 'claims.md'}")
    return 1 if any(row.verdict is None for row in rows) else 0


def claim_rows_of(workspace: "Workspace", only: str | None) -> tuple[list["ClaimRow"], dict[tuple[str, str], str]]:
    """The rows of one task or of all that have claims, and the note of every table."""
    from functools import cache

    from benchmark.reporting.claims import claim_rows
    from benchmark.reporting.measured import Measurements
    from benchmark.tasks import task_folders
    from benchmark.tasks.claims import load_claims

    rows: list[ClaimRow] = []
    about: dict[tuple[str, str], str] = {}
    names = (
        [only]
        if only is not None
        else [name for name, folder in task_folders(workspace.tasks).items() if (folder / "claims.yaml").exists()]
    )
    for name in names:
        opened = open_task(workspace, name)
        printed = load_claims(workspace.tasks / name, opened.spec)
        measurements = Measurements(opened, workspace.runs, workspace.root)
        why_not = cache(lambda model, protocol, task=opened: _why_not(workspace, task, model, protocol))
        rows += claim_rows(opened, printed, measurements, why_not)
        about |= {(name, claim.table): claim.note.removesuffix(claim.remark).strip() for claim in printed}
        for remark in measurements.notes:
            note(remark)
    return rows, about


def _why_not(workspace: "Workspace", task: "Task", model: str, protocol: str) -> str | None:
    """Why a model cannot run there, as ``bench run`` says it."""
    from benchmark.models import choose
    from benchmark.runner.plan import reason_to_skip

    return reason_to_skip(task, choose(workspace.root, model), protocol)


def _show(rows: "list[ClaimRow]", *, whole: bool, plain: bool) -> None:
    from rich.console import Console

    from benchmark.reporting.claims_text import cells, columns, summary
    from benchmark.reporting.console import DRAWN, claims_forest

    if not rows:
        note("no paper's numbers stand in this task's folder (claims.yaml)")
        return
    if plain:
        show_plain(["task", *columns()], [[row.task, *cells(row)] for row in rows])
        return
    width = Console().width
    titles, (axis, *drawing), legend = columns(width), *claims_forest(rows)
    table = [
        dict(zip(columns(), cells(row), strict=True)) | {"task": row.task, axis: drawn} for row, drawn in zip(rows, drawing, strict=True)
    ]
    titles = [*(["task"] if whole else []), *titles, *([axis] if width >= DRAWN else [])]
    show(titles, [[line[title] for title in titles] for line in table], whole=axis)
    if width >= DRAWN:
        typer.echo(legend)
    titles, *counts = summary(rows)
    show(titles, counts)
