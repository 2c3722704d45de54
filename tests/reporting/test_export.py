"""A board as a file: the same numbers in every format, and LaTeX that LaTeX can read."""

import io
import json
import re

import pandas as pd
import pytest

from benchmark.reporting.board import Contender, build_board
from benchmark.reporting.export import FORMATS, caption, latex, table
from benchmark.reporting.select import select_records


@pytest.fixture
def board(made_up):
    made_up.run()
    made_up.run("signal[sign=-1]")
    chosen = select_records(made_up.task, "paper", ["relapse"], made_up.root / "runs", made_up.root)
    return build_board(made_up.task, "paper", ["relapse"], [Contender.of(records) for records in chosen.records.values()])


def test_csv_parquet_and_json_hold_the_numbers_of_the_board(board):
    csv = pd.read_csv(io.BytesIO(FORMATS["csv"](board)), float_precision="round_trip")
    parquet = pd.read_parquet(io.BytesIO(FORMATS["parquet"](board)))
    document = json.loads(FORMATS["json"](board))
    best, worst = board.entries
    for found in (csv, parquet):
        assert list(found["model"]) == [entry["model"] for entry in document["entries"]] == ["signal", "signal[sign=-1.0]"]
        assert list(found["estimate"]) == [best.estimate, worst.estimate]
        assert (found["estimate_low"][1], found["estimate_high"][1]) == worst.interval
        assert (found["difference_low"][1], found["difference_high"][1]) == worst.difference.interval
        assert found["p_retrained_holm"][1] == worst.difference.p_retrained_holm
        assert found["difference"].isna().tolist() == [True, False]  # the reference has none to itself
        assert set(found["data"]) == {"real"}
        assert found["uno_c"][0] == best.secondary["uno_c"].estimate
        assert (found["patients"][0], found["events"][0]) == (board.cohort["patients"], board.cohort["events"])
    assert list(csv) == list(parquet) == list(table(board))


@pytest.mark.parametrize("form", FORMATS)
def test_a_second_export_has_the_same_bytes(board, form):
    assert FORMATS[form](board) == FORMATS[form](board)


def test_latex_writes_out_what_it_would_read_as_commands():
    assert latex("a_b & 5 % [-0.1, 1–20] x-y ±") == r"a\_b \& 5 \% [$-$0.1, 1--20] x-y $\pm$"
    assert latex("1 < 2^3 \\ {x} #$~") == r"1 $<$ 2\textasciicircum{}3 \textbackslash{} \{x\} \#\$\textasciitilde{}"


def test_latex_table_is_whole(board):
    text = FORMATS["latex"](board).decode()
    assert text.count(r"\begin{") == text.count(r"\end{") == 2
    body = text.partition(r"\midrule")[2].partition(r"\bottomrule")[0].strip().splitlines()
    assert len(body) == len(board.entries)
    columns = len(re.search(r"\\begin\{tabular\}\{([rl]+)\}", text).group(1))
    assert all(line.count(" & ") == columns - 1 and line.endswith(r" \\") for line in body)
    assert text.isascii() or not set(re.findall(r"[^\x00-\x7f]", text)) - {"Δ"}
    assert caption(board).startswith("Made-up patients, endpoint relapse")
    assert f"{board.cohort['events']} events" in caption(board)


def test_a_caption_says_replica_first(board):
    import dataclasses

    simulated = dataclasses.replace(board, cohort=board.cohort | {"data": "replica"})
    assert caption(simulated).startswith("REPLICA")
    assert set(table(simulated)["data"]) == {"replica"}
