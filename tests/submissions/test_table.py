"""A stranger's table of predictions is bounded before a library reads it, and holds predictions alone."""

from pathlib import Path

import pandas as pd
import pytest

from benchmark.errors import InputError
from benchmark.submissions.table import COLUMNS, outputs, read_table

HEAD = "protocol,repeat,fold,patient_id,risk\n"
ROW = "paper,0,1,T-001,0.5\n"


def read(folder: Path, text: str) -> pd.DataFrame:
    (folder / "predictions.csv").write_text(text, encoding="utf-8", newline="")
    return read_table(folder)


def test_names_and_ids_are_text_and_the_rest_numbers(tmp_path: Path) -> None:
    found = read(tmp_path, "protocol,repeat,fold,patient_id,risk,probability_a\r\npaper,0,1,007,-2,\r\n\r\nmade,0,1,,1e3,0.25\r\n")
    assert found["patient_id"].tolist()[0] == "007"
    assert (found["repeat"].tolist(), found["risk"].tolist(), outputs(found)) == ([0, 0], [-2.0, 1000.0], ["risk", "probability_a"])
    assert found["patient_id"].isna().tolist() == [False, True]
    assert read(tmp_path, HEAD.replace("\n", "\r") + ROW.replace("\n", "\r\r") + ROW).shape == (2, 5)
    assert read(tmp_path, HEAD + "paper,0,1,,\n").isna().sum().sum() == 2
    assert read(tmp_path, HEAD).empty


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        (",".join(f'"{number}\n"' for number in range(9000)) + "\n1,1\n", "holds a quotation mark"),
        (HEAD + 'paper,0,1,"T-001",0.5\n', "holds a quotation mark"),
        (HEAD + ROW + "\0", "holds a NUL"),
        (",".join(f"probability_{number}" for number in range(COLUMNS + 1)) + "\n", "has 51 columns, more than 50"),
        (HEAD + ROW * 3 + "paper,0,1,T-001" + ",1" * 3000 + "\n", "a line has 6015 characters, more than 4096"),
        *((HEAD + f"paper,0,1,{'T' * 3000}{mark}{'T' * 3000},1\n", "a line has 6013 characters") for mark in "\x0b\x1c\x85\u2028"),
        (HEAD + ROW + f"outcome=dead on day 0,secret note,{ROW}", "row 2 has 7 cells where the first line has 5 names"),
        (HEAD + f"note,{ROW}" * 3, "row 1 has 6 cells where the first line has 5 names"),
        (HEAD + ROW + "\n" + "paper,0,1,T-001\n", "row 2 has 4 cells where the first line has 5 names"),
        (HEAD + ROW + "  \n", "row 2 has 1 cells"),
        (HEAD.replace("risk", "risk,risk") + ROW, "column 'risk' stands twice in the first line"),
        (HEAD.replace("\n", ",\n") + ROW.replace("\n", ",\n"), "column '' is no prediction"),
        (HEAD.replace("\n", ",risk_other\n") + ROW.replace("\n", ",1\n"), "column 'risk_other' is no prediction"),
        (HEAD + ROW.replace("paper", "he died"), "row 1: column 'protocol' holds 'he died', which is no name"),
        (HEAD + ROW + ROW.replace("T-001", "a" * 101), "row 2: column 'patient_id' holds '" + "a" * 59 + ", which is no id"),
        (HEAD + ROW + ROW.replace(",1,", ",one,"), "row 2: column 'fold' holds 'one', which is no finite number"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_predictions_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert says in str(caught.value)
    assert "; " in str(caught.value)  # the remedy
    assert len(str(caught.value).removeprefix(str(tmp_path))) < 300


def test_rows_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmark.submissions.table.ROWS", 3)
    assert len(read(tmp_path, HEAD + ROW * 3)) == 3
    with pytest.raises(InputError, match="has more than 3 rows"):
        read(tmp_path, HEAD + ROW * 4)
    with pytest.raises(InputError, match="has more than 3 rows"):
        read(tmp_path, HEAD + "\n" * 99)
