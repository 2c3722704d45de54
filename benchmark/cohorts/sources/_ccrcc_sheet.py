"""ccRCC: the datasheet."""

from collections.abc import Mapping

from benchmark.cohorts.cohort import BlockSheet, Datasheet, OutcomeSheet

_CLINICAL = BlockSheet(
    description=(
        "Patient, tumour and pathology at surgery, and site: from MMIST's table; for the 108 TCGA patients whom MMIST left out, from TCGA-CDR "
        "(age, sex, race, grade, stage) and the GDC (T, N, M), coded alike."
    ),
    coding={
        "*": (
            "MMIST does not document its codes: they were found by comparing its TCGA patients with TCGA-CDR and the GDC, and are taken to "
            "hold for CPTAC; -1 is missing"
        ),
        "age_decade": "ordered; years at diagnosis in bins of ten, which is all that MMIST publishes",
        "race": "missing where none of the five columns is 1",
        "cancer_history": "'yes' where MMIST says 1; its blank cell is 'not recorded', not no; missing in patients outside MMIST",
        "grade": "ordered; Fuhrman or ISUP, G1 to G4; MMIST's 5 is GX and missing",
        "stage": "ordered; AJCC group",
        "t_stage": "ordered; pathological; T1, T2, T3 are tumours without a sub-stage",
        "n_stage": "ordered; pathological; MMIST's 0 is NX (nodes not assessed), not N0, and missing",
        "m_stage": "ordered; pathological; MMIST's 0 is MX and missing; three MX of the GDC are M0 in MMIST",
        "cm_stage": "ordered; clinical M: CPTAC, and five TCGA patients; 0 is taken for MX and missing",
        "site": "tissue source site (characters 6 and 7 of the TCGA barcode), or CPTAC",
    },
    refuse={
        "site": "where the tissue came from is no property of the patient, and sites follow their patients for different times",
        "cancer_history": "known in MMIST only, whose TCGA patients were chosen by a year of follow-up: whether it is missing tells the follow-up",
    },
)
_MUTATIONS = BlockSheet(
    description="VHL, PBRM1 and TTN mutated in the tumour: of the 462 patients of MMIST who were sequenced.",
    coding={"*": "1 mutated, 0 not; MMIST's -1 is not sequenced: no row"},
)
_WSI = BlockSheet(
    description=(
        "One vector of 1,024 per slide: ResNet50 features of its patches, apparently averaged (MMIST). TCGA: diagnostic (FFPE) and frozen sections "
        "of the tumour; sections of normal tissue (sample type 11) are left out. CPTAC: all slides, for nothing tells tumour from normal."
    ),
    coding={
        "*": (
            "unitless; instance ids are slide names: DX diagnostic, TS and BS frozen top and bottom section, -05 a second primary tumour; all are "
            "kept, for in these vectors the kind hardly shows (see the notes)"
        )
    },
    bag="slide",
)
_SCAN = "One vector of 512 per {}: features of a 3D convolutional network (MMIST); one patient has up to {}."
_CT = BlockSheet(description=_SCAN.format("CT volume", 12), coding={"*": "unitless; scanner, phase and slices differ"}, bag="CT volume")
_MRI = BlockSheet(description=_SCAN.format("MRI volume", 47), coding={"*": "unitless; sequences differ"}, bag="MRI volume")
_RNA = BlockSheet(
    description="RNA-seq of the tumour (TCGA): mRNA z-scores of 1,556 genes from cBioPortal, as used by PORPOISE.",
    coding={"*": "gene symbol; z-score among the study's samples, as published; not bounded"},
)
_TCGA = "TCGA patients only, from TCGA-CDR"
_OUTCOMES = {
    "progression": OutcomeSheet(
        description=(
            f"Progression-free interval (PFI): progression, recurrence, metastasis, new primary tumour, or death with tumour; {_TCGA}. Two patients "
            "with an event but no time are unknown."
        ),
        origin="diagnosis",
        unit="days",
    ),
    "survival": OutcomeSheet(description=f"Death of any cause (OS); {_TCGA}.", origin="diagnosis", unit="days"),
    "disease_free": OutcomeSheet(
        description=f"Disease-free interval (DFI): recurrence after complete remission; {_TCGA}; known in 117 patients, 15 events.",
        origin="diagnosis",
        unit="days",
    ),
    "alive_12m": OutcomeSheet(
        description=(
            "MMIST's vital_status_12, as published: 'dead' (0) within 12 months of diagnosis, or 'alive' (1). Known in MMIST only, which left out whom "
            "it lost within a year. Two of the dead are wrong: TCGA-B0-5104 died after 2752 days, TCGA-CJ-5689 after 1620."
        )
    ),
}
_NOTES = (
    "Patients: the 537 of TCGA-KIRC in TCGA-CDR, and the 189 of CPTAC in MMIST's table. 33 CPTAC cases with slides only are left out: they have no "
    "clinical row and no outcome.",
    "MMIST left out 108 TCGA patients: 43 lost within a year, 6 who died within it, and 59 others. Mutations, cancer_history, CT and MRI "
    "exist inside MMIST only, so whether they are there says something about follow-up.",
    "No progression or recurrence is published for CPTAC.",
    "The slide vectors need care. A linear model on them tells TCGA from CPTAC (AUC 0.999), but frozen normal tissue from frozen tumour only with "
    "AUC 0.61 and FFPE from frozen sections with 0.60, which any eye tells apart; the nearest slide is of the same patient in 20 % (0.1 % by "
    "chance). They say where a slide comes from and little about tissue; slides and vectors may have been mixed up at the source.",
    "MMIST's page announces 248 patients with CT and 48 with MRI; its files hold 239 and 52.",
    "MeD-3D (Maqsood and Khan, 2025) calls vital_status_12 recurrence. Its own embeddings are no block here: the networks behind them were trained "
    "with this label, on patients of MMIST's test part too, and its clinical table holds synthetic patients (SMOTE or ADASYN before the split).",
    "TCGA-A3-A8OU and TCGA-A3-A8OX have time 0: kept here, excluded by tasks, which ask for a time above 0.",
)


def datasheet(version: str, files: Mapping[str, str]) -> Datasheet:
    """The datasheet of this version, made from ``files`` (name → sha256)."""
    return Datasheet(
        name="ccrcc",
        version=version,
        title="Clear cell renal cell carcinoma: 537 patients of TCGA-KIRC and 189 of CPTAC-CCRCC, with the features of MMIST-ccRCC",
        data="real",
        source="MMIST-ccRCC, multi-modal-ist.github.io/datasets/ccRCC; TCGA-CDR; NCI GDC, TCGA-KIRC; PORPOISE",
        licence="GPL-3.0 (MMIST); NCI GDC open access (TCGA-CDR, GDC); GPL-3.0, for non-commercial academic use (PORPOISE); MIT (folds, T, N, M)",
        citation=(
            "Mota T. et al., MMIST-ccRCC: a real world medical dataset for the development of multi-modal systems, arXiv:2405.01658 (2024); "
            "Liu J. et al., Cell 173:400 (2018); Chen R.J. et al., Cancer Cell 40:865 (2022)"
        ),
        files=dict(files),
        blocks={"clinical": _CLINICAL, "mutations": _MUTATIONS, "wsi": _WSI, "ct": _CT, "mri": _MRI, "rna": _RNA},
        outcomes=_OUTCOMES,
        splits={
            "mmist": "MMIST's own division: 497 patients train, 121 test (arXiv:2405.01658)",
            "pfi10x5": "five folds, ten times, of 529 TCGA patients, made for the PFI (github.com/Enock-ackaah/TCGA-KIRC-PFI-Multimodal-Survival)",
            "porpoise5": "PORPOISE's five folds of the 345 patients with RNA (Cancer Cell 40:865, 2022)",
        },
        notes=_NOTES,
    )
