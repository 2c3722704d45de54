"""Clear cell renal cell carcinoma: 537 patients of TCGA-KIRC and 189 of CPTAC-CCRCC.

Clinical table, mutations, image features: MMIST-ccRCC (Mota T. et al., arXiv:2405.01658, 2024). Outcomes: TCGA-CDR (Liu J. et al.,
Cell 173:400, 2018). RNA: PORPOISE (Chen R.J. et al., Cancer Cell 40:865, 2022).
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from benchmark.cohorts.cohort import Cohort
from benchmark.cohorts.design import Design
from benchmark.cohorts.fetch import sha256_of
from benchmark.cohorts.formats.porpoise import read_porpoise, read_porpoise_fold
from benchmark.cohorts.formats.tcga_cdr import CDR, CSV, IDS, XLSX, read_cdr, survival_outcome
from benchmark.cohorts.manifest import SourceFile
from benchmark.cohorts.sources._ccrcc_clinical import alive_12m, clinical_block, mutations_block, read_gdc, read_mmist
from benchmark.cohorts.sources._ccrcc_features import CT, MRI, WSI, Features, read_archive, read_stacked, tumour_slides
from benchmark.cohorts.sources._ccrcc_sheet import datasheet
from benchmark.cohorts.sources._ccrcc_splits import mmist_split, read_pfi10x5
from benchmark.errors import InputError

VERSION = "1"
MMIST = "clinical+genomic_split.csv"
ARCHIVE = "multi-modal-ist-c5c9a63.zip"
STACKED = {"wsi": "WSI_Features.npz", "ct": "CT_Features.npz", "mri": "MRI_Features.npz"}
MOLECULAR = "tcga_kirc_all_clean.csv.zip"
GENES = (1556, 10, 937)  # with RNA, mutations, copy numbers
GDC = "TCGA_KIRC_clinical_survival_harmonized.csv"
PFI_FOLDS = "TCGA_KIRC_PFI_repeated_outer_fold_assignments.csv"
FOLDS = tuple(f"splits_{fold}.csv" for fold in range(5))
_GITHUB = "https://github.com"
_REPOSITORY = f"{_GITHUB}/Multi-Modal-IST/multi-modal-ist.github.io"
_COMMIT = "c5c9a6359f93aadf1590faaf77a08f66a5528853"
_PORPOISE = f"{_GITHUB}/mahmoodlab/PORPOISE/raw/3390dc40e15995ba852d7a561faf0e996cf20501"
_PFI = f"{_GITHUB}/Enock-ackaah/TCGA-KIRC-PFI-Multimodal-Survival/raw/7774dedb274bec14ab436a6bdaa10dfc4c77c65c/03_processed_data"
_MMIST_LICENCE = "GPL-3.0 (repository); TCGA and CPTAC data are open access"
_GPL = "GPL-3.0, for non-commercial academic use"
_STACKED_BYTES = (
    (WSI, "bd747b11e2cbb6971ea305408795e1cdf3f939fcc474386ff3894c5636a23ee3", 10_772_975),
    (CT, "5707c8714b02116244cf3bb6ee4b29fb3b6da46a5f59563d05220c5a390ad10c", 1_375_392),
    (MRI, "2465094e0e9d968a50d40c256a9252ca4e66850423ec18170abd0a6b2d50e1c2", 981_161),
)
_FOLD_SHA256 = (
    "5ddbbaec01c27127428bf93a09ecd9054a13810c18411dcf9a523026c596f8ec",
    "c625d80f265cc94b07eca62e20b0cad158a11d57b58f3418d46b22e0bee1d319",
    "b6f9021a11c7914d162414031a97f43beadf0b0fcbf62a419fc4076373a62cf2",
    "c5a9be402f294ec7bc398b6819a5b6d264db168a6efb464d6d539220dcb4c2f6",
    "21d56987ff2fc9d36eeb03c13e6bf76b7eb3d4b47a9f18fe1fbefc1767c7e5e0",
)


def _features(features: Features, sha256: str, size: int) -> tuple[SourceFile, SourceFile]:
    """The archive of the official repository, or its single-exam files stacked without a change of value."""
    folder = f"{_REPOSITORY}/tree/{_COMMIT}/datasets/ccRCC/Code/Features/{features.folder.replace(' ', '%20')}"
    return (
        SourceFile(ARCHIVE, f"{_REPOSITORY}/archive/{_COMMIT}.zip", None, None, _MMIST_LICENCE, features.modality),
        SourceFile(STACKED[features.modality], folder, sha256, size, _MMIST_LICENCE, features.modality),
    )


SOURCES = (
    SourceFile(
        MMIST,
        f"{_REPOSITORY}/raw/{_COMMIT}/datasets/ccRCC/Code/clinical%2Bgenomic_split.csv",
        "ae986a2af8bdb88aab13027a7cbb1444488e1f95ab3aa92253c140e9b5c70eb5",
        35_585,
        _MMIST_LICENCE,
        "clinical, mutations and alive_12m",
    ),
    *(file for entry in _STACKED_BYTES for file in _features(*entry)),
    *CDR,
    SourceFile(
        GDC,
        f"{_PFI}/{GDC}",
        "3c469c7e38854ff381a8e6a362159b001f675d93f6ce08285780944fa34fbf12",
        102_804,
        "MIT; NCI GDC open access",
        "T, N and M outside MMIST",
    ),
    SourceFile(
        PFI_FOLDS,
        f"{_PFI}/{PFI_FOLDS}",
        "ef095e28196fbe96a6a946f8a89f0f51a815c2355096a9588ac80498b9713a39",
        134_928,
        "MIT",
        "pfi10x5",
    ),
    SourceFile(
        MOLECULAR,
        f"{_PORPOISE}/datasets_csv_mutsig/{MOLECULAR}",
        "97c0748a8900af7723a199299ecc026e2ae83134400b359b1b2bf776c4d4d31b",
        1_459_606,
        _GPL,
        "rna",
    ),
    *(
        SourceFile(name, f"{_PORPOISE}/splits/5foldcv/tcga_kirc/{name}", sha256, 5_697, _GPL, f"fold {fold} of porpoise5")
        for fold, (name, sha256) in enumerate(zip(FOLDS, _FOLD_SHA256, strict=True))
    ),
)


def read(files: Mapping[str, Path]) -> Cohort:
    """The cohort: everybody in MMIST's table or among TCGA-CDR's patients of study KIRC.

    Raises:
        InputError: a file is not what was published, or the files contradict each other; the message names it.
    """
    cdr_path = files[CSV] if CSV in files else files[XLSX]
    raw, cdr, gdc = read_mmist(files[MMIST]), read_cdr(files, ["KIRC"]), read_gdc(files[GDC])
    tcga = raw.index[raw.index.str.startswith("TCGA")]
    _check_known(tcga, cdr.index, files[MMIST])
    clinical = clinical_block(raw, files[MMIST], cdr, cdr_path, gdc, files[GDC])
    rna = read_porpoise(files[MOLECULAR], IDS, GENES).rna
    _check_known(rna.index, cdr.index, files[MOLECULAR])
    folds = [read_pfi10x5(files[PFI_FOLDS]), *(read_porpoise_fold(files[name], IDS, fold) for fold, name in enumerate(FOLDS))]
    for path, split in zip((files[PFI_FOLDS], *(files[name] for name in FOLDS)), folds, strict=True):
        _check_known(pd.Index(split["patient_id"]), cdr.index, path)
    blocks = {
        "clinical": clinical,
        "mutations": mutations_block(raw, files[MMIST]),
        "wsi": tumour_slides(_read_features(files, WSI, clinical.index)),
        "ct": _read_features(files, CT, clinical.index),
        "mri": _read_features(files, MRI, clinical.index),
        "rna": rna,
    }
    for block in blocks.values():
        block.columns.name = None
    return Cohort(
        datasheet(VERSION, {name: sha256_of(path) for name, path in files.items()}),
        _outcomes(cdr, alive_12m(raw, files[MMIST]), clinical.index),
        blocks,
        splits=pd.concat([mmist_split(raw, files[MMIST]), *folds], ignore_index=True),
    )


def _outcomes(cdr: pd.DataFrame, alive: pd.Series, ids: pd.Index) -> pd.DataFrame:
    endpoints = {"progression": "PFI", "survival": "OS", "disease_free": "DFI"}
    tables = [survival_outcome(cdr, endpoint).add_prefix(f"{name}_") for name, endpoint in endpoints.items()]
    return pd.concat([*tables, alive.rename("alive_12m")], axis=1).reindex(ids)


def _read_features(files: Mapping[str, Path], features: Features, ids: pd.Index) -> pd.DataFrame:
    """The exams of the cohort's patients, from the archive or the stacked file: the same from either."""
    name = STACKED[features.modality]
    bag = read_archive(files[ARCHIVE], features) if name not in files else read_stacked(files[name], features)
    return bag[bag.index.get_level_values("patient_id").isin(ids)]


def _check_known(ids: pd.Index, known: pd.Index, path: Path) -> None:
    if (stray := ids.difference(known)).size:
        raise InputError(f"{path}: patient {stray[0]} is not in TCGA-CDR; the files are of different releases, fetch them again")


REPLICA = Design(
    seed=240501658,
    factors={
        "burden": {"progression": 0.80, "survival": 0.60, "disease_free": 0.60, "alive_12m": -0.60},
        "grade": {"progression": 0.45, "survival": 0.40, "disease_free": 0.40, "alive_12m": -0.35},
        "proliferation": {"progression": 0.40, "survival": 0.40, "disease_free": 0.30, "alive_12m": -0.25},
        "texture": {"progression": 0.25, "survival": 0.20, "disease_free": 0.20, "alive_12m": -0.15},
        "frailty": {"survival": 0.50, "alive_12m": -0.30},
    },
    sees={
        "clinical": ("burden", "grade", "frailty"),
        "mutations": ("proliferation",),
        "wsi": ("grade", "texture"),
        "ct": ("burden", "texture"),
        "mri": ("burden", "texture"),
        "rna": ("proliferation", "grade"),
    },
    spread=1.3,
    loads={
        "clinical": {
            "stage": ("burden", 0.7),
            "t_stage": ("burden", 0.6),
            "n_stage": ("burden", 0.4),
            "m_stage": ("burden", 0.5),
            "grade": ("grade", 0.6),
            "age_decade": ("frailty", 0.5),
        },
    },
    terminal="survival",
)
