"""``bench score``: score a predictions table, also one made elsewhere, like a run."""

from pathlib import Path
from typing import Annotated

import typer

from benchmark.cli.common import EndpointOption, Format, FormatOption, ProtocolOption, TaskOption, contenders_of, open_board, print_json


def score(
    context: typer.Context,
    task: TaskOption,
    predictions: Annotated[
        Path,
        typer.Option(help="CSV or Parquet: protocol, repeat, fold, endpoint, patient_id, [instance_id], and risk or probability columns."),
    ],
    protocol: ProtocolOption = None,
    endpoint: EndpointOption = None,
    format: FormatOption = Format.table,
) -> None:
    """The board entry that the table would have, beside the runs that are here; nothing is written."""
    from dataclasses import asdict

    from benchmark.reporting.board import build_board
    from benchmark.reporting.imported import read_predictions

    standing = open_board(context, task, protocol, endpoint)
    imported = read_predictions(predictions, standing.task, standing.protocol, standing.endpoints)
    board = build_board(standing.task, standing.protocol, standing.endpoints, [imported, *contenders_of(standing)])
    if format is Format.json:
        print_json(asdict(next(entry for entry in board.entries if entry.model == imported.label)))
    else:
        from rich.console import Console

        from benchmark.reporting.console import print_board

        print_board(board, Console())
