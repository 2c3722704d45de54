"""TCGA-LUAD: 453 patients with resected lung adenocarcinoma, RNA, mutation calls and copy number, as PORPOISE tabulated them.

Cancer Genome Atlas Research Network, Comprehensive molecular profiling of lung adenocarcinoma, Nature 511:543 (2014); the
table is that of Chen R.J. et al., Cancer Cell 40:865 (2022), the outcomes are those of Liu J. et al., Cell 173:400 (2018).
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from benchmark.cohorts.cohort import BlockSheet, Cohort, Datasheet, OutcomeSheet
from benchmark.cohorts.design import Design
from benchmark.cohorts.fetch import sha256_of
from benchmark.cohorts.formats.coding import category
from benchmark.cohorts.formats.porpoise import Porpoise, read_porpoise
from benchmark.cohorts.formats.tcga_cdr import CDR, IDS, read_cdr, survival_outcome
from benchmark.cohorts.manifest import SourceFile
from benchmark.errors import InputError

VERSION = "1"
TABLE = "tcga_luad_all_clean.csv.zip"
COUNTS = (1555, 864, 517)  # genes with RNA, mutations, copy numbers
GENES = ("TP53", "PIK3CA", "ALK", "EGFR", "KRAS", "STK11")
ENDPOINTS = {"survival": "OS", "progression": "PFI"}
STAGES = {f"Stage {stage}": stage for stage in ("I", "IA", "IB", "II", "IIA", "IIB", "IIIA", "IIIB", "IV")}
RACES = {
    "WHITE": "white",
    "BLACK OR AFRICAN AMERICAN": "black_or_african_american",
    "ASIAN": "asian",
    "AMERICAN INDIAN OR ALASKA NATIVE": "american_indian_or_alaska_native",
}

SOURCES = (
    SourceFile(
        TABLE,
        f"https://github.com/mahmoodlab/PORPOISE/raw/3390dc40e15995ba852d7a561faf0e996cf20501/datasets_csv_mutsig/{TABLE}",
        "75da300c70de2c3aa59ecf03bcf3ed66bae2a96731413c4188b24a5314259403",
        1_998_986,
        "GPL-3.0, for non-commercial academic use; TCGA data are open access (NCI GDC)",
        "rna, mutations, cnv, age and sex",
    ),
    *CDR,
)


def read(files: Mapping[str, Path]) -> Cohort:
    """The cohort from PORPOISE's table and TCGA-CDR.

    Raises:
        InputError: a file is not what was published; the message names it.
    """
    path = files[TABLE]
    table, cdr = read_porpoise(path, IDS, COUNTS), read_cdr(files, ["LUAD"])
    if (stray := table.clinical.index.difference(cdr.index)).size:
        raise InputError(f"{path}: patient {stray[0]} is not a LUAD patient of TCGA-CDR; fetch both files again")
    for gene in (*GENES, "RAS"):
        if gene not in table.mutations:
            raise InputError(f"{path}: column '{gene}_mut' is missing; fetch the published file again")
    cdr = cdr.loc[table.clinical.index]
    blocks = {
        "clinical": _clinical(table, cdr, next(files[file.name] for file in CDR if file.name in files)),
        "rna": table.rna,
        "mutations": table.mutations.drop(columns=[*GENES, "RAS"]),
        "cnv": table.cnv,
    }
    return Cohort(_datasheet({name: sha256_of(place) for name, place in files.items()}), _outcomes(table, cdr), blocks)


def _clinical(table: Porpoise, cdr: pd.DataFrame, path: Path) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": table.clinical["age"],
            "sex": table.clinical["sex"],
            "race": category(cdr["race"].fillna(""), RACES, path, missing=("",)),
            "stage": category(cdr["ajcc_pathologic_tumor_stage"].fillna(""), STAGES, path, ordered=True, missing=("",)),
            "site": table.clinical["site"],
        }
    )


def _outcomes(table: Porpoise, cdr: pd.DataFrame) -> pd.DataFrame:
    levels = {0: "wildtype", 1: "mutated"}
    dtype = pd.CategoricalDtype(list(levels.values()))
    columns = {gene.lower(): table.mutations[gene].map(levels).astype(dtype) for gene in GENES}
    columns["ros1"] = pd.Series(float("nan"), table.mutations.index).astype(dtype)
    for name, endpoint in ENDPOINTS.items():
        known = survival_outcome(cdr, endpoint)
        columns |= {f"{name}_event": known["event"], f"{name}_time": known["time"]}
    return pd.DataFrame(columns)


def _datasheet(files: Mapping[str, str]) -> Datasheet:
    return Datasheet(
        name="tcga_luad",
        version=VERSION,
        title="TCGA-LUAD: lung adenocarcinoma with RNA, mutation calls and copy number, 453 patients",
        data="real",
        source=(
            "NCI Genomic Data Commons, TCGA-LUAD, by way of cBioPortal (TCGA PanCancer Atlas) and PORPOISE's table; "
            "outcomes, race and stage: TCGA-CDR (Table S1)"
        ),
        licence="NCI GDC open access; PORPOISE's table: GPL-3.0, for non-commercial academic use",
        citation=(
            "Cancer Genome Atlas Research Network, Nature 511:543 (2014); Chen R.J. et al., Cancer Cell 40:865 (2022); "
            "Liu J. et al., Cell 173:400 (2018)"
        ),
        files=dict(files),
        blocks={"clinical": _CLINICAL, "rna": _RNA, "mutations": _MUTATIONS, "cnv": _CNV},
        absent={"radiomics": "no table of CT features with usable TCGA ids is public"},
        outcomes=_OUTCOMES,
        notes=_NOTES,
    )


_CLINICAL = BlockSheet(
    description="Age and sex from PORPOISE's table, race and stage from TCGA-CDR, and the tissue source site.",
    units={"age": "years"},
    coding={
        "age": "at initial pathologic diagnosis",
        "race": "as reported; '[Not Available]', '[Unknown]' and '[Not Evaluated]' are missing",
        "stage": "ordered; AJCC pathologic stage of whichever edition was in force (1991 to 2013); I and II are published without "
        "a letter; '[Discrepancy]' and '[Not Available]' are missing",
        "site": "tissue source site: the two characters after TCGA- in the barcode",
    },
    refuse={"site": "the centre that sent the tissue is no property of the patient"},
)
_RNA = BlockSheet(
    description="mRNA z-scores of the resected tumour (RNA-seq) of 1,555 genes of cancer-related families, as cBioPortal scaled them over all of TCGA-LUAD.",
    coding={
        "*": "gene symbol; as published, 4 decimals, not bounded: 138 genes have a value beyond ± 20, the largest is 7,378; the scaling is "
        "label-free, but saw all patients at once",
    },
)
_MUTATIONS = BlockSheet(
    description="Somatic mutation calls (whole exome) of 857 genes: those of PORPOISE's 864 that are not endpoints or made of one.",
    coding={"*": "1 if the gene is mutated, else 0; what kind of mutation is not known"},
)
_CNV = BlockSheet(
    description="Copy-number levels (GISTIC) of 517 genes in the recurrent peaks 1q, 5p, 8q, 9p and 14q; no endpoint gene is among them.",
    coding={"*": "-2 deep deletion, -1 loss, 0 diploid, 1 gain, 2 amplification"},
)
_OUTCOMES = {
    **{
        gene.lower(): OutcomeSheet(
            description=f"wildtype or mutated: whether {gene} has a somatic mutation call, of any kind; known for all patients."
            + (" A point mutation is meant, NOT the fusion (rearrangement) that is treated." if gene == "ALK" else "")
        )
        for gene in GENES
    },
    "ros1": OutcomeSheet(
        description="wildtype or mutated: not measured, ROS1 is not among the table's mutation columns; known for nobody."
    ),
    "survival": OutcomeSheet(description="Death of any cause (OS of TCGA-CDR).", origin="initial pathologic diagnosis", unit="days"),
    "progression": OutcomeSheet(
        description="Progression, recurrence, new tumour, or death with tumour (PFI of TCGA-CDR).",
        origin="initial pathologic diagnosis",
        unit="days",
    ),
}
_NOTES = (
    "PORPOISE's table has one row per slide (515); the slides of a patient agree in every other column.",
    "Mutations of the endpoint genes are outcomes and in no block; RAS (KRAS, HRAS or NRAS) is left out too: with KRAS known wild type it is "
    "mutated in 5 patients only.",
    "ROS1 is not among the mutation columns of LUAD: the outcome is there so that it is said, and known for nobody.",
    "A gene without a call is wild type in the table: nothing tells a patient who was not sequenced. Two have no call at all "
    "(TCGA-49-AARR, TCGA-86-A4P8), 14 fewer than five of 863 (RAS not counted); the median is 55.",
    "The block rna holds the expression of the six endpoint genes themselves (of ROS1 too): a measurement, not a call, but no surprise where "
    "it predicts: EGFR and KRAS reach an AUC of 0.77 and 0.75 alone, low STK11 one of 0.68.",
)


REPLICA = Design(
    seed=20140731,
    factors={
        "proliferation": {"tp53": 0.9, "pik3ca": 0.3, "survival": 0.5, "progression": 0.5},
        "lineage": {"egfr": 0.8, "kras": -0.4, "tp53": 0.2, "survival": -0.2},
        "ras": {"kras": 0.9, "egfr": -0.5, "stk11": 0.2},
        "metabolic": {"stk11": 0.9, "pik3ca": 0.3, "progression": 0.2},
        "instability": {"alk": 0.8, "tp53": 0.4, "pik3ca": 0.4},
        "burden": {"survival": 0.6, "progression": 0.6},
    },
    sees={
        "clinical": ("burden", "lineage"),
        "rna": ("proliferation", "lineage", "ras", "metabolic"),
        "mutations": ("instability",),
        "cnv": ("proliferation", "instability"),
    },
    spread=1.3,
    loads={"clinical": {"stage": ("burden", 0.5), "sex": ("lineage", 0.15)}},
    terminal="survival",
)
