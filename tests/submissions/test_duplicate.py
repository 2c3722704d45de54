"""One entry for each version of a model, and for each table of predictions."""

import ast
from pathlib import Path

import pandas as pd
import pytest

from benchmark.submissions.duplicate import check_duplicate, check_same_predictions
from benchmark.submissions.folder import SOURCE_BYTES
from benchmark.submissions.new import new_submission
from benchmark.submissions.table import read_table
from tests import toy
from tests.submissions.made_up import write

SOURCE = '''
"""A model."""
from benchmark.models import Model

class First(Model):
    """It does this."""
    def __init__(self, *, alpha: float = 0.5, seed: int = 0):
        self.alpha = alpha  # the penalty
    def fit(self, train, valid): pass
    def predict(self, patients): return self.alpha * patients.block("genomics")["a"].to_numpy()
'''


@pytest.mark.parametrize(
    "change",
    [("0.5", "0.7"), ("seed: int = 0", "seed: int = 42"), ("# the penalty", ""), ("It does this.", "Better."), ("First", "Second")],
)
def test_numbers_comments_and_names_make_no_new_model(tmp_path: Path, change: tuple[str, str]) -> None:
    write(tmp_path, "first", SOURCE)
    finding = check_duplicate(tmp_path, write(tmp_path, "second", SOURCE.replace(*change)), complete=True)
    assert (finding.check, finding.severity) == ("duplicate", "fail")
    assert "submissions/first/model.py" in finding.message
    assert "bench run --model first" in finding.remedy


def test_another_computation_is_another_model(tmp_path: Path) -> None:
    write(tmp_path, "first", SOURCE)
    assert check_duplicate(tmp_path, write(tmp_path, "second", SOURCE.replace('["a"]', '["b"]')), complete=True).severity == "ok"
    write(tmp_path, "broken", "x = (")
    third = write(tmp_path, "third", SOURCE.replace("self.alpha *", "self.alpha +"))
    assert check_duplicate(tmp_path, third, complete=True).severity == "ok"


def test_what_nobody_has_touched_yet_is_no_duplicate_at_home(tmp_path: Path) -> None:
    first, second = (new_submission(tmp_path, name, "toy") for name in ("first", "second"))
    found = check_duplicate(tmp_path, first, complete=False)
    assert (found.severity, "what 'bench submit new' wrote" in found.message) == ("note", True)
    changed = (second / "model.py").read_text().replace("components: int = 8", "components: int = 9")
    (second / "model.py").write_text(changed)
    assert check_duplicate(tmp_path, second, complete=False).severity == "ok"  # of a folder that is nobody's model yet
    assert check_duplicate(tmp_path, second, complete=True).severity == "fail"  # a board full of templates
    third = write(tmp_path, "third", changed.replace("class Second", "class Third"))
    found = check_duplicate(tmp_path, third, complete=False)
    assert (found.severity, "submissions/second/model.py" in found.message) == ("fail", True)


ROWS = pd.DataFrame({"protocol": "paper", "repeat": 0, "fold": [0, 0, 0, 1, 1], "patient_id": list("abcde"), "risk": [1.0, 2, 3, 1, 2]})


def told(root: Path, rows: pd.DataFrame, **changes: object) -> str:
    """What is said of ``other``, which brings these rows, beside ``first``, which brings ``ROWS``."""
    if not (root / "tasks").exists():
        toy.write_task(root, toy.make_cohort())
    for name, table in (("first", ROWS), ("other", rows)):
        folder = write(root, name, model=None, kind="predictions", **(changes if name == "first" else {}))
        table.to_csv(folder / "predictions.csv", index=False)
    found = check_same_predictions(root, root / "submissions" / "other", ["toy"])
    assert (found.check, found.severity == "ok" or "that of first on toy" in found.message) == ("duplicate", True)
    return found.severity


def test_one_table_is_one_entry_whatever_its_bytes(tmp_path: Path) -> None:
    assert told(tmp_path, ROWS) == "fail"
    assert told(tmp_path, ROWS[::-1].assign(risk=ROWS["risk"] * 2 + 1, probability=0.5, task="toy", endpoint="relapse")) == "fail"
    more = ROWS.assign(protocol="repeated", risk=0.5)
    assert told(tmp_path, pd.concat([ROWS, more])) == "fail"
    assert told(tmp_path, ROWS.assign(risk=[1.0, 3, 2, 1, 2])) == "ok"
    assert told(tmp_path, ROWS.assign(patient_id=list("fghij"))) == "ok"
    assert told(tmp_path, pd.concat([ROWS, *(ROWS.assign(endpoint=f"none{n}", risk=n) for n in range(9))]).fillna("relapse")) == "fail"
    assert told(tmp_path, ROWS, tasks=["another"]) == "ok"
    write(tmp_path, "first", model=None, kind="predictions")
    ROWS[:1].to_csv(tmp_path / "submissions" / "first" / "predictions.csv", index=False)
    assert check_same_predictions(tmp_path, tmp_path / "submissions" / "other", ["toy"]).severity == "ok"


def test_probabilities_count_as_they_are(tmp_path: Path) -> None:
    rows = ROWS.rename(columns={"risk": "probability"}).assign(probability=[0.1, 0.2, 0.3, 0.1, 0.2])
    told(tmp_path, rows)
    first, other = (tmp_path / "submissions" / name / "predictions.csv" for name in ("first", "other"))
    first.write_bytes(other.read_bytes())
    assert check_same_predictions(tmp_path, other.parent, ["toy"]).severity == "fail"
    rows.assign(probability=rows["probability"] / 2).to_csv(other, index=False)  # calibrated anew
    assert check_same_predictions(tmp_path, other.parent, ["toy"]).severity == "ok"


@pytest.mark.parametrize("turned", [False, True])
def test_no_name_of_a_column_keeps_a_table_from_being_compared(tmp_path: Path, turned: bool) -> None:
    """Whatever two tables call their columns: one that passed must not take down the check of the next."""
    rows = ROWS.rename(columns={"risk": "probability"}).assign(probability=[0.1, 0.2, 0.3, 0.1, 0.2])
    told(tmp_path, rows)
    odd = rows.assign(**{f"probability_{name}": 0.5 for name in ("other", "x", "y", "0")}, endpoint="relapse")
    tables = (odd, rows) if turned else (rows, odd)
    for name, table in zip(("first", "other"), tables, strict=True):
        table.to_csv(tmp_path / "submissions" / name / "predictions.csv", index=False)
    assert check_same_predictions(tmp_path, tmp_path / "submissions" / "other", ["toy"]).severity == "fail"  # the outputs of both are equal
    (tmp_path / "submissions" / "other" / "predictions.csv").write_text(ROWS.assign(risk_other=1).to_csv(index=False))
    found = check_same_predictions(tmp_path, tmp_path / "submissions" / "other", ["toy"])
    assert (found.check, found.severity, "'risk_other' is no prediction" in found.message) == ("predictions", "fail", True)


def test_what_a_library_makes_of_somebody_elses_folder_is_no_reason_to_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told(tmp_path, ROWS)

    def stumbles(folder: Path) -> pd.DataFrame:
        if folder.name == "first":
            raise OverflowError  # what nobody has thought of
        return read_table(folder)

    monkeypatch.setattr("benchmark.submissions.duplicate.read_table", stumbles)
    assert check_same_predictions(tmp_path, tmp_path / "submissions" / "other", ["toy"]).severity == "ok"


def test_a_table_that_cannot_be_read_is_named_and_no_reason_against_others(tmp_path: Path) -> None:
    told(tmp_path, ROWS)
    (tmp_path / "submissions" / "first" / "predictions.csv").write_text('"open\n')
    assert check_same_predictions(tmp_path, tmp_path / "submissions" / "other", ["toy"]).severity == "ok"
    found = check_same_predictions(tmp_path, tmp_path / "submissions" / "first", ["toy"])
    assert (found.severity, "holds a quotation mark" in found.message) == ("fail", True)


def test_one_large_model_costs_the_check_of_others_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "large", "a=b+1\n" * (SOURCE_BYTES // 6 + 1))
    mine = write(tmp_path, "mine", SOURCE)
    parsed: list[int] = []
    monkeypatch.setattr("benchmark.models.tree.ast.parse", lambda text, *_: parsed.append(len(text)) or ast.Module([], []))
    assert check_duplicate(tmp_path, mine, complete=True).severity == "ok"
    assert parsed == [len(SOURCE)]
