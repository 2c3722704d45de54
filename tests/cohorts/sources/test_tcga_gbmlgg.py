"""The real cohort against counts taken from the files independently, and the numbers that the paper printed."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from sksurv.metrics import concordance_index_censored

from benchmark.cohorts import Cohort
from benchmark.cohorts.fetch import locate_all
from benchmark.cohorts.formats.text import read_text
from benchmark.cohorts.sources import tcga_gbmlgg as glioma
from benchmark.cohorts.sources._glioma_pathomic import read_derived
from benchmark.cohorts.sources._glioma_splits import read_pnas
from benchmark.errors import InputError
from tests.cohorts.sources.glioma_release import write_archive

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: item.path for name, item in locate_all(glioma.SOURCES, tmp_path_factory.mktemp("none")).items()}


@pytest.fixture(scope="module")
def cohort(files: dict[str, Path]) -> Cohort:
    return glioma.read(files)


@pytest.fixture
def released(mirror: Path) -> pd.DataFrame:
    """What Pathomic Fusion knew of its patients, read independently."""
    table = read_text(mirror / "tcga_gbmlgg" / "pathomicfusion_patients.csv")
    return table.set_index("case_id").astype(int).sort_index()


def having(cohort: Cohort, *blocks: str) -> pd.Index:
    ids = cohort.outcomes.index
    for block in blocks:
        ids = ids.intersection(cohort.blocks[block].index.get_level_values("patient_id"))
    return ids


def subset(cohort: Cohort) -> pd.Index:
    clinical = cohort.blocks["clinical"]
    return clinical.index[clinical["pathomic_rna"] == "yes"]


@pytest.mark.parametrize(
    ("blocks", "patients", "deaths"),
    [
        ((), 887, 457),
        (("histology",), 769, 388),
        (("rna",), 569, 187),
        (("mri_radiomics",), 166, 106),
        (("histology", "rna"), 490, 151),
        (("histology", "mri_radiomics"), 117, 70),
        (("rna", "mri_radiomics"), 77, 31),
    ],
)
def test_patients_and_deaths(cohort: Cohort, blocks: tuple[str, ...], patients: int, deaths: int) -> None:
    event = cohort.outcomes.loc[having(cohort, *blocks), "survival_event"]
    assert (len(event), event.notna().all(), event.sum()) == (patients, True, deaths)


def test_the_patients_of_the_printed_results(cohort: Cohort) -> None:
    ids = subset(cohort)
    event = cohort.outcomes["survival_event"]
    assert (len(ids), event[ids].sum()) == (502, 157)
    assert len(cohort.blocks["histology"].loc[ids]) == 999
    both = ids.intersection(having(cohort, "rna"))
    assert (len(both), event[both].sum()) == (489, 151)


def test_one_follow_up_serves_both(cohort: Cohort, released: pd.DataFrame) -> None:
    outcomes = cohort.outcomes.loc[released.index]
    np.testing.assert_array_equal(outcomes["survival_time"], released["os_days_pf"])
    np.testing.assert_array_equal(outcomes["survival_event"].astype(int), released["os_event"])
    assert outcomes.index[outcomes["survival_time"] == 0].tolist() == ["TCGA-RR-A6KB"]


def test_clinical_columns(cohort: Cohort, released: pd.DataFrame, mirror: Path) -> None:
    clinical = cohort.blocks["clinical"]
    assert clinical["grade"].value_counts(sort=False).to_dict() == {"G2": 236, "G3": 251, "G4": 399}
    assert clinical["age"].isna().sum() == 0
    assert clinical["idh"].value_counts().to_dict() == {"mutant": 366, "wildtype": 276}
    assert clinical["codel_1p19q"].value_counts().to_dict() == {"no": 501, "yes": 140}
    assert ((clinical["histology"] == "glioblastoma") == (clinical["grade"] == "G4")).all()
    assert clinical["site"].nunique() == 42
    # grade is that of the authors and of the WHO table wherever each knows it, but for the one patient whom TCGA-CDR does not grade
    codes = clinical["grade"].cat.codes
    known = released.index[released["grade_code"] >= 0]
    assert codes[known][codes[known] != released.loc[known, "grade_code"]].to_dict() == {clinical.index[clinical["grade"].isna()][0]: -1}
    labels = read_text(mirror / "tcga_gbmlgg" / "tcga_2021_who_labels.csv").drop_duplicates("case_id").set_index("case_id")["TCGA Grade"]
    shared = labels.index.intersection(clinical.index)
    assert len(shared) == 642
    assert (clinical.loc[shared, "grade"].dropna() == labels[shared][clinical.loc[shared, "grade"].notna()]).all()


def test_blocks_have_the_published_shape(cohort: Cohort) -> None:
    shapes = {name: table.shape for name, table in cohort.blocks.items()}
    assert shapes == {
        "clinical": (887, 8),
        "rna": (569, 1544),
        "mutations_cnv": (569, 46),
        "mri_radiomics": (166, 704),
        "histology": (1505, 120),
    }
    assert cohort.blocks["histology"].groupby("patient_id").size().describe()[["min", "max"]].tolist() == [1, 16]
    assert not cohort.blocks["rna"].isna().any(axis=None)


def test_blanks_of_the_mri_are_tumours_that_do_not_enhance(cohort: Cohort) -> None:
    mri = cohort.blocks["mri_radiomics"]
    flat = mri["VOLUME_ET"] == 0
    enhancing = mri.columns.str.contains("_ET_") & mri.isna().any().to_numpy()
    assert flat.sum() == 20
    assert (cohort.blocks["clinical"].loc[mri.index[flat], "grade"] != "G4").all()
    assert mri.loc[flat, enhancing].isna().mean(axis=None) > 0.99
    assert mri.loc[~flat, enhancing].isna().sum().sum() <= 1


def test_rna_is_scaled_within_each_study(cohort: Cohort) -> None:
    rna, grade = cohort.blocks["rna"], cohort.blocks["clinical"]["grade"]
    for part in (rna[grade[rna.index] == "G4"], rna[grade[rna.index] != "G4"]):
        assert part.mean().abs().median() < 0.1
        assert abs(part.std().median() - 1) < 0.01


def test_splits(cohort: Cohort) -> None:
    sizes = cohort.splits.groupby(["split", "fold", "role"]).size().unstack("role")
    assert (sizes.loc["pnas15"] == [153, 616]).all(axis=None)
    assert sizes.loc["porpoise5", "test"].tolist() == [114, 114, 114, 114, 113]
    tested = cohort.splits[cohort.splits["role"] == "test"].groupby(["split", "patient_id"]).size()
    assert (len(tested["pnas15"]), len(tested["porpoise5"]), tested["porpoise5"].max()) == (738, 569, 1)
    assert set(cohort.splits.loc[cohort.splits["split"] == "porpoise5", "patient_id"]) == set(cohort.blocks["rna"].index)


@pytest.mark.parametrize(
    ("model", "printed"),
    [
        ("pathomic_fusion_cnn", 0.792),
        ("pathomic_fusion_gcn", 0.746),
        ("pathomic_fusion_snn", 0.808),
        ("pathomic_fusion_cnn_snn", 0.820),
        ("pathomic_fusion_gcn_snn", 0.812),
        ("pathomic_fusion_cnn_gcn_snn", 0.826),
    ],
)
def test_published_predictions_have_the_printed_c_index(cohort: Cohort, model: str, printed: float) -> None:
    rows = cohort.published[cohort.published["model"] == model]
    assert (len(rows), rows["patient_id"].isin(subset(cohort)).all(), rows["fold"].nunique()) == (2826, True, 15)
    cases = rows.groupby(["fold", "patient_id"])["risk"].mean().reset_index().join(cohort.outcomes, on="patient_id")
    found = [
        concordance_index_censored(fold["survival_event"].astype(bool), fold["survival_time"], fold["risk"])[0]
        for _, fold in cases.groupby("fold")
    ]
    assert abs(np.mean(found) - printed) < 0.002


def test_histology_is_what_was_released(cohort: Cohort, mirror: Path) -> None:
    raw = pd.read_csv(mirror / "tcga_gbmlgg" / "pathomicfusion_roi_predictions.csv.gz")
    block = cohort.blocks["histology"]
    rows = raw[raw["fold"] == 15].sort_values(["case_id", "roi"])
    for name in ("path_surv_hazard", "graph_surv_hazard", "path_grade_logp2"):
        np.testing.assert_array_equal(block[f"{name}@14"], rows[name])
    means = rows.groupby("case_id")["graph_grade_logp2_patch9_mean"].mean().round(6)
    np.testing.assert_array_equal(block["graph_grade_logp2@14"], means[rows["case_id"]])
    assert block["path_grade_logp0@0"].isna().groupby("patient_id").any().sum() == 33


def test_patches_of_a_patient_are_mixed(mirror: Path) -> None:
    """Nine patches in sequence vary as much as all of a patient's, and their mean says nothing about which region it is."""
    raw = pd.read_csv(mirror / "tcga_gbmlgg" / "pathomicfusion_roi_predictions.csv.gz").query("split == 'test' and n_roi > 1")
    names = ["path_surv_hazard", "graph_surv_hazard", "path_surv_hazard_patch9_mean", "graph_surv_hazard_patch9_mean"]
    deviation = raw[names] - raw.groupby(["fold", "case_id"])[names].transform("mean")
    correlation = deviation.corr()
    assert correlation.at["path_surv_hazard", "graph_surv_hazard"] > 0.2  # by region: the two networks look at the same one
    assert correlation.at["path_surv_hazard", "path_surv_hazard_patch9_mean"] < 0.05
    assert correlation.at["graph_surv_hazard", "graph_surv_hazard_patch9_mean"] < 0.05


def test_age_and_grade_rank_as_well_as_they_should(cohort: Cohort, released: pd.DataFrame) -> None:
    clinical = cohort.blocks["clinical"]

    def c_index(ids: pd.Index) -> float:
        table = pd.DataFrame({"age": clinical.loc[ids, "age"], "grade": clinical.loc[ids, "grade"].cat.codes})
        table = table.assign(time=cohort.outcomes["survival_time"], event=cohort.outcomes["survival_event"].astype(int))
        return float(CoxPHFitter().fit(table, "time", "event").concordance_index_)

    graded = released.index[released["grade_code"] >= 0].intersection(clinical.index[clinical["grade"].notna()])
    labelled = having(cohort, "rna").intersection(clinical.index[clinical["idh"].notna() & clinical["grade"].notna()])
    assert (len(graded), len(labelled)) == (735, 491)
    assert abs(c_index(graded) - 0.799) < 0.002
    assert abs(c_index(labelled) - 0.851) < 0.002


def test_the_official_archive_gives_the_same_cohort(files: dict[str, Path], cohort: Cohort, released: pd.DataFrame, tmp_path: Path) -> None:
    """The archive is not at hand: pickles in its layout are made from the derived table, without the patients' ids."""
    roles = read_pnas(files[glioma.PNAS_LOWER_CASE])
    outcome = cohort.outcomes.rename(columns={"survival_event": "event", "survival_time": "time"})
    table = read_derived(files[glioma.PATHOMIC_DERIVED], roles, outcome)
    facts = released.set_axis(["time", "event", "grade", "rois", "rna"], axis=1)[["time", "event", "grade"]]
    path = write_archive(tmp_path / glioma.PATHOMIC_ARCHIVE, table, roles, facts)
    others = {name: place for name, place in files.items() if name != glioma.PATHOMIC_DERIVED}
    assert glioma.read(others | {glioma.PATHOMIC_ARCHIVE: path}).digest == cohort.digest


def test_the_divisions_as_published_give_the_same_cohort(files: dict[str, Path], cohort: Cohort, tmp_path: Path) -> None:
    text = files[glioma.PNAS_LOWER_CASE].read_text().replace("case_id", "TCGA ID").replace("train", "Train").replace("test", "Test")
    path = tmp_path / glioma.PNAS_PUBLISHED
    path.write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    others = {name: place for name, place in files.items() if name != glioma.PNAS_LOWER_CASE}
    assert glioma.read(others | {glioma.PNAS_PUBLISHED: path}).digest == cohort.digest


def test_the_same_files_give_the_same_digest(files: dict[str, Path], cohort: Cohort, tmp_path: Path) -> None:
    cohort.write(tmp_path / "built")
    assert Cohort.read(tmp_path / "built").digest == glioma.read(files).digest == cohort.digest


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"TCGA-02-0003", b"TCGA-02-9999", "not in the published divisions"),
        (b",test,TCGA-02-0006", b",train,TCGA-02-0006", "role or outcome"),
        (b",test,TCGA-02-0006,1,1,558,", b",test,TCGA-02-0006,1,1,559,", "role or outcome"),
        (b",train,TCGA-02-0001,2,", b",train,TCGA-02-0001,4,", "missing, comes twice"),
        (b",train,TCGA-02-0001,2,", b",train,TCGA-02-0001,,", "row 3: an empty cell"),
        (b"path_surv_hazard,", b"path_hazard,", "column 'path_surv_hazard' is missing"),
    ],
)
def test_outputs_that_contradict_the_other_files_are_refused(
    files: dict[str, Path], tmp_path: Path, old: bytes, new: bytes, message: str
) -> None:
    content = gzip.decompress(files[glioma.PATHOMIC_DERIVED].read_bytes())
    assert old in content
    path = tmp_path / glioma.PATHOMIC_DERIVED
    path.write_bytes(gzip.compress(content.replace(old, new, 1), compresslevel=1))
    with pytest.raises(InputError, match=message):
        glioma.read(files | {glioma.PATHOMIC_DERIVED: path})
