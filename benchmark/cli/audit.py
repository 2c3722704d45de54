"""``bench audit``: is a task sound?"""

from typing import Annotated

import typer

from benchmark.cli.common import Format, FormatOption, note, open_task, print_json, show, workspace_of


def audit(
    context: typer.Context,
    task: Annotated[list[str] | None, typer.Option("--task", help="Task id, repeatable; default: all tasks.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Put the datasheet into tasks/ID/README.md, between its marks.")] = False,
    format: FormatOption = Format.table,
) -> None:
    """Leaks, duplicates, missingness, balance and site effects, and what a task can resolve; exit code 1 where a check fails."""
    from benchmark.audit import audit as audit_task
    from benchmark.audit import failed, write_datasheet
    from benchmark.errors import InputError
    from benchmark.tasks import task_folders

    workspace = workspace_of(context)
    names = task or list(task_folders(workspace.tasks))
    documents, bad = [], False
    for name in names:
        opened = open_task(workspace, name)
        if write and opened.cohort.data == "replica":
            raise InputError(f"--write: task {name} is on a replica here; a datasheet is made from real patients only")
        findings = audit_task(opened)
        bad = bad or failed(findings)
        documents.append({"task": name, "findings": [finding.as_row() for finding in findings]})
        if write:
            note(f"wrote {write_datasheet(opened, findings, workspace.tasks / name)}")
        if format is Format.table:
            typer.echo(f"{name}, {opened.spec.default_protocol}, {opened.cohort.data.upper()}")
            show(["severity", "check", "finding"], [[finding.severity, finding.check, finding.message] for finding in findings])
    if format is Format.json:
        print_json(documents[0] if task and len(task) == 1 else documents)
    if bad:
        raise typer.Exit(1)
