"""NSCLC Radiogenomics: the clinical table of TCIA as the block ``clinical`` and as outcomes."""

from pathlib import Path

import pandas as pd

from benchmark.cohorts.formats.coding import category, date, flag, number, refuse
from benchmark.cohorts.formats.text import by_patient, read_text
from benchmark.errors import InputError

IDS = r"(R01|AMC)-\d{3}"
POUND = 0.45359237
LOBES = {"RUL": "rul", "RML": "rml", "RLL": "rll", "LUL": "lul", "LLL": "lll", "L Lingula": "lingula"}
THERAPY = {"adjuvant": "Adjuvant Treatment", "chemotherapy": "Chemotherapy", "radiation": "Radiation"}
SEX = {"Female": "female", "Male": "male"}
SITE = {"Stanford": "stanford", "VA": "palo_alto_va"}
SMOKING = {"Nonsmoker": "nonsmoker", "Former": "former", "Current": "current"}
ETHNICITY = {
    "Caucasian": "caucasian",
    "Asian": "asian",
    "African-American": "african_american",
    "Hispanic/Latino": "hispanic_latino",
    "Native Hawaiian/Pacific Islander": "native_hawaiian_pacific_islander",
}
HISTOLOGY = {
    "Adenocarcinoma": "adenocarcinoma",
    "Squamous cell carcinoma": "squamous_cell_carcinoma",
    "NSCLC NOS (not otherwise specified)": "nsclc_nos",
}
GRADE = {
    "G1 Well differentiated": "G1",
    "Other, Type I: Well to moderately differentiated": "G1-G2",
    "G2 Moderately differentiated": "G2",
    "Other, Type II: Moderately to poorly differentiated": "G2-G3",
    "G3 Poorly differentiated": "G3",
}
T_STAGE = ("Tis", "T1a", "T1b", "T2a", "T2b", "T3", "T4")
N_STAGE = ("N0", "N1", "N2", "N3")
M_STAGE = ("M0", "M1a", "M1b")
STAGES = ("0", "IA", "IB", "IIA", "IIB", "IIIA", "IIIB", "IV")
GROUND_GLASS = ("0%", ">0 - 25%", "25 - 50%", "50 - 75%", "75 - < 100%", "100%")
YES_NO = {"No": "no", "Yes": "yes"}
FINDINGS = {  # outcome → published column, published word → level
    "egfr": ("EGFR mutation status", {"Wildtype": "wildtype", "Mutant": "mutant"}),
    "kras": ("KRAS mutation status", {"Wildtype": "wildtype", "Mutant": "mutant"}),
    "alk": ("ALK translocation status", {"Wildtype": "wildtype", "Translocated": "translocated"}),
    "lymphovascular_invasion": ("Lymphovascular invasion", {"Absent": "absent", "Present": "present"}),
    "pleural_invasion": ("Pleural invasion (elastic, visceral, or parietal)", {"No": "no", "Yes": "yes"}),
}
COLUMNS = (
    [
        "Case ID",
        "Patient affiliation",
        "Age at Histological Diagnosis",
        "Weight (lbs)",
        "Gender",
        "Ethnicity",
        "Smoking status",
        "Pack Years",
        "%GG",
    ]
    + [f"Tumor Location (choice={lobe})" for lobe in LOBES]
    + ["Histology", "Pathological T stage", "Pathological N stage", "Pathological M stage", "Histopathological Grade", *THERAPY.values()]
    + [column for column, _ in FINDINGS.values()]
    + ["Recurrence", "Date of Recurrence", "Date of Last Known Alive", "Survival Status", "Date of Death", "CT Date"]
)
NOT_READ = (
    *("Quit Smoking Year", "Tumor Location (choice=Unknown)", "Recurrence Location", "Time to Death (days)", "Days between CT and surgery"),
    "PET Date",
)


def read_labels(path: Path) -> pd.DataFrame:
    """The published table, one row of strings per patient, sorted by id.

    Raises:
        InputError: unreadable, a column is missing or unknown, an id is strange or comes twice.
    """
    raw = read_text(path, required=COLUMNS, others=NOT_READ)
    return by_patient(raw[COLUMNS], raw["Case ID"], path, IDS)


def clinical_block(raw: pd.DataFrame, path: Path) -> pd.DataFrame:
    """What was known about the patient at surgery, and the therapy that followed.

    Raises:
        InputError: a cell holds a word that the coding does not know.
    """
    block = pd.DataFrame(
        {
            "age": number(raw["Age at Histological Diagnosis"], path),
            "sex": category(raw["Gender"], SEX, path),
            "ethnicity": category(raw["Ethnicity"], ETHNICITY, path),
            "weight": (number(raw["Weight (lbs)"], path) * POUND).round(1),
            "smoking": category(raw["Smoking status"], SMOKING, path),
            "pack_years": _pack_years(raw, path),
            "histology": category(raw["Histology"], HISTOLOGY, path),
            "grade": category(raw["Histopathological Grade"], GRADE, path, ordered=True),
            "t_stage": _ordered(raw["Pathological T stage"], T_STAGE, path),
            "n_stage": _ordered(raw["Pathological N stage"], N_STAGE, path),
            "m_stage": _ordered(raw["Pathological M stage"], M_STAGE, path),
        }
    )
    block["stage"] = stage_groups(block)
    block["ground_glass"] = _ordered(raw["%GG"], GROUND_GLASS, path)
    for lobe, name in LOBES.items():
        block[f"location_{name}"] = flag(raw[f"Tumor Location (choice={lobe})"], "Checked", "Unchecked", path)
    block["site"] = category(raw["Patient affiliation"], SITE, path)
    for name, column in THERAPY.items():
        block[name] = category(raw[column], YES_NO, path)
    block["adjuvant_any"] = any_yes(block[list(THERAPY)])
    return block


def stage_groups(block: pd.DataFrame) -> pd.Series:
    """AJCC 7 stage group of ``t_stage``, ``n_stage``, ``m_stage``; missing where one of them is."""
    rows = block[["t_stage", "n_stage", "m_stage"]].astype(object)
    groups = [None if row.isna().any() else ajcc7(*row) for _, row in rows.iterrows()]
    return pd.Series(groups, index=block.index, dtype=pd.CategoricalDtype(list(STAGES), ordered=True))


def ajcc7(t: str, n: str, m: str) -> str:
    """The stage group of the AJCC Cancer Staging Manual, 7th edition, lung (2010), from T, N and M."""
    if m != "M0":
        return "IV"
    if n == "N3" or (t == "T4" and n == "N2"):
        return "IIIB"
    if n == "N2" or t == "T4" or (t == "T3" and n == "N1"):
        return "IIIA"
    if t == "T3" or (t == "T2b" and n == "N1"):
        return "IIB"
    if t == "T2b" or n == "N1":
        return "IIA"
    return {"Tis": "0", "T2a": "IB"}.get(t, "IA")


def any_yes(therapies: pd.DataFrame) -> pd.Series:
    """``yes`` if any therapy was given, ``no`` if none was, missing if that is not known."""
    words = therapies.astype(object)
    known = words.notna().all(axis=1)
    result = pd.Series("no", index=therapies.index, dtype=object).where(known).mask((words == "yes").any(axis=1), "yes")
    return result.astype(pd.CategoricalDtype(["no", "yes"]))


def outcomes(raw: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Recurrence and overall survival, in days from the CT.

    The last-known-alive date precedes death in some patients: without recurrence, follow-up ends with the later of the two.

    Raises:
        InputError: an impossible date, an event without a date, or an event before the CT.
    """
    ct, alive = date(raw["CT Date"], path, missing=()), date(raw["Date of Last Known Alive"], path, missing=())
    death, relapse = date(raw["Date of Death"], path), date(raw["Date of Recurrence"], path)
    dead = flag(raw["Survival Status"], "Dead", "Alive", path).astype("boolean")
    words = category(raw["Recurrence"], {"no": "no", "yes": "yes"}, path)
    recurred = (words.astype(object) == "yes").astype("boolean").mask(words.isna())
    _check_dated(dead, raw["Date of Death"], path)
    _check_dated(recurred.fillna(False), raw["Date of Recurrence"], path)
    last = pd.concat([alive, death], axis=1).max(axis=1)
    end = last.mask(recurred.fillna(False).astype(bool), relapse).mask(recurred.isna())
    final = death.where(dead.astype(bool), alive)
    table = pd.DataFrame({"recurrence_event": recurred, "recurrence_time": _days(ct, end, path), "survival_event": dead})
    return table.assign(survival_time=_days(ct, final, path))


def findings(raw: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Molecular status and invasion as categories; "Unknown" and "Not collected" are missing.

    Raises:
        InputError: a cell holds a word that the coding does not know.
    """
    return pd.DataFrame({name: category(raw[column], levels, path) for name, (column, levels) in FINDINGS.items()})


def _check_dated(event: pd.Series, dates: pd.Series, path: Path) -> None:
    for patient in event.index[event.astype(bool) != (dates != "N/A")]:
        raise refuse(path, patient, str(dates.name), dates[patient], "consistent with the status of the patient")


def _days(start: pd.Series, end: pd.Series, path: Path) -> pd.Series:
    days = (end - start).dt.days.astype(float)
    for patient in days.index[days < 0]:
        raise InputError(
            f"{path}, row {patient}: the CT date is {-days[patient]:g} days after the end of follow-up; fetch the published file again"
        )
    return days


def _ordered(raw: pd.Series, levels: tuple[str, ...], path: Path) -> pd.Series:
    return category(raw, {level: level for level in levels}, path, ordered=True)


def _pack_years(raw: pd.DataFrame, path: Path) -> pd.Series:
    column = raw["Pack Years"]
    return number(column.mask((column == "N/A") & (raw["Smoking status"] == "Nonsmoker"), "0"), path)
