"""TCGA-CDR: made-up patients as text and as spreadsheet, and the published table."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from benchmark.cohorts.fetch import locate_all
from benchmark.cohorts.formats import tcga_cdr
from benchmark.cohorts.formats.tcga_cdr import AGE, CDR, CSV, XLSX, read_cdr, survival_outcome
from benchmark.errors import InputError

COLUMNS = [
    *(
        "row",
        "bcr_patient_barcode",
        "type",
        "age_at_initial_pathologic_diagnosis",
        "gender",
        "race",
        "ajcc_pathologic_tumor_stage",
        "clinical_stage",
    ),
    *("histological_type", "histological_grade", "initial_pathologic_dx_year", "menopause_status", "birth_days_to", "vital_status"),
    *("tumor_status", "last_contact_days_to", "death_days_to", "cause_of_death", "new_tumor_event_type", "new_tumor_event_site"),
    *("new_tumor_event_site_other", "new_tumor_event_dx_days_to", "treatment_outcome_first_course", "margin_status", "residual_tumor"),
    *("OS", "OS.time", "DSS", "DSS.time", "DFI", "DFI.time", "PFI", "PFI.time", "Redaction"),
]
PATIENTS = [
    {"bcr_patient_barcode": "TCGA-B0-0002", "type": "KIRC", AGE: 61, "gender": " MALE ", "birth_days_to": -22280, "OS": 1, "OS.time": 30},
    {"bcr_patient_barcode": "TCGA-B0-0001", "type": "KIRC", "race": "[Not Evaluated]", "OS": 0, "OS.time": 0, "PFI": 1, "DFI.time": 9},
    {"bcr_patient_barcode": "TCGA-D1-0003", "type": "UCEC", AGE: 50},
]


def rows(*patients: dict[str, object]) -> pd.DataFrame:
    table = pd.DataFrame([dict.fromkeys(COLUMNS, "#N/A") | patient for patient in patients], columns=COLUMNS)
    return table.assign(row=range(1, len(table) + 1)).rename(columns={"row": ""})


def text(folder: Path, *patients: dict[str, object]) -> dict[str, Path]:
    path = folder / CSV
    path.write_bytes(gzip.compress(rows(*patients).to_csv(index=False).encode()))
    return {CSV: path}


def sheet(folder: Path, *patients: dict[str, object], name: str = "TCGA-CDR") -> dict[str, Path]:
    rows(*patients).to_excel(folder / XLSX, sheet_name=name, index=False)
    return {XLSX: folder / XLSX}


@pytest.mark.parametrize("write", [text, sheet])
def test_numbers_words_and_missing_codes(tmp_path: Path, write: object) -> None:
    cdr = read_cdr(write(tmp_path, *PATIENTS), ["KIRC"])  # type: ignore[operator]
    assert cdr.index.tolist() == ["TCGA-B0-0001", "TCGA-B0-0002"]
    assert cdr.index.name == "patient_id"
    assert cdr.loc["TCGA-B0-0002", [AGE, "gender", "birth_days_to"]].tolist() == [61.0, "MALE", -22280.0]
    assert cdr.loc["TCGA-B0-0001", [AGE, "gender", "race", "DSS", "DFI"]].isna().all()


def test_spreadsheet_and_text_give_the_same_table(tmp_path: Path) -> None:
    pd.testing.assert_frame_equal(read_cdr(text(tmp_path, *PATIENTS), ["KIRC"]), read_cdr(sheet(tmp_path, *PATIENTS), ["KIRC"]))


def test_an_outcome_is_known_where_event_and_time_are(tmp_path: Path) -> None:
    cdr = read_cdr(text(tmp_path, *PATIENTS), ["KIRC"])
    survival = survival_outcome(cdr, "OS")
    assert survival["event"].tolist() == [False, True]
    assert survival["time"].tolist() == [0.0, 30.0]
    for endpoint in ("PFI", "DFI"):  # an event without a time, a time without an event
        assert survival_outcome(cdr, endpoint).isna().all(axis=None)
    assert survival["event"].dtype == "boolean"


@pytest.mark.parametrize("write", [text, sheet])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"OS": 2}, "row TCGA-B0-0002, column 'OS': '2' is not 0 or 1"),
        ({"PFI.time": -3}, r"row TCGA-B0-0002: a negative PFI.time \(-3 days\)"),
        ({"OS.time": "soon"}, "row TCGA-B0-0002, column OS.time: 'soon' is not a number"),
        ({"bcr_patient_barcode": "TCGA-B0-0001"}, "patient TCGA-B0-0001 has more than one row"),
        ({"bcr_patient_barcode": "B0-0001"}, "row 2: 'B0-0001' is not a patient id"),
    ],
)
def test_an_impossible_row_is_refused(tmp_path: Path, write: object, change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_cdr(write(tmp_path, PATIENTS[0] | change, *PATIENTS[1:]), ["KIRC"])  # type: ignore[operator]


def test_a_study_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no patient of study LGG"):
        read_cdr(text(tmp_path, *PATIENTS), ["KIRC", "LGG"])


def test_a_strange_spreadsheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read as a spreadsheet"):
        read_cdr(sheet(tmp_path, *PATIENTS, name="Notes"), ["KIRC"])
    rows(*PATIENTS).drop(columns="PFI").to_excel(tmp_path / XLSX, sheet_name="TCGA-CDR", index=False)
    with pytest.raises(InputError, match="column 'PFI' is missing"):
        read_cdr({XLSX: tmp_path / XLSX}, ["KIRC"])
    for content in (b"", b"PK\x03\x04" + bytes(50), (tmp_path / XLSX).read_bytes()[:-40]):
        (tmp_path / XLSX).write_bytes(content)
        with pytest.raises(InputError, match="cannot be read as a spreadsheet"):
            read_cdr({XLSX: tmp_path / XLSX}, ["KIRC"])


@pytest.mark.real_data
def test_the_published_table(tmp_path: Path, mirror: Path) -> None:
    files = {name: located.path for name, located in locate_all(CDR, tmp_path).items()}
    cdr = read_cdr(files, ["KIRC", "LGG", "GBM"])
    found = {
        study: [(int(group["event"].notna().sum()), int(group["event"].sum())) for group in outcomes]
        for study, table in cdr.groupby("type")
        for outcomes in [[survival_outcome(table, endpoint) for endpoint in tcga_cdr.ENDPOINTS]]
    }
    assert cdr["type"].value_counts().to_dict() == {"GBM": 596, "KIRC": 537, "LGG": 515}
    # two KIRC patients have a PFI event without a time, one LGG patient no time at all
    assert found == {
        "KIRC": [(537, 177), (525, 110), (117, 15), (535, 160)],
        "LGG": [(514, 125), (506, 113), (133, 20), (514, 192)],
        "GBM": [(596, 491), (555, 445), (3, 2), (596, 506)],
    }
    official = read_cdr({XLSX: mirror / "tcga_cdr" / XLSX}, ["KIRC", "LGG", "GBM"])
    pd.testing.assert_frame_equal(official, cdr)
