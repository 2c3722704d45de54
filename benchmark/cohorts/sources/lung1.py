"""NSCLC-Radiomics (LUNG1): 422 patients with inoperable non-small cell lung cancer, irradiated at MAASTRO, Maastricht.

Aerts H. et al., Decoding tumour phenotype by noninvasive imaging using a quantitative radiomics approach,
Nat Commun 5:4006 (2014).
"""

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from benchmark.cohorts.cohort import BlockSheet, Cohort, Datasheet, OutcomeSheet
from benchmark.cohorts.design import Design
from benchmark.cohorts.fetch import sha256_of
from benchmark.cohorts.formats.coding import category, flag, number, refuse
from benchmark.cohorts.formats.text import by_patient, numbers, read_text
from benchmark.cohorts.manifest import SourceFile
from benchmark.errors import InputError

VERSION = "1"
IDS = r"LUNG1-\d{3}"
CLINICAL = "NSCLC-Radiomics-Lung1.clinical-version3-Oct-2019.csv"
CLINICAL_LF = "NSCLC-Radiomics-Lung1.clinical-version3-Oct-2019-lf.csv"
MATRIX = "cleaned_feature_matrix.csv"
FEATURES = "pyradiomics_421_190features.csv"
CNN = "idc_deepprognosis_res.csv"
PATIENTS, SEGMENTED, PREDICTED = 422, 421, 415
FEATURE_NAMES_SHA256 = "3fc40cd9472ad8a3dc2eae19e7483818aff0fa9c75c5e0a321284f92bc096d2a"
SEX = {"female": "female", "male": "male"}
HISTOLOGY = {
    "adenocarcinoma": "adenocarcinoma",
    "squamous cell carcinoma": "squamous_cell_carcinoma",
    "large cell": "large_cell_carcinoma",
    "nos": "nsclc_nos",
}
T_STAGE = {"1": "T1", "2": "T2", "3": "T3", "4": "T4"}
N_STAGE = {"0": "N0", "1": "N1", "2": "N2", "3": "N3"}
M_STAGE = {"0": "M0", "1": "M1"}
STAGES = ("I", "II", "IIIa", "IIIb")
COLUMNS = (
    *("PatientID", "age", "gender", "Histology", "clinical.T.Stage", "Clinical.N.Stage", "Clinical.M.Stage", "Overall.Stage"),
    *("Survival.time", "deadstatus.event"),
)
_FEATURES = ("original_*", "wavelet-*")
_CNN_NOT_READ = ("StudyInstanceUID", "SeriesInstanceUID_*", "CNN_output_argmax", "baseline_output_*", "surv2yr")
_GITHUB = "https://github.com"
_LICENCE = "CC BY-NC 3.0 (non-commercial)"
_DERIVATIVE = "derivative of CC BY-NC 3.0 data, published without a licence file"

SOURCES = (
    SourceFile(  # with CRLF line ends, as the archive serves it
        CLINICAL,
        f"https://www.cancerimagingarchive.net/wp-content/uploads/{CLINICAL}",
        "132f72b58b9660bf5e6b24b9817b335f1896360bc253e1f2034a3ffee593e6fd",
        23_335,
        _LICENCE,
        "LUNG1 clinical and outcomes",
    ),
    SourceFile(  # the same table with LF line ends, as git keeps it
        CLINICAL_LF,
        f"{_GITHUB}/irene-ballantini/nsclc_survival/raw/cc10e52b/examples/data_config/{CLINICAL}",
        "f4577bca53bf9290ec143a8ea2379685d2d54e24c03f3d958afbedb783e6daf2",
        22_913,
        _LICENCE,
        "LUNG1 clinical and outcomes",
    ),
    SourceFile(
        MATRIX,
        f"{_GITHUB}/ssmadhavan006/nsclc-radiomics-survival-analysis/raw/66ac6d83/outputs/features/{MATRIX}",
        "8a0f8aa102422612ebdd07388d29b5f6db125f7baa1d43c3bcc5b8610140b7f5",
        1_482_732,
        _DERIVATIVE,
        "LUNG1 radiomics",
    ),
    SourceFile(  # the same without its nine clinical and outcome columns
        FEATURES,
        f"{_GITHUB}/ssmadhavan006/nsclc-radiomics-survival-analysis",
        "7246efacd803f219af1c8495d0c9eddbacba64b58918e6736fcfd46de2374a92",
        1_462_921,
        _DERIVATIVE,
        "LUNG1 radiomics",
    ),
    SourceFile(
        CNN,
        f"{_GITHUB}/afshinmessiah/gcp-ai-lung1-deep-prognosis/raw/661cd76c/outputs/res.csv",
        "9e9bef8961bc48debed017aff7b544f6df6867dc984986164b79fbe6da743e42",
        110_841,
        _DERIVATIVE,
        "LUNG1 deep",
    ),
)


def read(files: Mapping[str, Path]) -> Cohort:
    """The cohort from the clinical table, one of the two PyRadiomics tables and the outputs of the CNN.

    Raises:
        InputError: a file is not what was published; the message names it.
    """
    raw, path = read_clinical(files)
    clinical = clinical_block(raw, path)
    dead = flag(raw["deadstatus.event"], "1", "0", path).astype("boolean")
    days = number(raw["Survival.time"], path, missing=())
    outcomes = pd.DataFrame({"stage": clinical["stage"], "survival_event": dead, "survival_time": days})
    blocks = {"clinical": clinical, "radiomics": read_radiomics(files), "deep": _deep(files[CNN])}
    return Cohort(_datasheet({name: sha256_of(file) for name, file in files.items()}), outcomes, blocks)


def read_clinical(files: Mapping[str, Path]) -> tuple[pd.DataFrame, Path]:
    """The published table, one row of strings per patient, sorted by id; and the file that it came from.

    Raises:
        InputError: unreadable, a column is missing or unknown, an id is strange or comes twice, or patients are missing.
    """
    path = files[CLINICAL] if CLINICAL in files else files[CLINICAL_LF]
    raw = read_text(path, required=COLUMNS, others=())
    return _counted(by_patient(raw[list(COLUMNS)], raw["PatientID"], path, IDS), PATIENTS, path), path


def clinical_block(raw: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Patient, tumour and clinical stage; codes without a TNM category (T 5, N 4, M 3) are missing.

    Raises:
        InputError: a cell holds a code that the coding does not know.
    """
    return pd.DataFrame(
        {
            "age": number(raw["age"], path, missing=("NA",)),
            "sex": category(raw["gender"], SEX, path, missing=()),
            "histology": category(raw["Histology"], HISTOLOGY, path, missing=("NA",)),
            "t_stage": category(raw["clinical.T.Stage"], T_STAGE, path, ordered=True, missing=("5", "NA")),
            "n_stage": category(raw["Clinical.N.Stage"], N_STAGE, path, ordered=True, missing=("4",)),
            "m_stage": category(raw["Clinical.M.Stage"], M_STAGE, path, ordered=True, missing=("3",)),
            "stage": category(raw["Overall.Stage"], {name: name for name in STAGES}, path, ordered=True, missing=("NA",)),
        }
    )


def read_radiomics(files: Mapping[str, Path]) -> pd.DataFrame:
    """The 190 features by patient: the same block from either table, never a clinical or outcome column of the first.

    Raises:
        InputError: unreadable, other features than the published ones, an empty or non-numeric cell, or patients are missing.
    """
    path = files[MATRIX] if MATRIX in files else files[FEATURES]
    raw = read_text(path, required=["PatientID"], others=("*",) if MATRIX in files else _FEATURES)  # the former: clinical columns too
    names = [name for name in raw.columns if name.startswith(("original_", "wavelet-"))]
    if hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest() != FEATURE_NAMES_SHA256:
        raise InputError(f"{path}: its {len(names)} feature columns are not the published 190; fetch the published file again")
    table = numbers(by_patient(raw[names], raw["PatientID"], path, IDS), path)
    if table.isna().to_numpy().any():
        row = table.index[table.isna().any(axis=1)][0]
        raise InputError(f"{path}, row {row}: a feature is empty; fetch the published file again")
    return _counted(table, SEGMENTED, path)


def _deep(path: Path) -> pd.DataFrame:
    """The network's two outputs sum to 1: one column, their log-odds, rounded so that every platform gives the same."""
    raw = read_text(path, required=["PatientID", "CNN_output_raw"], others=_CNN_NOT_READ)
    outputs = by_patient(raw, raw["PatientID"], path, IDS)["CNN_output_raw"]
    odds = [_log_odds(cell, str(patient), path) for patient, cell in outputs.items()]
    return _counted(pd.DataFrame({"alive_2y_log_odds": odds}, index=outputs.index), PREDICTED, path)


def _log_odds(cell: str, patient: str, path: Path) -> float:
    try:
        dead, alive = map(float, json.loads(cell))
        if min(dead, alive) > 0 and abs(dead + alive - 1) < 1e-5:
            return round(math.log(alive / dead), 6)
    except (ValueError, TypeError):
        pass  # refused below, as are numbers that are no probabilities
    raise refuse(path, patient, "CNN_output_raw", cell, "a pair of probabilities")


def _counted(table: pd.DataFrame, patients: int, path: Path) -> pd.DataFrame:
    if len(table) != patients:
        raise InputError(f"{path}: {len(table)} patients, expected {patients}; fetch the published file again")
    return table


def _datasheet(files: Mapping[str, str]) -> Datasheet:
    return Datasheet(
        name="lung1",
        version=VERSION,
        title="NSCLC-Radiomics (LUNG1): irradiated non-small cell lung cancer, 422 patients, MAASTRO",
        data="real",
        source="The Cancer Imaging Archive, NSCLC-Radiomics, doi:10.7937/K9/TCIA.2015.PF0M9REI",
        licence="CC BY-NC 3.0: non-commercial use only",
        citation="Aerts H. et al., Decoding tumour phenotype by noninvasive imaging using a quantitative radiomics approach, "
        "Nat Commun 5:4006 (2014)",
        files=dict(files),
        blocks={"clinical": _CLINICAL, "radiomics": RADIOMICS_SHEET, "deep": _DEEP},
        outcomes=_OUTCOMES,
        notes=_NOTES,
    )


_GIVES_AWAY = "the stage group is defined by T, N and M"
_CLINICAL = BlockSheet(
    description="Patient, histology and clinical (not pathological) stage before radiotherapy, from the clinical table of TCIA.",
    units={"age": "years"},
    coding={
        "age": "22 missing",
        "histology": "42 missing, 27 of them in the 93 patients of stage I: that it is missing says something about the stage",
        "t_stage": "ordered; published as 1 to 4; 5 (2 patients) and NA (1) are missing",
        "n_stage": "ordered; published as 0 to 3; 4 (3 patients, no TNM category) is missing",
        "m_stage": "ordered; published as 0 and 1; 3 (4 patients) is Mx: missing",
        "stage": "ordered; the published overall stage; equals the outcome 'stage'",
    },
    refuse={**dict.fromkeys(("t_stage", "n_stage", "m_stage"), _GIVES_AWAY), "stage": "it is the outcome 'stage'"},
)
RADIOMICS_SHEET = BlockSheet(
    description=(
        "190 PyRadiomics features of the primary tumour (GTV-1) on the planning CT, original and wavelet images: what a label-free filter "
        "left of 851 (variance below 0.01; one of each pair with |Spearman's rho| above 0.95; over all patients at once)."
    ),
    units={
        **{
            f"original_shape_{name}": "mm"
            for name in ("MajorAxisLength", "Maximum2DDiameterColumn", "Maximum2DDiameterRow", "Maximum2DDiameterSlice")
        },
        "original_shape_SurfaceVolumeRatio": "1/mm",
    },
    coding={
        "*": "CT clipped to -1000 … 400 HU, 1 mm voxels, bin width 25, not normalised; the source would have filled a missing value with "
        "the feature's median: the ties show no sign that there was one"
    },
    subsets={"original": ("original_*",), "shape": ("original_shape_*",)},
)
_DEEP = BlockSheet(
    description=(
        "One number per patient: the output of the 3D CNN of Hosny et al. (PLoS Med 15:e1002711, 2018), as log-odds of being alive two years "
        "after treatment. Its authors' scripts train on irradiated patients of Harvard and test on MAASTRO's, these: none of them taught it."
    ),
    coding={
        "alive_2y_log_odds": "log(p1 / p0) of the published pair, to 6 decimals. From a re-run of the released network for NCI Imaging Data "
        "Commons on 415 patients; the authors' own outputs, for 206 of them and other preprocessing, agree with Spearman's rho 0.78"
    },
)
_OUTCOMES = {
    "stage": OutcomeSheet(
        description="Overall clinical stage as published: I (93), II (40), IIIa (112), IIIb (176); LUNG1-272 has none. Stage IV was not included."
    ),
    "survival": OutcomeSheet(
        description="Death of any cause (373 of 422). The table does not state the origin of time.",
        origin="start of treatment, according to the studies that use it",
        unit="days",
    ),
}
_NOTES = (
    "Non-commercial licence (CC BY-NC 3.0), unlike the other cohorts.",
    "A lookup of the most frequent stage for each (T, N, M) is right in 403 of 421 patients: T, N and M are the label.",
    "T4 with N0 or N1 is IIIb in all 54 patients, as in AJCC 6; AJCC 7 calls it IIIA. The edition is not stated.",
    "T, N and M contradict the stage of a few patients (T1 N0 M0 as IIIb, M1 as IIIb); kept as published.",
    "LUNG1-128 has no segmentation; six more patients lack the CNN's output.",
    "The outputs of the CNN with surv2yr, released by its authors, cover 206 identified patients, fewer of stage I (36 of 93): not a block.",
    "Licence statements are those of third-party listings; check the collection page before you redistribute.",
)


def _agree(block: pd.DataFrame) -> pd.DataFrame:
    """Make the stage of a simulated patient follow from T and N, as it all but does in the real one."""
    t, n = block["t_stage"].cat.codes, block["n_stage"].cat.codes  # -1 is missing, else 0 is T1 and N0
    group = pd.Series(0, index=block.index)
    group = group.mask((n == 1) | (t == 2), 1).mask((n == 2) | ((n == 1) & (t == 2)), 2).mask((n == 3) | (t == 3), 3)
    known = (t >= 0) & (n >= 0) & block["stage"].notna()
    codes = block["stage"].cat.codes.where(~known, group)
    return block.assign(stage=pd.Categorical.from_codes(codes.tolist(), categories=pd.Index(STAGES), ordered=True))


REPLICA = Design(
    seed=20140603,
    factors={"burden": {"survival": 0.5}, "texture": {"survival": 0.3}, "frailty": {"survival": 0.6}},
    sees={"clinical": ("burden", "frailty"), "radiomics": ("burden", "texture"), "deep": ("texture", "burden")},
    spread=1.0,
    loads={
        "clinical": {
            "t_stage": ("burden", 0.6),
            "n_stage": ("burden", 0.5),
            "stage": ("burden", 0.7),
            "age": ("frailty", 0.4),
        },
        "deep": {"alive_2y_log_odds": ("texture", 0.3)},
    },
    copies={"stage": ("clinical", "stage")},
    reconcile={"clinical": _agree},
)
