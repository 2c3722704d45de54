"""Plain tables in the terminal, and for a pipe."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text


def print_table(titles: Sequence[str], rows: Sequence[Sequence[str]], console: Console, whole: str | None = None) -> None:
    """A plain table of text cells, each as it stands, for a stranger may have worded it; the column titled ``whole`` is never folded."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1))
    for title in titles:
        table.add_column(Text(title), overflow="fold", no_wrap=title == whole)
    for cells in rows:
        table.add_row(*map(Text, cells))
    console.print(table)


def plain_table(titles: Sequence[str], rows: Sequence[Sequence[str]], comments: Sequence[str] = ()) -> str:
    """The same for a pipe: comments behind ``#``, then titles and rows, one line each, cells separated by tabs."""
    lines = [f"# {' '.join(line.split())}" for line in comments]
    lines += ["\t".join(" ".join(cell.split()) for cell in cells) for cells in (titles, *rows)]
    return "\n".join(lines) + "\n"
