"""The view of models under missing modalities: the numbers of `bench compare`, and nothing of it on the board."""

import json

import numpy as np
import pytest

from benchmark.errors import InputError
from benchmark.reporting.board import Contender, build_board
from benchmark.reporting.compare import compare_records
from benchmark.reporting.markdown import boards_page
from benchmark.reporting.missing import build_missing, columns, rows
from benchmark.reporting.select import pick, select_records
from benchmark.runner.execute import execute
from benchmark.runner.executor import LocalProcesses
from tests import toy
from tests.conftest import Listener

TWO = '''
"""Two genes and the age, by their modalities."""
import numpy as np
from benchmark.models import Model

class Two(Model):
    def __init__(self, *, age: float = 0.01, modalities: tuple[str, ...] = ("genomics", "clinical"), seed: int = 0):
        self.age = age
    def fit(self, train, valid): ...
    def predict(self, patients):
        gene, age = patients.block("genomics")["gene_0"], patients.block("clinical")["age"]
        if gene.isna().all() and self.age == 0:
            raise ValueError("blind")
        return np.nan_to_num(gene.to_numpy()) + self.age * np.nan_to_num(age.to_numpy())
'''


def run(made_up, *texts: str, seed: int = 0) -> None:
    plans = [made_up.plan(text, seed=seed) for text in texts]
    execute(plans, LocalProcesses(1), watcher=Listener(lambda run, result: None))


@pytest.fixture
def records(made_up):
    toy.write_model(made_up.root, "two", TWO)
    run(made_up, "two", "two[drop=genomics]", "two[drop=clinical]", "signal", "two[age=0]", "two[age=0,drop=genomics]")
    return chosen(made_up).all


def chosen(made_up):
    return select_records(made_up.task, "paper", ["relapse"], made_up.root / "runs", made_up.root)


def test_the_numbers_are_those_of_a_comparison(made_up, records):
    view = build_missing(made_up.task, "paper", ["relapse"], records)
    assert {line.model for line in view.lines} == {"two", "two[age=0.0]"}
    assert view.lines[0].cells[0].estimate >= view.lines[1].cells[0].estimate
    line = next(line for line in view.lines if line.model == "two")
    assert [(cell.present, cell.dropped) for cell in line.cells] == [
        (("genomics", "clinical"), ()),
        (("clinical",), ("genomics",)),
        (("genomics",), ("clinical",)),
    ]
    assert line.cells[0].change is None
    for cell in line.cells[1:]:
        other = compare_records(made_up.task, "paper", ["relapse"], records[f"two[drop={cell.dropped[0]}]"], records["two"])
        assert (cell.estimate, cell.interval) == (pytest.approx(other.estimates[0]), pytest.approx(other.intervals[0]))
        assert (cell.change.estimate, cell.change.p) == (pytest.approx(other.difference), pytest.approx(other.p_fitted))
        assert cell.change.interval == pytest.approx(other.interval)
    assert json.loads(json.dumps(view.as_dict()))["lines"][0]["cells"][0]["estimate"] == view.lines[0].cells[0].estimate


def test_a_concordance_counted_by_hand(made_up, records):
    cell = next(
        cell
        for line in build_missing(made_up.task, "paper", ["relapse"], records).lines
        if line.model == "two"
        for cell in line.cells
        if cell.dropped == ("genomics",)
    )
    right = pairs = 0.0
    age = made_up.cohort.blocks["clinical"]["age"]
    for fold in range(3):
        ids = made_up.task.roles("paper", 0, fold, "relapse")["test"]
        outcome = made_up.task.outcome(ids, "relapse")
        for i, j in np.ndindex(len(ids), len(ids)):
            if outcome["event"][i] and outcome["time"][i] < outcome["time"][j]:
                pairs += 1
                right += age[ids[i]] > age[ids[j]]
    assert cell.estimate == pytest.approx(right / pairs)


def test_failed_folds_are_counted(made_up, records):
    line = next(line for line in build_missing(made_up.task, "paper", ["relapse"], records).lines if line.model == "two[age=0.0]")
    assert (line.cells[1].failed_folds, line.cells[1].estimate) == (3, 0.5)


def test_such_records_are_not_on_the_board_but_can_be_compared(made_up, records):
    plain = chosen(made_up)
    assert set(plain.records) == {"two", "signal", "two[age=0.0]"}
    board = build_board(made_up.task, "paper", ["relapse"], [Contender.of(item) for item in plain.records.values()])
    assert {entry.model for entry in board.entries} == set(plain.records)
    named = pick(chosen(made_up), made_up.root, "two[drop=clinical]", "x")
    assert named["relapse"].folder == records["two[drop=clinical]"]["relapse"].folder


def test_the_page_has_a_section_below_the_board(made_up, records):
    board = build_board(made_up.task, "paper", ["relapse"], [Contender.of(item) for item in chosen(made_up).records.values()])
    view = build_missing(made_up.task, "paper", ["relapse"], records)
    page = boards_page([board], [view])
    head, section = page.split("### toy, paper, relapse: modalities missing at test")
    assert head == boards_page([board]).rstrip("\n") + "\n\n"
    assert columns(view)[0] == "present at test"
    for cells in rows(view):
        assert "| " + " | ".join(cells) + " |" in section
    two = columns(view).index("two")
    assert rows(view)[0][two].endswith("; all it uses")
    assert "; Δ " in rows(view)[1][two]
    empty = next(cells for cells in rows(view) if cells[0] == "genomics")
    assert empty[columns(view).index("two[age=0.0]")] == ""  # was not run so


def test_a_model_without_its_whole_self_is_left_out_and_said(made_up, records):
    run(made_up, "signal[drop=clinical]", seed=1)
    view = build_missing(made_up.task, "paper", ["relapse"], chosen(made_up).all)
    assert view.notes == ("not shown: signal[drop=clinical]: no run of that model with all its modalities to compare with",)
    assert {line.model for line in view.lines} == {"two", "two[age=0.0]"}


def test_nothing_to_show_is_said(made_up):
    made_up.run()
    with pytest.raises(
        InputError, match="both with all its modalities and without some; 'bench run --task toy --protocol paper --model …' and"
    ):
        build_missing(made_up.task, "paper", ["relapse"], chosen(made_up).all)
