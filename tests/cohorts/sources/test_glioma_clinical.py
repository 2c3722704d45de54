"""Made-up tables in the published layouts: clinical columns, molecular labels, MRI features, divisions."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmark.cohorts.formats.tcga_cdr import AGE
from benchmark.cohorts.sources._glioma_clinical import CODELETION, FEATURES, IDH, clinical_block, read_labels, read_radiomics
from benchmark.cohorts.sources._glioma_splits import RANDOMIZATIONS, pnas_split, read_pnas
from benchmark.errors import InputError

FOCI = [f"TGM_{name}_{focus}" for focus in range(1, 7) for name in ("Cog_X", "Cog_Y", "Cog_Z", "T")]
MRI = [*FOCI, "VOLUME_ET", *(f"TEXTURE_{number}" for number in range(FEATURES - len(FOCI) - 1))]


def write(path: Path, rows: list[list[str]]) -> Path:
    path.write_text("\n".join(",".join(row) for row in rows) + "\n")
    return path


def cdr() -> pd.DataFrame:
    ids = pd.Index(["TCGA-02-0001", "TCGA-DU-0002", "TCGA-DU-0003"], name="patient_id")
    return pd.DataFrame(
        {
            "type": ["GBM", "LGG", "LGG"],
            AGE: [60.0, 40.0, 30.0],
            "gender": ["MALE", "FEMALE", "FEMALE"],
            "histological_grade": [np.nan, "G3", np.nan],
            "histological_type": ["Treated primary GBM", "Astrocytoma", "Oligodendroglioma"],
        },
        index=ids,
    )


def labels(folder: Path, *rows: tuple[str, str, str]) -> Path:
    return write(
        folder / "labels.csv", [["slide_id", "case_id", IDH, CODELETION], *([f"{row[0]}-{n}", *row] for n, row in enumerate(rows))]
    )


def radiomics(folder: Path, name: str, *patients: str, cells: dict[str, str] | None = None, columns: list[str] = MRI) -> Path:
    rows = [[patient, "1996.08.23", *((cells or {}).get(column, "1.5") for column in columns)] for patient in patients]
    return write(folder / name, [["ID", "Date", *columns], *rows])


def test_clinical_columns(tmp_path: Path) -> None:
    known = read_labels(labels(tmp_path, ("TCGA-DU-0002", "mutant (maf)", "codel"), ("TCGA-02-0001", "WT", "unknown")))
    block = clinical_block(cdr(), known, pd.Index(["TCGA-DU-0002"]), tmp_path)
    assert block.loc["TCGA-02-0001", ["sex", "grade", "histology", "idh", "site"]].tolist() == [
        "male",
        "G4",
        "glioblastoma",
        "wildtype",
        "02",
    ]
    assert block.loc["TCGA-DU-0002", ["grade", "idh", "codel_1p19q", "pathomic_rna"]].tolist() == ["G3", "mutant", "yes", "yes"]
    assert block.loc["TCGA-DU-0003", ["grade", "idh", "codel_1p19q"]].isna().all()
    assert pd.isna(block.loc["TCGA-02-0001", "codel_1p19q"])
    assert block["grade"].cat.ordered


def test_a_word_that_the_coding_does_not_know_is_refused(tmp_path: Path) -> None:
    known = read_labels(labels(tmp_path, ("TCGA-DU-0002", "WT", "codel")))
    with pytest.raises(InputError, match=r"'G1' is not one of"):
        clinical_block(cdr().assign(histological_grade="G1"), known, pd.Index([]), tmp_path)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("TCGA-DU-0002", "WT", "codel"), ("TCGA-DU-0002", "Mutant", "codel")], "more than one row"),
        ([("TCGA-DU-0002", "IDH1", "codel")], "'IDH1' is not one of"),
        ([("DU-0002", "WT", "codel")], "not a patient id"),
    ],
)
def test_labels_that_make_no_sense_are_refused(tmp_path: Path, rows: list[tuple[str, str, str]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_labels(labels(tmp_path, *rows))


def test_radiomics_of_both_collections(tmp_path: Path) -> None:
    cells = {"VOLUME_ET": "", "TEXTURE_0": "NaN", "TEXTURE_1": "#DIV/0!", "TEXTURE_2": "Inf"}
    lower = radiomics(tmp_path, "lgg.csv", "TCGA-CS-0002", cells=cells)
    table = read_radiomics((radiomics(tmp_path, "gbm.csv", "TCGA-DU-0001"), lower))
    assert table.shape == (2, FEATURES - 20)
    assert table.index.tolist() == ["TCGA-CS-0002", "TCGA-DU-0001"]
    assert table.columns[table.isna().any()].tolist() == ["VOLUME_ET", "TEXTURE_0", "TEXTURE_1", "TEXTURE_2"]
    assert [name for name in table if name.startswith("TGM")] == ["TGM_Cog_X_1", "TGM_Cog_Y_1", "TGM_Cog_Z_1", "TGM_T_1"]


@pytest.mark.parametrize(
    ("patient", "cells", "columns", "message"),
    [
        ("TCGA-DU-0001", {}, MRI, "is also in"),
        ("TCGA-CS-0002", {"TEXTURE_0": "big"}, MRI, "'big' is not a number"),
        ("TCGA-CS-0002", {}, MRI[:-1], "723 features, expected 724"),
        ("TCGA-CS-0002", {}, [*MRI[:-1], MRI[0]], "723 features, expected 724"),
        ("TCGA-CS-0002", {}, [*MRI[:-1], "TEXTURE_X"], "other feature columns"),
        ("CS-0002", {}, MRI, "not a patient id"),
    ],
)
def test_radiomics_that_are_not_the_published_ones_are_refused(
    tmp_path: Path, patient: str, cells: dict[str, str], columns: list[str], message: str
) -> None:
    first = radiomics(tmp_path, "gbm.csv", "TCGA-DU-0001")
    with pytest.raises(InputError, match=message):
        read_radiomics((first, radiomics(tmp_path, "lgg.csv", patient, cells=cells, columns=columns)))


@pytest.mark.parametrize(("first", "train", "test"), [("TCGA ID", "Train", "Test"), ("case_id", "train", "test")])
def test_either_edition_of_the_divisions(tmp_path: Path, first: str, train: str, test: str) -> None:
    rows = [["TCGA-02-0002", *[train] * 14, test], ["TCGA-02-0001", test, *[train] * 14]]
    roles = read_pnas(write(tmp_path / "pnas.csv", [[first, *RANDOMIZATIONS], *rows]))
    assert roles.index.tolist() == ["TCGA-02-0001", "TCGA-02-0002"]
    split = pnas_split(roles)
    assert (len(split), split["fold"].min(), split["fold"].max(), split["repeat"].unique().tolist()) == (30, 0, 14, [0])
    assert split[split["role"] == "test"][["fold", "patient_id"]].to_numpy().tolist() == [[0, "TCGA-02-0001"], [14, "TCGA-02-0002"]]


def test_a_role_that_is_neither_is_refused(tmp_path: Path) -> None:
    rows = [["TCGA-02-0001", *["train"] * 14, "valid"]]
    with pytest.raises(InputError, match=r"column 'Randomization - 15': 'valid' is neither"):
        read_pnas(write(tmp_path / "pnas.csv", [["case_id", *RANDOMIZATIONS], *rows]))
