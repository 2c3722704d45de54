from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from benchmark.cohorts import Cohort
from benchmark.cohorts.fetch import locate_all
from benchmark.cohorts.schema import load_schema
from benchmark.cohorts.sources import lung1, nsclc_radiogenomics
from benchmark.cohorts.sources import nsclc_two_centres as two
from benchmark.cohorts.sources._nsclc_clinical import STAGES
from benchmark.errors import InputError
from tests.cohorts.made_up import label_table
from tests.cohorts.made_up_lung1 import clinical_table, feature_table

AMC = dict.fromkeys(("Pathological T stage", "Pathological N stage", "Pathological M stage", "Histopathological Grade"), "Not Collected")


@pytest.fixture
def made_up(tmp_path: Path) -> dict[str, Path]:
    changes = ({"age": "60.99", "Overall.Stage": "IIIb"}, {"Overall.Stage": "NA"}, {"age": "NA", "Histology": "NA"})
    late = {"Pathological T stage": "T1a", "Pathological N stage": "N2", "Pathological M stage": "M1b"}
    features = list(load_schema("nsclc_radiogenomics")["blocks"]["radiomics"])
    radiomics = tmp_path / "radiomics.csv"
    rows = [",".join(["Image", *features]), ",".join(["R01-002_image.nii", *["2.5"] * len(features)])]
    radiomics.write_text("\n".join(rows) + "\n")
    return {
        nsclc_radiogenomics.LABELS: label_table(tmp_path, {"Case ID": "AMC-001", **AMC}, late, {}),
        nsclc_radiogenomics.RADIOMICS: radiomics,
        lung1.CLINICAL: clinical_table(tmp_path / "clinical.csv", *changes),
        lung1.FEATURES: feature_table(tmp_path / "features.csv"),
    }


def test_staged_patients_of_both_stand_in_one_coding(made_up: dict[str, Path]) -> None:
    cohort = two.read(made_up)
    clinical, groups = cohort.blocks["clinical"], cohort.outcomes["stage_group"]
    assert len(groups) == 2 + 421
    assert not {"AMC-001", "LUNG1-002"} & set(clinical.index)
    assert groups[["R01-002", "R01-003", "LUNG1-001", "LUNG1-003"]].tolist() == ["late", "early", "late", "early"]
    assert clinical.loc["R01-002"].tolist() == ["radiogenomics", 60.0, "male", "adenocarcinoma", "T1", "N2", "M1"]
    assert clinical.loc["LUNG1-001"].tolist() == ["lung1", 60.0, "male", "large_cell_carcinoma", "T2", "N1", "M0"]
    assert clinical.loc["LUNG1-003", ["age", "histology"]].isna().all()


def test_radiomics_are_the_shared_features_as_published(made_up: dict[str, Path]) -> None:
    table = two.read(made_up).blocks["radiomics"]
    assert table.shape == (1 + 420, 190)
    assert (table.loc["R01-002"] == 2.5).all()
    assert table.loc["LUNG1-001"].equals(lung1.read_radiomics(made_up).loc["LUNG1-001"])
    assert table.index.is_monotonic_increasing


def test_every_stage_of_either_collection_has_a_group() -> None:
    stages = pd.Series([*STAGES, *lung1.STAGES])
    assert two.stage_groups(stages).tolist() == ["early"] * 5 + ["late"] * 3 + ["early"] * 2 + ["late"] * 2


def test_a_radiomics_table_without_the_shared_features_is_refused(made_up: dict[str, Path]) -> None:
    path = made_up[nsclc_radiogenomics.RADIOMICS]
    path.write_text(path.read_text().replace("original_ngtdm_Complexity", "original_ngtdm_Simplicity"))
    with pytest.raises(InputError, match=r"radiomics\.csv: 189 features in common with LUNG1, expected 190"):
        two.read(made_up)


def test_it_needs_nothing_that_it_does_not_use() -> None:
    assert {file.supplies for file in two.SOURCES} == {
        "clinical and outcomes",
        "radiomics",
        "LUNG1 clinical and outcomes",
        "LUNG1 radiomics",
    }


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    found = locate_all(two.SOURCES, tmp_path_factory.mktemp("none"))
    return two.read({name: item.path for name, item in found.items()})


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("block", "expected"),
    [("clinical", {"radiogenomics": [133, 29], "lung1": [133, 288]}), ("radiomics", {"radiogenomics": [117, 25], "lung1": [133, 287]})],
)
def test_groups_per_site(cohort: Cohort, block: str, expected: dict[str, list[int]]) -> None:
    ids = cohort.blocks[block].index
    table = pd.crosstab(cohort.blocks["clinical"].loc[ids, "site"], cohort.outcomes.loc[ids, "stage_group"])
    assert {site: row.tolist() for site, row in table.iterrows()} == expected


@pytest.mark.real_data
def test_clinical_columns_per_site(cohort: Cohort) -> None:
    clinical = cohort.blocks["clinical"]
    theirs = clinical["site"] == "lung1"
    levels = {
        name: (clinical.loc[~theirs, name].value_counts(sort=False).tolist(), clinical.loc[theirs, name].value_counts(sort=False).tolist())
        for name in ("sex", "histology", "t_stage", "n_stage", "m_stage")
    }
    assert levels == {
        "sex": ([43, 119], [132, 289]),
        "histology": ([123, 35, 0, 4], [51, 152, 113, 63]),
        "t_stage": ([6, 71, 57, 21, 7], [0, 93, 156, 53, 117]),
        "n_stage": ([129, 15, 18, 0], [170, 23, 140, 85]),
        "m_stage": ([157, 5], [416, 1]),
    }
    assert clinical[~theirs].isna().sum().sum() == 0
    assert clinical[theirs].isna().sum().to_dict() == {
        "site": 0,
        "age": 22,
        "sex": 0,
        "histology": 42,
        "t_stage": 2,
        "n_stage": 3,
        "m_stage": 4,
    }
    assert (clinical["age"].dropna() % 1 == 0).all()


@pytest.mark.real_data
def test_the_features_give_the_site_away(cohort: Cohort) -> None:
    table = cohort.blocks["radiomics"]
    site = cohort.blocks["clinical"].loc[table.index, "site"] == "lung1"
    aucs = pd.Series({name: roc_auc_score(site, values) for name, values in table.items()})
    aucs = np.maximum(aucs, 1 - aucs)
    assert ((aucs > 0.99).sum(), (aucs == 1).sum(), round(aucs.median(), 2)) == (99, 20, 0.99)
    assert aucs[[name for name in table if "_shape_" in name]].between(0.57, 0.78).all()


@pytest.mark.real_data
def test_the_blocks_are_those_of_the_two_cohorts(cohort: Cohort, tmp_path: Path) -> None:
    table = cohort.blocks["radiomics"]
    for source, rows in ((nsclc_radiogenomics, table.index.str.startswith("R01")), (lung1, table.index.str.startswith("LUNG1"))):
        whole = source.read({name: item.path for name, item in locate_all(source.SOURCES, tmp_path / "none").items()})
        assert table[rows].equals(whole.blocks["radiomics"].loc[table.index[rows], table.columns])
