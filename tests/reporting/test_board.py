"""A board is a pure function of records and outcomes."""

import hashlib
import json
from dataclasses import replace

import pandas as pd
import pytest

from benchmark.errors import InputError
from benchmark.reporting.board import Contender, build_board
from benchmark.reporting.compare import compare_records, sentences
from benchmark.reporting.imported import read_predictions
from benchmark.reporting.markdown import boards_page, fill_boards
from benchmark.reporting.resolution import resolution
from benchmark.reporting.select import pick, select_records
from benchmark.reporting.text import header, p_text, seconds_in_words
from benchmark.scoring import Predictions, expected_rows
from tests import toy


@pytest.fixture
def board(made_up):
    made_up.run()
    made_up.run("signal[sign=-1]")
    toy.write_model(made_up.root, "bad", toy.misbehaving(fit="raise ValueError('no')"))
    made_up.run("bad")
    return build_board(made_up.task, "paper", ["relapse"], contenders(made_up))


def contenders(made_up):
    return [Contender.of(records) for records in chosen(made_up).records.values()]


def chosen(made_up):
    return select_records(made_up.task, "paper", ["relapse"], made_up.root / "runs", made_up.root)


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
    assert worst.difference.p_fitted <= worst.difference.p_fitted_holm
    assert sum(entry.p_best for entry in board.entries) == pytest.approx(1)
    assert best.p_best > 0.99
    assert (best.tier, best.rank_set[0], worst.rank_set[1]) == (1, 1, 3)
    assert 0 < board.minimal_detectable_difference < 1
    assert 0 < board.minimal_detectable_difference_retrained < 1
    assert best.interval[0] < best.estimate < best.interval[1]
    assert set(best.secondary) == {"uno_c"}
    counts = {"patients": 53, "events": board.cohort["events"]}
    assert board.cohort == {"name": "toy", "version": "1", "data": "real", **counts, "tested": counts}


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
    assert "2 record(s) of toy paper are not shown: a file of the model (signal) has changed or gone" in selection.notes[0]
    made_up.run()
    assert "1 record(s) of toy paper are not shown: a file of the model (signal)" in chosen(made_up).notes[0]  # the other was made anew


def test_a_model_that_has_gone_is_left_out(made_up, board):
    (made_up.root / "baselines" / "bad.py").unlink()
    assert "bad" not in chosen(made_up).records


def test_seeds_are_repetitions_of_one_entry(made_up):
    made_up.run(seed=1)
    alone = chosen(made_up)
    assert alone.records["signal"]["relapse"].info["seed"] == 1
    assert alone.notes == (
        "shown with a seed of their own, where others have 0: signal 1; 'bench run' without --seed makes the entry that compares",
    )
    made_up.run(seed=0)
    both = chosen(made_up)
    assert both.records["signal"]["relapse"].info["seed"] == 0
    assert both.notes == ("1 record(s) of further seeds are not shown (signal): the lowest stands for the model",)


def test_no_record_no_board(made_up):
    with pytest.raises(InputError, match="no run of toy under protocol paper on real patients"):
        build_board(made_up.task, "paper", ["relapse"], [])


def test_compare(made_up, board):
    selection = chosen(made_up)
    good, bad = (pick(selection, made_up.root, name, "the board") for name in ("signal", "signal[sign=-1]"))
    comparison = compare_records(made_up.task, "paper", ["relapse"], good, bad)
    assert comparison.difference == pytest.approx(2 * board.entries[0].estimate - 1)
    assert "these fitted models differ" in sentences(comparison)
    assert comparison.p_worse + comparison.p_equivalent + comparison.p_better == pytest.approx(1)
    assert comparison.patients_needed < comparison.patients
    same = compare_records(made_up.task, "paper", ["relapse"], good, good)
    assert (same.difference, same.p_fitted, same.p_retrained, same.patients_needed) == (0, 1, 1, None)
    with pytest.raises(InputError, match="unknown model 'signl' in the board; did you mean signal"):
        pick(selection, made_up.root, "signl", "the board")


@pytest.mark.parametrize(("seconds", "words"), [(0.01, "0.01 s"), (9.99, "10 s"), (42, "42 s"), (600, "10 min"), (7200, "2.0 h")])
def test_seconds(seconds, words):
    assert seconds_in_words(seconds) == words


@pytest.mark.parametrize(("p", "words"), [(0.0001, "< 0.001"), (0.0123, "0.012"), (0.456, "0.46"), (1.0, "1.00")])
def test_p(p, words):
    assert p_text(p) == words


def test_a_table_made_elsewhere_has_the_entry_of_the_run_it_copies(made_up, board, tmp_path):
    record = chosen(made_up).records["signal[sign=-1.0]"]["relapse"]
    for path in (tmp_path / "elsewhere.csv", tmp_path / "elsewhere.parquet"):
        record.predictions.to_csv(path, index=False) if path.suffix == ".csv" else record.predictions.to_parquet(path)
        imported = read_predictions(path, made_up.task, "paper", ["relapse"])
        entries = build_board(made_up.task, "paper", ["relapse"], [imported, *contenders(made_up)]).entries
        mine = next(entry for entry in entries if entry.model == path.name)
        original = next(entry for entry in entries if entry.model == "signal[sign=-1.0]")
        assert (mine.estimate, mine.interval, mine.provenance) == (original.estimate, original.interval, "self-reported")
        assert mine.difference == original.difference


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.drop(columns="risk"), "column 'risk' is missing"),
        (lambda table: table.assign(protocol="repeated"), "no row with protocol 'paper' .it has repeated.; predict"),
        (lambda table: table.assign(risk="high"), "column 'risk' holds something other than finite numbers"),
        (lambda table: table.assign(fold=0.5), "column 'fold' holds something other than whole numbers"),
        (
            lambda table: table.astype({"fold": "Int64"}).assign(fold=lambda rows: rows["fold"].where(rows.index > 0)),
            "column 'fold' holds something other",
        ),
        (lambda table: table.iloc[:0], "no row with task 'toy' .it has no rows."),
        (lambda table: table.iloc[1:], "has no finite risk"),
    ],
)
def test_tables_made_elsewhere_that_do_not_fit(made_up, tmp_path, change, message):
    path = tmp_path / "elsewhere.csv"
    change(made_up.run().predictions).to_csv(path, index=False)
    with pytest.raises(InputError, match=message):
        build_board(made_up.task, "paper", ["relapse"], [read_predictions(path, made_up.task, "paper", ["relapse"])])


def test_resolution_grows_with_strength_and_agreement(made_up):
    found = {(row.concordance, row.agreement): row for row in resolution(made_up.task, "paper", "relapse")}
    assert found[(0.6, 0.9)].detectable < found[(0.6, 0.5)].detectable
    assert found[(0.8, 0.5)].se < found[(0.6, 0.5)].se
    assert found[(0.6, 0.5)].patients_for_target > 53
    assert resolution(made_up.task, "paper", "relapse") == list(found.values())


def forged(record, change=lambda table: table, folds=None):
    """Write another table and other folds into a record, and every sum in it anew."""
    change(record.predictions).to_parquet(record.folder / "predictions.parquet", index=False)
    info = json.loads((record.folder / "run.json").read_text()) | ({} if folds is None else {"folds": folds})
    info["predictions_sha256"] = hashlib.sha256((record.folder / "predictions.parquet").read_bytes()).hexdigest()
    del info["sha256"]
    info["sha256"] = hashlib.sha256(json.dumps(info, sort_keys=True).encode()).hexdigest()
    (record.folder / "run.json").write_text(json.dumps(info))


def test_a_record_that_no_run_leaves_is_named_and_stands_in_nobodys_way(made_up):
    made_up.run()
    before = build_board(made_up.task, "paper", ["relapse"], contenders(made_up))
    odd = made_up.run("signal[sign=-1]")
    folds = list(odd.info["folds"])
    more = odd.predictions[odd.predictions["fold"] == 0].assign(repeat=77).astype({"repeat": "int16"})
    for change, kept, said in (
        (lambda table: table.rename(columns={"risk": "wisk"}), folds, "the columns of its predictions are not risk"),
        (lambda table: table.assign(wisk=0.0), folds, "the columns of its predictions are not risk"),
        (lambda table: table.iloc[1:], folds, "repeat 0, fold 0: its rows are not the test patients"),
        (lambda table: table.iloc[:0], folds, "repeat 0, fold 0: its rows are not the test patients"),
        (lambda table: table.assign(patient_id="T-001"), folds, "repeat 0, fold 0: its rows are not the test patients"),
        (lambda table: table.iloc[:0], [], "repeat 0, fold 0 of the protocol is not in run.json"),
        (lambda table: table[table["fold"] != 2], folds[:2], "repeat 0, fold 2 of the protocol is not in run.json"),
        (lambda table: pd.concat([table, more]), [*folds, {**folds[0], "repeat": 77}], "repeat 77, fold 0 is in run.json"),
    ):
        forged(odd, change, kept)
        selection = chosen(made_up)
        assert [note for note in selection.notes if note.startswith(f"not shown: {odd.folder}: {said}")], (said, selection.notes)
        assert build_board(made_up.task, "paper", ["relapse"], contenders(made_up)) == before
    forged(odd, folds=folds)
    assert sorted(chosen(made_up).records) == ["signal", "signal[sign=-1.0]"]


def test_a_record_that_no_run_leaves_does_not_take_the_place_of_an_honest_one(made_up):
    honest, odd = made_up.run(seed=1), made_up.run()  # the lower seed stands for the model
    assert chosen(made_up).records["signal"]["relapse"].folder == odd.folder
    forged(odd, lambda table: table.iloc[1:])
    assert chosen(made_up).records["signal"]["relapse"].folder == honest.folder


def test_pages_ask_for_a_board_by_name(board):
    page = "before\n<!-- board toy paper -->\nSTALE\n<!-- /board -->\nafter\n<!-- board toy other -->\nkept\n<!-- /board -->\n"
    filled = fill_boards(page, [board])
    assert "STALE" not in filled
    assert "kept" in filled
    assert f"{board.entries[0].estimate:.3f}" in filled
    assert filled.startswith("before\n<!-- board toy paper -->\n")
    assert fill_boards(filled, [board]) == filled


def test_a_perfect_model_is_not_shown_as_certain(made_up):
    rows = expected_rows(made_up.task, "paper", "relapse")
    time = made_up.cohort.outcomes.loc[rows["patient_id"], "relapse_time"].to_numpy()
    perfect = Contender("perfect", (), {"relapse": Predictions(rows.assign(risk=-time))}, None, "made up")
    entry = build_board(made_up.task, "paper", ["relapse"], [perfect]).entries[0]
    assert entry.estimate == 1
    assert 0.8 < entry.interval[0] < 1


def test_integer_patient_ids_are_read_as_names(made_up, tmp_path):
    table = made_up.run().predictions.assign(patient_id=range(53))
    table.to_parquet(tmp_path / "numbers.PARQUET")
    with pytest.raises(InputError, match="is not a test patient of that fold"):
        build_board(
            made_up.task, "paper", ["relapse"], [read_predictions(tmp_path / "numbers.PARQUET", made_up.task, "paper", ["relapse"])]
        )


def test_a_caution_of_the_protocol_stands_above_its_board(made_up):
    made_up.run()
    task = made_up.task
    assert not any(line.startswith("CAUTION") for line in header(build_board(task, "paper", ["relapse"], contenders(made_up))))
    protocols = {name: protocol.model_copy(update={"caution": "all of it is noise"}) for name, protocol in task.spec.protocols.items()}
    warned = replace(task, spec=task.spec.model_copy(update={"protocols": protocols}))
    assert warned.digest == task.digest  # records stay valid
    board = build_board(warned, "paper", ["relapse"], contenders(made_up))
    assert "CAUTION: all of it is noise" in header(board)
    assert board.as_dict()["caution"] == "all of it is noise"
