"""TCGA-GBM and TCGA-LGG: 887 patients with a diffuse glioma, grade 2 to 4, whose histology, RNA or MRI features are public.

Overall survival: TCGA-CDR (Liu J. et al., Cell 173:400, 2018). RNA, mutations, copy numbers: PORPOISE (Chen R.J. et al.,
Cancer Cell 40:865, 2022). Histology: Pathomic Fusion (Chen R.J. et al., IEEE Trans Med Imaging 41:757, 2022).
MRI: Bakas S. et al., Sci Data 4:170117 (2017).
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from benchmark.cohorts.cohort import Cohort
from benchmark.cohorts.design import Design
from benchmark.cohorts.fetch import sha256_of
from benchmark.cohorts.formats.porpoise import Porpoise, read_porpoise, read_porpoise_fold
from benchmark.cohorts.formats.tcga_cdr import CDR, CSV, IDS, XLSX, read_cdr, survival_outcome
from benchmark.cohorts.manifest import SourceFile
from benchmark.cohorts.sources._glioma_archive import read_archive
from benchmark.cohorts.sources._glioma_clinical import clinical_block, read_labels, read_radiomics
from benchmark.cohorts.sources._glioma_pathomic import histology_block, published, read_derived
from benchmark.cohorts.sources._glioma_sheet import datasheet
from benchmark.cohorts.sources._glioma_splits import pnas_split, read_pnas
from benchmark.errors import InputError

VERSION = "1"
MOLECULAR = "tcga_gbmlgg_all_clean.csv.zip"
GENES = (1544, 16, 30)  # with RNA, mutations, copy numbers
LABELS = "tcga_2021_who_labels.csv"
MRI = ("TCGA_GBM_radiomicFeatures.csv", "TCGA_LGG_radiomicFeatures.csv")
PNAS_PUBLISHED = "pnas_splits_as_published.csv"
PNAS_LOWER_CASE = "pnas_splits.csv"
PATHOMIC_ARCHIVE = "PathomicFusion-44b5513.zip"
PATHOMIC_DERIVED = "pathomicfusion_roi_predictions.csv.gz"
FOLDS = tuple(f"splits_{fold}.csv" for fold in range(5))
_GITHUB = "https://github.com"
_PORPOISE = f"{_GITHUB}/mahmoodlab/PORPOISE/raw/3390dc40e15995ba852d7a561faf0e996cf20501"
_PATHOMIC = f"{_GITHUB}/mahmoodlab/PathomicFusion"
_COMMIT = "44b5513cb90c31337276bba92abe515e21c7f6ca"
_BRATS = f"{_GITHUB}/jveenland/TM10007_ML_Project/raw/f0230abb95fdf6111270c693dcfad7ea0f1a983a/brats"
_GPL = "GPL-3.0, for non-commercial academic use"
_UNLICENSED = "derivative of TCGA open-access data, published without a licence file"
_FOLD_BYTES = (
    ("cc9eb343cd1d1c3079b98b682ee61a36132c71e28a705a220f8328ec62b0d41c", 9_459),
    ("a90556f1e8e6de54259702c11e3c9c5f09801d1eea539a6e9c24419ff161c16c", 9_459),
    ("e21f683b33d11cb729eea8dee22a56cac2be9f9a47015cfbf6b244ce5c93d1a0", 9_459),
    ("69a0151e349a824d5d26f3323f81ffcd70f400afb4a827e1a7d3237f32d814b4", 9_459),
    ("266b9de737fc32c4e310743fcb12b1048fb2415eaacb770ed5022fd577d7e2bd", 9_465),
)

SOURCES = (
    *CDR,
    SourceFile(
        MOLECULAR,
        f"{_PORPOISE}/datasets_csv_mutsig/{MOLECULAR}",
        "2d07efeaecddd185c41f2186280f5900f69df381efb40efb59016d61a84eb635",
        2_428_634,
        _GPL,
        "rna and mutations_cnv",
    ),
    *(
        SourceFile(name, f"{_PORPOISE}/splits/5foldcv/tcga_gbmlgg/{name}", sha256, size, _GPL, f"fold {fold} of porpoise5")
        for fold, (name, (sha256, size)) in enumerate(zip(FOLDS, _FOLD_BYTES, strict=True))
    ),
    SourceFile(
        LABELS,
        f"{_GITHUB}/IUCompPath/glioma-subtyping/raw/5db32ce3de1373a5acefdb63efb41d6e174b7b86/dataset_csv/{LABELS}",
        "ba20f9dacc8b951841e17e4c39ac5e7ee2b1b04b8f6372cc92721040ac579d27",
        335_188,
        _UNLICENSED,
        "IDH and 1p/19q",
    ),
    SourceFile(  # deleted from later commits of the repository
        MRI[0],
        f"{_BRATS}/{MRI[0]}",
        "094a76eecccd9b102654efafa5ee3a7c0f223214bca95890ef9dafede0cf8b35",
        640_870,
        "CC BY 3.0, doi:10.7937/K9/TCIA.2017.KLXWJJ1Q",
        "mri_radiomics of glioblastoma",
    ),
    SourceFile(
        MRI[1],
        f"{_BRATS}/{MRI[1]}",
        "f65d171597886331da84c2acb4f22711b8d7625a7109a25979b603833e9a56aa",
        381_763,
        "CC BY 3.0, doi:10.7937/K9/TCIA.2017.GJQ7R0EF",
        "mri_radiomics of lower-grade glioma",
    ),
    SourceFile(
        PNAS_PUBLISHED,
        f"{_GITHUB}/deyinh/pathomicfusionboost/raw/a114f1e80bc113035584b8a3d7f6615245916a85/PathomicFusionClinical/data/TCGA_GBMLGG/pnas_splits.csv",
        None,
        None,
        _UNLICENSED,
        "pnas15",
    ),
    SourceFile(  # the same cells in lower case, the first column renamed
        PNAS_LOWER_CASE,
        "https://drive.google.com/drive/folders/1swiMrz84V3iuzk8x99vGIBd5FCVncOlf",
        "019676edd379ba94065443b89c497c1ed2912455341d2414a2880bc65c6601e4",
        77_196,
        _UNLICENSED,
        "pnas15",
    ),
    SourceFile(PATHOMIC_ARCHIVE, f"{_PATHOMIC}/archive/{_COMMIT}.zip", None, None, _GPL, "histology and published predictions"),
    SourceFile(  # derived from the archive's pickles, with the patients' ids recovered
        PATHOMIC_DERIVED,
        f"{_PATHOMIC}/tree/{_COMMIT}/checkpoints/TCGA_GBMLGG",
        "6b812163eb272b6e4ce66fb15d9e55df94d191a3eb6aea7caab645725b708355",
        1_382_077,
        _GPL,
        "histology and published predictions",
    ),
)


def read(files: Mapping[str, Path]) -> Cohort:
    """The cohort: everybody with an outcome and at least one of histology, RNA and MRI features.

    Raises:
        InputError: a file is not what was published, or the files contradict each other; the message names it.
    """
    cdr_path = files[CSV] if CSV in files else files[XLSX]
    cdr = read_cdr(files, ("GBM", "LGG"))
    survival = survival_outcome(cdr, "OS")
    pnas_path = files[PNAS_LOWER_CASE] if PNAS_LOWER_CASE in files else files[PNAS_PUBLISHED]
    molecular, roles = read_porpoise(files[MOLECULAR], IDS, GENES), read_pnas(pnas_path)
    _check_known(molecular.rna.index, survival.index, files[MOLECULAR])
    _check_known(roles.index, survival.index, pnas_path)
    outputs = _outputs(files, roles, survival)
    mri = read_radiomics((files[MRI[0]], files[MRI[1]]))
    mri = mri[mri.index.isin(survival.index[survival["event"].notna()])]  # one patient is not in TCGA-CDR
    ids = roles.index.union(molecular.rna.index).union(mri.index)
    rna_subset = pd.Index(outputs.loc[outputs["rna"], "patient_id"].unique())
    blocks = {
        "clinical": clinical_block(cdr.loc[ids], read_labels(files[LABELS]), rna_subset, cdr_path),
        "rna": molecular.rna,
        "mutations_cnv": _mutations_cnv(molecular),
        "mri_radiomics": mri,
        "histology": histology_block(outputs),
    }
    for block in blocks.values():
        block.columns.name = None
    folds = [read_porpoise_fold(files[name], IDS, fold) for fold, name in enumerate(FOLDS)]
    return Cohort(
        datasheet(VERSION, {name: sha256_of(path) for name, path in files.items()}),
        survival.loc[ids].add_prefix("survival_").rename_axis("patient_id"),
        blocks,
        splits=pd.concat([pnas_split(roles), *folds], ignore_index=True),
        published=published(outputs, roles),
    )


def _outputs(files: Mapping[str, Path], roles: pd.DataFrame, survival: pd.DataFrame) -> pd.DataFrame:
    """Pathomic Fusion's outputs, from the official archive or the table that others derived from it: the same from either."""
    if PATHOMIC_ARCHIVE in files:
        return read_archive(files[PATHOMIC_ARCHIVE], roles, survival)
    return read_derived(files[PATHOMIC_DERIVED], roles, survival)


def _mutations_cnv(molecular: Porpoise) -> pd.DataFrame:
    return molecular.mutations.add_suffix("_mut").join(molecular.cnv.add_suffix("_cnv"))


def _check_known(ids: pd.Index, known: pd.Index, path: Path) -> None:
    if (stray := ids.difference(known)).size:
        raise InputError(f"{path}: patient {stray[0]} is not in TCGA-CDR; the files are of different releases, fetch them again")


def _agree(block: pd.DataFrame) -> pd.DataFrame:
    """Glioblastoma where the grade is 4 and nowhere else, as by definition."""
    four = (block["grade"] == "G4").to_numpy()
    histology = block["histology"].astype(object).mask(four, "glioblastoma")
    histology[~four] = block.loc[block["histology"] != "glioblastoma", "histology"].to_numpy()
    return block.assign(histology=histology.astype(block["histology"].dtype))


REPLICA = Design(
    seed=1505,
    factors={
        "proliferation": {"survival": 0.6},
        "lineage": {"survival": 0.6},
        "invasion": {"survival": 0.4},
        "frailty": {"survival": 0.4},
    },
    sees={
        "clinical": ("lineage", "frailty"),
        "rna": ("proliferation", "lineage"),
        "mutations_cnv": ("lineage",),
        "mri_radiomics": ("invasion",),
        "histology": ("proliferation", "invasion"),
    },
    spread=1.3,
    loads={"clinical": {"age": ("frailty", 0.6), "grade": ("lineage", 0.5), "idh": ("lineage", 0.5), "codel_1p19q": ("lineage", 0.3)}},
    reconcile={"clinical": _agree},
)
