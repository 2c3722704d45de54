"""Node-negative breast cancer, 198 untreated patients of the TRANSBIG validation series, as packaged by scikit-survival.

Desmedt C. et al., Strong time dependence of the 76-gene prognostic signature for node-negative breast cancer patients in
the TRANSBIG multicenter independent validation series, Clin Cancer Res 13:3207-14 (2007); GEO GSE7390.
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from scipy.io import arff

from benchmark.cohorts.cohort import BlockSheet, Cohort, Datasheet, OutcomeSheet
from benchmark.cohorts.design import Design
from benchmark.cohorts.fetch import sha256_of
from benchmark.cohorts.formats.coding import category, number
from benchmark.cohorts.formats.text import UNREADABLE, check_columns
from benchmark.cohorts.manifest import SourceFile
from benchmark.errors import InputError

VERSION = "1"
FILE = "breast_cancer_GSE7390-metastasis.arff"
PATIENTS, GENES = 198, 76
ER = {"negative": "negative", "positive": "positive"}
GRADE = {"well differentiated": "well", "intermediate": "intermediate", "poorly differentiated": "poor"}
_INSIDE = f"datasets/data/{FILE}"

SOURCES = (
    SourceFile(
        FILE,
        f"https://raw.githubusercontent.com/sebp/scikit-survival/v0.28.0/sksurv/{_INSIDE}",
        "233f4c1c06b2ee299fffcba0f9881f6ed66a3566ccbec30b5004f0d298b52570",
        264_743,
        "GEO open data, packaged in scikit-survival (GPL-3.0)",
        "all blocks and outcomes",
        packaged=("sksurv", _INSIDE),
    ),
)


def read(files: Mapping[str, Path]) -> Cohort:
    """The cohort from the packaged file.

    Raises:
        InputError: the file is unreadable or not the published one.
    """
    path = files[FILE]
    raw = _table(path)
    genes = sorted(name for name in raw.columns if name.startswith("X"))
    if len(genes) != GENES:
        raise InputError(f"{path}: {len(genes)} probe sets, expected {GENES}; fetch the published file again")
    clinical = pd.DataFrame(
        {
            "age": number(raw["age"], path),
            "er": category(raw["er"], ER, path),
            "grade": category(raw["grade"], GRADE, path, ordered=True, missing=("unkown",)),
            "size": number(raw["size"], path),
        }
    )
    event = category(raw["e.tdm"], {"0": "no", "1": "yes"}, path, missing=()) == "yes"
    outcomes = pd.DataFrame({"metastasis_event": event.astype("boolean"), "metastasis_time": number(raw["t.tdm"], path)})
    return Cohort(_datasheet({FILE: sha256_of(path)}), outcomes, {"clinical": clinical, "genomics": raw[genes].astype(float)})


def _table(path: Path) -> pd.DataFrame:
    try:
        rows, _ = arff.loadarff(path)
    except (*UNREADABLE, arff.ArffError, ValueError, IndexError, StopIteration) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path}: cannot be read as ARFF ({reason}); fetch the file again") from error
    table = pd.DataFrame(rows)
    words = table.select_dtypes(object)
    table = table.assign(**{str(name): words[name].str.decode("utf-8") for name in words})
    check_columns([str(name) for name in table], ["age", "size", "er", "grade", "e.tdm", "t.tdm"], ["X*"], path)
    if len(table) != PATIENTS:
        raise InputError(f"{path}: {len(table)} patients, expected {PATIENTS}; fetch the published file again")
    # the file has no ids: patients are numbered in its order
    table.index = pd.Index([f"GSE7390-{row:03d}" for row in range(1, len(table) + 1)], name="patient_id")
    return table


def _datasheet(files: Mapping[str, str]) -> Datasheet:
    return Datasheet(
        name="breast_metastasis",
        version=VERSION,
        title="TRANSBIG validation series: node-negative, systemically untreated breast cancer, 198 patients",
        data="real",
        source="Gene Expression Omnibus, GSE7390, as packaged by scikit-survival (load_breast_cancer)",
        licence="GEO open data",
        citation="Desmedt C. et al., Clin Cancer Res 13:3207-14 (2007)",
        files=dict(files),
        blocks={
            "clinical": BlockSheet(
                description="Age, oestrogen receptor, grade and tumour size at diagnosis.",
                units={"age": "years", "size": "cm"},
                coding={"er": "oestrogen receptor status", "grade": "ordered; differentiation; 'unkown' (2 patients) is missing"},
            ),
            "genomics": BlockSheet(
                description="Log2 expression of the 76 probe sets (Affymetrix U133A) of the 76-gene signature, on frozen tumour.",
                units={"*": "log2 intensity"},
                coding={"*": "Affymetrix probe set, preceded by X; the signature was trained on other patients (Wang 2005), not on these"},
            ),
        },
        outcomes={"metastasis": OutcomeSheet(description="First distant metastasis.", origin="diagnosis", unit="days")},
        notes=("Patients have no id in the packaged file; they are numbered in its order.", "Nobody received adjuvant systemic therapy."),
    )


REPLICA = Design(
    seed=7390,
    factors={
        "proliferation": {"metastasis": 0.7},
        "immune": {"metastasis": -0.4},
        "burden": {"metastasis": 0.5},
    },
    sees={"genomics": ("proliferation", "immune"), "clinical": ("burden", "proliferation")},
    spread=1.2,
    loads={"clinical": {"size": ("burden", 0.5), "grade": ("proliferation", 0.4)}},
)
