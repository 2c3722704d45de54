"""TCGA lung patients with CT: the RNA tables of Angione's group, and when the cancer came back according to TCGA-CDR.

Verma S. et al., Cross-attention enables deep learning on limited omics-imaging-clinical data of 130 lung cancer patients,
Cell Reports Methods 4:100817 (2024).
"""

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from benchmark.cohorts.formats.coding import flag
from benchmark.cohorts.formats.tcga_cdr import IDS
from benchmark.cohorts.formats.text import by_patient, numbers, read_text
from benchmark.errors import InputError

ANY_ID = rf"{IDS}|R01-\d{{3}}"
_NOT_READ = (
    *("Gender", "Pathological T stage", "Pathological N stage", "Pathological M stage", "Age at Histological Diagnosis", "Survival Status"),
    "survival_time",
)


def read_log_rsem(path: Path, genes: int) -> pd.DataFrame:
    """Patients × genes, log2(RSEM + 1).

    Raises:
        InputError: unreadable, another number of ``genes``, a gene or a patient comes twice, or a cell is not a number ≥ 0.
    """
    raw = read_text(path, required=["Patient_id"])
    if (twice := raw.columns[raw.columns.duplicated()]).size:
        raise InputError(f"{path}: gene '{twice[0]}' is there more than once; fetch the published file again")
    if len(raw.columns) != 1 + genes:
        raise InputError(f"{path}: {len(raw.columns) - 1} genes, expected {genes}; fetch the published file again")
    values = numbers(by_patient(raw.drop(columns="Patient_id"), raw["Patient_id"], path, IDS), path)
    if (wrong := values.index[~(values >= 0).all(axis=1)]).size:
        raise InputError(f"{path}, row {wrong[0]}: a value is missing or negative; fetch the published file again")
    return values


def read_flags(path: Path) -> pd.Series:
    """The flag ``Recurrence`` (boolean) of the TCGA patients in the table of both cohorts.

    Raises:
        InputError: unreadable, a patient comes twice, or a flag is neither 0 nor 1.
    """
    raw = read_text(path, required=["", "Recurrence"], others=_NOT_READ)
    cells = by_patient(raw, raw[""], path, ANY_ID)["Recurrence"]
    return flag(cells[cells.index.str.startswith("TCGA-")], "1", "0", path).astype(bool)


def recurrence(flags: pd.Series, cdr: pd.DataFrame) -> pd.DataFrame:
    """Recurrence as ``recurrence_event`` and ``recurrence_time`` (days from diagnosis), known where the two sources agree.

    The flag has no date. It is an event where TCGA-CDR dates a new tumour that is not only a new primary (the time is
    PFI.time, which is that date), and no event where the patient is not flagged and TCGA-CDR saw no progression (PFI 0,
    censored at PFI.time: the last contact, or death). Else the outcome is unknown: flagged, but without a date or with
    nothing in TCGA-CDR, or not flagged, but dead with tumour.
    """
    dated = cdr["new_tumor_event_dx_days_to"].notna() & (cdr["new_tumor_event_type"] != "New Primary Tumor")
    returned = flags & (cdr["PFI"] == 1) & dated
    known = returned | (~flags & (cdr["PFI"] == 0))
    event, time = returned.astype("boolean").where(known), cdr["PFI.time"].where(known)
    return pd.DataFrame({"recurrence_event": event, "recurrence_time": time})


def standardised(values: pd.DataFrame, genes: Collection[str]) -> pd.DataFrame:
    """Those of the genes that vary, z-scored per gene over all rows (ddof 1)."""
    kept = values[[gene for gene in values.columns if gene in genes]]
    kept = kept.loc[:, kept.nunique() > 1]
    return (kept - kept.mean()) / kept.std(ddof=1)
