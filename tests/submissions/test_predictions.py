"""Predictions without a model are accepted as self-reported if they fit the folds."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmark.conformance import Ground
from benchmark.errors import InputError
from benchmark.models import choose
from benchmark.runner.executor import LocalProcesses
from benchmark.submissions.check import _predictions, _task
from benchmark.submissions.place import place_of
from benchmark.submissions.predictions import contender, self_reported
from benchmark.submissions.spec import SubmissionSpec
from benchmark.tasks import Task, load_task
from benchmark.workspace import Workspace
from tests import toy
from tests.conftest import Toy
from tests.submissions.made_up import FORM, write


def table(made_up: Toy) -> pd.DataFrame:
    rows = made_up.task.folds
    rows = rows[(rows["protocol"] == "paper") & (rows["role"] == "test")]
    return rows[["protocol", "repeat", "fold", "patient_id"]].assign(risk=range(len(rows)))


def submit(made_up: Toy, rows: pd.DataFrame, name: str = "mine") -> Path:
    folder = write(made_up.root, name, model=None, kind="predictions")
    rows.to_csv(folder / "predictions.csv", index=False)
    return folder


def test_a_table_that_fits_is_an_entry_under_the_submissions_id(made_up: Toy) -> None:
    found = contender(submit(made_up, table(made_up)), made_up.task, "paper", ["relapse"])
    assert (found.label, found.provenance) == ("mine", "self-reported")
    contenders, problems = self_reported(made_up.root, made_up.task, "paper", ["relapse"])
    assert ([item.label for item in contenders], problems) == (["mine"], [])
    assert self_reported(made_up.root, made_up.task, "repeated", ["relapse"]) == ([], [])


def test_one_that_does_not_is_named_and_does_not_hide_the_others(made_up: Toy) -> None:
    rows = table(made_up)
    submit(made_up, rows)
    folder = submit(made_up, rows.assign(patient_id=["T-999", *rows["patient_id"][1:]]), "other")
    with pytest.raises(InputError, match="T-999"):
        contender(folder, made_up.task, "paper", ["relapse"])
    submit(made_up, rows.drop(columns="risk"), "third")
    contenders, problems = self_reported(made_up.root, made_up.task, "paper", ["relapse"])
    assert [item.label for item in contenders] == ["mine"]
    assert ["T-999" in problems[0], "'risk' is missing" in problems[1]] == [True, True]


@pytest.mark.parametrize(
    ("spoil", "says", "mend"),
    [
        (lambda rows: rows.drop(rows.index[5]), r"patient T-\d+ in repeat 0, fold \d has no row \(1 of 53 are missing\)", "needs one"),
        (lambda rows: rows.assign(risk=["1e999", *rows["risk"][1:]]), "row 1: column 'risk' holds '1e999', which is no finite number", "a number in"),
        (lambda rows: rows.assign(risk=[*rows["risk"][:-1], "high"]), "row 53: column 'risk' holds 'high', which is no finite", "a number in"),
        (lambda rows: rows.assign(risk=[None, *rows["risk"][1:]]), "has no finite risk", "a number in every row"),
        (lambda rows: rows.assign(risk=["inf", *rows["risk"][1:]]), "row 1: column 'risk' holds 'inf', which is no finite number", "a number in"),
        (lambda rows: rows.drop(columns="risk"), "column 'risk' is missing", "first line names"),
        (lambda rows: rows.assign(risk=rows["risk"] > 9), "row 1: column 'risk' holds 'False', which is no finite number", "a number in"),
        (lambda rows: pd.concat([rows, rows["risk"]], axis=1), "column 'risk' stands twice in the first line", "keep one of them"),
        (lambda rows: rows.assign(fold=0.5), "'fold' holds something other than whole numbers", "folds.csv of the task does"),
        (lambda rows: rows.assign(fold=[2**64 - 1, *rows["fold"][1:]]), "'fold' holds something other than whole numbers", "folds.csv of the task does"),
        (lambda rows: rows.assign(protocol="other"), "no row with protocol 'paper'", "test patients of protocol paper"),
        (lambda rows: rows.assign(note="hello <b>"), "column 'note' is no prediction", "the outputs of the tasks"),
        (lambda rows: rows.assign(event=1), "column 'event' is no prediction", "the outputs of the tasks"),
        (lambda rows: rows.assign(probability_x="dead"), "row 1: column 'probability_x' holds 'dead', which is no finite number", "a number in"),
        (lambda rows: rows.assign(endpoint=["relapse", *["T-001 died"] * (len(rows) - 1)]), "row 2: column 'endpoint' holds 'T-001 died'", ""),
        (lambda rows: pd.concat([rows, rows[:1]]), "has more than one row", "keep one for each"),
        (lambda rows: rows.assign(patient_id=["T-999", *rows["patient_id"][1:]]), "T-999 in repeat 0, fold", "only who is"),
    ],
)  # fmt: skip
def test_each_fault_has_its_words_and_its_remedy(made_up: Toy, spoil, says: str, mend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmark.submissions.check.open_cohort", lambda workspace, name: made_up.cohort)
    folder = submit(made_up, spoil(table(made_up)))
    found = _predictions(Workspace(made_up.root, made_up.root / "runs"), folder, "toy")
    assert found.severity == "fail"
    assert re.search(says, found.message), found.message
    assert mend in found.remedy


@pytest.mark.parametrize("number", ["1:" * 300 + "1.5", "0x" + "f" * 8000])
def test_a_broken_form_does_not_hide_the_others(made_up: Toy, number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    submit(made_up, table(made_up))
    form = submit(made_up, table(made_up), "other") / "submission.yaml"
    form.write_text(form.read_text().replace("parameters: {}", f"parameters: {{penalty: {number}}}"))
    contenders, problems = self_reported(made_up.root, made_up.task, "paper", ["relapse"])
    assert [item.label for item in contenders] == ["mine"]
    assert ["key parameters.penalty" in item for item in problems] == [True]
    form.write_text(form.read_text().replace(number, "1"))

    def stumbles(folder: Path, *where: Any) -> object:
        if folder.name == "other":
            raise OverflowError  # what nobody has thought of
        return contender(folder, *where)

    monkeypatch.setattr("benchmark.submissions.predictions.contender", stumbles)
    contenders, problems = self_reported(made_up.root, made_up.task, "paper", ["relapse"])
    assert [item.label for item in contenders] == ["mine"]
    assert ["other: cannot be read (OverflowError); 'bench submit check other' says more" in item for item in problems] == [True]


def test_a_link_to_somebody_elses_table_is_not_followed(made_up: Toy) -> None:
    folder = submit(made_up, table(made_up))
    (folder / "predictions.csv").rename(made_up.root / "elsewhere.csv")
    (folder / "predictions.csv").symlink_to(made_up.root / "elsewhere.csv")
    with pytest.raises(InputError, match="plain file of the folder"):
        contender(folder, made_up.task, "paper", ["relapse"])


def published(made_up: Toy, model: str) -> Task:
    """The task, where somebody published a prediction of this model for a patient of the cohort."""
    cohort = made_up.cohort
    row = dict.fromkeys(cohort.published.columns, 0) | {"model": model, "split": "theirs", "patient_id": cohort.outcomes.index[0]}
    sheet = cohort.datasheet.model_copy(update={"published": {model: "somebody"}})
    return load_task(made_up.folder, replace(cohort, datasheet=sheet, published=pd.DataFrame([row])))


def test_the_id_of_a_baseline_or_of_a_published_model_is_not_to_be_had(made_up: Toy) -> None:
    """A board on which one id stands twice can be compared with by nobody."""
    for name in ("signal", "theirs", "mine"):
        submit(made_up, table(made_up), name)
    contenders, problems = self_reported(made_up.root, published(made_up, "theirs"), "paper", ["relapse"])
    assert [item.label for item in contenders] == ["mine"]
    signal, theirs = problems
    assert "the id signal is a baseline's; rename" in signal
    assert "the id theirs is that of predictions that others published for toy; rename" in theirs


def test_a_model_does_not_take_the_id_of_a_published_one(made_up: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    ground = Ground(published(made_up, "mine"), (made_up.folder, made_up.cohort_folder))
    monkeypatch.setattr("benchmark.submissions.check._ground", lambda workspace, name: ground)
    write(made_up.root, "mine", toy.SIGNAL)
    choice = choose(made_up.root, "mine", isolation="none")
    (found,) = _task(Workspace(made_up.root, made_up.root / "runs"), choice, "toy", SubmissionSpec.model_validate(FORM), LocalProcesses(1))
    assert (found.check, found.severity) == ("duplicate", "fail")
    assert "the id mine is that of predictions that others published" in found.message


def test_an_entry_that_stands_twice_has_no_place(made_up: Toy) -> None:
    found = contender(submit(made_up, table(made_up)), made_up.task, "paper", ["relapse"])
    assert place_of("mine", made_up.task, "paper", ["relapse"], [found]).rank == 1
    with pytest.raises(InputError, match="mine stands twice on the board of toy"):
        place_of("mine", made_up.task, "paper", ["relapse"], [found, found])


def test_a_header_without_end_is_not_read(made_up: Toy) -> None:
    folder = submit(made_up, table(made_up))
    (folder / "predictions.csv").write_text(",".join(f"c{number}" for number in range(100_000)) + "\n")
    with pytest.raises(InputError, match="a line has"):
        contender(folder, made_up.task, "paper", ["relapse"])
