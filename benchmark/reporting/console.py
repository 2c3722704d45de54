"""Boards and comparisons in the terminal; every text as it stands, for a stranger may have worded it."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmark.reporting.board import Board, Entry
from benchmark.reporting.claims import ClaimRow
from benchmark.reporting.compare import Comparison, sentences
from benchmark.reporting.forest import MARK, Axis
from benchmark.reporting.table import plain_table
from benchmark.reporting.text import HOW_TO_READ, columns, essential, header, p_text, row

AXIS = 25  # characters of a forest plot
DRAWN = 118  # characters: a narrower terminal has no place for one
WIDE = 220  # characters: from here on every column
ORDINARY = {"run here", "reproduced", "verified"}
MARKED = {  # how any other provenance ends → what stands after the model's name where the column has no place, and what it means
    "self-reported": ("*", "predictions that somebody handed in; no model was run here"),
    "imported": ("†", "predictions that others published; no model was run here"),
    "not isolated": ("‡", "run with '--isolation none': no sandbox kept the model from this machine's files, test outcomes among them"),
}


def print_board(board: Board, console: Console) -> None:
    """Header, table and how to read it; a narrow terminal gets the essential columns, and no drawing.

    Without the column of provenance, whatever is not :data:`ORDINARY` in it is marked, and the mark explained below the table.
    """
    for line in header(board):
        console.print(Text(line), style="bold red" if line.startswith("REPLICA") else "", highlight=False)
    drawn = console.width >= DRAWN
    every = console.width >= WIDE
    kept = range(len(columns(board))) if every else essential(board, console.width - drawn * (AXIS + 2))
    marks = {} if every else marks_of(board)
    drawing, legend = forest(board)
    table = Table(box=SIMPLE_HEAD, padding=(0, 1))
    for k in kept:
        title = columns(board)[k]
        table.add_column(Text(title), overflow="fold", no_wrap=drawn and not every and title != "model")
    if drawn:
        table.add_column(Text(drawing[0]), no_wrap=True)
    for entry, line in zip(board.entries, drawing[1:], strict=True):
        cells = row(board, entry)
        cells[columns(board).index("model")] += marks.get(_kind(entry), "")
        table.add_row(*(Text(cells[k]) for k in kept), *([Text(line)] if drawn else []))
    console.print(table)
    for kind, mark in marks.items():
        console.print(Text(f"{mark} {kind}: {MARKED[kind][1]}"), highlight=False)
    for line in [*([legend] if drawn else []), *HOW_TO_READ]:
        console.print(Text(line), style="dim", highlight=False)


def marks_of(board: Board) -> dict[str, str]:
    """The marks that a board needs, by what they say."""
    return {kind: MARKED[kind][0] for kind in sorted({_kind(entry) for entry in board.entries} - ORDINARY)}


def _kind(entry: Entry) -> str:
    """``run here, not isolated`` is marked for its end."""
    return entry.provenance.rpartition(", ")[2]


def forest(board: Board) -> tuple[list[str], str]:
    """The column of a board's intervals, its title first, and what its signs mean."""
    reference = [entry.estimate for entry in board.entries if entry.model == board.reference]
    axis = Axis.around([limit for entry in board.entries for limit in entry.interval], AXIS)
    marks = dict.fromkeys(reference, MARK)
    lines = [axis.draw(entry.estimate, entry.interval, marks) for entry in board.entries]
    legend = f"● {board.metric_name}, ├─┤ its 95 % interval, on one axis from {axis.low:.2f} to {axis.high:.2f}"
    legend += f"; {MARK} where {board.reference} is." if reference else "."
    return [axis.title, *lines], f"{legend} Whether two models differ stands under Δ, not in whether their intervals overlap."


def print_comparison(comparison: Comparison, console: Console) -> None:
    """The intervals of a comparison on two axes: of both models, and of their difference with 0 and the margin marked."""
    c = comparison
    models = Axis.around([*c.intervals[0], *c.intervals[1]], AXIS)
    differences = Axis.around([0.0, -c.margin, c.margin, *c.interval, *(c.interval_retrained or ())], AXIS)
    marks = {-c.margin: ":", c.margin: ":", 0.0: MARK}
    table = Table(box=SIMPLE_HEAD, padding=(0, 1))
    for title in ("", "95 % interval", "p", f"{models.title}"):
        table.add_column(Text(title), overflow="fold", no_wrap=title == models.title)
    for label, estimate, interval in zip((c.a, c.b), c.estimates, c.intervals, strict=True):
        _add(table, label, _limits(estimate, interval), "", models.draw(estimate, interval))
    table.add_section()
    _add(table, "difference, a − b", "", "", differences.title)
    drawn = differences.draw(c.difference, c.interval, marks)
    _add(table, "these fitted models", _limits(c.difference, c.interval, "+"), p_text(c.p_fitted), drawn)
    if c.p_retrained is not None and c.interval_retrained is not None:
        drawn = differences.draw(c.difference_retrained, c.interval_retrained, marks)
        limits = _limits(c.difference_retrained, c.interval_retrained, "+")
        _add(table, "these algorithms, trained again", limits, p_text(c.p_retrained), drawn)
    console.print(table)
    legend = f"{MARK} no difference; : the margin of {c.margin:g}, within which a difference does not matter here"
    console.print(Text(legend), style="dim", highlight=False)


def _add(table: Table, *cells: str) -> None:
    table.add_row(*map(Text, cells))


def plain_comparison(comparison: Comparison) -> str:
    """A comparison for a pipe: its words as comments, then what, estimate, limits of 95 % and p."""
    c = comparison
    rows = [
        (c.a, c.estimates[0], c.intervals[0], None),
        (c.b, c.estimates[1], c.intervals[1], None),
        ("difference, fitted models", c.difference, c.interval, c.p_fitted),
        ("difference, trained again", c.difference_retrained, c.interval_retrained, c.p_retrained),
    ]
    titles = ["what", c.metric, "low", "high", "p"]
    cells = [[what, *map(_number, (estimate, *(interval or (None, None)), p))] for what, estimate, interval, p in rows]
    return plain_table(titles, cells, sentences(c).splitlines())


def plain_board(board: Board) -> str:
    """A board for a pipe: its header as comments, then every column."""
    return plain_table(columns(board), [row(board, entry) for entry in board.entries], header(board))


def claims_forest(rows: Sequence[ClaimRow]) -> tuple[list[str], str]:
    """The column of the intervals measured beside printed numbers, its title first, and what its signs mean; patients counted are not drawn."""
    shown = [not row.describes and row.interval is not None for row in rows]
    axis = Axis.around(
        [value for row, drawn in zip(rows, shown, strict=True) if drawn for value in (*(row.interval or ()), *_printed(row))], AXIS
    )
    lines = [_claim_line(axis, row) if drawn else "" for row, drawn in zip(rows, shown, strict=True)]
    return [
        axis.title,
        *lines,
    ], f"● measured, ├─┤ its 95 % interval, × printed, {MARK} trivial model; one axis from {axis.low:.2f} to {axis.high:.2f}"


def _claim_line(axis: Axis, row: ClaimRow) -> str:
    """The interval with the trivial model under it and the printed number over it."""
    line = list(axis.draw(row.measured, row.interval, {} if row.trivial is None else {row.trivial: MARK}))
    for value in _printed(row):
        line[axis.place(value)] = "×"
    return "".join(line)


def _printed(row: ClaimRow) -> tuple[float, ...]:
    return row.printed if isinstance(row.printed, tuple) else (row.printed,)


def _limits(estimate: float, interval: tuple[float, float], sign: str = "") -> str:
    return f"{estimate:{sign}.3f} [{interval[0]:{sign}.3f}, {interval[1]:{sign}.3f}]"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
