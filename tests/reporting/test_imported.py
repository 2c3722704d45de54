"""A table made elsewhere is read as it stands: no cell becomes an index, and numbers are numbers."""

from pathlib import Path

import pandas as pd
import pytest

from benchmark.errors import InputError
from benchmark.reporting.imported import read_predictions
from tests.conftest import Toy


def table(made_up: Toy) -> pd.DataFrame:
    rows = made_up.task.folds
    rows = rows[(rows["protocol"] == "paper") & (rows["role"] == "test")]
    return rows[["protocol", "repeat", "fold", "patient_id"]].assign(risk=[number / 7 for number in range(len(rows))])


def test_rows_longer_than_the_first_line_are_refused(made_up: Toy, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    head, *rows = table(made_up).to_csv(index=False).splitlines()
    path.write_text("\n".join([head, *(f"a note,{row}" for row in rows)]) + "\n")
    with pytest.raises(InputError, match="Expected 5 fields in line 2, saw 6"):
        read_predictions(path, made_up.task, "paper", ["relapse"])


def test_a_csv_says_what_the_same_parquet_says(made_up: Toy, tmp_path: Path) -> None:
    rows = table(made_up).assign(note="a, b", more=None)
    rows.to_csv(tmp_path / "mine.csv", index=False)
    rows.to_parquet(tmp_path / "mine.parquet")
    csv, parquet = (read_predictions(tmp_path / name, made_up.task, "paper", ["relapse"]) for name in ("mine.csv", "mine.parquet"))
    columns = ["repeat", "fold", "patient_id", "risk"]
    pd.testing.assert_frame_equal(
        csv.predictions["relapse"].table[columns].reset_index(drop=True),
        parquet.predictions["relapse"].table[columns].reset_index(drop=True),
        rtol=1e-12,  # the library's reader of numbers is a few units in the last place off
        check_dtype=False,
    )
