"""Two NSCLC collections side by side: NSCLC Radiogenomics (resected) and LUNG1 (irradiated), on what both have.

Bakr S. et al., Sci Data 5:180202 (2018); Aerts H. et al., Nat Commun 5:4006 (2014).
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from benchmark.cohorts.cohort import BlockSheet, Cohort, Datasheet, OutcomeSheet
from benchmark.cohorts.design import Design
from benchmark.cohorts.fetch import sha256_of
from benchmark.cohorts.formats.pyradiomics import read_pyradiomics
from benchmark.cohorts.sources import _nsclc_clinical, lung1, nsclc_radiogenomics
from benchmark.errors import InputError

VERSION = "1"
SHARED = 190
SITES = ("radiogenomics", "lung1")
HISTOLOGY = ("adenocarcinoma", "squamous_cell_carcinoma", "large_cell_carcinoma", "nsclc_nos")
GROUPS = ("early", "late")
# finer level → the level that both collections can tell; every column's levels in order
COARSE: dict[str, dict[str, str]] = {
    "t_stage": {"Tis": "Tis", "T1": "T1", "T1a": "T1", "T1b": "T1", "T2": "T2", "T2a": "T2", "T2b": "T2", "T3": "T3", "T4": "T4"},
    "n_stage": {"N0": "N0", "N1": "N1", "N2": "N2", "N3": "N3"},
    "m_stage": {"M0": "M0", "M1": "M1", "M1a": "M1", "M1b": "M1"},
}
EARLY = ("0", "I", "IA", "IB", "II", "IIA", "IIB")
LATE = ("IIIA", "IIIa", "IIIB", "IIIb", "IV")
_NEEDED = {nsclc_radiogenomics.LABELS, nsclc_radiogenomics.RADIOMICS, lung1.CLINICAL, lung1.CLINICAL_LF, lung1.MATRIX, lung1.FEATURES}

SOURCES = tuple(file for file in (*nsclc_radiogenomics.SOURCES, *lung1.SOURCES) if file.name in _NEEDED)


def read(files: Mapping[str, Path]) -> Cohort:
    """The staged patients of both collections, with the features and clinical columns that both have.

    Raises:
        InputError: a file is not what was published; the message names it.
    """
    labels, features = files[nsclc_radiogenomics.LABELS], files[nsclc_radiogenomics.RADIOMICS]
    resected = _nsclc_clinical.clinical_block(_nsclc_clinical.read_labels(labels), labels)
    irradiated = lung1.clinical_block(*lung1.read_clinical(files))
    irradiated["age"] = np.floor(irradiated["age"])  # whole years, as the other collection has them: decimals would give the site away
    tables = dict(zip(SITES, (resected, irradiated), strict=True))
    stages = pd.concat([table["stage"].astype(object) for table in tables.values()]).dropna().sort_index()
    outcomes = pd.DataFrame({"stage_group": stage_groups(stages)})
    clinical = pd.concat([harmonise(table, site) for site, table in tables.items()])
    mine, theirs = read_pyradiomics(features, _nsclc_clinical.IDS, 851), lung1.read_radiomics(files)
    shared = [name for name in theirs if name in mine]
    if len(shared) != SHARED:
        raise InputError(f"{features}: {len(shared)} features in common with LUNG1, expected {SHARED}; fetch the published file again")
    radiomics = pd.concat([mine[shared], theirs[shared]])
    blocks = {
        name: table[table.index.isin(outcomes.index)].sort_index() for name, table in (("clinical", clinical), ("radiomics", radiomics))
    }
    return Cohort(_datasheet({name: sha256_of(path) for name, path in files.items()}), outcomes, blocks)


def stage_groups(stages: pd.Series) -> pd.Series:
    """``early`` (stage 0 to II) or ``late`` (III and IV) of known stages, in either collection's spelling."""
    groups = stages.map({**dict.fromkeys(EARLY, "early"), **dict.fromkeys(LATE, "late")})
    return groups.astype(pd.CategoricalDtype(list(GROUPS), ordered=True))


def harmonise(clinical: pd.DataFrame, site: str) -> pd.DataFrame:
    """The clinical columns that both collections have, in one coding.

    Args:
        clinical: the block ``clinical`` of either cohort.
        site: which one it is, one of :data:`SITES`.
    """
    table = pd.DataFrame({"site": pd.Categorical([site] * len(clinical), categories=list(SITES)), "age": clinical["age"].to_numpy()})
    table = table.set_index(clinical.index)
    table["sex"] = clinical["sex"].astype(object).astype(pd.CategoricalDtype(["female", "male"]))
    table["histology"] = clinical["histology"].astype(object).astype(pd.CategoricalDtype(list(HISTOLOGY)))
    for name, levels in COARSE.items():
        dtype = pd.CategoricalDtype(list(dict.fromkeys(levels.values())), ordered=True)
        table[name] = clinical[name].astype(object).map(levels).astype(dtype)
    return table


def _datasheet(files: Mapping[str, str]) -> Datasheet:
    return Datasheet(
        name="nsclc_two_centres",
        version=VERSION,
        title="NSCLC Radiogenomics and LUNG1: the staged patients of two collections, 162 resected and 421 irradiated",
        data="real",
        source="The Cancer Imaging Archive, doi:10.7937/K9/TCIA.2017.7hs46erv and doi:10.7937/K9/TCIA.2015.PF0M9REI",
        licence="CC BY 3.0 (NSCLC Radiogenomics); CC BY-NC 3.0, non-commercial use only (LUNG1, and so the whole)",
        citation="Bakr S. et al., Sci Data 5:180202 (2018); Aerts H. et al., Nat Commun 5:4006 (2014)",
        files=dict(files),
        blocks={"clinical": _CLINICAL, "radiomics": _RADIOMICS},
        outcomes=_OUTCOMES,
        notes=_NOTES,
    )


_GIVES_AWAY = "the stage group is defined by T, N and M"
_CLINICAL = BlockSheet(
    description="Collection, age, sex, histology and TNM: the clinical columns that both collections have, in one coding.",
    units={"age": "years"},
    coding={
        "site": "the collection: radiogenomics (Stanford and Palo Alto VA) or lung1 (MAASTRO)",
        "age": "whole years; LUNG1's decimals are cut off; missing in 22 patients, all of LUNG1",
        "histology": "missing in 42 patients, all of LUNG1; large cell carcinoma is a category of LUNG1 only",
        "t_stage": "ordered; pathological (AJCC 7) in radiogenomics, clinical in lung1; a and b are merged; Tis in radiogenomics only",
        "n_stage": "ordered; as t_stage",
        "m_stage": "ordered; as t_stage; M1a and M1b are merged",
    },
    refuse={
        **dict.fromkeys(COARSE, _GIVES_AWAY),
        "site": "the collection is no property of the patient, and 68 % of LUNG1 are late against 18 % of NSCLC Radiogenomics",
    },
)
_RADIOMICS = BlockSheet(
    description=(
        "190 PyRadiomics features of the tumour on CT, those that LUNG1's table has and NSCLC Radiogenomics' too, as published: "
        "nothing is harmonised between the collections."
    ),
    units=lung1.RADIOMICS_SHEET.units,
    coding={
        "*": "radiogenomics: normalised, scale 500, bin width 20; lung1: -1000 … 400 HU, not normalised, bin width 25. "
        "Only the shape features, in mm, mean the same in both",
    },
    subsets=lung1.RADIOMICS_SHEET.subsets,
)
_OUTCOMES = {
    "stage_group": OutcomeSheet(
        description="early: stage 0, I or II; late: III or IV. Pathological, derived by AJCC 7 from pT, pN and M, in NSCLC Radiogenomics "
        "(133 early, 29 late); clinical, as published, in LUNG1 (133 early, 288 late)."
    )
}
_NOTES = (
    "Patients without a stage are left out: the 49 AMC patients of NSCLC Radiogenomics, and LUNG1-272.",
    "The 190 features tell the collections apart without error (cross-validated AUC 1.00); 99 of them have a single-feature AUC above 0.99. "
    "The 7 shape features alone reach about 0.8: irradiated tumours are larger.",
    "Two populations: resected patients staged by the pathologist, and inoperable ones staged on images; the editions of the manual may differ "
    "(T4 N0 is IIIb in LUNG1, IIIA in AJCC 7).",
    "No harmonisation is applied: z-scores per collection use all of its patients, also those tested, and assume that the collections are alike.",
    "Non-commercial licence (CC BY-NC 3.0), by LUNG1.",
)


REPLICA = Design(
    seed=20180603,
    factors={"burden": {"stage_group": 0.8}, "texture": {"stage_group": 0.3}, "centre": {"stage_group": 0.5}},
    sees={"clinical": ("burden",), "radiomics": ("burden", "texture", "centre")},
    spread=1.5,
    loads={"clinical": {"site": ("centre", 0.9), "t_stage": ("burden", 0.6), "n_stage": ("burden", 0.5)}},
)
