"""TCGA-CDR: clinical data and curated outcomes of every TCGA patient.

Liu J. et al., An integrated TCGA pan-cancer clinical data resource to drive high-quality survival outcome analytics,
Cell 173:400 (2018), Table S1, sheet TCGA-CDR.
"""

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree.ElementTree import ParseError

import pandas as pd

from benchmark.cohorts.formats.text import by_patient, check_columns, numbers, read_text
from benchmark.cohorts.manifest import SourceFile
from benchmark.errors import InputError

XLSX = "TCGA-CDR-SupplementalTableS1.xlsx"
CSV = "TCGA-CDR.csv.gz"
IDS = r"TCGA-[0-9A-Z]{2}-[0-9A-Z]{4}"
ENDPOINTS = ("OS", "DSS", "DFI", "PFI")
MISSING = ("", "#N/A", "[Not Available]", "[Not Applicable]", "[Unknown]", "[Discrepancy]", "[Not Evaluated]")
AGE = "age_at_initial_pathologic_diagnosis"
_WORDS = (
    *("type", "gender", "race", "ajcc_pathologic_tumor_stage", "clinical_stage", "histological_type", "histological_grade"),
    *("menopause_status", "vital_status", "tumor_status", "cause_of_death", "new_tumor_event_type", "new_tumor_event_site"),
    *("new_tumor_event_site_other", "treatment_outcome_first_course", "margin_status", "residual_tumor", "Redaction"),
)
_NUMBERS = (
    *(AGE, "initial_pathologic_dx_year", "birth_days_to", "last_contact_days_to", "death_days_to", "new_tumor_event_dx_days_to"),
    *ENDPOINTS,
    *(f"{endpoint}.time" for endpoint in ENDPOINTS),
)
_ID = "bcr_patient_barcode"
_ROW_NUMBER = ("row", "", "Unnamed: 0")  # in the text table; in the spreadsheet, where it has no name; and as pandas then calls it
_LICENCE = "NCI GDC open access"

CDR: tuple[SourceFile, ...] = (
    SourceFile(  # its bytes are not known: public copies hold the same cells in different containers
        XLSX,
        "https://api.gdc.cancer.gov/data/1b5f413e-a8d1-4d10-92eb-7c4ae739ed81",
        None,
        None,
        _LICENCE,
        "TCGA-CDR",
    ),
    SourceFile(  # the sheet TCGA-CDR as text
        CSV,
        "https://gdc.cancer.gov/about-data/publications/pancanatlas",
        "1597552dac2e5e779977947119cbe10f16e234d1ddc7ccfd12f1a190317dd6ef",
        339_628,
        _LICENCE,
        "TCGA-CDR",
    ),
)


def read_cdr(files: Mapping[str, Path], studies: Sequence[str]) -> pd.DataFrame:
    """The patients of the studies, from the spreadsheet or the text table: the same either way.

    Args:
        files: holds one of :data:`CDR` by name.
        studies: TCGA study codes, such as "KIRC".

    Returns:
        One row per patient, index ``patient_id`` (sorted), columns named as published. Ages (years), days, years and the
        endpoints ``OS``, ``DSS``, ``DFI``, ``PFI`` (1 event, 0 censored, ``<endpoint>.time`` in days) are floats, the
        others strings; NaN where the table says that nobody knows.

    Raises:
        InputError: unreadable, a column or a study is missing, a patient comes twice, or a cell is impossible.
    """
    path = files[CSV] if CSV in files else files[XLSX]
    columns = [_ID, *_WORDS, *_NUMBERS]
    raw = read_text(path, required=columns, others=_ROW_NUMBER) if CSV in files else _read_sheet(path, columns)
    table = by_patient(raw[columns], raw[_ID], path, IDS)
    for study in studies:
        if study not in set(table["type"]):
            raise InputError(f"{path}: no patient of study {study}; fetch the published file again")
    table = table[table["type"].isin(list(studies))]
    table = table.mask(table.isin(MISSING))
    values = numbers(table[list(_NUMBERS)].fillna(""), path)
    for endpoint in ENDPOINTS:
        _check(values, endpoint, path)
    return pd.concat([table[list(_WORDS)], values], axis=1)


def survival_outcome(cdr: pd.DataFrame, endpoint: str) -> pd.DataFrame:
    """An endpoint as columns ``event`` (nullable boolean) and ``time`` (float, days from diagnosis).

    Both are missing where either is: a few patients have an event without a time, or a time without an event.
    """
    time = cdr[f"{endpoint}.time"].where(cdr[endpoint].notna())
    return pd.DataFrame({"event": cdr[endpoint].astype("boolean").mask(time.isna()), "time": time})


def _read_sheet(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    try:
        raw = pd.read_excel(path, sheet_name="TCGA-CDR", dtype=str, keep_default_na=False, engine="openpyxl")
    except (OSError, EOFError, KeyError, ValueError, ParseError, zipfile.BadZipFile, zlib.error) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise InputError(f"{path}: cannot be read as a spreadsheet with a sheet TCGA-CDR ({reason}); fetch the file again") from error
    check_columns([str(name) for name in raw], columns, _ROW_NUMBER, path)
    stripped: pd.DataFrame = raw[list(columns)].apply(lambda column: column.str.strip())
    return stripped


def _check(values: pd.DataFrame, endpoint: str, path: Path) -> None:
    event, time = values[endpoint], values[f"{endpoint}.time"]
    for patient in values.index[event.notna() & ~event.isin([0, 1])]:
        raise InputError(f"{path}, row {patient}, column '{endpoint}': '{event[patient]:g}' is not 0 or 1; fetch the published file again")
    for patient in values.index[time < 0]:
        raise InputError(f"{path}, row {patient}: a negative {endpoint}.time ({time[patient]:g} days); fetch the published file again")
