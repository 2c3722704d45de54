"""ccRCC: the table of MMIST-ccRCC and what TCGA-CDR and the GDC say of the TCGA patients whom MMIST left out.

The authors do not document their codes; these were found by comparing their TCGA patients with TCGA-CDR and the GDC.
"""

from pathlib import Path

import pandas as pd

from benchmark.cohorts.formats.coding import category, flag, refuse
from benchmark.cohorts.formats.tcga_cdr import AGE, IDS
from benchmark.cohorts.formats.text import by_patient, read_text
from benchmark.errors import InputError

CASES = rf"(C3[LN]-\d{{5}}|{IDS})"
CPTAC = "CPTAC"
T_STAGE = ("T1", "T1a", "T1b", "T2", "T2a", "T2b", "T3", "T3a", "T3b", "T3c", "T4")
DECADES = ("21-30", "31-40", "41-50", "51-60", "61-70", "71-80", "81-90", "91+")
STAGES = ("I", "II", "III", "IV")
GRADES = ("G1", "G2", "G3", "G4")
SEX = {"FEMALE": "female", "MALE": "male"}
RACE = {"ASIAN": "asian", "BLACK OR AFRICAN AMERICAN": "black", "HISPANIC OR LATINO": "hispanic_latino", "WHITE": "white", "OTHER": "other"}
GENES = {"VHL": "VHL_mutation", "PBRM1": "PBMR1_mutation", "TTN": "TTN_mutation"}  # "PBMR1" is the published spelling
_RACE_COLUMNS = {
    "race_Asian": "ASIAN",
    "race_Black or African American": "BLACK OR AFRICAN AMERICAN",
    "race_Hispanic or Latino": "HISPANIC OR LATINO",
    "race_White": "WHITE",
    "race_other": "OTHER",
}
_GDC = {"t_stage": "AJCC T", "n_stage": "AJCC N", "m_stage": "AJCC M"}
COLUMNS = (
    *("case_id", "gender", "age_diag", "grade", "cancer_history", "ajcc_path_tumor_pt", "ajcc_path_nodes_pn", "ajcc_clin_metastasis_cm"),
    *("ajcc_path_metastasis_pm", "ajcc_path_tumor_stage", "vital_status_12", "Split", *_RACE_COLUMNS, *GENES.values()),
)
_NOT_KNOWN = ("", "-1")
_GDC_NOT_READ = (
    *("GDC Case UUID", "Age at Index", "Gender", "Race", "Ethnicity", "Vital Status", "Days to Death", "Age at Diagnosis Days"),
    *("Primary Diagnosis", "Tumor Grade", "AJCC Stage", "Days to Last Follow-up", "Number of Diagnosis Records"),
    *(f"{endpoint}{time}" for endpoint in ("OS", "PFI", "DSS") for time in ("", ".time")),
)


def read_mmist(path: Path) -> pd.DataFrame:
    """MMIST's table: one row of strings per patient, sorted by id.

    Raises:
        InputError: unreadable, a column is missing or unknown, an id is strange or comes twice.
    """
    raw = read_text(path, required=COLUMNS, others=())
    rows = by_patient(raw[list(COLUMNS)], raw["case_id"], path, CASES)
    plain: pd.DataFrame = rows.apply(lambda column: column.str.removesuffix(".0"))  # pandas wrote columns with empty cells as floats
    return plain


def read_gdc(path: Path) -> pd.DataFrame:
    """T, N and M of the GDC: one row of strings per TCGA patient, columns ``t_stage``, ``n_stage``, ``m_stage``.

    Raises:
        InputError: unreadable, a column is missing or unknown, an id is strange or comes twice.
    """
    raw = read_text(path, required=["Case ID", *_GDC.values()], others=_GDC_NOT_READ)
    return by_patient(raw[list(_GDC.values())].set_axis(list(_GDC), axis=1), raw["Case ID"], path, IDS)


def clinical_block(raw: pd.DataFrame, path: Path, cdr: pd.DataFrame, cdr_path: Path, gdc: pd.DataFrame, gdc_path: Path) -> pd.DataFrame:
    """Everybody in MMIST or TCGA-CDR, coded alike; index ``patient_id``, sorted.

    Args:
        raw: see :func:`read_mmist`.
        cdr: TCGA-CDR of study KIRC.
        gdc: see :func:`read_gdc`.

    Raises:
        InputError: a cell holds something that the coding does not know.
    """
    others = cdr[~cdr.index.isin(raw.index)]
    block = pd.concat([_of_mmist(raw, path), _of_others(others, cdr_path, gdc.reindex(others.index), gdc_path)]).sort_index()
    sites = block.index.to_series().where(block.index.str.startswith("TCGA")).str[5:7].fillna(CPTAC)
    return block.assign(site=sites.astype("category"))


def mutations_block(raw: pd.DataFrame, path: Path) -> pd.DataFrame:
    """VHL, PBRM1, TTN: 1 mutated, 0 not (int8), of the patients who were sequenced.

    Raises:
        InputError: a cell is none of 0, 1 and -1, or a patient was sequenced for some of the genes.
    """
    cells = raw[list(GENES.values())].set_axis(list(GENES), axis=1)
    lacking = cells == "-1"
    for patient in cells.index[lacking.any(axis=1) & ~lacking.all(axis=1)]:
        raise InputError(f"{path}, row {patient}: sequenced for some of {', '.join(GENES)} only; fetch the published file again")
    return cells[~lacking.all(axis=1)].apply(flag, true="1", false="0", path=path)


def alive_12m(raw: pd.DataFrame, path: Path) -> pd.Series:
    """The published ``vital_status_12`` as a category: dead, alive."""
    return category(raw["vital_status_12"], {"0": "dead", "1": "alive"}, path, missing=())


def _of_mmist(raw: pd.DataFrame, path: Path) -> pd.DataFrame:
    def coded(column: str, levels: tuple[str, ...], missing: tuple[str, ...] = _NOT_KNOWN, ordered: bool = True) -> pd.Series:
        """Codes 1, 2, … stand for ``levels``."""
        codes = {str(code): level for code, level in enumerate(levels, start=1)}
        return category(raw[column], codes, path, ordered=ordered, missing=missing)

    return pd.DataFrame(
        {
            "age_decade": coded("age_diag", DECADES),
            "sex": category(raw["gender"], {"0": "female", "1": "male"}, path, missing=()),
            "race": category(_race(raw, path), RACE, path, missing=("",)),
            "cancer_history": category(raw["cancer_history"], {"": "not recorded", "1": "yes"}, path, missing=()),
            "grade": coded("grade", GRADES, missing=("5",)),
            "stage": coded("ajcc_path_tumor_stage", STAGES),
            "t_stage": coded("ajcc_path_tumor_pt", T_STAGE),
            "n_stage": coded("ajcc_path_nodes_pn", ("N0", "N1"), missing=("-1", "0")),
            "m_stage": coded("ajcc_path_metastasis_pm", ("M0", "M1"), missing=("-1", "0")),
            "cm_stage": coded("ajcc_clin_metastasis_cm", ("M0", "M1"), missing=("-1", "0")),
        }
    )


def _of_others(cdr: pd.DataFrame, cdr_path: Path, gdc: pd.DataFrame, gdc_path: Path) -> pd.DataFrame:
    def words(table: pd.DataFrame, column: str, levels: tuple[str, ...], path: Path, unknown: str, prefix: str = "") -> pd.Series:
        return category(table[column].fillna(""), {prefix + level: level for level in levels}, path, ordered=True, missing=("", unknown))

    bins = [20, 30, 40, 50, 60, 70, 80, 90, float("inf")]
    never = pd.Series(index=cdr.index, dtype=object)
    return pd.DataFrame(
        {
            "age_decade": pd.cut(cdr[AGE], bins, labels=list(DECADES)),
            "sex": category(cdr["gender"], SEX, cdr_path, missing=()),
            "race": category(cdr["race"].fillna(""), RACE, cdr_path, missing=("",)),
            "cancer_history": never.astype(pd.CategoricalDtype(["not recorded", "yes"])),
            "grade": words(cdr, "histological_grade", GRADES, cdr_path, "GX"),
            "stage": words(cdr, "ajcc_pathologic_tumor_stage", STAGES, cdr_path, "", "Stage "),
            "t_stage": words(gdc, "t_stage", T_STAGE, gdc_path, "TX"),
            "n_stage": words(gdc, "n_stage", ("N0", "N1"), gdc_path, "NX"),
            "m_stage": words(gdc, "m_stage", ("M0", "M1"), gdc_path, "MX"),
            "cm_stage": never.astype(pd.CategoricalDtype(["M0", "M1"], ordered=True)),
        }
    )


def _race(raw: pd.DataFrame, path: Path) -> pd.Series:
    """The race whose column is 1, or the empty string."""
    chosen = raw[list(_RACE_COLUMNS)].apply(flag, true="1", false="0", path=path)
    for patient in chosen.index[chosen.sum(axis=1) > 1]:
        raise refuse(path, patient, "race_*", "1 in several columns", "one race")
    words = chosen.idxmax(axis=1).map(_RACE_COLUMNS).where(chosen.any(axis=1), "")
    return words.rename("race_*")
