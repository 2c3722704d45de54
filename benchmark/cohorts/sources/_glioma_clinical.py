"""TCGA glioma: clinical and molecular columns, and the radiomic features of the MRI."""

from pathlib import Path

import numpy as np
import pandas as pd

from benchmark.cohorts.formats.coding import category
from benchmark.cohorts.formats.tcga_cdr import AGE, IDS
from benchmark.cohorts.formats.text import by_patient, numbers, read_text
from benchmark.errors import InputError

IDH, CODELETION = "IDH status", "1p/19q codeletion"
SEX = {"FEMALE": "female", "MALE": "male"}
GRADE = {"G2": "G2", "G3": "G3", "G4": "G4"}
HISTOLOGY = {
    "Astrocytoma": "astrocytoma",
    "Oligoastrocytoma": "oligoastrocytoma",
    "Oligodendroglioma": "oligodendroglioma",
    "Glioblastoma Multiforme (GBM)": "glioblastoma",
    "Untreated primary (de novo) GBM": "glioblastoma",
    "Treated primary GBM": "glioblastoma",
}
# "(maf)": read from the mutation calls where the published annotation had none
IDH_LEVELS = {"WT": "wildtype", "WT (maf)": "wildtype", "Mutant": "mutant", "mutant (maf)": "mutant"}
CODELETION_LEVELS = {"non-codel": "no", "codel": "yes"}
_NOT_READ = (
    *("Mag", "Age (years at diagnosis)", "TCGA Histology", "TCGA Grade", "Chr 7 gain/Chr 10 loss", "TERT promoter status", "ATRX status"),
    *("EGFR_CNV", "CDKN2A_CNV", "CDKN2B_CNV", "H3 K27,G34 status", "MGMT promoter status", "Category (Table S1)", "WHO_CNS5_*", "label"),
)
FEATURES = 724
# further foci of the growth model: 132 of the 167 patients have one focus only
FURTHER_FOCI = r"TGM_(Cog_[XYZ]|T)_[2-6]"
NOT_A_NUMBER = ("NaN", "#DIV/0!", "Inf")


def clinical_block(cdr: pd.DataFrame, labels: pd.DataFrame, rna_subset: pd.Index, path: Path) -> pd.DataFrame:
    """Age, sex, grade, histology, molecular status and site.

    Args:
        cdr: the patients of TCGA-CDR.
        labels: IDH and 1p/19q from :func:`read_labels`.
        rna_subset: the patients on whom Pathomic Fusion printed its results.
        path: of TCGA-CDR, for errors.

    Raises:
        InputError: a cell holds a word that the coding does not know.
    """
    # the resource grades lower-grade gliomas only; glioblastoma is grade 4 by its definition of the time
    grade = cdr["histological_grade"].mask(cdr["type"] == "GBM", "G4").fillna("")
    return pd.DataFrame(
        {
            "age": cdr[AGE],
            "sex": category(cdr["gender"], SEX, path, missing=()),
            "grade": category(grade, GRADE, path, ordered=True, missing=("",)),
            "histology": category(cdr["histological_type"], HISTOLOGY, path, missing=()),
            "idh": labels["idh"].reindex(cdr.index),
            "codel_1p19q": labels["codel_1p19q"].reindex(cdr.index),
            "site": cdr.index.str[5:7].to_series(index=cdr.index).astype("category"),
            "pathomic_rna": pd.Categorical(np.where(cdr.index.isin(rna_subset), "yes", "no"), ["no", "yes"]),
        }
    )


def read_labels(path: Path) -> pd.DataFrame:
    """IDH and 1p/19q by patient, from a table with one row per slide.

    Raises:
        InputError: unreadable, a column is missing or unknown, an unknown word, a slide that comes twice or belongs to another
            patient, or slides of one patient that differ.
    """
    raw = read_text(path, required=["case_id", "slide_id", IDH, CODELETION], others=_NOT_READ)
    for row, (slide, patient) in enumerate(zip(raw["slide_id"], raw["case_id"], strict=True), start=2):
        if not slide.startswith(patient):
            raise InputError(f"{path}, row {row}: slide '{slide}' is not one of patient '{patient}'; fetch the published file again")
    if (twice := raw["slide_id"][raw["slide_id"].duplicated()]).size:
        raise InputError(f"{path}: slide {twice.iloc[0]} has more than one row; fetch the published file again")
    rows = raw[["case_id", IDH, CODELETION]].drop_duplicates().reset_index(drop=True)
    table = by_patient(rows, rows["case_id"], path, IDS)
    return pd.DataFrame(
        {
            "idh": category(table[IDH], IDH_LEVELS, path, missing=()),
            "codel_1p19q": category(table[CODELETION], CODELETION_LEVELS, path, missing=("unknown",)),
        }
    )


def read_radiomics(paths: tuple[Path, Path]) -> pd.DataFrame:
    """The radiomic features of both collections (glioblastoma, lower-grade glioma), patients × 704.

    Raises:
        InputError: unreadable, other columns than published, a patient comes twice, or a cell is not a number.
    """
    tables = [_read_radiomics(path) for path in paths]
    if list(tables[0]) != list(tables[1]):
        raise InputError(f"{paths[1]}: other feature columns than {paths[0]}; fetch the published files again")
    table = pd.concat(tables)
    if (twice := table.index[table.index.duplicated()]).size:
        raise InputError(f"{paths[1]}: patient {twice[0]} is also in {paths[0]}; fetch the published files again")
    return table.sort_index()


def _read_radiomics(path: Path) -> pd.DataFrame:
    raw = read_text(path, required=["ID", "Date"])
    features = raw.drop(columns=["ID", "Date"])
    if features.columns.nunique() != FEATURES or len(features.columns) != FEATURES:
        raise InputError(f"{path}: {features.columns.nunique()} features, expected {FEATURES}; fetch the published file again")
    kept = features.loc[:, ~features.columns.str.fullmatch(FURTHER_FOCI)]
    return numbers(by_patient(kept.mask(kept.isin(NOT_A_NUMBER), ""), raw["ID"], path, IDS), path)
