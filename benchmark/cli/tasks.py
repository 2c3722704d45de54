"""``bench tasks``: the tasks there are."""

import typer

from benchmark.cli.common import Format, FormatOption, open_task, print_json, show, workspace_of


def tasks(context: typer.Context, format: FormatOption = Format.table) -> None:
    """List the tasks: cohort, patients, events, endpoints, protocols."""
    from benchmark.tasks import task_folders

    workspace = workspace_of(context)
    rows = []
    for name in task_folders(workspace.tasks):
        task = open_task(workspace, name)
        outcome = task.outcome(task.eligible(task.spec.default_protocol), task.endpoint)
        rows.append(
            {
                "task": task.id,
                "kind": task.spec.kind,
                "cohort": task.cohort.name,
                "data": task.cohort.data,
                "patients": len(outcome),
                "events": int(outcome["event"].sum()),
                "endpoints": list(task.spec.endpoints),
                "protocols": list(task.spec.protocols),
            }
        )
    if format is Format.json:
        print_json(rows)
    else:
        show(
            list(rows[0]) if rows else ["task"],
            [[", ".join(cell) if isinstance(cell, list) else str(cell) for cell in row.values()] for row in rows],
        )
