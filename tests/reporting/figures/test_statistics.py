"""The cache of statistics: what is computed once, and what makes it stale."""

import json

import pytest

from benchmark.reporting.board import Contender, build_board
from benchmark.reporting.figures import Statistics, document
from benchmark.reporting.figures.code import PACKAGE, code_digest
from benchmark.reporting.select import select_records
from benchmark.workspace import open_workspace
from tests import toy


class Opened:
    """Opens the toy task and counts how often."""

    def __init__(self, made_up):
        self.made_up, self.times = made_up, 0

    def __call__(self, name):
        assert name == "toy"
        self.times += 1
        return self.made_up.task


@pytest.fixture
def ready(made_up):
    made_up.run()
    made_up.run("signal[sign=-1]")
    return made_up


def statistics(made_up):
    opened = Opened(made_up)
    return Statistics(open_workspace(made_up.root), opened), opened


def test_the_document_holds_the_board_and_every_figure(ready):
    stats, _ = statistics(ready)
    assert stats.boards() == [("toy", "paper", "relapse")]
    found = stats.of("toy", "paper", "relapse")
    selection = select_records(ready.task, "paper", ["relapse"], ready.root / "runs", ready.root)
    board = build_board(ready.task, "paper", ["relapse"], [Contender.of(records) for records in selection.records.values()])
    assert found["board"] == json.loads(json.dumps(board.as_dict()))
    assert found["models"] == [entry.model for entry in board.entries]
    assert set(found["figures"]) == {*document.FIGURES, "search"}
    assert found["figures"]["pairwise"]["absent"] is None
    assert found["figures"]["roc_pr"]["absent"] == "not a figure of survival outcomes"
    for figure in found["figures"].values():
        assert figure["how"]
        assert all(len(row) == len(figure["columns"]) for row in figure["rows"])
    assert found["about"] == {
        "patients": 53,
        "events": board.cohort["events"],
        "pairs": board.pairs,
        "tests_per_patient": 1,
        "splits": 3,
        "repeats": 1,
    }


def test_a_second_look_opens_nothing_and_is_the_same(ready):
    stats, opened = statistics(ready)
    first = stats.of("toy", "paper", "relapse")
    again, warm = statistics(ready)
    assert again.of("toy", "paper", "relapse") == first
    assert (opened.times, warm.times) == (1, 0)


def test_a_record_more_is_seen_and_what_stays_is_kept(ready, monkeypatch):
    statistics(ready)[0].boards()
    toy.write_model(ready.root, "bad", toy.misbehaving(fit="raise ValueError('no')"))
    ready.run("bad")
    stats, opened = statistics(ready)
    assert len(stats.of("toy", "paper", "relapse")["models"]) == 3
    assert opened.times == 1


def test_an_edited_model_leaves_with_a_note(ready):
    statistics(ready)[0].boards()
    toy.write_model(ready.root, "other")
    ready.run("other")
    toy.write_model(ready.root, "signal", toy.SIGNAL + "\n# edited\n")
    stats, _ = statistics(ready)
    assert stats.of("toy", "paper", "relapse")["models"] == ["other"]
    assert any("2 record(s) of toy paper are not shown" in note for note in stats.notes)
    again, warm = statistics(ready)
    assert again.boards()
    assert warm.times == 0
    assert again.notes == stats.notes


def test_only_the_figure_whose_code_changed_is_made_again(ready, monkeypatch):
    statistics(ready)[0].boards()
    made = []
    for name, (kind, make) in document.FIGURES.items():
        monkeypatch.setitem(document.FIGURES, name, (kind, lambda scene, name=name, make=make: made.append(name) or make(scene)))

    def changed(*modules):
        return "new" if any(module.endswith(("pairwise", "statistics")) for module in modules) else code_digest(*modules)

    monkeypatch.setattr("benchmark.reporting.figures.document.code_digest", changed)
    monkeypatch.setattr("benchmark.reporting.figures.statistics.code_digest", changed)
    assert statistics(ready)[0].boards()
    assert made == ["pairwise"]


def test_a_damaged_cache_is_made_again(ready):
    stats, _ = statistics(ready)
    first = stats.of("toy", "paper", "relapse")
    kept = ready.root / "leaderboard" / ".cache" / "toy" / "paper.json"
    kept.write_text("{ torn")
    assert statistics(ready)[0].of("toy", "paper", "relapse")["figures"] == first["figures"]
    assert (ready.root / "leaderboard" / ".cache" / ".gitignore").read_text() == "*\n"


def test_no_patient_is_in_the_cache(ready):
    statistics(ready)[0].boards()
    text = "".join(path.read_text() for path in (ready.root / "leaderboard" / ".cache").rglob("*.json"))
    assert "T-0" not in text


def test_across_tasks_and_cohorts(ready):
    stats, _ = statistics(ready)
    across = stats.across()
    assert across["critical_difference"]["data"] == {"groups": []}
    assert across["cv_against_external"]["rows"] == []
    cohort = stats.cohort("breast_metastasis")
    assert (cohort["cohort"], cohort["data"], cohort["table_one"]["data"]["patients"]) == ("breast_metastasis", "real", 198)
    assert cohort["missingness"]["data"]["patterns"] == [{"has": [True, True], "patients": 198}]
    assert statistics(ready)[0].cohort("breast_metastasis") == cohort


def test_the_code_digest_follows_imports():
    figures = "benchmark.reporting.figures"
    assert code_digest(f"{figures}.confusion") != code_digest(f"{figures}.roc_pr")
    assert code_digest(f"{figures}.confusion") == code_digest(f"{figures}.confusion", "benchmark.scoring.meet")  # imported already
    assert code_digest(f"{figures}.confusion") != code_digest(f"{figures}.confusion", "benchmark.metrics.curves")
    assert (PACKAGE / "reporting" / "figures").is_dir()
