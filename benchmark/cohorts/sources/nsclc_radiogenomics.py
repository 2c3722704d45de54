"""NSCLC Radiogenomics: 211 patients with resected non-small cell lung cancer, Stanford and Palo Alto VA, 2008 to 2012.

Bakr S. et al., A radiogenomic dataset of non-small cell lung cancer, Sci Data 5:180202 (2018).
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from benchmark.cohorts.cohort import BlockSheet, Cohort, Datasheet, OutcomeSheet
from benchmark.cohorts.design import Design
from benchmark.cohorts.fetch import sha256_of
from benchmark.cohorts.formats.aim import read_aim
from benchmark.cohorts.formats.geo import Expected, as_block, read_matrix, select_and_scale
from benchmark.cohorts.formats.pyradiomics import read_pyradiomics
from benchmark.cohorts.manifest import SourceFile
from benchmark.cohorts.sources._nsclc_clinical import IDS, clinical_block, findings, outcomes, read_labels, stage_groups
from benchmark.cohorts.sources._nsclc_semantic import MULTIPLE, SINGLE, semantic_block
from benchmark.errors import InputError

VERSION = "3"
LABELS = "NSCLCR01Radiogenomic_DATA_LABELS_2018-05-22_1500-shifted.csv"
RNA_FULL = "GSE103584_R01_NSCLC_RNAseq.txt.gz"
RNA_DERIVED = "GSE103584_top1000var_log10_zscore.csv"
RADIOMICS = "NSCLC_features_results_RG.csv"
AIM_ZIP = "AIM_files_updated-11-10-2020.zip"
AIM_TAR = "AIM_files_updated-11-10-2020.tar.gz"
ANNOTATED = 190
GENES_SHA256 = "8d40ab9e1891efd84a169f18acd0e6833556168e8df444157a518d1fff778ce4"
FULL = Expected(22_126, 130, 1000, GENES_SHA256)
DERIVED = Expected(1000, 130, 1000, GENES_SHA256)
_GITHUB = "https://github.com"
_DERIVATIVE = "derivative of CC BY 3.0 data, published without a licence file"

SOURCES = (
    SourceFile(
        LABELS,
        f"https://www.cancerimagingarchive.net/wp-content/uploads/{LABELS}",
        "0a1f7cdf02cef58450db17f116a3fb0ecfd4d737ca6843bb1939dbe421071476",
        66_643,
        "CC BY 3.0",
        "clinical and outcomes",
    ),
    SourceFile(
        RNA_FULL,
        f"https://ftp.ncbi.nlm.nih.gov/geo/series/GSE103nnn/GSE103584/suppl/{RNA_FULL}",
        None,
        None,
        "GEO open data",
        "genomics",
    ),
    SourceFile(
        RNA_DERIVED,
        f"{_GITHUB}/blobgoat/non-invasive-to-invasive-imagery/raw/364b9b39/data/df_zscore.csv",
        "87bd0253199f32a7c6ae23ba5b02012967bf99f81a8089d3a72bf1ba03ed1456",
        2_479_010,
        "derivative of GEO open data, published without a licence file",
        "genomics",
    ),
    SourceFile(
        RADIOMICS,
        f"{_GITHUB}/sandrocarollo/ML_opt_model/raw/f3a4e944/input/{RADIOMICS}",
        "d277e1344b5655d43b4cbc93f57881bbc1e5c384f0e291599881e19747c90d6b",
        2_507_464,
        _DERIVATIVE,
        "radiomics",
    ),
    SourceFile(
        AIM_ZIP,
        f"https://www.cancerimagingarchive.net/wp-content/uploads/{AIM_ZIP}",
        None,
        None,
        "CC BY 3.0",
        "semantic",
    ),
    SourceFile(  # the same XML files, packed again: its bytes are known, those of the official zip are not
        AIM_TAR,
        "https://www.cancerimagingarchive.net/collection/nsclc-radiogenomics/",
        "e93b33734ec8da3daf9c12528b7a4280d9bdf99dfbe925750f47e8166451a837",
        112_777,
        "CC BY 3.0",
        "semantic",
    ),
)


def read(files: Mapping[str, Path]) -> Cohort:
    """The cohort from the label table, one of the two RNA tables, the PyRadiomics table and the AIM archive.

    Raises:
        InputError: a file is not what was published; the message names it.
    """
    raw = read_labels(files[LABELS])
    blocks = {
        "clinical": clinical_block(raw, files[LABELS]),
        "genomics": genomics_block(files),
        "radiomics": read_pyradiomics(files[RADIOMICS], IDS, 851),
        "semantic": _semantic(files),
    }
    for name, block in blocks.items():
        block.index.name, block.columns.name = "patient_id", None
        if (stray := block.index.difference(raw.index)).size:
            raise InputError(
                f"block {name}: patient {stray[0]} is not in {files[LABELS]}; the files are of different releases, fetch them again"
            )
    staged = blocks["clinical"][["stage", "t_stage"]]
    known = pd.concat([outcomes(raw, files[LABELS]), staged, findings(raw, files[LABELS])], axis=1)
    return Cohort(_datasheet({name: sha256_of(path) for name, path in files.items()}), known, blocks)


def genomics_block(files: Mapping[str, Path]) -> pd.DataFrame:
    """The 1000 genes, from GEO's full matrix or the table that others derived from it: the same block from either.

    Raises:
        InputError: the file is not what was published.
    """
    if RNA_FULL in files:
        path = files[RNA_FULL]
        return as_block(select_and_scale(read_matrix(path, "\t", IDS, FULL), FULL, path))
    return as_block(read_matrix(files[RNA_DERIVED], ",", IDS, DERIVED))


def _semantic(files: Mapping[str, Path]) -> pd.DataFrame:
    path = files[AIM_ZIP] if AIM_ZIP in files else files[AIM_TAR]
    raw = read_aim(path, IDS)
    if len(raw) != ANNOTATED:
        raise InputError(f"{path}: {len(raw)} annotated patients, expected {ANNOTATED}; fetch the published archive again")
    return semantic_block(raw, path)


def _datasheet(files: Mapping[str, str]) -> Datasheet:
    return Datasheet(
        name="nsclc_radiogenomics",
        version=VERSION,
        title="NSCLC Radiogenomics: resected non-small cell lung cancer, 211 patients, Stanford and Palo Alto VA",
        data="real",
        source="The Cancer Imaging Archive, doi:10.7937/K9/TCIA.2017.7hs46erv; Gene Expression Omnibus, GSE103584",
        licence="CC BY 3.0 (clinical table, annotations); GEO open data (RNA)",
        citation="Bakr S. et al., A radiogenomic dataset of non-small cell lung cancer, Sci Data 5:180202 (2018)",
        files=dict(files),
        blocks={"clinical": _CLINICAL, "genomics": _GENOMICS, "radiomics": _RADIOMICS, "semantic": _SEMANTIC},
        absent={"densenet": "image-derived DenseNet features are not in the public tables"},
        outcomes=_OUTCOMES,
        notes=_NOTES,
    )


_CLINICAL = BlockSheet(
    description="Patient, tumour and pathology at surgery, site, and the therapy that followed, from the clinical table of TCIA.",
    units={"age": "years", "weight": "kg", "pack_years": "pack-years"},
    coding={
        "age": "at histological diagnosis",
        "weight": "published in pounds, converted with 0.45359237 and rounded to 0.1 kg; 'Not Collected' is missing",
        "pack_years": "0 for nonsmokers (published as 'N/A'); 'Not Collected' is missing",
        "ethnicity": "'Not Recorded In Database' is missing",
        "grade": "ordered; G1-G2 and G2-G3 are the published 'Other, Type I' and 'Other, Type II'; missing in AMC patients",
        "t_stage": "ordered; pathological, AJCC 7; missing in AMC patients, as are n_stage, m_stage and stage",
        "stage": "ordered; AJCC 7 group, derived here from t_stage, n_stage and m_stage; not an official field",
        "ground_glass": "ordered; share of the nodule that is ground glass; 'Not Assessed' is missing",
        **{f"location_{lobe}": "1 if the tumour lies in this lobe, else 0" for lobe in ("rul", "rml", "rll", "lul", "lll", "lingula")},
        "adjuvant": "given after surgery: not known at prediction time",
        "chemotherapy": "given after surgery: not known at prediction time",
        "radiation": "given after surgery: not known at prediction time",
        "adjuvant_any": "yes if adjuvant, chemotherapy or radiation is yes; given after surgery: not known at prediction time",
    },
    subsets={"therapy": ("adjuvant*", "chemotherapy", "radiation")},
    refuse={
        **dict.fromkeys(("adjuvant", "chemotherapy", "radiation", "adjuvant_any"), "decided after surgery; not known at the CT"),
        "site": "the hospital is no property of the patient, and hospitals follow their patients for different times",
    },
)


_GENOMICS = BlockSheet(
    description=(
        "RNA-seq of the resected tumour (GEO GSE103584): 1000 genes of highest variance among those present in more than 80 % of "
        "130 patients, log10(FPKM + 1), z-scored per gene; chosen and scaled without labels, but over all 130 patients at once."
    ),
    coding={
        "*": "gene symbol as published (one is a spreadsheet's date); rounded to 6 decimals; missing = NA in GEO (not expressed or not called)"
    },
)
_RADIOMICS = BlockSheet(
    description="851 PyRadiomics 3.0.1 features of the segmented tumour on CT (1 mm voxels, normalised, bin width 20): original and wavelet images.",
    units={
        **{f"original_shape_{name}": "mm" for name in ("LeastAxisLength", "MajorAxisLength", "Maximum3DDiameter", "MinorAxisLength")},
        "original_shape_MeshVolume": "mm3",
        "original_shape_VoxelVolume": "mm3",
        "original_shape_SurfaceArea": "mm2",
        "original_shape_SurfaceVolumeRatio": "1/mm",
    },
    subsets={"original": ("original_*",)},
)
_SEMANTIC = BlockSheet(
    description="Annotations of the CT by thoracic radiologists (AIM, RadLex terms), one tumour per patient.",
    coding={
        **{name: f"'{label}' in AIM; levels are the published words" for name, (label, _) in SINGLE.items()},
        **{f"{prefix}_*": f"1 if coded under '{label}' in AIM, else 0" for prefix, (label, _) in MULTIPLE.items()},
        "emphysema_*": "none: no emphysema (second_*: no second pattern); missing: emphysema seen, detail not coded",
        "fibrosis_*": "none: no fibrosis; missing: fibrosis seen, detail not coded",
    },
)
_OUTCOMES = {
    "recurrence": OutcomeSheet(
        description=(
            "First recurrence (local, regional or distant). Without one, follow-up ends with the later of last known alive and death: "
            "death without recurrence is censoring."
        ),
        origin="CT",
        unit="days",
    ),
    "survival": OutcomeSheet(description="Death of any cause; the others are censored when last known alive.", origin="CT", unit="days"),
    "stage": OutcomeSheet(
        description="AJCC 7 group 0, IA, IB, IIA, IIB, IIIA, IIIB or IV, derived here from pT, pN and M (R01 patients only)."
    ),
    "t_stage": OutcomeSheet(description="Pathological T, AJCC 7: Tis, T1a, T1b, T2a, T2b, T3 or T4 (R01 patients only)."),
    "egfr": OutcomeSheet(description="EGFR, wildtype or mutant; not tested in every patient."),
    "kras": OutcomeSheet(description="KRAS, wildtype or mutant; not tested in every patient."),
    "alk": OutcomeSheet(description="ALK, wildtype or translocated (two patients); not tested in every patient."),
    "lymphovascular_invasion": OutcomeSheet(description="Lymphovascular invasion in the specimen, absent or present."),
    "pleural_invasion": OutcomeSheet(description="Elastic, visceral or parietal pleural invasion in the specimen, no or yes."),
}
_NOTES = (
    "R01 patients have pathology and, most of them, RNA; the 49 AMC patients have no TNM stage, no grade, no segmentation and no RNA.",
    "AMC-044 recurs on the day of the CT (time 0): kept here, excluded by tasks, which ask for a time above 0. AMC-049: recurrence not collected.",
    "R01-106 died 14 days after the CT although the table gives 211 days from CT to surgery; kept as published.",
    "Times run from the CT, the only date that all patients have; the published 'Time to Death' counts from another origin and is not used.",
    "One adult's published weight is implausibly low (22 kg); kept as published.",
    "Dates were shifted per patient by TCIA: only differences mean anything; calendar years (quitting smoking) are left out.",
    "Left out of the block clinical: recurrence location and dates (outcomes); EGFR, KRAS, ALK, lymphovascular and pleural invasion (outcomes).",
    "A surrogate of PD-L1 by CD8 infiltration cannot be had: CD8A is not among the 1000 genes of the public table.",
    "RNA was processed in blocks (order of the columns in GEO): expect batch effects.",
    "Licence statements are those of third-party listings; check the collection pages before you redistribute.",
)


def _agree(block: pd.DataFrame) -> pd.DataFrame:
    """Make the columns of a simulated clinical block agree that define each other in the real one."""
    block["stage"] = stage_groups(block)
    block["pack_years"] = block["pack_years"].mask((block["smoking"] == "nonsmoker") & block["pack_years"].notna(), 0.0)
    block["adjuvant"] = block["chemotherapy"] = block["adjuvant_any"]
    block["radiation"] = block["radiation"].mask(block["adjuvant_any"] == "no", "no")
    return block


REPLICA = Design(
    seed=20180524,
    factors={
        "proliferation": {"recurrence": 0.60, "survival": 0.50, "kras": 0.40, "lymphovascular_invasion": 0.40},
        "immune": {"recurrence": -0.45, "survival": -0.30, "egfr": -0.60, "kras": 0.30},
        "burden": {"recurrence": 0.45, "survival": 0.50, "lymphovascular_invasion": 0.50, "pleural_invasion": 0.60},
        "texture": {"recurrence": 0.35, "survival": 0.20, "egfr": 0.40, "alk": 0.40, "pleural_invasion": 0.40},
        "deep": {"recurrence": 0.35, "survival": 0.20},
        "frailty": {"recurrence": 0.20, "survival": 0.60, "egfr": -0.50},
    },
    sees={
        "genomics": ("proliferation", "immune"),
        "radiomics": ("burden", "texture"),
        "densenet": ("texture", "deep"),
        "semantic": ("burden", "frailty"),
        "clinical": ("burden", "frailty"),
    },
    spread=1.3,
    loads={
        "clinical": {
            "t_stage": ("burden", 0.6),
            "n_stage": ("burden", 0.4),
            "m_stage": ("burden", 0.3),
            "adjuvant_any": ("burden", 0.3),
            "radiation": ("burden", 0.6),
            "age": ("frailty", 0.4),
            "smoking": ("frailty", 0.2),
            "pack_years": ("frailty", 0.2),
        },
    },
    terminal="survival",
    copies={"stage": ("clinical", "stage"), "t_stage": ("clinical", "t_stage")},
    extra={"densenet": (1024, "Simulated stand-in for the 1,024 features that a DenseNet takes from the tumour on CT.")},
    extra_like={"densenet": "radiomics"},
    reconcile={"clinical": _agree},
)
