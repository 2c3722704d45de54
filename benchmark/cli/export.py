"""``bench export``: a board as CSV, Parquet, JSON or LaTeX."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from benchmark.cli.common import EndpointOption, ProtocolOption, TaskOption, check_out_file, contenders_of, note, open_board


class ExportFormat(StrEnum):
    csv = "csv"
    parquet = "parquet"
    json = "json"
    latex = "latex"


def export(
    context: typer.Context,
    task: TaskOption,
    protocol: ProtocolOption = None,
    endpoint: EndpointOption = None,
    format: Annotated[ExportFormat, typer.Option("--format", help="Of the file.")] = ExportFormat.csv,
    out: Annotated[Path | None, typer.Option(help="File to write; default: stdout.")] = None,
) -> None:
    """Write a board for another program or for a paper; numbers unrounded, except in LaTeX."""
    from benchmark.errors import InputError
    from benchmark.files import write_atomically
    from benchmark.reporting.board import build_board
    from benchmark.reporting.export import FORMATS

    if out is None and format is ExportFormat.parquet:
        raise InputError("--format parquet is no text for a terminal; name the file to write with --out FILE")
    check_out_file(out)
    standing = open_board(context, task, protocol, endpoint)
    board = build_board(standing.task, standing.protocol, standing.endpoints, contenders_of(standing))
    document = FORMATS[format.value](board)
    if out is None:
        sys.stdout.write(document.decode())
        return
    write_atomically(out, document)
    note(f"wrote {len(board.entries)} entries to {out}")
