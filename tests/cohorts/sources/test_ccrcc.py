"""The real ccRCC cohort against counts taken independently."""

import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmark.cohorts import Cohort
from benchmark.cohorts.fetch import locate_all
from benchmark.cohorts.formats.tcga_cdr import AGE, CSV, read_cdr
from benchmark.cohorts.sources import ccrcc
from benchmark.cohorts.sources._ccrcc_features import WSI, read_stacked

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: item.path for name, item in locate_all(ccrcc.SOURCES, tmp_path_factory.mktemp("none")).items()}


@pytest.fixture(scope="module")
def cohort(files: dict[str, Path]) -> Cohort:
    return ccrcc.read(files)


def test_counts(cohort: Cohort) -> None:
    assert {name: table.shape for name, table in cohort.blocks.items()} == {
        "clinical": (726, 11),
        "mutations": (462, 3),
        "wsi": (2248, 1024),
        "ct": (736, 512),
        "mri": (522, 512),
        "rna": (345, 1556),
    }
    counts = cohort.counts()
    assert [counts[f"patients with {name}"] for name in ("wsi", "ct", "mri")] == [726, 239, 52]
    outcomes = ("progression", "survival", "disease_free")
    assert [(counts[f"{name} known"], counts[f"{name} events"]) for name in outcomes] == [(535, 160), (537, 177), (117, 15)]
    assert (counts["alive_12m dead"], counts["alive_12m alive"]) == (75, 543)
    assert cohort.blocks["mutations"].sum().to_dict() == {"VHL": 268, "PBRM1": 185, "TTN": 110}


def test_mmist_inside_the_cohort(cohort: Cohort) -> None:
    """Counts of the 618: progression is known in 427 of the 429 TCGA patients, for two have an event without a time."""
    inside = cohort.outcomes[cohort.outcomes["alive_12m"].notna()]
    tcga = inside[inside.index.str.startswith("TCGA")]
    assert (len(inside), len(tcga)) == (618, 429)
    assert [(int(tcga[f"{name}_event"].notna().sum()), int(tcga[f"{name}_event"].sum())) for name in ("progression", "disease_free")] == [
        (427, 147),
        (59, 11),
    ]
    clinical = cohort.blocks["clinical"].loc[inside.index]
    assert clinical["grade"].value_counts(sort=False).tolist() == [25, 266, 233, 89]
    assert clinical["stage"].value_counts(sort=False).tolist() == [288, 64, 158, 90]
    assert clinical["n_stage"].value_counts(sort=False).tolist() == [217, 18]
    assert clinical[["age_decade", "t_stage"]].isna().sum().tolist() == [17, 62]
    early = (tcga["survival_time"] <= 365) & tcga["survival_event"].astype(bool)
    assert pd.crosstab(tcga["alive_12m"], early).to_numpy().tolist() == [[2, 44], [383, 0]]
    assert tcga.index[(tcga["alive_12m"] == "dead") & ~early].tolist() == ["TCGA-B0-5104", "TCGA-CJ-5689"]


def test_the_decoded_codes_agree_with_tcga_cdr(cohort: Cohort, files: dict[str, Path]) -> None:
    cdr = read_cdr({CSV: files[CSV]}, ["KIRC"])
    clinical = cohort.blocks["clinical"].loc[cdr.index]
    assert (clinical["sex"] == cdr["gender"].str.lower()).all()
    assert (
        clinical["age_decade"].astype(str).tolist()
        == pd.cut(cdr[AGE], [20, 30, 40, 50, 60, 70, 80, 90], labels=False)
        .map(lambda code: f"{10 * code + 21:.0f}-{10 * code + 30:.0f}")
        .tolist()
    )
    for column, published in (("stage", "ajcc_pathologic_tumor_stage"), ("grade", "histological_grade")):
        expected = cdr[published].str.removeprefix("Stage ").where(cdr[published] != "GX")
        assert clinical[column].astype(object).fillna("").tolist() == expected.fillna("").tolist()


def test_published_splits(cohort: Cohort, files: dict[str, Path]) -> None:
    sizes = cohort.splits.groupby(["split", "role"])["patient_id"].agg(["size", "nunique"])
    assert {key: tuple(row) for key, row in zip(sizes.index, sizes.to_numpy().tolist(), strict=True)} == {
        ("mmist", "train"): (497, 497),
        ("mmist", "test"): (121, 121),
        ("pfi10x5", "train"): (529 * 40, 529),
        ("pfi10x5", "test"): (529 * 10, 529),
        ("porpoise5", "train"): (345 * 4, 345),
        ("porpoise5", "test"): (345, 345),
    }
    dead = cohort.outcomes["alive_12m"] == "dead"
    mmist = cohort.splits[cohort.splits["split"] == "mmist"]
    assert [int(dead[mmist.loc[mmist["role"] == role, "patient_id"]].sum()) for role in ("train", "test")] == [59, 16]
    published = pd.read_csv(files[ccrcc.PFI_FOLDS]).drop_duplicates("Case ID").set_index("Case ID")
    own = cohort.outcomes.loc[published.index]
    assert (own["progression_event"].astype(int) == published["PFI_event"]).all()
    assert (own["progression_time"] == published["PFI_time"]).all()


def test_only_tumour_slides_of_known_patients_are_kept(cohort: Cohort, files: dict[str, Path]) -> None:
    everything = read_stacked(files["WSI_Features.npz"], WSI)
    kept = cohort.blocks["wsi"]
    patients, names = everything.index.get_level_values(0), everything.index.get_level_values(1)
    normal = names.str.startswith("TCGA") & (names.str[13:15] == "11")
    unknown = ~patients.isin(cohort.outcomes.index)
    assert (int(normal.sum()), int(unknown.sum()), patients[unknown].nunique(), len(kept)) == (554, 105, 33, 2907 - 554 - 105)
    diagnostic = kept.index[kept.index.get_level_values(1).str.contains("DX")]
    assert (len(diagnostic), diagnostic.get_level_values(0).nunique()) == (508, 503)


def test_the_archive_gives_the_same_cohort(cohort: Cohort, files: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / ccrcc.ARCHIVE
    with zipfile.ZipFile(path, "w") as packed:
        for modality, name in ccrcc.STACKED.items():
            with np.load(files[name], allow_pickle=False) as arrays:
                for exam, vector in zip(arrays["exam"], arrays["X"], strict=True):
                    buffer = BytesIO()
                    np.savez(buffer, vector)
                    packed.writestr(f"repository/datasets/ccRCC/Code/Features/{modality.upper()} Features/{exam}.npz", buffer.getvalue())
    rest = {name: place for name, place in files.items() if name not in ccrcc.STACKED.values()}
    assert ccrcc.read(rest | {ccrcc.ARCHIVE: path}).digest == cohort.digest
