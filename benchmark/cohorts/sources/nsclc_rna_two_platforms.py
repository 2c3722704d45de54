"""Lung cancer RNA of two sources: NSCLC Radiogenomics (130 patients) and TCGA-LUAD/LUSC (62), on the genes that both have.

Bakr S. et al., Sci Data 5:180202 (2018); Cancer Genome Atlas Research Network, Nature 489:519 (2012) and 511:543 (2014).
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from benchmark.cohorts.cohort import BlockSheet, Cohort, Datasheet, OutcomeSheet
from benchmark.cohorts.design import Design
from benchmark.cohorts.fetch import sha256_of
from benchmark.cohorts.formats.coding import category
from benchmark.cohorts.formats.geo import DECIMALS
from benchmark.cohorts.formats.tcga_cdr import AGE, CDR, read_cdr
from benchmark.cohorts.manifest import SourceFile
from benchmark.cohorts.sources import nsclc_radiogenomics as radiogenomics
from benchmark.cohorts.sources._nsclc_clinical import HISTOLOGY, clinical_block, outcomes, read_labels
from benchmark.cohorts.sources._tcga_lung_angione import read_flags, read_log_rsem, recurrence, standardised
from benchmark.errors import InputError

VERSION = "1"
LUAD, LUSC, FLAGS = "TCGA_LUAD_RNA_seq.csv", "TCGA_LUSC_RNA_seq.csv", "all_cohert_clinical_data.csv"
GENES = 11_173  # of either TCGA table
SITES = ["radiogenomics", "tcga"]
SEX = {"FEMALE": "female", "MALE": "male"}
TYPES = {"LUAD": "adenocarcinoma", "LUSC": "squamous_cell_carcinoma"}
_REUSED = (radiogenomics.LABELS, radiogenomics.RNA_FULL, radiogenomics.RNA_DERIVED)
_ANGIONE = "https://github.com/Angione-Lab/NSCLC-Survival-Prediction-models/raw/459d469d/Data"
_DERIVATIVE = "derivative of open TCGA data, published without a licence file"

SOURCES = (
    *(file for file in radiogenomics.SOURCES if file.name in _REUSED),
    SourceFile(
        LUAD,
        f"{_ANGIONE}/{LUAD}",
        "189f46a4c861517b65ae48825d739d8cab4af78bdc213f4eb5024ecd5684c8c5",
        2_334_453,
        _DERIVATIVE,
        "TCGA-LUAD RNA",
    ),
    SourceFile(
        LUSC,
        f"{_ANGIONE}/{LUSC}",
        "7ddc394efdd34f5e926093971ff21330c29bc5d0f8fe3f0b8beb55d2d739d6af",
        2_821_520,
        _DERIVATIVE,
        "TCGA-LUSC RNA",
    ),
    SourceFile(
        FLAGS,
        f"{_ANGIONE}/{FLAGS}",
        "a34359143a6c8bf0c3ac60786182a3ed7fb01e6ca6b80d93726c078b287a85f7",
        5_734,
        _DERIVATIVE,
        "recurrence flags",
    ),
    *CDR,
)


def read(files: Mapping[str, Path]) -> Cohort:
    """The union, from the label table and one RNA table of NSCLC Radiogenomics, three TCGA tables, and TCGA-CDR.

    Raises:
        InputError: a file is not what was published; the message names it.
    """
    labels, cdr_path = files[radiogenomics.LABELS], next(files[file.name] for file in CDR if file.name in files)
    raw, scaled = read_labels(labels), radiogenomics.genomics_block(files)
    flags, cdr = read_flags(files[FLAGS]), read_cdr(files, list(TYPES))
    rsem = pd.concat([read_log_rsem(files[name], GENES) for name in (LUAD, LUSC)])
    _same(rsem.index, flags.index, files[FLAGS])
    _within(scaled.index, raw.index, labels)
    _within(flags.index, cdr.index, cdr_path)
    raw, cdr = raw.loc[scaled.index], cdr.loc[flags.index]
    tcga = standardised(rsem, scaled.columns).round(DECIMALS)
    genes = sorted(tcga.columns)
    blocks = {
        "clinical": pd.concat([_clinical_radiogenomics(raw, labels), _clinical_tcga(cdr, cdr_path)]),
        "genomics": pd.concat([scaled[genes], tcga[genes]]),
    }
    known = pd.concat([outcomes(raw, labels)[["recurrence_event", "recurrence_time"]], recurrence(flags, cdr)])
    sheet = _datasheet({name: sha256_of(path) for name, path in files.items()})
    return Cohort(sheet, known.sort_index(), {name: block.sort_index() for name, block in blocks.items()})


def _same(ids: pd.Index, others: pd.Index, path: Path) -> None:
    _within(ids, others, path)
    if (stray := others.difference(ids)).size:
        raise InputError(f"{path}: patient {stray[0]} has no RNA; the files are of different releases, fetch them again")


def _within(ids: pd.Index, others: pd.Index, path: Path) -> None:
    if (stray := ids.difference(others)).size:
        raise InputError(f"{path}: patient {stray[0]} is missing; the files are of different releases, fetch them again")


def _clinical_radiogenomics(raw: pd.DataFrame, path: Path) -> pd.DataFrame:
    block = clinical_block(raw, path)[["age", "sex", "histology"]]
    return block.assign(site=pd.Categorical([SITES[0]] * len(block), SITES))


def _clinical_tcga(cdr: pd.DataFrame, path: Path) -> pd.DataFrame:
    histology = cdr["type"].map(TYPES).astype(pd.CategoricalDtype(list(HISTOLOGY.values())))
    columns = {"age": cdr[AGE], "sex": category(cdr["gender"], SEX, path), "histology": histology}
    return pd.DataFrame(columns).assign(site=pd.Categorical([SITES[1]] * len(cdr), SITES))


def _datasheet(files: Mapping[str, str]) -> Datasheet:
    return Datasheet(
        name="nsclc_rna_two_platforms",
        version=VERSION,
        title="Lung cancer RNA of two sources: NSCLC Radiogenomics (130 patients) and TCGA-LUAD/LUSC with CT (62)",
        data="real",
        source=(
            "The Cancer Imaging Archive, doi:10.7937/K9/TCIA.2017.7hs46erv; Gene Expression Omnibus, GSE103584; NCI Genomic Data Commons, "
            "TCGA-LUAD and TCGA-LUSC, by way of github.com/Angione-Lab/NSCLC-Survival-Prediction-models; TCGA-CDR (Table S1)"
        ),
        licence="CC BY 3.0 (clinical table); GEO open data; NCI GDC open access; the TCGA RNA tables come without a licence file",
        citation=(
            "Bakr S. et al., Sci Data 5:180202 (2018); Cancer Genome Atlas Research Network, Nature 489:519 (2012) and 511:543 (2014); "
            "Liu J. et al., Cell 173:400 (2018); Verma S. et al., Cell Reports Methods 4:100817 (2024)"
        ),
        files=dict(files),
        blocks={"clinical": _CLINICAL, "genomics": _GENOMICS},
        outcomes={"recurrence": _RECURRENCE},
        notes=_NOTES,
    )


_CLINICAL = BlockSheet(
    description="What both sources record alike, and which source a patient comes from.",
    units={"age": "years"},
    coding={
        "age": "at histological diagnosis",
        "histology": "TCGA: the study (LUAD is adenocarcinoma, LUSC squamous cell carcinoma)",
        "site": "radiogenomics (Stanford and Palo Alto VA) or tcga",
    },
    refuse={"site": "the source of the data is no property of the patient"},
)
_GENOMICS = BlockSheet(
    description=(
        "RNA-seq of the resected tumour, 977 genes: those of the 1,000 of NSCLC Radiogenomics (most variable there) that the TCGA tables "
        "have and that vary there. Z-scored per gene within each source, without labels, but over all patients of the source at once."
    ),
    coding={
        "*": "gene symbol; rounded to 6 decimals; z-score (ddof 1) of log10(FPKM + 1) over 130 patients, missing where GEO says NA (not "
        "expressed or not called), or of log2(RSEM + 1) over 62 patients, LUAD and LUSC together, where an unexpressed gene is 0 and never missing",
    },
)
_RECURRENCE = OutcomeSheet(
    description=(
        "Return of the cancer (local, regional or distant). NSCLC Radiogenomics: as published, censored at the later of last known alive and "
        "death. TCGA: days to the new tumour event of TCGA-CDR in patients whom the table of Verma et al. flags as recurrent, censored at the "
        "last contact or death in patients without flag and without progression; unknown in the 6 of 62 patients on whom the two disagree."
    ),
    origin="CT (radiogenomics), initial pathologic diagnosis (tcga)",
    unit="days",
)
_NOTES = (
    "The flag of Verma et al. has no date, and their survival_time runs to death or last contact (in months of 30 days). Of 62 TCGA patients 25 "
    "are flagged. 20 have a dated recurrence in TCGA-CDR, which is the event here; 36 have neither flag nor progression and are censored.",
    "Unknown (6): flagged, but TCGA-CDR has a new primary only (TCGA-38-4626), death with tumour but no date (TCGA-50-6591, TCGA-50-6592) or no "
    "progression (TCGA-50-6590, TCGA-50-6673); not flagged, but dead with tumour (TCGA-60-2715). Five of the six died: what is unknown is not "
    "missing at random.",
    "Against TCGA-CDR, the flag agrees with PFI in 59 of 62 patients, and with DFI in 32 of the 34 whose DFI is known. DFI is not used: it is "
    "unknown in 28, among them 14 of the 20 patients with a dated recurrence.",
    "The origins of time differ: the CT before surgery, and the diagnosis, in TCGA mostly the surgery. Within a source the order is unaffected.",
    "TCGA confounds recurrence with histology and hospital: 16 of 23 LUAD patients with known outcome recur and 4 of 33 LUSC patients; 13 of the "
    "20 events come from one tissue source site (50). Adenocarcinoma alone reaches a C-index of 0.71 in TCGA, and of 0.51 in NSCLC Radiogenomics.",
    "Of the 1,000 genes 22 are not in the TCGA tables (other symbols, a spreadsheet's date) and SNORA37 is 0 in all 62 patients; seven more "
    "(mostly small nucleolar RNA) are 0 in over half of them.",
)


REPLICA = Design(
    seed=20240715,
    factors={"proliferation": {"recurrence": 0.7}, "immune": {"recurrence": -0.5}, "burden": {"recurrence": 0.5}},
    sees={"clinical": ("burden",), "genomics": ("proliferation", "immune")},
    spread=1.2,
    loads={"clinical": {"age": ("burden", 0.2)}},
)
