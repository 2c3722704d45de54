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
        protocol = task.spec.default_protocol
        rows.append(
            {
                "task": task.id,
                "kind": task.spec.kind,
                "cohort": task.cohort.name,
                "data": task.cohort.data,
                "patients": len(task.eligible(protocol, task.endpoint)),
                "events": task.events(task.endpoint, task.eligible(protocol, task.endpoint)),
                "endpoints": task.estimable(protocol),
                "not_estimable": task.not_estimable(protocol),
                "protocols": list(task.spec.protocols),
            }
        )
    if format is Format.json:
        print_json(rows)
    else:
        shown = ["task", "data", "patients", "events", "endpoints", "not_estimable", "protocols"]
        show([title.replace("_", " ") for title in shown], [[_cell(row[title]) for title in shown] for row in rows])


def _cell(value: object) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{name} ({count})" for name, count in value.items())
    return "\n".join(value) if isinstance(value, list) else "–" if value is None else str(value)
