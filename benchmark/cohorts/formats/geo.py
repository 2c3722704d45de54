"""Expression matrices with genes in rows: GEO's full table, and the 1000-gene table that others derived from it."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmark.cohorts.formats.text import by_patient, numbers, read_text
from benchmark.errors import InputError

DECIMALS = 6


@dataclass(frozen=True)
class Expected:
    """What a matrix must hold: its shape, and the sha256 of the sorted names of the genes selected from it."""

    genes: int
    patients: int
    selected: int
    selected_sha256: str | None = None


def read_matrix(path: Path, sep: str, ids: str, expected: Expected) -> pd.DataFrame:
    """Genes × patients; "NA" is NaN.

    Raises:
        InputError: unreadable, of another shape or with other genes, a patient twice, or the label-leaky 140-gene table.
    """
    raw = read_text(path, sep)
    refuse_leaky(raw, path)
    genes = raw.iloc[:, 0]
    patients = by_patient(raw.iloc[:, 1:].T, raw.columns[1:].to_series().reset_index(drop=True), path, ids)
    if (len(genes), len(patients)) != (expected.genes, expected.patients):
        found = f"{len(genes)} genes × {len(patients)} patients"
        raise InputError(f"{path}: {found}, expected {expected.genes} × {expected.patients}; fetch the published file again")
    if expected.genes == expected.selected and expected.selected_sha256 not in (None, genes_digest(pd.Index(genes))):
        raise InputError(f"{path}: other genes than the published {expected.genes}; fetch the published file again")
    return numbers(patients.T.set_index(pd.Index(genes, name="gene")), path)


def refuse_leaky(raw: pd.DataFrame, path: Path) -> None:
    """Refuse the 140-gene table: it looks like expression data, but its genes were chosen by looking at the outcome.

    They were selected (Boruta, SVM) on the recurrence of these same patients, so that a plain Cox model on them
    reaches a cross-validated C-index of about 0.79, against 0.59 on genes selected without the label.
    """
    names = ",".join(map(str, raw.columns)).replace("\t", ",").casefold().split(",")  # whichever way the file is delimited
    if "recurrence" in names or len(names) in (141, 142):
        raise InputError(
            f"{path}: this is the 140-gene table, whose genes were selected on the recurrence of these same patients (label leakage); "
            "use GEO's full matrix or the 1000-gene table"
        )


def select_and_scale(fpkm: pd.DataFrame, expected: Expected, path: Path) -> pd.DataFrame:
    """The published recipe on FPKM values (genes × patients): label-free, but over all patients at once.

    Genes present in more than 80 % of the patients; log10(FPKM + 1); the genes of highest variance; z-score per gene
    (ddof 1). A missing value stays missing.

    Raises:
        InputError: a value is negative, too few genes are present, or other genes are selected than were published.
    """
    if (fpkm < 0).to_numpy().any():
        gene = fpkm.index[(fpkm < 0).any(axis=1)][0]
        raise InputError(f"{path}, row {gene}: a negative FPKM; fetch the published file again")
    present = fpkm[fpkm.notna().mean(axis=1) > 0.8]
    logged: pd.DataFrame = present.add(1).apply(np.log10)
    # by position: spreadsheets turn several gene names into the same date ("1-Mar"), so that names come twice
    chosen = logged.iloc[(-logged.var(axis=1, ddof=1)).argsort(kind="stable")[: expected.selected]]
    digest = genes_digest(chosen.index)
    if chosen.index.nunique() != expected.selected or expected.selected_sha256 not in (None, digest):
        raise InputError(f"{path}: the recipe selects other genes than the published {expected.selected}; fetch the published file again")
    scaled: pd.DataFrame = chosen.sub(chosen.mean(axis=1), axis=0).div(chosen.std(axis=1, ddof=1), axis=0)
    return scaled


def genes_digest(genes: pd.Index) -> str:
    """sha256 of the sorted gene names, one per line."""
    return hashlib.sha256("\n".join(sorted(genes)).encode()).hexdigest()


def as_block(matrix: pd.DataFrame) -> pd.DataFrame:
    """Patients × genes, both sorted, rounded to 6 decimals: either file then gives the same table, bit for bit."""
    block = matrix.T.sort_index().sort_index(axis=1).round(DECIMALS)
    block.index.name, block.columns.name = "patient_id", None
    return block
