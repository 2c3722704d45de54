"""``bench compare``: the paired difference of two models on the same patients."""

from typing import Annotated

import typer

from benchmark.cli.common import (
    EndpointOption,
    Format,
    FormatOption,
    PlainOption,
    ProtocolOption,
    TaskOption,
    check_run_here,
    open_board,
    print_json,
)


def compare(
    context: typer.Context,
    task: TaskOption,
    a: Annotated[str, typer.Argument(help="A model with a run, as the board names it.")],
    b: Annotated[str, typer.Argument(help="Another one.")],
    protocol: ProtocolOption = None,
    endpoint: EndpointOption = None,
    plain: PlainOption = False,
    format: FormatOption = Format.table,
) -> None:
    """A − B with its interval, on the same test patients."""
    from benchmark.reporting.compare import compare_records, sentences
    from benchmark.reporting.console import plain_comparison, print_comparison
    from benchmark.reporting.select import pick

    board = open_board(context, task, protocol, endpoint)
    where = f"the {board.protocol} board of {task}"
    for name in (a, b):
        check_run_here(board.workspace, board.task, board.protocol, board.endpoints, name, "nothing to compare here")
    first, second = (pick(board.selection, board.workspace.root, name, where) for name in (a, b))
    comparison = compare_records(board.task, board.protocol, board.endpoints, first, second)
    if format is Format.json:
        print_json(comparison.as_dict())
    elif plain:
        typer.echo(plain_comparison(comparison), nl=False)
    else:
        from rich.console import Console

        typer.echo(sentences(comparison))
        print_comparison(comparison, Console())
