import re
from pathlib import Path

import pandas as pd
import pytest

from benchmark.cohorts.sources._nsclc_clinical import COLUMNS, STAGES, ajcc7, any_yes, clinical_block, findings, outcomes, read_labels
from benchmark.errors import InputError
from tests.cohorts.made_up import label_table


def block(folder: Path, *changes: dict[str, str]) -> pd.DataFrame:
    path = label_table(folder, *changes)
    return clinical_block(read_labels(path), path)


def followed(folder: Path, *changes: dict[str, str]) -> pd.DataFrame:
    path = label_table(folder, *changes)
    return outcomes(read_labels(path), path)


AMC = dict.fromkeys(("Pathological T stage", "Pathological N stage", "Pathological M stage", "Histopathological Grade"), "Not Collected")
PLEURA = "Pleural invasion (elastic, visceral, or parietal)"
POSITIVE = {
    "EGFR mutation status": "Mutant",
    "KRAS mutation status": "Mutant",
    "ALK translocation status": "Translocated",
    "Lymphovascular invasion": "Present",
    PLEURA: "Yes",
}
NEGATIVE = dict.fromkeys(list(POSITIVE)[:3], "Wildtype") | {"Lymphovascular invasion": "Absent", PLEURA: "No"}
UNKNOWN = dict.fromkeys(list(POSITIVE)[:3], "Unknown") | {"Lymphovascular invasion": "Not Collected", PLEURA: "Not collected"}


def test_a_patient_is_typed_and_in_units(tmp_path: Path) -> None:
    row = block(tmp_path, {}).loc["R01-001"]
    assert row[["age", "weight", "pack_years"]].tolist() == [60.0, 100.0, 30.0]
    assert row[["sex", "smoking", "t_stage", "stage", "adjuvant_any", "site"]].tolist() == [
        "male",
        "former",
        "T2a",
        "IIA",
        "no",
        "stanford",
    ]


def test_amc_patients_have_no_stage(tmp_path: Path) -> None:
    table = block(tmp_path, {"Case ID": "AMC-001", **AMC}, {})
    assert table.loc["AMC-001", ["t_stage", "n_stage", "m_stage", "stage", "grade"]].isna().all()
    assert table["stage"].cat.categories.tolist() == list(STAGES)


def test_pack_years_of_nonsmokers_are_zero_and_uncollected_ones_missing(tmp_path: Path) -> None:
    table = block(tmp_path, {"Smoking status": "Nonsmoker", "Pack Years": "N/A"}, {"Pack Years": "Not Collected"})
    assert table.loc["R01-001", "pack_years"] == 0
    assert pd.isna(table.loc["R01-002", "pack_years"])


@pytest.mark.parametrize(
    "change",
    [
        {"Gender": "Unspecified"},
        {"Pack Years": "N/A"},  # of a smoker
        {"Pathological T stage": "T9"},
        {"%GG": ""},
        {"Radiation": "Perhaps"},
        {"Age at Histological Diagnosis": "sixty"},
        {"Tumor Location (choice=RUL)": "Not Collected"},
    ],
)
def test_what_the_coding_does_not_know_is_refused(tmp_path: Path, change: dict[str, str]) -> None:
    with pytest.raises(InputError, match=r"labels\.csv, row R01-001, column "):
        block(tmp_path, change)


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_is_required(tmp_path: Path, column: str) -> None:
    path = label_table(tmp_path, {})
    path.write_text(path.read_text().replace(column, "Something", 1))
    with pytest.raises(InputError, match="is missing"):
        read_labels(path)


def test_a_patient_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="patient R01-001 has more than one row"):
        read_labels(label_table(tmp_path, {}, {"Case ID": "R01-001"}))


@pytest.mark.parametrize(
    ("tnm", "group"),
    [
        (("Tis", "N0", "M0"), "0"),
        (("T1b", "N0", "M0"), "IA"),
        (("T2a", "N0", "M0"), "IB"),
        (("T2b", "N0", "M0"), "IIA"),
        (("T1a", "N1", "M0"), "IIA"),
        (("T2a", "N1", "M0"), "IIA"),
        (("T2b", "N1", "M0"), "IIB"),
        (("T3", "N0", "M0"), "IIB"),
        (("T3", "N1", "M0"), "IIIA"),
        (("T1a", "N2", "M0"), "IIIA"),
        (("T4", "N0", "M0"), "IIIA"),
        (("T4", "N1", "M0"), "IIIA"),
        (("T4", "N2", "M0"), "IIIB"),
        (("T1a", "N3", "M0"), "IIIB"),
        (("T1a", "N0", "M1a"), "IV"),
    ],
)
def test_stage_groups_are_those_of_ajcc_7(tnm: tuple[str, str, str], group: str) -> None:
    assert ajcc7(*tnm) == group


def test_adjuvant_any_is_missing_only_where_nothing_is_known_to_have_been_given() -> None:
    table = pd.DataFrame({"a": ["no", "no", None, None], "b": ["no", "yes", "yes", "no"]})
    assert any_yes(table).astype(object).where(lambda words: words.notna(), None).tolist() == ["no", "yes", "yes", None]


def test_times_run_from_the_ct(tmp_path: Path) -> None:
    dead = {"Survival Status": "Dead", "Date of Death": "4/20/2000"}
    table = followed(tmp_path, {}, dead, {"Recurrence": "yes", "Date of Recurrence": "2/1/2000", **dead}, {"Recurrence": "Not collected"})
    assert table["recurrence_time"].fillna(-1).tolist() == [100, 110, 31, -1]  # the second: death is later than last known alive
    assert table["recurrence_event"].tolist()[:3] == [False, False, True]
    assert pd.isna(table["recurrence_event"].iloc[3])
    assert table["survival_time"].tolist() == [100, 110, 110, 100]
    assert table["survival_event"].tolist() == [False, True, True, False]


def test_a_recurrence_on_the_day_of_the_ct_is_kept(tmp_path: Path) -> None:
    assert followed(tmp_path, {"Recurrence": "yes", "Date of Recurrence": "1/1/2000"})["recurrence_time"].tolist() == [0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"CT Date": "13/45/1999"}, "'13/45/1999' is not a date"),
        ({"Recurrence": "yes"}, "column 'Date of Recurrence': 'N/A' is not consistent"),
        ({"Date of Death": "5/1/2000"}, "column 'Date of Death': '5/1/2000' is not consistent"),
        ({"Recurrence": "yes", "Date of Recurrence": "12/1/1999"}, "31 days after the end of follow-up"),
    ],
)
def test_impossible_histories_are_refused(tmp_path: Path, change: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        followed(tmp_path, change)


def test_findings_are_two_levels_or_unknown(tmp_path: Path) -> None:
    path = label_table(tmp_path, POSITIVE, NEGATIVE, UNKNOWN, {**UNKNOWN, "KRAS mutation status": "Mutant", PLEURA: "No"})
    table = findings(read_labels(path), path)
    levels = [table[name].cat.categories.tolist() for name in table]
    assert list(table) == ["egfr", "kras", "alk", "lymphovascular_invasion", "pleural_invasion"]
    assert levels == [["wildtype", "mutant"], ["wildtype", "mutant"], ["wildtype", "translocated"], ["absent", "present"], ["no", "yes"]]
    assert table.loc["R01-001"].tolist() == ["mutant", "mutant", "translocated", "present", "yes"]
    assert table.loc["R01-002"].tolist() == ["wildtype", "wildtype", "wildtype", "absent", "no"]
    assert table.loc["R01-003"].isna().all()
    assert table.loc["R01-004"].dropna().to_dict() == {"kras": "mutant", "pleural_invasion": "no"}


@pytest.mark.parametrize("column", POSITIVE)
def test_a_finding_that_the_coding_does_not_know_is_refused(tmp_path: Path, column: str) -> None:
    path = label_table(tmp_path, {}, {column: "Equivocal"})
    with pytest.raises(InputError, match=rf"labels\.csv, row R01-002, column '{re.escape(column)}': 'Equivocal' is not one of "):
        findings(read_labels(path), path)
