"""Boards and comparisons in the terminal."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from benchmark.reporting.board import Board
from benchmark.reporting.text import HOW_TO_READ, columns, header, row


def print_board(board: Board, console: Console) -> None:
    """Header, table and how to read it; a narrow terminal gets the essential columns."""
    for line in header(board):
        console.print(line, style="bold red" if line.startswith("REPLICA") else "", highlight=False)
    kept = range(len(columns(board))) if console.width >= 150 else (0, 1, 3, 4, len(columns(board)) - 3)
    table = Table(box=SIMPLE_HEAD, padding=(0, 1))
    for k in kept:
        table.add_column(columns(board)[k], overflow="fold", min_width=10 if k == 1 else None)
    for entry in board.entries:
        cells = row(board, entry)
        table.add_row(*(cells[k].replace("[", "\\[") for k in kept))
    console.print(table)
    for line in HOW_TO_READ:
        console.print(line, style="dim", highlight=False)


def print_table(titles: Sequence[str], rows: Sequence[Sequence[str]], console: Console) -> None:
    """A plain table of text cells."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1))
    for title in titles:
        table.add_column(title, overflow="fold")
    for cells in rows:
        table.add_row(*(cell.replace("[", "\\[") for cell in cells))
    console.print(table)
