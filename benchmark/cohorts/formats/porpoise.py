"""PORPOISE: molecular tables of TCGA patients, one row per slide (``datasets_csv_mutsig/*_all_clean.csv.zip``), and folds.

Chen R.J. et al., Pan-cancer integrative histology-genomic analysis via multimodal deep learning, Cancer Cell 40:865 (2022).
"""

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pandas as pd

from benchmark.cohorts.cohort import SPLIT_COLUMNS
from benchmark.cohorts.formats.coding import category, number, refuse
from benchmark.cohorts.formats.text import by_patient, numbers, read_text
from benchmark.errors import InputError

# with this month, rounded to whole days, all 1,817 patients of the four tables (LUAD, LUSC, KIRC, GBM-LGG) have TCGA-CDR's OS.time
DAYS_PER_MONTH = 30.44
SEX = {"0": "male", "1": "female"}
CLINICAL = ("age", "site", "survival_months", "censorship", "is_female", "oncotree_code", "train")
REQUIRED = ("case_id", "slide_id", *CLINICAL)
SUFFIXES = ("_rnaseq", "_mut", "_cnv")


@dataclass(frozen=True)
class Porpoise:
    """One row per patient in every table, index ``patient_id``, sorted; genes in the published order, without suffix.

    Attributes:
        clinical: ``age`` (years; missing in some), ``sex`` (male, female), ``site`` (tissue source site: the two
            characters after ``TCGA-``; the published column lost leading zeros), ``oncotree_code``. Categories but for the age.
        survival: ``event`` (death of any cause, nullable boolean) and ``time`` (days from diagnosis: the published months of
            30.44 days, rounded to whole days).
        rna: mRNA z-scores of cBioPortal, as published; not bounded: single values of 10,000 occur.
        mutations: 1 if the gene is mutated, else 0 (int8); ``RAS`` is KRAS, HRAS or NRAS by its name
            (undocumented; in LUAD it is 1 in all patients with KRAS and in 5 more).
        cnv: GISTIC copy-number level, -2 (deep deletion) to 2 (amplification); no columns where the table has none.
    """

    clinical: pd.DataFrame
    survival: pd.DataFrame
    rna: pd.DataFrame
    mutations: pd.DataFrame
    cnv: pd.DataFrame


def read_porpoise(path: Path, pattern: str, genes: tuple[int, int, int]) -> Porpoise:
    """The patients of one table.

    Args:
        path: zip archive with one CSV.
        pattern: of a patient id (``case_id``).
        genes: how many have a column of RNA, of mutations, of copy numbers.

    Raises:
        InputError: unreadable, an unknown column, other numbers of genes, a slide that comes twice, an id that does not
            match, a cell that is not what its column holds, or slides of one patient that tell different things about the patient.
    """
    table = _patients(_unpacked(path), path, pattern)
    parts = {suffix: _genes(table, suffix) for suffix in SUFFIXES}
    for (suffix, part), expected in zip(parts.items(), genes, strict=True):
        if part.shape[1] != expected:
            raise InputError(f"{path}: {part.shape[1]} columns '*{suffix}', expected {expected}; fetch the published file again")
    return Porpoise(
        clinical=_clinical(table, path),
        survival=_survival(table, path),
        rna=numbers(parts["_rnaseq"], path),
        mutations=_whole(parts["_mut"], path, 0, 1).astype("int8"),
        cnv=_whole(parts["_cnv"], path, -2, 2),
    )


def read_porpoise_fold(path: Path, pattern: str, fold: int) -> pd.DataFrame:
    """One of PORPOISE's five folds as rows ``split, repeat, fold, patient_id, role``; its ``val`` patients are the tested ones.

    Raises:
        InputError: unreadable, a column is missing or unknown, or a patient comes twice.
    """
    raw = read_text(path, required=["train", "val"], others=[""])
    ids = pd.concat([raw["train"], raw["val"]], ignore_index=True)
    role = pd.Series(["train"] * len(raw) + ["test"] * len(raw), name="role")
    filled = ids != ""  # the shorter column is padded with empty cells
    table = by_patient(role[filled].to_frame(), ids[filled].rename("patient_id"), path, pattern).reset_index()
    return table.assign(split="porpoise5", repeat=0, fold=fold)[SPLIT_COLUMNS]


def _unpacked(path: Path) -> pd.DataFrame:
    try:
        with zipfile.ZipFile(path) as archive:
            if len(names := archive.namelist()) != 1:
                raise InputError(f"{path}: {len(names)} files inside, expected one; fetch the published file again")
            raw = read_text(cast(Path, zipfile.Path(archive, names[0])), required=REQUIRED)  # read_text only opens it
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error, RuntimeError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise InputError(f"{path}: cannot be read as a zip archive ({reason}); fetch the file again") from error
    if (twice := raw.columns[raw.columns.duplicated()]).size:
        raise InputError(f"{path}: column '{twice[0]}' is there more than once; fetch the published file again")
    known = {"", "Unnamed: 0", *REQUIRED}  # the first column is pandas' row number
    for name in raw.columns:
        if name not in known and not name.endswith(SUFFIXES):
            raise InputError(f"{path}: column '{name}' is not one of PORPOISE's; fetch the published file again")
    return raw


def _patients(raw: pd.DataFrame, path: Path, pattern: str) -> pd.DataFrame:
    """One row per patient, after checking that the patient's slides agree."""
    if (twice := raw["slide_id"][raw["slide_id"].duplicated()]).size:
        raise InputError(f"{path}: slide {twice.iloc[0]} has more than one row; fetch the published file again")
    rows = raw[["case_id", *CLINICAL, *(name for name in raw.columns if name.endswith(SUFFIXES))]].drop_duplicates()
    if (twice := rows["case_id"][rows["case_id"].duplicated()]).size:
        patient = twice.iloc[0]
        values = rows[rows["case_id"] == patient].nunique()
        column = values.index[values > 1][0]
        raise InputError(f"{path}, column '{column}': the slides of {patient} differ; fetch the published file again")
    return by_patient(rows, rows["case_id"], path, pattern)


def _genes(table: pd.DataFrame, suffix: str) -> pd.DataFrame:
    part = table[[name for name in table.columns if name.endswith(suffix)]]
    return part.set_axis(part.columns.str.removesuffix(suffix), axis=1)


def _clinical(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    site = table.index.str[5:7].to_series(index=table.index)
    for patient in table.index[table["site"].str.zfill(2) != site]:
        raise refuse(path, patient, "site", table.at[patient, "site"], f"the site {site[patient]} of the barcode")
    return pd.DataFrame(
        {
            "age": number(table["age"], path, missing=("",)),
            "sex": category(_plain(table["is_female"]), SEX, path, missing=("",)),
            "site": site.astype("category"),
            "oncotree_code": table["oncotree_code"].astype("category"),
        }
    )


def _survival(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    censored = category(_plain(table["censorship"]), {"0": "no", "1": "yes"}, path, missing=())
    days = (number(table["survival_months"], path, missing=()) * DAYS_PER_MONTH).round()
    return pd.DataFrame({"event": (censored == "no").astype("boolean"), "time": days})


def _whole(part: pd.DataFrame, path: Path, least: int, most: int) -> pd.DataFrame:
    """Whole numbers from ``least`` to ``most``, none missing."""
    values = numbers(part, path)
    wrong = ~values.isin(range(least, most + 1)).to_numpy(bool)
    if wrong.any():
        row, column = (int(places[0]) for places in wrong.nonzero())
        raise refuse(path, part.index[row], str(part.columns[column]), part.iat[row, column], f"a whole number from {least} to {most}")
    return values


def _plain(words: pd.Series) -> pd.Series:
    """``1.0`` as ``1``: pandas wrote a column as floats where it had a missing cell."""
    return words.str.removesuffix(".0")
