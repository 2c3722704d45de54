"""TCGA glioma: the datasheet."""

from collections.abc import Mapping

from benchmark.cohorts.cohort import BlockSheet, Datasheet, OutcomeSheet


def datasheet(version: str, files: Mapping[str, str]) -> Datasheet:
    """The datasheet of a cohort read from these files (name → sha256)."""
    return Datasheet(
        name="tcga_gbmlgg",
        version=version,
        title="TCGA-GBM and TCGA-LGG: diffuse glioma, grade 2 to 4, 887 patients with histology, RNA or MRI features",
        data="real",
        source=(
            "The Cancer Genome Atlas (NCI Genomic Data Commons); TCGA-CDR; mahmoodlab/PORPOISE and mahmoodlab/PathomicFusion on GitHub; "
            "The Cancer Imaging Archive, doi:10.7937/K9/TCIA.2017.KLXWJJ1Q and 10.7937/K9/TCIA.2017.GJQ7R0EF"
        ),
        licence=(
            "NCI GDC open access (outcomes, clinical); GPL-3.0, non-commercial academic use (RNA, mutations, histology outputs); "
            "CC BY 3.0 (MRI features); the molecular labels and the divisions were published without a licence"
        ),
        citation="Liu J. et al., Cell 173:400 (2018); Chen R.J. et al., IEEE Trans Med Imaging 41:757 (2022) and Cancer Cell 40:865 (2022)",
        files=dict(files),
        blocks={"clinical": _CLINICAL, "rna": _RNA, "mutations_cnv": _MUTATIONS_CNV, "mri_radiomics": _MRI, "histology": _HISTOLOGY},
        absent={"wsi": "no features of the whole slides are public for this cohort; the histology block holds outputs of two networks"},
        outcomes=_OUTCOMES,
        splits=_SPLITS,
        published=_PUBLISHED,
        notes=_NOTES,
    )


_CLINICAL = BlockSheet(
    description="Age, sex, grade and histology from TCGA-CDR, IDH and 1p/19q from the WHO 2021 re-classification table, tissue source site.",
    units={"age": "years"},
    coding={
        "age": "at initial pathologic diagnosis",
        "grade": "ordered; histological grade at diagnosis; G4 for glioblastoma, which TCGA-CDR does not grade",
        "histology": "type at diagnosis (before WHO 2021); the three glioblastoma words of TCGA-CDR, primary treated or not, are one level",
        "idh": "'WT (maf)' and 'mutant (maf)' are wildtype and mutant; missing where the table has no slide of the patient",
        "codel_1p19q": "1p/19q codeletion; 'unknown' is missing, and so is a patient without a slide in the table",
        "site": "tissue source site: characters 6 and 7 of the TCGA barcode",
        "pathomic_rna": "yes for the 502 patients on whom Pathomic Fusion printed its results (histology, RNA and molecular subtype known)",
    },
    refuse={
        "site": "the hospital is no property of the patient, and hospitals follow their patients for different times",
        "pathomic_rna": "says which patients another study had data of; no property of the patient",
    },
)
_RNA = BlockSheet(
    description="RNA-seq of the tumour, mRNA z-scores of cBioPortal (PanCancer Atlas) for 1,544 genes of PORPOISE's gene families.",
    coding={
        "*": (
            "z-score of a gene among the patients of its own study: mean 0 and SD 1 in TCGA-GBM and in TCGA-LGG alike, so that the "
            "difference between the two studies is gone; not bounded, single values go up to 3,515"
        )
    },
)
_MUTATIONS_CNV = BlockSheet(
    description="Somatic mutations of 16 genes and copy numbers of 30 (EGFR's and CDKN2A's neighbourhoods), as chosen by PORPOISE.",
    coding={
        "*_mut": "1 if the gene is mutated, else 0; RAS is 1 where KRAS, HRAS or NRAS is",
        "*_cnv": "GISTIC level: -2 deep deletion, -1 loss, 0, 1 gain, 2 amplification",
    },
    subsets={"mutations": ("*_mut",), "cnv": ("*_cnv",)},
)
_MRI = BlockSheet(
    description=(
        "Radiomic features of the MRI before surgery (T1, T1Gd, T2, FLAIR) in enhancing (ET), non-enhancing (NET) and oedematous (ED) "
        "tumour: volume, intensity, histogram, texture, spatial and growth-model features."
    ),
    units={f"VOLUME_{part}": "mm3" for part in ("ET", "NET", "ED", "TC", "WT", "BRAIN")},
    coding={
        "*": "missing (also 'NaN', '#DIV/0!', 'Inf'): the region is not there; 20 lower-grade gliomas do not enhance, one has no oedema",
        "TGM_*": "growth model, first focus; the further foci, which most tumours do not have, are left out (20 columns)",
    },
    subsets={"volume": ("VOLUME_*",), "intensity": ("INTENSITY_*", "HISTO_*"), "texture": ("TEXTURE_*",), "growth_model": ("TGM_*",)},
)
_HISTOLOGY = BlockSheet(
    description=(
        "Outputs of Pathomic Fusion's two histology networks, VGG19 on the image (path) and a graph network on the cells (graph), "
        "trained anew on each of 15 divisions. Rows of a division's training part are in-sample: the network was fitted on that "
        "patient's outcome. Only rows of its test part are honest predictions."
    ),
    coding={
        "path_surv_hazard": "log-hazard on one random, randomly flipped and colour-jittered 512 px crop of the region",
        "graph_surv_hazard": "log-hazard; the network scales its inputs by the batch, so that it depends slightly on who shares the batch",
        "path_grade_logp*": "log-probability of grade 2, 3, 4 on such a crop; missing for the 33 patients whose grade the authors did not have",
        "graph_grade_logp*": (
            "log-probability of grade 2, 3, 4: mean over all of the patient's patches, the same for each region, because the release "
            "does not tell which patch belongs to which region"
        ),
    },
    subsets={"cnn": ("path_*",), "gcn": ("graph_*",)},
    bag="region of interest",
    by_fold="pnas15",
)
_OUTCOMES = {
    "survival": OutcomeSheet(
        description="Overall survival: death of any cause; the others are censored at the last contact (TCGA-CDR, OS).",
        origin="initial pathologic diagnosis",
        unit="days",
    )
}
_SPLITS = {
    "pnas15": (
        "15 Monte Carlo divisions of 769 patients, 616 for training and 153 for testing (Mobadersany et al., PNAS 115:E2970, 2018); "
        "Pathomic Fusion's networks were trained and tested on them. 31 patients are never tested."
    ),
    "porpoise5": "5-fold cross-validation of 569 patients (Chen et al., Cancer Cell 40:865, 2022); the published 'val' part is the test part.",
}
_PUBLISHED = {
    f"pathomic_fusion_{name}": f"{words}; Pathomic Fusion's released test log-hazards (Chen et al., IEEE Trans Med Imaging 41:757, 2022)"
    for name, words in {
        "cnn": "histology CNN, mean of nine patches",
        "gcn": "cell-graph GCN, mean of nine patches",
        "snn": "genomic SNN (RNA, copy numbers, IDH, 1p/19q): the same for each region of a patient",
        "cnn_cnn": "histology CNN fused with itself, mean of nine patches",
        "gcn_gcn": "cell-graph GCN fused with itself, mean of nine patches",
        "snn_snn": "genomic SNN fused with itself: the same for each region of a patient",
        "cnn_snn": "CNN and SNN fused, mean of nine patches",
        "gcn_snn": "GCN and SNN fused, mean of nine patches",
        "cnn_gcn_snn": "CNN, GCN and SNN fused, mean of nine patches",
    }.items()
}
_NOTES = (
    "Everybody in Pathomic Fusion's cohort (769), in PORPOISE's (569) or with MRI features (166), of whom TCGA-CDR knows the outcome; TCGA-12-1601 has MRI features but is not in TCGA-CDR.",
    "Pathomic Fusion's times and events equal TCGA-CDR's overall survival for all 769 patients; one outcome serves both.",
    "Times of Pathomic Fusion's code are called months and are days.",
    "TCGA-RR-A6KB is censored on the day of diagnosis (time 0): kept here, excluded by tasks, which ask for a time above 0.",
    "Patches were released in the order in which the file system listed them, which mixes a patient's regions: 'mean of nine patches' "
    "under an instance id is nine patches of that patient, not of that region. Over all instances of a patient the mean is right; "
    "a C-index at the level of regions holds for such groups of nine.",
    "Ids of the released predictions were recovered from the order of the divisions, times and events; the reader checks every row.",
    "Grade and histology are those of the diagnosis. By WHO 2021, IDH-mutant glioblastoma is astrocytoma grade 4, oligoastrocytoma is none of its types.",
)
