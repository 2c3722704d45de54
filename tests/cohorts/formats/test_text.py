import gzip
from pathlib import Path

import pandas as pd
import pytest

from benchmark.cohorts.formats.coding import category, date, flag, number
from benchmark.cohorts.formats.text import by_patient, numbers, read_text
from benchmark.errors import InputError

HERE = Path("table.csv")


def write(folder: Path, content: bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content", [b"a,b\n1,x\n", b"\xef\xbb\xbfa,b\r\n1,x\r\n", b"a , b\n 1 ,x \n", gzip.compress(b"a,b\n1,x\n", mtime=0)]
)
def test_bom_crlf_padding_and_gzip_are_understood(tmp_path: Path, content: bytes) -> None:
    table = read_text(write(tmp_path, content), required=["a", "b"])
    assert table.columns.tolist() == ["a", "b"]
    assert table.to_numpy().tolist() == [["1", "x"]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"a,b\n", "no rows"),
        (b"b\n1\n", "column 'a' is missing"),
        (b"a,a\n1,2\n", "column 'a' is there 2 times"),
        (b"a,b\n1,2\n3\n", "row 3: 1 cells, but the header has 2"),
        (b"a,b\n1,2,3\n", "row 2: 3 cells"),
        (b'a,b\n1,"2\n', "cannot be read as a table"),
        (b"a\n\xff\xfe\n", "cannot be read as a table"),
        (gzip.compress(b"a,b\n" + b"1,2\n" * 999, mtime=0)[:-9], "cannot be read as a table"),
    ],
)
def test_damage_is_one_line_that_names_the_file(tmp_path: Path, content: bytes, message: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(InputError, match=message) as error:
        read_text(path, required=["a"])
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_text(tmp_path / "none.csv")


def test_a_column_that_nobody_published_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, b"a,b1,b2\n1,2,3\n")
    assert read_text(path, required=["a"], others=["b?"]).shape == (1, 3)
    with pytest.raises(InputError, match="column 'b2' is not in the published file"):
        read_text(path, required=["a"], others=["b1"])


def test_ids_are_checked_and_sorted() -> None:
    table = pd.DataFrame({"x": ["1", "2"]})
    assert by_patient(table, pd.Series(["P2", "P1"]), HERE, r"P\d").index.tolist() == ["P1", "P2"]
    with pytest.raises(InputError, match="patient P1 has more than one row"):
        by_patient(table, pd.Series(["P1", "P1"]), HERE, r"P\d")
    with pytest.raises(InputError, match="row 3: 'X' is not a patient id"):
        by_patient(table, pd.Series(["P1", "X"]), HERE, r"P\d")


@pytest.mark.parametrize("cell", ["x", "inf", "-inf", "1.2.3"])
def test_a_cell_that_is_no_number_is_named(cell: str) -> None:
    table = pd.DataFrame({"g": ["1", cell]}, index=["P1", "P2"])
    with pytest.raises(InputError, match=r"row P2, column g: '.*' is not a number"):
        numbers(table, HERE)


def test_na_is_missing() -> None:
    assert numbers(pd.DataFrame({"g": ["1", "NA", ""]}), HERE)["g"].isna().tolist() == [False, True, True]


def test_words_become_levels_and_unknown_words_are_refused() -> None:
    raw = pd.Series(["Yes", "Not Collected", "No"], index=["P1", "P2", "P3"], name="Radiation")
    coded = category(raw, {"No": "no", "Yes": "yes"}, HERE)
    assert coded.cat.categories.tolist() == ["no", "yes"]
    assert coded.isna().tolist() == [False, True, False]
    with pytest.raises(InputError, match="row P1, column 'Radiation': 'Yes' is not one of No"):
        category(raw, {"No": "no"}, HERE)


@pytest.mark.parametrize("word", ["", "-3", "abc", "inf"])
def test_numbers_are_numbers_or_known_missing_words(word: str) -> None:
    with pytest.raises(InputError, match="is not a number"):
        number(pd.Series([word], index=["P1"], name="age"), HERE)


@pytest.mark.parametrize("word", ["13/45/1990", "2/30/1991", "1990-01-02", "", "soon"])
def test_impossible_dates_are_refused(word: str) -> None:
    with pytest.raises(InputError, match="is not a date"):
        date(pd.Series([word], index=["P1"], name="CT Date"), HERE)


def test_flags_know_two_words_only() -> None:
    assert flag(pd.Series(["Checked", "Unchecked"]), "Checked", "Unchecked", HERE).tolist() == [1, 0]
    with pytest.raises(InputError):
        flag(pd.Series(["Not Collected"]), "Checked", "Unchecked", HERE)
