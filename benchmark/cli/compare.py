"""``bench compare``: the paired difference of two models on the same patients."""

from typing import Annotated

import typer

from benchmark.cli.common import (
    EndpointOption,
    Format,
    FormatOption,
    ProtocolOption,
    TaskOption,
    endpoint_of,
    note,
    open_task,
    print_json,
    workspace_of,
)


def compare(
    context: typer.Context,
    task: TaskOption,
    a: Annotated[str, typer.Argument(help="A model with a run, as the board names it.")],
    b: Annotated[str, typer.Argument(help="Another one.")],
    protocol: ProtocolOption = None,
    endpoint: EndpointOption = None,
    format: FormatOption = Format.table,
) -> None:
    """A − B with its interval, on the same test patients."""
    from benchmark.reporting.compare import compare_records, sentences
    from benchmark.reporting.select import pick, select_records

    workspace = workspace_of(context)
    opened = open_task(workspace, task)
    protocol, endpoint = opened.protocol(protocol), endpoint_of(opened, endpoint)
    selection = select_records(opened, protocol, endpoint, workspace.runs, workspace.root)
    for remark in selection.notes:
        note(remark)
    first, second = (pick(selection, workspace.root, name, f"the {protocol} board of {opened.id}") for name in (a, b))
    comparison = compare_records(opened, protocol, endpoint, first, second)
    if format is Format.json:
        print_json(comparison.as_dict())
    else:
        typer.echo(sentences(comparison))
