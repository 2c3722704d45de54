"""Intervals as text, and tables for pipes."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from benchmark.reporting.board import Contender, build_board
from benchmark.reporting.compare import compare_records
from benchmark.reporting.console import AXIS, DRAWN, WIDE, forest, plain_board, plain_comparison, print_board, print_comparison
from benchmark.reporting.forest import Axis
from benchmark.reporting.select import pick, select_records
from benchmark.reporting.table import plain_table, print_table


@pytest.fixture
def selection(made_up):
    made_up.run()
    made_up.run("signal[sign=-1]")
    return select_records(made_up.task, "paper", ["relapse"], made_up.root / "runs", made_up.root)


@pytest.fixture
def board(made_up, selection):
    return build_board(made_up.task, "paper", ["relapse"], [Contender.of(records) for records in selection.records.values()])


def test_an_interval_is_drawn_where_it_lies():
    axis = Axis(0.0, 1.0, 11)  # a character is a tenth
    assert axis.draw(0.5, (0.2, 0.8), {0.1: "┊", 0.3: "x"}) == " ┊├──●──┤  "
    assert axis.draw(0.0, (0.0, 0.0)) == "●          "
    assert axis.draw(None, None, {1.0: "┊"}) == "          ┊"
    assert axis.draw(0.5, (-3.0, 9.0)) == "├────●────┤"
    assert axis.title == "0.00   1.00"


def test_axis_ends_are_round_and_hold_all_values():
    axis = Axis.around([0.426, None, 0.756, float("nan")], 20)
    assert (round(axis.low, 10), round(axis.high, 10)) == (0.4, 0.8)
    assert Axis.around([0.5, 0.5], 20).high > 0.5
    assert (Axis.around([0.45, 0.55], 20).place(0.45), Axis.around([0.45, 0.55], 20).place(0.55)) == (0, 19)


def shown(board, width):
    out = io.StringIO()
    print_board(board, Console(file=out, width=width))
    return out.getvalue()


def test_a_board_is_drawn_where_there_is_room(board):
    (title, *lines), legend = forest(board)
    assert {len(line) for line in [title, *lines]} == {AXIS}
    assert lines[1].index("●") < lines[0].index("●")  # the worse model to the left
    assert "where signal is" in legend
    assert lines[0] in shown(board, DRAWN)
    assert "●" not in shown(board, DRAWN - 1)
    assert "signal[sign=-1.0]" in shown(board, 160)
    for width in (60, DRAWN, 160, 240):
        assert max(map(len, shown(board, width).splitlines())) <= width


def marked_board(made_up, selection, provenance):
    """Where ``signal`` has a provenance, and the other entry an ordinary one."""
    words = {"signal": provenance}
    contenders = [Contender.of(records) for records in selection.records.values()]
    changed = [replace(item, provenance=words.get(item.label, "reproduced")) for item in contenders]
    return build_board(made_up.task, "paper", ["relapse"], changed)


@pytest.mark.parametrize(
    ("provenance", "mark", "meaning"),
    [
        ("run here, not isolated", "‡", "‡ not isolated: run with '--isolation none'"),
        ("verified, not isolated", "‡", "‡ not isolated: run with '--isolation none'"),
        ("self-reported", "*", "* self-reported: predictions that somebody handed in"),
        ("imported", "†", "† imported: predictions that others published"),
    ],
)
def test_what_was_not_simply_run_is_marked_where_its_column_has_no_place(made_up, selection, provenance, mark, meaning):
    board = marked_board(made_up, selection, provenance)
    for width in (40, 80, DRAWN, WIDE - 1):
        text = shown(board, width)
        assert text.count(mark) == 2  # after the name, and in the note
        assert "signal" + mark in text or width == 40  # there a name takes two lines
        assert meaning in " ".join(text.split())
        assert max(map(len, text.splitlines())) <= width
    assert mark not in shown(board, WIDE)
    assert any(provenance in line for line in shown(board, 2 * WIDE).splitlines() if " signal " in line)


@pytest.mark.parametrize("provenance", ["run here", "reproduced", "verified"])
def test_what_was_simply_run_is_not_marked(made_up, selection, provenance):
    assert not set("*†‡") & set(shown(marked_board(made_up, selection, provenance), 80))


def test_a_plain_board_is_one_line_each(board):
    comments, titles, *rows = [], *[line for line in plain_board(board).splitlines() if not line.startswith("#")]
    assert titles.split("\t")[:3] == ["tier", "#", "model"]
    assert [row.split("\t")[2] for row in rows] == ["signal", "signal[sign=-1.0]"]
    assert {line.count("\t") for line in [titles, *rows]} == {len(titles.split("\t")) - 1}
    comments = [line for line in plain_board(board).splitlines() if line.startswith("#")]
    assert any("REAL" in line for line in comments)
    assert not set("─┤├●│") & set(plain_board(board))


def test_cells_of_a_plain_table_never_break_it():
    assert plain_table(["a", "b"], [["x\ty", "line\nbreak"]], ["two\nlines"]) == "# two lines\na\tb\nx y\tline break\n"


def test_a_comparison_marks_zero_and_the_margin(made_up, selection):
    models = [pick(selection, made_up.root, name, "") for name in ("signal", "signal[sign=-1]")]
    comparison = compare_records(made_up.task, "paper", ["relapse"], *models)
    out = io.StringIO()
    print_comparison(comparison, Console(file=out, width=110))
    assert "no difference; : the margin of 0.05" in out.getvalue()
    fitted = next(line for line in out.getvalue().splitlines() if "these fitted models" in line)
    assert fitted.index("┊") < fitted.index("├")  # the whole interval lies above no difference
    rows = [line.split("\t") for line in plain_comparison(comparison).splitlines() if not line.startswith("#")]
    assert rows[0] == ["what", "harrell_c", "low", "high", "p"]
    assert float(rows[3][1]) == pytest.approx(comparison.difference, rel=1e-5)
    assert [len(row) for row in rows] == [5] * 5


ODD = ("\\[/x] boo", "[/x]", "\\[bold green]identical\\[/] \\[link=https://evil.example]x\\[/link]", ":smile: [a=\\")


def in_colour(draw, *arguments):
    """What a terminal would get."""
    out = io.StringIO()
    draw(*arguments, Console(file=out, width=400, force_terminal=True, color_system="truecolor"))
    return out.getvalue()


@pytest.mark.parametrize("text", ODD)
def test_a_text_stands_in_a_table_as_it_is(text):
    found = in_colour(print_table, [text, "plain"], [["plain", text], [text, "plain"]])
    assert found.count(text) == 3
    assert "]8;" not in found  # no link
    assert "32m" not in found  # no green


@pytest.mark.parametrize("text", ODD)
def test_a_label_stands_on_a_board_and_in_a_comparison_as_it_is(made_up, selection, board, text):
    odd = replace(board, title=text, entries=(replace(board.entries[0], model=text), *board.entries[1:]))
    found = in_colour(print_board, odd)
    assert found.count(text) == 2
    where = "the board of toy"
    pair = [pick(selection, made_up.root, name, where) for name in ("signal", "signal[sign=-1]")]
    comparison = compare_records(made_up.task, "paper", ["relapse"], *pair)
    found += in_colour(print_comparison, replace(comparison, a=text))
    assert found.count(text) == 3
    assert "]8;" not in found
    assert "32m" not in found
