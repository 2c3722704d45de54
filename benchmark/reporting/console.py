"""Boards in the terminal."""

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from benchmark.reporting.board import Board
from benchmark.reporting.text import HOW_TO_READ, columns, essential, header, row


def print_board(board: Board, console: Console) -> None:
    """Header, table and how to read it; a narrow terminal gets the essential columns."""
    for line in header(board):
        console.print(line, style="bold red" if line.startswith("REPLICA") else "", highlight=False)
    kept = range(len(columns(board))) if console.width >= 190 else essential(board, console.width)
    table = Table(box=SIMPLE_HEAD, padding=(0, 1))
    for k in kept:
        table.add_column(columns(board)[k], overflow="fold")
    for entry in board.entries:
        cells = row(board, entry)
        table.add_row(*(cells[k].replace("[", "\\[") for k in kept))
    console.print(table)
    for line in HOW_TO_READ:
        console.print(line, style="dim", highlight=False)
