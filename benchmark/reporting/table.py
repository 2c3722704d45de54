"""Plain tables in the terminal."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table


def print_table(titles: Sequence[str], rows: Sequence[Sequence[str]], console: Console) -> None:
    """A plain table of text cells."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1))
    for title in titles:
        table.add_column(title.replace("[", "\\["), overflow="fold")
    for cells in rows:
        table.add_row(*(cell.replace("[", "\\[") for cell in cells))
    console.print(table)
