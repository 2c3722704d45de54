"""What is said of a run made again: the bits, the numbers, the ranking of the same patients, or the first difference."""

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmark.errors import InputError
from benchmark.records import Record
from benchmark.reporting.board import Contender, build_board
from benchmark.reporting.provenance import Origin, Verified, bits_of, changed_bits, provenance_of, read_verified, values_sha256
from benchmark.reporting.verify import ORDER, judge, spoken, worst
from benchmark.reporting.verify_find import Original, board_targets, drawn, find_target
from benchmark.scoring import expected_rows
from benchmark.workspace import Workspace

HERE = {"python": "3.11.7", "libraries": {"numpy": "2.4.6", "torch": "2.13"}, "cpu": "one", "blas": "openblas", "threads": 1}
TEN = [(number // 5, number % 5) for number in range(10)]
ELSEWHERE = {**HERE, "cpu": "another", "libraries": {"numpy": "2.4.7", "scipy": "1"}}


@pytest.fixture
def record(made_up):
    """A finished record, as a run of the toy model would leave it, without running it."""
    rows = expected_rows(made_up.task, "paper", "relapse")
    risk = made_up.cohort.blocks["genomics"].loc[rows["patient_id"], "gene_0"].to_numpy()
    run = made_up.plan()
    folds = [{"repeat": repeat, "fold": fold, "status": "ok", "reason": ""} for repeat, fold in made_up.task.splits("paper")]
    timed = [{**fold, "fit_seconds": 1.0, "predict_seconds": 0.0} for fold in folds]
    info = {**run.header, "isolation": "process", "environment": HERE, "predictions_sha256": "0" * 64, "folds": timed}
    return Record(Path("nowhere"), info, rows.assign(task="toy", protocol="paper", endpoint="relapse", risk=risk))


def shifted(record, by, environment=HERE):
    """The record made again, each risk off by an amount."""
    risk = record.predictions["risk"] + by
    return replace(record, info={**record.info, "environment": environment}, predictions=record.predictions.assign(risk=risk))


def verdict(made_up, record, again, splits=None):
    found = judge(made_up.task, Original.of_record(record), again, splits or made_up.task.splits("paper"))
    return found.verdict, found.detail


def noise(record, sd):
    return np.random.default_rng(0).normal(0, sd, len(record.predictions))


def test_the_same_bits_whatever_the_order_of_the_rows_and_the_machine(made_up, record):
    again = shifted(record, 0.0, ELSEWHERE)
    again = replace(again, predictions=again.predictions.iloc[::-1])
    assert verdict(made_up, record, again) == (
        "identical",
        "3 folds, 53 rows: the same bits; made with numpy 2.4.6 → 2.4.7, another CPU",
    )


@pytest.mark.parametrize(("reach", "expected"), [(0.9e-6, "close"), (1.1e-6, "different")])
def test_close_is_a_millionth_of_the_range_of_risks(made_up, record, reach, expected):
    by = np.zeros(len(record.predictions))
    by[7] = reach * np.ptp(record.predictions["risk"])
    assert verdict(made_up, record, shifted(record, by))[0] == expected
    scaled = replace(record, predictions=record.predictions.assign(risk=record.predictions["risk"] * 1e6))
    assert verdict(made_up, scaled, shifted(scaled, by * 1e6))[0] == expected  # a risk has no unit


def test_compatible_needs_other_bits(made_up, record):
    by = noise(record, 0.01)
    found, detail = verdict(made_up, record, shifted(record, by, ELSEWHERE))
    assert found == "compatible"
    assert "within the task's margin of 0.05" in detail
    found, detail = verdict(made_up, record, shifted(record, by))
    assert found == "different"
    assert "libraries and CPU are the same" in detail


def test_a_difference_beyond_chance_is_different_anywhere(made_up, record):
    found, detail = verdict(made_up, record, shifted(record, -2 * record.predictions["risk"], ELSEWHERE))
    assert found == "different"
    assert "more than chance" in detail


def test_what_noise_hides_is_not_called_compatible(made_up, record):
    """An interval that contains 0 and the margin says nothing: a model of pure noise must not pass for any other."""
    one, other = (np.random.default_rng(seed).normal(size=len(record.predictions)) for seed in (2, 3))
    made = replace(record, predictions=record.predictions.assign(risk=one))
    found, detail = verdict(made_up, made, shifted(made, other - one, ELSEWHERE))
    assert found == "different"
    assert "does not exclude the task's margin" in detail


def test_the_first_difference_has_a_place_and_names_no_patient(made_up, record):
    by = np.zeros(len(record.predictions))
    place = int(np.flatnonzero(record.predictions["fold"] == 1)[4])
    by[place:] = 0.5
    detail = verdict(made_up, record, shifted(record, by))[1]
    value = record.predictions["risk"].iloc[place]
    assert f"repeat 0, fold 1, row 5, column risk: {value:.9g} in the record, {value + 0.5:.9g} here" in detail
    assert "T-0" not in detail


def test_a_sample_of_folds_is_judged_by_its_own_patients_alone(made_up, record):
    by = np.where(record.predictions["fold"] == 2, -2 * record.predictions["risk"], 0.0)
    again = shifted(record, by, ELSEWHERE)
    kept = replace(again, predictions=again.predictions[again.predictions["fold"] < 2])
    assert verdict(made_up, record, kept, [(0, 0), (0, 1)])[:1] == ("identical",)
    assert "a sample of 2 of 3 folds, drawn at random (repeat/fold 0/0, 0/1)" in verdict(made_up, record, kept, [(0, 0), (0, 1)])[1]
    last = replace(again, predictions=again.predictions[again.predictions["fold"] == 2])
    found, detail = verdict(made_up, record, last, [(0, 2)])
    assert found == "different"
    inverted = [float(text) for text in detail.split("Harrell's C ")[1].replace(" here", "").replace(" in the record", "").split(",")[:2]]
    assert sum(inverted) == pytest.approx(1)  # C and 1 − C of that fold, not diluted by the others


def test_a_fold_that_fails_in_one_of_the_two_is_the_first_difference(made_up, record):
    folds = [{**fold, "status": "failed", "reason": "timeout"} if fold["fold"] == 1 else fold for fold in record.info["folds"]]
    kept = record.predictions[record.predictions["fold"] != 1]
    failed = replace(record, info={**record.info, "folds": folds}, predictions=kept)
    assert verdict(made_up, record, failed) == ("different", "repeat 0, fold 1 failed here and not in the record: timeout")
    assert "failed in the record and not here" in verdict(made_up, failed, record)[1]
    assert verdict(made_up, failed, failed)[0] == "identical"


def test_a_record_with_rows_that_no_fold_tests_is_different(made_up, record):
    missing = replace(record, predictions=record.predictions.iloc[1:])
    assert "repeat 0, fold 0: its rows are not the test patients of that fold" in verdict(made_up, missing, record)[1]
    other = replace(record, predictions=record.predictions.rename(columns={"risk": "probability"}))
    assert "the columns of its predictions are not risk" in verdict(made_up, other, record)[1]


def with_more(record, **more):
    """The record with one fold more, and rows in it."""
    folds = [*record.info["folds"], {**record.info["folds"][0], **more}]
    rows = record.predictions[record.predictions["fold"] == 0].assign(risk=9.0, **more)
    return replace(record, info={**record.info, "folds": folds}, predictions=pd.concat([record.predictions, rows], ignore_index=True))


def without_last(record):
    """The record with one fold less, as if nobody had run it."""
    kept = record.predictions[record.predictions["fold"] != 2]
    return replace(record, info={**record.info, "folds": record.info["folds"][:-1]}, predictions=kept)


@pytest.mark.parametrize("splits", [None, [(0, 0)]])
@pytest.mark.parametrize(
    ("forge", "said"),
    [
        (lambda record: with_more(record, repeat=77), "repeat 77, fold 0 is in run.json and no fold of the protocol"),
        (without_last, "repeat 0, fold 2 of the protocol is not in run.json"),
        (
            lambda record: replace(record, predictions=pd.concat([record.predictions, record.predictions.iloc[-1:]])),
            "repeat 0, fold 2: its rows are not the test patients of that fold",
        ),
        (
            lambda record: replace(record, predictions=record.predictions[record.predictions["fold"] != 1]),
            "repeat 0, fold 1: its rows are not the test patients of that fold",
        ),
    ],
)
def test_a_record_of_other_folds_than_the_tasks_is_different_whichever_are_made_again(made_up, record, forge, said, splits):
    again = record if splits is None else replace(record, predictions=record.predictions[record.predictions["fold"] == 0])
    found, detail = verdict(made_up, forge(record), again, splits)
    assert (found, said in detail) == ("different", True), detail
    assert "T-0" not in detail


@pytest.mark.parametrize("key", ["environment", "cohort", "source_digest", "isolation"])
def test_a_record_that_lacks_something_is_one_line(record, key):
    with pytest.raises(InputError, match=rf"run.json: '{key}' is missing"):
        Original.of_record(replace(record, info={name: value for name, value in record.info.items() if name != key}))


def committed(made_up, record, **forged):
    """The entry that the record gives, as a committed board has it and a fresh clone knows it, with numbers that somebody changed."""
    board = build_board(made_up.task, "paper", ["relapse"], [Contender.of({"relapse": record})])
    entry = json.loads(json.dumps(board.as_dict()["entries"][0]))
    return replace(Original.of_record(record), record=None, printed=entry | forged)


def test_without_the_record_the_sha256_decides_and_then_the_estimate(made_up, record):
    everything = made_up.task.splits("paper")
    entry = committed(made_up, record)
    assert judge(made_up.task, entry, record, everything).verdict == "identical"
    again = shifted(record, noise(record, 1e-4), ELSEWHERE)
    estimate, (low, high) = entry.printed["estimate"], entry.printed["interval"]
    assert (high - low) / 2 > made_up.task.spec.margin == 0.05
    for forged, expected, said in (
        ({}, "compatible", "] on the board, "),
        ({"estimate": estimate + 0.04}, "compatible", ", inside that interval and the task's margin of 0.05"),
        ({"estimate": estimate + 0.06}, "different", "not inside both that interval and the task's margin"),
        ({"estimate": estimate + 0.02, "interval": [estimate + 0.01, high]}, "different", "not inside both"),
    ):
        found = judge(made_up.task, committed(made_up, record, **forged), again, everything)
        assert found.verdict == expected
        assert said in found.detail
    folds = [{**fold, "status": "failed", "reason": "timeout"} if fold["fold"] == 1 else fold for fold in again.info["folds"]]
    failed = replace(again, info={**again.info, "folds": folds}, predictions=again.predictions[again.predictions["fold"] != 1])
    assert "failed folds: 0 on the board, 1 here; made with" in judge(made_up.task, entry, failed, everything).detail
    assert judge(made_up.task, entry, shifted(record, noise(record, 1e-4)), everything).verdict == "different"  # the same machine


@pytest.mark.parametrize(
    ("forged", "said"),
    [
        ({"estimate": 0.91}, "estimate: the board prints 0.91; here it is 0."),
        ({"estimate": float("nan")}, "estimate: the board prints nan"),
        ({"interval": [0.0, 0.95]}, "interval: the board prints 0.0, 0.95; here it is"),
        ({"fold_sd": None}, "fold_sd: the board prints None"),
        ({"failed_folds": 1}, "failed_folds: the board prints 1; here it is 0"),
        ({"tied_risk": 1}, "tied_risk: the board prints 1; here it is 0"),
        ({"modalities": ["clinical"]}, "modalities: the board prints clinical; here it is genomics, clinical"),
        ({"modalities": []}, "modalities: the board prints none; here it is genomics, clinical"),
        ({"secondary": {}}, "secondary: the board prints none; here it is uno_c"),
    ],
)
def test_a_board_that_prints_other_numbers_than_the_predictions_give_is_different(made_up, record, forged, said):
    everything = made_up.task.splits("paper")
    entry = committed(made_up, record, **forged)
    for original in (entry, replace(entry, record=record)):
        found = judge(made_up.task, original, record, everything)
        assert found.verdict == "different"
        assert said in found.detail
    elsewhere = committed(made_up, record, rank=1, provenance="verified", seconds=1e9)
    assert judge(made_up.task, elsewhere, record, everything).verdict == "identical"


def test_secondary_metrics_are_compared_by_name(made_up, record):
    everything = made_up.task.splits("paper")
    honest = committed(made_up, record).printed["secondary"]["uno_c"]
    for forged, said in (
        ({"zzz": honest}, "secondary: the board prints zzz; here it is uno_c"),
        ({"uno_c": honest, "zzz": honest}, "secondary: the board prints uno_c, zzz; here it is uno_c"),
        ({"uno_c": honest | {"estimate": 0.5}}, "secondary.uno_c.estimate: the board prints 0.5; here it is"),
        ({"uno_c": honest | {"interval": None}}, "secondary.uno_c.interval: the board prints None; here it is"),
    ):
        found = judge(made_up.task, committed(made_up, record, secondary=forged), record, everything)
        assert (found.verdict, said in found.detail) == ("different", True), found.detail


def test_a_record_does_not_bear_witness_to_its_own_modalities(made_up, record):
    """Somebody who edits them in the record and writes the board from it."""
    forged = replace(record, info={**record.info, "modalities": ["genomics"]})
    entry = replace(committed(made_up, forged), record=forged)
    found = judge(made_up.task, entry, record, made_up.task.splits("paper"))
    assert found.verdict == "different"
    assert "modalities: the board prints genomics; here it is genomics, clinical" in found.detail


def test_an_entry_whose_record_is_at_hand_is_compared_also_where_libraries_are_others(made_up, record):
    again = shifted(record, noise(record, 0.01), ELSEWHERE)
    honest, forged = (replace(committed(made_up, record, **more), record=record) for more in ({}, {"fold_mean": 0.99}))
    assert judge(made_up.task, honest, again, made_up.task.splits("paper")).verdict == "compatible"
    found = judge(made_up.task, forged, again, made_up.task.splits("paper"))
    assert found.verdict == "different"
    assert "fold_mean: the board prints 0.99" in found.detail


def test_the_sha256_of_predictions_is_of_the_numbers_and_not_of_the_file(record, tmp_path):
    table = record.predictions
    digest = values_sha256(table)
    assert values_sha256(table.iloc[::-1].astype({"repeat": "int16", "fold": "int16"})[[*table.columns[::-1]]]) == digest
    assert values_sha256(table.assign(risk=np.nextafter(table["risk"], 9))) != digest
    assert values_sha256(table.assign(fold=(table["fold"] + 1) % 3)) != digest


def test_the_worst_verdict_counts():
    class Found:
        def __init__(self, verdict):
            self.verdict = verdict

    assert worst([Found("identical"), Found("compatible"), Found("close")]) == "compatible"


@pytest.mark.parametrize("folds", [None, 10, 99])
def test_all_folds_are_made_again_unless_fewer_are_asked(folds):
    assert drawn(TEN, folds) == TEN


@pytest.mark.parametrize("folds", [1, 4, 9])
def test_folds_are_drawn_in_order_each_once_and_by_no_seed(folds):
    seen = set()
    for _ in range(40):
        random.seed(0)
        np.random.seed(0)
        found = drawn(TEN, folds)
        assert found == sorted(set(found) & set(TEN))
        assert len(found) == folds
        seen.update(found)
    assert len(seen) > folds  # the same ones 40 times: less than once in 10 ** 38
    if folds > 1:
        assert seen == set(TEN)  # one of them never: less than once in 10 ** 8


def test_what_is_said_of_a_sample_is_not_said_of_the_whole():
    assert [spoken(verdict, whole=True) for verdict in ORDER] == list(ORDER)
    assert [spoken(verdict, whole=False) for verdict in ORDER] == [*(f"{verdict} in the sample" for verdict in ORDER[:3]), "different"]


def test_one_huge_risk_in_a_fold_that_nobody_looks_at_does_not_make_the_others_close(made_up, record):
    last = record.predictions["fold"] == 2
    forged = replace(record, predictions=record.predictions.assign(risk=record.predictions["risk"].mask(last, 1e300)))
    kept = replace(record, predictions=record.predictions[~last].assign(risk=record.predictions["risk"] + noise(record, 0.1)))
    assert verdict(made_up, forged, kept, [(0, 0), (0, 1)])[0] == "different"


def test_why_a_fold_failed_is_one_short_line(made_up, record):
    folds = [{**fold, "status": "failed", "reason": "a\nb " * 9000} if fold["fold"] == 1 else fold for fold in record.info["folds"]]
    failed = replace(record, info={**record.info, "folds": folds}, predictions=record.predictions[record.predictions["fold"] != 1])
    detail = verdict(made_up, failed, record)[1]
    assert "a b a b" in detail
    assert "\n" not in detail
    assert len(detail) < 400


def test_environments_are_compared_by_what_both_name():
    assert changed_bits(bits_of(HERE), bits_of(HERE)) == []
    assert changed_bits(bits_of(HERE), bits_of(ELSEWHERE)) == ["numpy 2.4.6 → 2.4.7", "another CPU"]
    assert "one" not in bits_of(HERE).values()  # a CPU is published by its sha256


def origin(**changes):
    known = {"digest": "a" * 16, "seed": 0, "source_digest": "b", "environment": {}, "predictions_sha256": "d"}
    return Origin(**{**known, "values_sha256": "e", "isolation": "process"} | changes)


def test_provenance_is_what_holds_for_all_records_of_an_entry(tmp_path):
    seen = {"a" * 16: Verified("toy/paper/signal", "a" * 16, "e", "identical", "3 folds", {})}
    sandboxed = origin(isolation="landlock")
    assert provenance_of([origin()], {}) == "run here"
    assert provenance_of([sandboxed], {}) == "reproduced"
    assert provenance_of([sandboxed, origin()], {}) == "run here"
    assert provenance_of([sandboxed], seen) == "verified"
    assert provenance_of([sandboxed, origin(digest="0" * 16)], seen) == "run here"
    assert provenance_of([origin(values_sha256="other")], seen) == "run here"  # that was another record of the same name
    assert provenance_of([origin(isolation="none")], {}) == "run here, not isolated"


def test_a_board_says_who_verified_and_from_which_record(made_up, record):
    known = Origin.of(record)
    seen = {known.digest: Verified("toy/paper/signal", known.digest, known.values_sha256, "close", "3 folds", {})}
    entry = build_board(made_up.task, "paper", ["relapse"], [Contender.of({"relapse": record}, seen)]).entries[0]
    assert entry.provenance == "verified"
    assert entry.records == {"relapse": known}
    assert known.digest == made_up.plan().identity.digest


def test_verified_files_come_back_and_a_damaged_one_is_named(tmp_path):
    item = Verified("toy/paper/signal", "a" * 16, "e", "identical", "3 folds", {})
    assert read_verified(tmp_path) == {}
    item.write(tmp_path)
    assert read_verified(tmp_path) == {item.digest: item}
    path = tmp_path / "verified" / f"{item.digest}.json"
    path.rename(path.with_name("other.json"))
    with pytest.raises(InputError, match=f"name it {item.digest}.json"):
        read_verified(tmp_path)
    path.with_name("other.json").write_text(json.dumps({**vars(item), "verdict": "different"}))
    with pytest.raises(InputError, match=r"other.json.*; 'bench verify --write' writes it anew, or remove it"):
        read_verified(tmp_path)


@pytest.fixture
def board(made_up, record):
    """A checkout with one entry in ``leaderboard/board.json`` and no runs."""
    document = build_board(made_up.task, "paper", ["relapse"], [Contender.of({"relapse": record})]).as_dict()
    workspace = Workspace(made_up.root, made_up.root / "runs")
    workspace.leaderboard.mkdir()
    (workspace.leaderboard / "board.json").write_text(json.dumps([document]))
    return workspace


def test_an_entry_is_found_by_its_name_and_its_digest_in_a_fresh_clone(made_up, record, board):
    by_name, by_digest = (find_target(text, board) for text in ("toy/paper/signal", record.info["digest"][:8]))
    assert by_name.originals == by_digest.originals
    original = by_name.originals[0]
    assert (original.record, original.values_sha256, original.environment) == (None, values_sha256(record.predictions), bits_of(HERE))
    assert names_and_remarks(board) == (["toy/paper/signal"], [])
    assert original.changes(made_up.plan().identity) == []
    assert original.changes(made_up.plan(seed=1).identity) == ["a parameter, or how this version keeps records"]
    changed = replace(made_up.plan().identity, source_digest="1" * 64, cohort_digest="2" * 64)
    assert original.changes(changed) == ["the cohort's data", "the source of the model"]


def test_a_record_in_the_folder_of_another_bears_no_witness_for_an_entry(made_up):
    record = made_up.run()
    document = build_board(made_up.task, "paper", ["relapse"], [Contender.of({"relapse": record})]).as_dict()
    workspace = Workspace(made_up.root, made_up.root / "runs")
    workspace.leaderboard.mkdir()
    path, other = workspace.leaderboard / "board.json", "1" * 16
    path.write_text(json.dumps([document]))
    assert find_target("toy/paper/signal", workspace).originals[0].record is not None
    path.write_text(json.dumps([document]).replace(record.folder.name, other))
    record.folder.rename(record.folder.with_name(other))
    assert find_target("toy/paper/signal", workspace).originals[0].record is None
    with pytest.raises(InputError, match=f"holds the record toy/paper/signal/{record.folder.name}"):
        find_target(other, workspace)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("toy/paper/signl", "unknown model 'signl' in the paper board of toy.*did you mean signal. 'bench leaderboard --task toy"),
        ("toi/paper/signal", "unknown task 'toi' in .*board.json .a run that is not on it.*; did you mean toy"),
        ("toy/papr/signal", "unknown protocol 'papr' in the boards of toy in .*; did you mean paper"),
        ("toy/paper", "'toy/paper' is no record"),
        ("../../etc/passwd", "is no record"),
        ("0" * 16, "no record 0000000000000000"),
    ],
)
def test_what_is_not_there_is_said(board, text, message):
    with pytest.raises(InputError, match=message):
        find_target(text, board)


def edit(board, change):
    """Change the committed boards."""
    path = board.leaderboard / "board.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def test_of_an_imported_entry_there_is_nothing_to_make_again(board):
    edit(board, add(model="published", records={}, provenance="imported"))
    with pytest.raises(InputError, match="toy/paper/published stands on the board as predictions that no run here made"):
        find_target("toy/paper/published", board)
    edit(board, add(model="table", records={}, provenance="self-reported"))
    assert names_and_remarks(board) == (
        ["toy/paper/signal"],
        [
            "not made again: 1 of toy/paper, endpoint relapse: imported, no run here made them (published)",
            "not made again: 1 of toy/paper, endpoint relapse: self-reported, no run here made them (table)",
        ],
    )


@pytest.mark.parametrize("provenance", ["run here", "reproduced", "verified", "verified, not isolated", "imported elsewhere"])
@pytest.mark.parametrize("endpoints", [[], ["progression"], ["relapse", "progression"], ["all"]])
def test_an_entry_that_nobody_could_make_again_is_refused_by_name(board, provenance, endpoints):
    """It would be passed over, and the board would look verified."""

    def change(boards):
        origin = boards[0]["entries"][0]["records"]["relapse"]
        add(model="better", estimate=0.99, provenance=provenance, records=dict.fromkeys(endpoints, origin))(boards)

    edit(board, change)
    for ask in (lambda: board_targets(board, "toy", "paper"), lambda: find_target("toy/paper/signal", board)):
        with pytest.raises(InputError, match=r"entry toy/paper/better, endpoint relapse, key records: .* 'bench leaderboard --write'"):
            ask()


def test_predictions_that_were_handed_in_have_no_record(board):
    edit(board, add(model="table", provenance="self-reported"))
    with pytest.raises(InputError, match="entry toy/paper/table, endpoint relapse, key records: the entry's provenance is self-reported"):
        find_target("toy/paper/signal", board)


def over_all(boards):
    """Make of the one board that of an endpoint more, and the mean over the two."""
    (board,) = boards
    entry = board["entries"][0]
    origin = entry["records"]["relapse"]
    other = {**origin, "digest": "0" * 16}
    boards.append({**board, "endpoint": "death", "entries": [{**entry, "records": {"death": dict(other)}}]})
    boards.append({**board, "endpoint": "all", "entries": [{**entry, "records": {"relapse": dict(origin), "death": dict(other)}}]})


def test_a_mean_over_the_endpoints_is_said_to_be_passed_over(board):
    edit(board, over_all)
    names, remarks = names_and_remarks(board)
    assert names == ["toy/paper/signal"]
    assert remarks == ["not compared: 1 of toy/paper, endpoint all: means over the endpoints, made of the records of the other boards"]


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda boards: boards[2]["entries"][0].update(model="better"), id="a model that the other boards do not have"),
        pytest.param(lambda boards: boards[2]["entries"][0].update(records={}), id="no record"),
        pytest.param(lambda boards: boards[2]["entries"][0]["records"].pop("death"), id="an endpoint less"),
        pytest.param(lambda boards: boards[2]["entries"][0]["records"]["death"].update(digest="1" * 16), id="another record"),
        pytest.param(lambda boards: boards.pop(1), id="a board less"),
        pytest.param(
            lambda boards: [boards.pop(1), boards[1]["entries"][0]["records"].pop("death")], id="a board of one endpoint, renamed"
        ),
    ],
)
def test_a_mean_over_the_endpoints_of_other_records_is_refused(board, forge):
    edit(board, lambda boards: [over_all(boards), forge(boards)])
    with pytest.raises(
        InputError, match=r"entry toy/paper/\w+, endpoint all, key records: the entry's provenance is run here, so it needs"
    ):
        board_targets(board, "toy", "paper")


def test_of_a_submission_that_is_a_table_there_is_nothing_to_make_again(made_up, board):
    for name in ("table", "model", "signal"):
        (made_up.root / "submissions" / name).mkdir(parents=True)
        (made_up.root / "submissions" / name / "predictions.csv").touch()
    (made_up.root / "submissions" / "model" / "model.py").touch()
    with pytest.raises(InputError, match="submissions/table/ has predictions that no run here made"):
        find_target("toy/paper/table", board)
    with pytest.raises(InputError, match="unknown model 'model'"):
        find_target("toy/paper/model", board)
    assert find_target("toy/paper/signal", board).originals  # the baseline of that name


def add(**changes):
    """A change: one entry more, like the first but for these keys."""
    return lambda boards: boards[0]["entries"].append({**boards[0]["entries"][0], **changes})


def names_and_remarks(board):
    targets, remarks = board_targets(board, "toy", "paper")
    return [target.name for target in targets], remarks


def key_and_value(*keys, value):
    """A change of the one entry: ``value`` at the end of the keys; ``KeyError`` takes the key away."""

    def change(boards):
        place = boards[0]["entries"][0]
        for key in keys[:-1]:
            place = place[key]
        place.pop(keys[-1]) if value is KeyError else place.__setitem__(keys[-1], value)

    return change


@pytest.mark.parametrize(
    ("keys", "value", "key"),
    [
        (["estimate"], "0.5", "estimate: input should be a valid number"),
        (["estimate"], float("nan"), "estimate: input should be a finite number"),
        pytest.param(["estimate"], 10**400, "estimate: input should be a valid number", id="an integer that no float holds"),
        (["estimate"], True, "estimate: input should be a valid number"),
        (["secondary"], KeyError, "secondary: field required"),
        (["secondary", "uno_c"], 0.5, "secondary.uno_c: input should be a valid dictionary"),
        (["secondary", "uno_c", "interval"], KeyError, "secondary.uno_c.interval: field required"),
        (["secondary", "uno_c", "more"], 1, "secondary.uno_c.more: extra inputs are not permitted"),
        (["fold_sd"], {"a": "b"}, "fold_sd: input should be a valid number"),
        (["interval"], [0.1, 0.2, 0.3], "interval: list should have at most 2 items"),
        (["tied_risk"], 0.5, "tied_risk: input should be a valid integer"),
        (["modalities"], "genomics", "modalities: input should be a valid list"),
        (["modalities", 0], "a\nb", "modalities.0: string should match pattern"),
        (["records", "relapse", "seed"], "0", "records.relapse.seed: input should be a valid integer"),
        pytest.param(["tied_risk"], 10**4000, "tied_risk: input should be less than", id="a number of pages"),
        (["provenance"], KeyError, "provenance: field required"),
        (["records", "relapse", "digest"], "../../elsewhere", "records.relapse.digest: string should match pattern"),
        (["records", "relapse", "environment"], "other", "records.relapse.environment: is not among the board's environments"),
    ],
)
def test_an_entry_that_no_board_holds_is_named_with_its_key(board, keys, value, key):
    edit(board, key_and_value(*keys, value=value))
    with pytest.raises(InputError) as error:
        find_target("toy/paper/signal", board)
    path = board.leaderboard / "board.json"
    assert str(error.value).startswith(f"{path}, entry toy/paper/signal, endpoint relapse, key {key}")
    assert str(error.value).endswith("'bench leaderboard --write' makes it anew")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda boards: boards.append(1), "board number 2: "),
        (lambda boards: boards[0].update(task=["toy"]), "board number 1, key task: "),
        (lambda boards: boards[0]["cohort"].update(data="auto"), "board number 1, key cohort.data: "),
        (
            lambda boards: next(iter(boards[0]["environments"].values())).pop("libraries"),
            r"board number 1, key environments\.\w+\.libraries: ",
        ),
        (
            lambda boards: next(iter(boards[0]["environments"].values())).update(blas="b" * 1001),
            r"board number 1, key environments\.\w+\.blas: ",
        ),
        (lambda boards: boards[0]["entries"].append(1), "entry toy/paper/number 2, endpoint relapse: "),
        (lambda boards: boards[0]["entries"][0].update(model=5), "entry toy/paper/number 1, endpoint relapse, key model: "),
    ],
)
def test_a_board_that_is_none_is_named_with_its_key(board, change, where):
    edit(board, change)
    with pytest.raises(InputError, match=f"board.json, {where}"):
        find_target("toy/paper/signal", board)


@pytest.mark.parametrize("text", ["[", "[" * 200_000, "{}", "[1]", '[{"entries": [{"records": {"relapse": {"digest": "x"}}}]}]'])
def test_a_damaged_board_is_one_line(board, text):
    (board.leaderboard / "board.json").write_text(text)
    with pytest.raises(InputError) as error:
        find_target("toy/paper/signal", board)
    assert "board.json" in str(error.value)
    assert "\n" not in str(error.value)


def test_an_entry_that_stands_twice_is_refused(board):
    edit(board, lambda document: document[0]["entries"].append(document[0]["entries"][0]))
    with pytest.raises(InputError, match="entry toy/paper/number 2, endpoint relapse: signal stands twice"):
        find_target("toy/paper/signal", board)
