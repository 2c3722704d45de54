"""A board is a pure function of records and outcomes."""

import json

import pytest

from benchmark.errors import InputError
from benchmark.reporting.board import build_board, seconds_in_words
from benchmark.reporting.compare import compare_records, sentence
from benchmark.reporting.markdown import boards_page
from benchmark.reporting.select import pick, select_records
from tests import toy


@pytest.fixture
def board(made_up):
    made_up.run()
    made_up.run("signal[sign=-1]")
    toy.write_model(made_up.root, "bad", toy.misbehaving(fit="raise ValueError('no')"))
    made_up.run("bad")
    return build_board(made_up.task, "paper", "relapse", chosen(made_up).records)


def chosen(made_up):
    return select_records(made_up.task, "paper", "relapse", made_up.root / "runs", made_up.root)


def test_ranks_differences_and_failures(board):
    best, failed, worst = board.entries
    assert [entry.model for entry in board.entries] == ["signal", "bad", "signal[sign=-1.0]"]
    assert [entry.rank for entry in board.entries] == [1, 2, 3]
    assert best.difference is None  # the reference
    assert failed.failed_folds == 3
    assert (failed.estimate, failed.interval, failed.tied_risk) == (0.5, (0.5, 0.5), board.pairs)
    assert worst.estimate == pytest.approx(1 - best.estimate)
    assert worst.difference.estimate == pytest.approx(worst.estimate - best.estimate)
    assert worst.difference.interval[1] < 0
    assert best.interval[0] < best.estimate < best.interval[1]
    assert set(best.secondary) == {"uno_c"}
    assert board.cohort == {"name": "toy", "version": "1", "data": "real", "patients": 53, "events": board.cohort["events"]}


def test_json_and_markdown_hold_the_same_numbers(board):
    data = json.loads(json.dumps(board.as_dict()))
    assert data["entries"][0]["estimate"] == board.entries[0].estimate
    page = boards_page([board])
    for entry in board.entries:
        assert f"{entry.estimate:.3f} [{entry.interval[0]:.3f}, {entry.interval[1]:.3f}]" in page
    assert "REAL" in page
    assert "REPLICA" not in page


def test_what_is_out_of_date_is_left_out_and_said(made_up, board):
    toy.write_model(made_up.root, "signal", toy.SIGNAL + "\n# edited\n")
    selection = chosen(made_up)
    assert set(selection.records) == {"bad"}
    assert "2 record(s) of toy paper are not shown: the model's source has changed since" in selection.notes[0]


def test_seeds_are_repetitions_of_one_entry(made_up):
    made_up.run(seed=1)
    made_up.run(seed=0)
    assert chosen(made_up).records["signal"].info["seed"] == 0


def test_no_record_no_board(made_up):
    with pytest.raises(InputError, match="no run of toy under protocol paper on real patients"):
        build_board(made_up.task, "paper", "relapse", {})


def test_compare(made_up, board):
    selection = chosen(made_up)
    good, bad = (pick(selection, made_up.root, name, "the board") for name in ("signal", "signal[sign=-1]"))
    comparison = compare_records(made_up.task, "paper", "relapse", good, bad)
    assert comparison.difference == pytest.approx(2 * board.entries[0].estimate - 1)
    assert "these patients tell the two fitted models apart" in sentence(comparison)
    with pytest.raises(InputError, match="unknown model 'signl' in the board; did you mean signal"):
        pick(selection, made_up.root, "signl", "the board")


@pytest.mark.parametrize(("seconds", "words"), [(0.01, "0.01 s"), (9.99, "10 s"), (42, "42 s"), (600, "10 min"), (7200, "2.0 h")])
def test_seconds(seconds, words):
    assert seconds_in_words(seconds) == words
