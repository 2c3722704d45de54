"""The union of two RNA sources: made-up tables for its TCGA part, and the real cohort against counts taken independently."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sksurv.metrics import concordance_index_censored

from benchmark.cohorts import Cohort
from benchmark.cohorts.fetch import locate_all
from benchmark.cohorts.formats.geo import read_matrix
from benchmark.cohorts.formats.tcga_cdr import read_cdr
from benchmark.cohorts.formats.text import read_text
from benchmark.cohorts.sources import nsclc_radiogenomics as radiogenomics
from benchmark.cohorts.sources import nsclc_rna_two_platforms as union
from benchmark.cohorts.sources._nsclc_clinical import IDS
from benchmark.cohorts.sources._tcga_lung_angione import read_flags, read_log_rsem, recurrence, standardised
from benchmark.errors import InputError
from tests.cohorts.formats.test_tcga_cdr import text

CASES: tuple[tuple[str, dict[str, object], object, float], ...] = (
    # flag, TCGA-CDR, event, time
    ("1", {"PFI": 1, "PFI.time": 90, "new_tumor_event_dx_days_to": 90, "new_tumor_event_type": "Distant Metastasis"}, True, 90),
    ("1", {"PFI": 1, "PFI.time": 80, "new_tumor_event_dx_days_to": 80}, True, 80),
    ("0", {"PFI": 0, "PFI.time": 700}, False, 700),
    ("1", {"PFI": 0, "PFI.time": 700}, pd.NA, np.nan),  # nothing in TCGA-CDR
    ("1", {"PFI": 1, "PFI.time": 700}, pd.NA, np.nan),  # dead with tumour, no date
    ("0", {"PFI": 1, "PFI.time": 700}, pd.NA, np.nan),  # dead with tumour, no flag
    ("1", {"PFI": 1, "PFI.time": 60, "new_tumor_event_dx_days_to": 60, "new_tumor_event_type": "New Primary Tumor"}, pd.NA, np.nan),
)
NAMES = [f"TCGA-05-{number:04d}" for number in range(len(CASES))]


def flag_table(folder: Path, flags: list[str]) -> Path:
    path = folder / union.FLAGS
    rows = [f"{name},0,{flag}" for name, flag in zip(NAMES, flags, strict=False)]
    path.write_text("\n".join([",Gender,Recurrence", *rows, "R01-001,1,x"]) + "\n")
    return path


def rna_table(folder: Path, *rows: str, header: str = "Patient_id,A,B,C") -> Path:
    path = folder / union.LUAD
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_recurrence_is_known_where_flag_and_tcga_cdr_agree(tmp_path: Path) -> None:
    flags = read_flags(flag_table(tmp_path, [flag for flag, *_ in CASES]))
    assert flags.index.tolist() == NAMES  # the flag of the R01 patient is not read
    patients = [{"bcr_patient_barcode": name, "type": "LUAD", **known} for name, (_, known, *_) in zip(NAMES, CASES, strict=True)]
    found = recurrence(flags, read_cdr(text(tmp_path, *patients), ["LUAD"]))
    assert found["recurrence_event"].tolist() == [event for *_, event, _ in CASES]
    np.testing.assert_array_equal(found["recurrence_time"], [time for *_, time in CASES])


def test_z_scores_by_hand_and_a_gene_that_does_not_vary_is_left_out(tmp_path: Path) -> None:
    path = rna_table(tmp_path, "TCGA-05-0001,1,0,5", "TCGA-05-0003,3,0,5", "TCGA-05-0002,2,0,6")
    block = standardised(read_log_rsem(path, 3), ["A", "B", "D"])
    assert block.columns.tolist() == ["A"]
    assert block["A"].tolist() == [-1.0, 0.0, 1.0]  # sorted by patient


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        (["TCGA-05-0001,1,x,2"], "Patient_id,A,B,C", "row TCGA-05-0001, column B: 'x' is not a number"),
        (["TCGA-05-0001,1,,2"], "Patient_id,A,B,C", "row TCGA-05-0001: a value is missing or negative"),
        (["TCGA-05-0001,1,-1,2"], "Patient_id,A,B,C", "row TCGA-05-0001: a value is missing or negative"),
        (["R01-001,1,1,2"], "Patient_id,A,B,C", "'R01-001' is not a patient id"),
        (["TCGA-05-0001,1,1,2"] * 2, "Patient_id,A,B,C", "TCGA-05-0001 has more than one row"),
        (["TCGA-05-0001,1,1,2"], "Patient_id,A,B,A", "gene 'A' is there more than once"),
        (["TCGA-05-0001,1,1"], "Patient_id,A,B", "2 genes, expected 3"),
        (["TCGA-05-0001,1,1,2"], "case,A,B,C", "column 'Patient_id' is missing"),
    ],
)
def test_a_strange_rna_table_is_refused(tmp_path: Path, rows: list[str], header: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_log_rsem(rna_table(tmp_path, *rows, header=header), 3)


def test_a_strange_flag_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"row {NAMES[0]}, column 'Recurrence': '2' is not one of"):
        read_flags(flag_table(tmp_path, ["2"]))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: item.path for name, item in locate_all(union.SOURCES, tmp_path_factory.mktemp("none")).items()}


@pytest.fixture(scope="module")
def cohort(files: dict[str, Path]) -> Cohort:
    return union.read(files)


@pytest.mark.real_data
def test_real_patients_and_recurrences(cohort: Cohort) -> None:
    assert {name: block.shape for name, block in cohort.blocks.items()} == {"clinical": (192, 4), "genomics": (192, 977)}
    rows = cohort.blocks["clinical"].join(cohort.outcomes)
    counts = rows.groupby("site", observed=True)["recurrence_event"].agg(["size", "count", "sum"])
    assert counts.loc["radiogenomics"].tolist() == [130, 130, 38]
    assert counts.loc["tcga"].tolist() == [62, 56, 20]
    assert (rows["recurrence_time"].dropna() > 0).all()


@pytest.mark.real_data
def test_the_recurrence_flag_against_tcga_cdr(files: dict[str, Path], cohort: Cohort) -> None:
    """The numbers of the datasheet's notes."""
    flags = read_flags(files[union.FLAGS])
    cdr = read_cdr(files, ["LUAD", "LUSC"]).loc[flags.index]
    assert (len(flags), flags.sum(), (cdr["type"] == "LUAD").sum()) == (62, 25, 28)
    assert (flags == (cdr["PFI"] == 1)).sum() == 59
    known = cdr["DFI"].notna()
    assert (known.sum(), (flags == (cdr["DFI"] == 1))[known].sum()) == (34, 32)
    outcome = cohort.outcomes.loc[flags.index]
    event = outcome["recurrence_event"].fillna(False).astype(bool)
    unknown = outcome.index[outcome["recurrence_event"].isna()]
    assert (event & ~known).sum() == 14
    assert (outcome["recurrence_time"] == cdr["new_tumor_event_dx_days_to"])[event].all()
    assert [name[5:] for name in unknown] == ["38-4626", "50-6590", "50-6591", "50-6592", "50-6673", "60-2715"]
    assert (cdr.loc[unknown, "OS"] == 1).sum() == 5
    assert (event & (cdr["type"] == "LUAD")).sum() == 16
    assert (event & (flags.index.str[5:7] == "50")).sum() == 13


@pytest.mark.real_data
def test_survival_time_of_the_flag_table_is_months_of_thirty_days_to_death_or_last_contact(files: dict[str, Path]) -> None:
    raw = read_text(files[union.FLAGS]).set_index("")
    tcga = raw[raw.index.str.startswith("TCGA-")].sort_index()
    cdr = read_cdr(files, ["LUAD", "LUSC"]).loc[tcga.index]
    np.testing.assert_array_equal(tcga["survival_time"].astype(float), np.floor((cdr["OS.time"] / 30.44).round(2) * 30 + 1e-9))


@pytest.mark.real_data
@pytest.mark.parametrize(("site", "expected"), [("radiogenomics", 0.51), ("tcga", 0.71)])
def test_adenocarcinoma_alone_predicts_recurrence_in_tcga(cohort: Cohort, site: str, expected: float) -> None:
    clinical = cohort.blocks["clinical"]
    rows = cohort.outcomes[clinical["site"] == site].dropna()
    risk = (clinical.loc[rows.index, "histology"] == "adenocarcinoma").to_numpy(float)
    found = concordance_index_censored(rows["recurrence_event"].to_numpy(bool), rows["recurrence_time"].to_numpy(), risk)[0]
    assert found == pytest.approx(expected, abs=0.005)


@pytest.mark.real_data
def test_genes_are_those_of_both_and_standardised_within_each(files: dict[str, Path], cohort: Cohort) -> None:
    genes = cohort.blocks["genomics"]
    full = read_matrix(files[radiogenomics.RNA_DERIVED], ",", IDS, radiogenomics.DERIVED).index
    shared = full.intersection(read_log_rsem(files[union.LUAD], union.GENES).columns)
    assert len(shared) == 978
    assert set(shared) - set(genes) == {"SNORA37"}
    for site, missing in (("radiogenomics", 4351), ("tcga", 0)):
        part = genes[cohort.blocks["clinical"]["site"] == site]
        np.testing.assert_allclose(part.mean(), 0, atol=1e-6)
        np.testing.assert_allclose(part.std(ddof=1), 1, atol=1e-6)
        assert part.isna().to_numpy().sum() == missing


@pytest.mark.real_data
def test_the_same_files_give_the_same_digest(files: dict[str, Path], cohort: Cohort, tmp_path: Path) -> None:
    cohort.write(tmp_path / "built")
    assert Cohort.read(tmp_path / "built").digest == union.read(files).digest == cohort.digest


@pytest.mark.real_data
def test_files_of_different_releases_are_refused(files: dict[str, Path], tmp_path: Path) -> None:
    lines = files[union.LUAD].read_text().splitlines()
    (tmp_path / union.LUAD).write_text("\n".join(lines[:-1]) + "\n")
    with pytest.raises(InputError, match="has no RNA; the files are of different releases"):
        union.read(files | {union.LUAD: tmp_path / union.LUAD})
    lines = files[union.FLAGS].read_text().splitlines()
    (tmp_path / union.FLAGS).write_text("\n".join([lines[0], *lines[2:]]) + "\n")
    with pytest.raises(InputError, match="patient TCGA-38-4625 is missing"):
        union.read(files | {union.FLAGS: tmp_path / union.FLAGS})
