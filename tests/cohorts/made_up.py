"""Made-up source files in the layout of NSCLC Radiogenomics; no patient in them exists."""

import csv
from pathlib import Path

from benchmark.cohorts.sources._nsclc_clinical import COLUMNS, LOBES

ROW = {
    "Patient affiliation": "Stanford",
    "Age at Histological Diagnosis": "60",
    "Weight (lbs)": "220.5",
    "Gender": "Male",
    "Ethnicity": "Caucasian",
    "Smoking status": "Former",
    "Pack Years": "30",
    "%GG": "0%",
    **{f"Tumor Location (choice={lobe})": "Unchecked" for lobe in LOBES},
    "Histology": "Adenocarcinoma",
    "Pathological T stage": "T2a",
    "Pathological N stage": "N1",
    "Pathological M stage": "M0",
    "Histopathological Grade": "G2 Moderately differentiated",
    "Adjuvant Treatment": "No",
    "Chemotherapy": "No",
    "Radiation": "No",
    "EGFR mutation status": "Wildtype",
    "KRAS mutation status": "Mutant",
    "ALK translocation status": "Unknown",
    "Lymphovascular invasion": "Absent",
    "Pleural invasion (elastic, visceral, or parietal)": "No",
    "Recurrence": "no",
    "Date of Recurrence": "N/A",
    "Date of Last Known Alive": "4/10/2000",
    "Survival Status": "Alive",
    "Date of Death": "N/A",
    "CT Date": "1/1/2000",
}


def label_table(folder: Path, *changes: dict[str, str]) -> Path:
    """A label table with one patient per change, R01-001 onwards; ``Case ID`` may be changed too."""
    rows = [ROW | {"Case ID": f"R01-{number:03d}"} | change for number, change in enumerate(changes, start=1)]
    path = folder / "labels.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)  # one column's name holds commas
        writer.writeheader()
        writer.writerows(rows)
    return path
