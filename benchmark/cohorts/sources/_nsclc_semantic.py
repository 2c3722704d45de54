"""NSCLC Radiogenomics: the radiologists' AIM annotations as the block ``semantic``."""

from pathlib import Path

import pandas as pd

from benchmark.cohorts.formats.coding import category, refuse
from benchmark.errors import InputError

_DENSITY = ("absent", "non-solid", "partially solid", "solid")
_MARGINS = ("smooth", "lobulated", "irregular", "spiculated", "poorly defined")
_FOUND = ("absent", "present")
_EMPHYSEMA = ("paraseptal", "centrilobular", "panacinar")
_SIDE = ("right", "left", "both")
_ZONE = ("upper predominant", "middle predominant", "lower predominant", "diffuse, no predominance", "patchy, no predominance")
_ORDERED = ("attenuation", "emphysema_severity")

SINGLE: dict[str, tuple[str, tuple[str, ...]]] = {
    "location": (
        "Anatomic Location",
        (
            "upper lobe of right lung",
            "middle lobe of right lung",
            "lower lobe of right lung",
            "upper lobe of left lung",
            "lingula",
            "lower lobe of left lung",
        ),
    ),
    "axial_location": ("Axial Location", ("central", "peripheral")),
    "attenuation": (
        "Nodule Attenuation",
        ("ground glass", "partially solid / Solid lessOrEqual 5mm", "partially solid / Solid greaterThan 5mm", "solid"),
    ),
    "margins_primary": ("Nodule Margins-Primary Pattern", _MARGINS),
    "margins_secondary": ("Nodule Margins-Secondary Pattern", _MARGINS),
    "shape": ("Nodule Shape", ("round", "oval", "polygonal", "complex")),
    "calcification": ("Nodule Calcification", ("none", "peripheral")),
    "periphery": ("Nodule Periphery", ("normal", "emphysema", "fibrosis / diffuse", "scar / focal")),
    "satellites_same_lobe": ("Satellite Nodules in Primary Lesion Lobe (greater than 4mm noncalcified)", _DENSITY),
    "nodules_same_lung": ("Nodules in Non-Lesion Lobe Same Lung (greater than 4mm noncalcified)", _DENSITY),
    "nodules_other_lung": ("Nodules in Contralateral Lung (gretater than 4mm noncalcified)", _DENSITY),
    "centrilobular_nodules": ("Centrilobular Nodules - Diffuse (RB type nodules)", _FOUND),
    "emphysema": ("Emphysema", _FOUND),
    "emphysema_severity": (
        "Overall Emmphysema Severity",
        ("low severity (1-25%)", "moderate severity (26-50%)", "moderately high severity (51-75%)", "high severity (greaterThan 75%)"),
    ),
    "emphysema_pattern": ("Primary Emphysema Pattern", _EMPHYSEMA),
    "emphysema_distribution": ("Primary Distribution", _ZONE),
    "emphysema_side": ("Primary Emphysema Laterality", _SIDE),
    "emphysema_second_pattern": ("Secondary Emmphysema Pattern", _EMPHYSEMA),
    "emphysema_second_distribution": ("Secondary Emhysema Distribution", _ZONE),
    "emphysema_second_side": ("Secondary Emphysema Laterality", _SIDE),
    "fibrosis": ("Fibrosis", _FOUND),
    "fibrosis_type": (
        "Fibrosis Type",
        (
            "usual interstitial pneumonia",
            "nonspecific interstitial pneumonia",
            "smoking-related fibrosis",
            "other fibrosis",
            "indeterminate",
        ),
    ),
    "fibrosis_distribution": ("Anatomic Fibrosis Distribution", _ZONE),
    "fibrosis_axial_distribution": ("Axial Fibrosis Distribution", ("subpleural", "subpleural & bronchovascular")),
}
MULTIPLE: dict[str, tuple[str, tuple[str, ...]]] = {
    "associated": (
        "Nodule Associated Findings",
        (
            "attachment to pleura",
            "attachment to vessel",
            "attachment to bronchus",
            "pleural retraction",
            "entering airway",
            "vascular convergence",
            "bronchovascular bundle / thickened",
            "septal thickening",
        ),
    ),
    "internal": ("Nodule Internal Features", ("internal air bronchogram sign", "cavitated", "reticulation", "necrosis", "nodule cysts")),
    "parenchyma": (
        "Lung Parencyma Features",
        (
            "airway abnormality",
            "bronchial wall thickening",
            "airway ectasia",
            "bronchiectasis",
            "bronchiolar prominence",
            "tree-in-bud sign",
            "mosaic oligemia",
        ),
    ),
}
_UNKNOWN = frozenset({"", "unable to determin predominance or NA"})


def semantic_block(raw: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Typed annotations: a category per single-valued field, 0/1 indicators for the findings that may come together.

    A detail of emphysema or fibrosis is ``none`` where the radiologist saw no emphysema or fibrosis (for the second
    pattern: no second one), and missing where it was seen and the detail was not coded.

    Args:
        raw: published labels × patients, as :func:`benchmark.cohorts.formats.aim.read_aim` gives them.

    Raises:
        InputError: an unknown label, or a word that the coding does not know.
    """
    known = {label for label, _ in [*SINGLE.values(), *MULTIPLE.values()]}
    if strange := sorted(set(raw.columns) ^ known):
        state = "is missing" if strange[0] in known else "is not in the template"
        raise InputError(f"{path}: the annotation '{strange[0]}' {state}; fetch the published archive again")
    columns = {name: _single(raw, name, path) for name in SINGLE}
    for prefix, (label, findings) in MULTIPLE.items():
        columns |= _indicators(raw[label], prefix, findings, path)
    return pd.DataFrame(columns)


def indicator(prefix: str, finding: str) -> str:
    """The column of a finding: ``associated_septal_thickening``."""
    return f"{prefix}_{finding.replace(' / ', '_').replace(' ', '_').replace('-', '_')}"


def _single(raw: pd.DataFrame, name: str, path: Path) -> pd.Series:
    label, levels = SINGLE[name]
    cells, coding = raw[label], {level: level for level in levels}
    detail = name.startswith(("emphysema_", "fibrosis_"))
    if detail:
        parent = raw["Emphysema" if name.startswith("emphysema") else "Fibrosis"]
        second = name.startswith("emphysema_second") & (raw["Secondary Emmphysema Pattern"] == "not applicable")
        cells = cells.mask((cells.isin(["", "not applicable"])) & ((parent == "absent") | second), "none")
        coding = {"none": "none"} | coding
    return category(cells, coding, path, ordered=name in _ORDERED, missing=_UNKNOWN if detail else ())


def _indicators(cells: pd.Series, prefix: str, findings: tuple[str, ...], path: Path) -> dict[str, pd.Series]:
    coded = cells.map(lambda cell: {word for word in cell.split("|") if word})
    for patient, words in coded.items():
        if strange := sorted(words - set(findings)):
            raise refuse(path, patient, str(cells.name), strange[0], f"one of {', '.join(findings)}")
    return {
        indicator(prefix, finding): pd.Series([finding in words for words in coded], index=cells.index, dtype="int8")
        for finding in findings
    }
