"""ccRCC: made-up files in the published layouts."""

import zipfile
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmark.cohorts.formats.tcga_cdr import AGE
from benchmark.cohorts.sources import ccrcc
from benchmark.cohorts.sources._ccrcc_clinical import COLUMNS, alive_12m, clinical_block, mutations_block, read_gdc, read_mmist
from benchmark.cohorts.sources._ccrcc_features import Features, read_archive, read_stacked, tumour_slides
from benchmark.cohorts.sources._ccrcc_splits import mmist_split, read_pfi10x5
from benchmark.errors import InputError

ROW = dict.fromkeys(COLUMNS, "0") | {
    "gender": "1",
    "age_diag": "5.0",
    "grade": "2",
    "cancer_history": "",
    "ajcc_path_tumor_pt": "8",
    "ajcc_path_nodes_pn": "1",
    "ajcc_clin_metastasis_cm": "-1",
    "ajcc_path_metastasis_pm": "2",
    "ajcc_path_tumor_stage": "3",
    "race_White": "1",
    "vital_status_12": "1",
    "Split": "train",
}
SMALL = Features("wsi", "WSI Features", 4, 3)
EXAMS = ["TCGA-B0-0001-11A-01-TS1", "C3L-00001-26", "TCGA-B0-0001-01Z-00-DX1", "C3N-00002-21"]
VECTORS = np.arange(12, dtype=np.float32).reshape(4, 3) / 7


def mmist(folder: Path, *changes: dict[str, str]) -> Path:
    rows = [ROW | {"case_id": f"C3L-{number:05d}"} | change for number, change in enumerate(changes, start=1)]
    path = folder / "mmist.csv"
    pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(path, index=False)
    return path


def others(folder: Path, grade: str = "GX", m: str = "MX") -> tuple[pd.DataFrame, Path, pd.DataFrame, Path]:
    """TCGA-CDR and GDC rows of two patients; ``clinical_block`` takes them as they are."""
    words = {"gender": "FEMALE", "race": np.nan, "histological_grade": grade, "ajcc_pathologic_tumor_stage": "Stage IV", AGE: 60.0}
    cdr = pd.DataFrame([words, words], index=pd.Index(["TCGA-B0-0001", "TCGA-CZ-0002"], name="patient_id"))
    path = folder / "gdc.csv"
    path.write_text(f"Case ID,AJCC T,AJCC N,AJCC M,Tumor Grade\nTCGA-CZ-0002,T1a,NX,{m},\n")
    return cdr, folder / "cdr", read_gdc(path), path


def archive(folder: Path, exams: Sequence[str] = EXAMS, vectors: Sequence[object] = tuple(VECTORS)) -> Path:
    """A repository's zip: the wanted folder, the same exams of another modality, and something else."""
    path, root = folder / ccrcc.ARCHIVE, "multi-modal-ist.github.io-c5c9a63/datasets/ccRCC/Code"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(f"{root}/clinical+genomic_split.csv", "case_id\n")
        for exam, vector in zip(exams, vectors, strict=True):
            for modality in ("WSI Features", "CT Features"):
                buffer = BytesIO()
                np.savez(buffer, np.asarray(vector))
                packed.writestr(f"{root}/Features/{modality}/{exam}.npz", buffer.getvalue())
    return path


def stacked(folder: Path, exams: Sequence[str] = EXAMS, vectors: object = VECTORS, **arrays: object) -> Path:
    path = folder / "WSI_Features.npz"
    cases = [exam[:12] if exam.startswith("TCGA") else exam[:9] for exam in exams]
    np.savez(path, **({"exam": np.array(exams), "case_id": np.array(cases), "X": vectors} | arrays))  # type: ignore[arg-type]
    return path


def test_codes_become_levels_and_unknown_codes_missing(tmp_path: Path) -> None:
    unknown = {"age_diag": "", "grade": "5", "ajcc_path_tumor_pt": "-1", "ajcc_path_nodes_pn": "0", "ajcc_path_metastasis_pm": "0"}
    unknown |= {"ajcc_path_tumor_stage": "-1", "race_White": "0", "cancer_history": "1.0", "ajcc_clin_metastasis_cm": "1"}
    path = mmist(tmp_path, {}, unknown)
    block = clinical_block(read_mmist(path), path, *others(tmp_path))
    known = ["61-70", "male", "white", "not recorded", "G2", "III", "T3a", "N0", "M1"]
    assert block.loc["C3L-00001"].drop("cm_stage").tolist() == [*known, "CPTAC"]
    assert block.loc["C3L-00002"].dropna().to_dict() == {"sex": "male", "cancer_history": "yes", "cm_stage": "M0", "site": "CPTAC"}


def test_patients_outside_mmist_are_coded_alike(tmp_path: Path) -> None:
    path = mmist(tmp_path, {"case_id": "TCGA-B0-0001"})
    block = clinical_block(read_mmist(path), path, *others(tmp_path, grade="G4"))
    assert block.index.tolist() == ["TCGA-B0-0001", "TCGA-CZ-0002"]
    assert block.loc["TCGA-B0-0001", ["age_decade", "site"]].tolist() == ["61-70", "B0"]  # from MMIST, not from TCGA-CDR
    assert block.loc["TCGA-CZ-0002"].dropna().to_dict() == {
        "age_decade": "51-60",
        "sex": "female",
        "grade": "G4",
        "stage": "IV",
        "t_stage": "T1a",
        "site": "CZ",
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"grade": "6"}, "row C3L-00001, column 'grade': '6' is not one of 1, 2, 3, 4"),
        ({"ajcc_path_tumor_pt": "0"}, "column 'ajcc_path_tumor_pt': '0' is not one of"),
        ({"race_Asian": "1"}, "row C3L-00001, column 'race_.': '1 in several columns' is not one race"),
        ({"case_id": "TCGA-B0-1"}, "row 2: 'TCGA-B0-1' is not a patient id"),
    ],
)
def test_an_unknown_code_is_refused(tmp_path: Path, change: dict[str, str], message: str) -> None:
    path = mmist(tmp_path, change)
    with pytest.raises(InputError, match=message):
        clinical_block(read_mmist(path), path, *others(tmp_path))


def test_an_unknown_word_of_the_gdc_is_refused(tmp_path: Path) -> None:
    path = mmist(tmp_path, {})
    with pytest.raises(InputError, match=r"gdc\.csv, row TCGA-CZ-0002, column 'm_stage': 'M2' is not one of M0, M1"):
        clinical_block(read_mmist(path), path, *others(tmp_path, m="M2"))


def test_mutations_have_no_row_where_nothing_was_sequenced(tmp_path: Path) -> None:
    never = dict.fromkeys(("VHL_mutation", "PBMR1_mutation", "TTN_mutation"), "-1")
    path = mmist(tmp_path, never, {"PBMR1_mutation": "1"})
    block = mutations_block(read_mmist(path), path)
    assert block.to_dict("index") == {"C3L-00002": {"VHL": 0, "PBRM1": 1, "TTN": 0}}
    assert set(block.dtypes) == {np.dtype("int8")}
    path = mmist(tmp_path, {"VHL_mutation": "-1"})
    with pytest.raises(InputError, match="row C3L-00001: sequenced for some of"):
        mutations_block(read_mmist(path), path)


def test_label_and_split_of_the_authors(tmp_path: Path) -> None:
    path = mmist(tmp_path, {"vital_status_12": "0", "Split": "test"}, {})
    assert alive_12m(read_mmist(path), path).tolist() == ["dead", "alive"]
    assert mmist_split(read_mmist(path), path).to_numpy().tolist() == [
        ["mmist", 0, 0, "C3L-00001", "test"],
        ["mmist", 0, 0, "C3L-00002", "train"],
    ]


def pfi_folds(folder: Path, change: Callable[[list[list[str]]], object] = list) -> Path:
    rows = [[str(repeat), str(number % 5 + 1), f"TCGA-B0-{number:04d}"] for repeat in range(1, 11) for number in range(10)]
    change(rows)
    path = folder / "folds.csv"
    path.write_text("Repeat,Fold,Case ID\n" + "".join(",".join(row) + "\n" for row in rows))
    return path


def test_repeated_folds_count_from_zero_and_test_everybody_once(tmp_path: Path) -> None:
    rows = read_pfi10x5(pfi_folds(tmp_path))
    assert (len(rows), rows["repeat"].max(), rows["fold"].max()) == (10 * 5 * 10, 9, 4)
    tested = rows[rows["role"] == "test"]
    assert tested.groupby("repeat")["patient_id"].apply(sorted).map(tuple).nunique() == 1
    assert tested[tested["fold"] == 0]["patient_id"].unique().tolist() == ["TCGA-B0-0000", "TCGA-B0-0005"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows.pop(), "TCGA-B0-0009 is in no fold of repeat 10"),
        (lambda rows: rows.append(["10", "2", "TCGA-B0-0009"]), "TCGA-B0-0009 has more than one row"),
        (lambda rows: rows.append(["11", "2", "TCGA-B0-0009"]), "repeats other than 1 to 10"),
        (lambda rows: rows[0].__setitem__(1, "6"), "column 'Fold': '6' is not one of 1, 2, 3, 4, 5"),
    ],
)
def test_strange_folds_are_refused(tmp_path: Path, change: Callable[[list[list[str]]], object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_pfi10x5(pfi_folds(tmp_path, change))


def test_the_archive_and_the_stacked_file_give_the_same_bag(tmp_path: Path) -> None:
    bag = read_archive(archive(tmp_path), SMALL)
    assert bag.index.tolist() == sorted(zip(["TCGA-B0-0001", "C3L-00001", "TCGA-B0-0001", "C3N-00002"], EXAMS, strict=True))
    assert bag.loc[("C3L-00001", "C3L-00001-26")].tolist() == VECTORS[1].astype(float).tolist()
    assert bag.columns.tolist() == ["wsi_0001", "wsi_0002", "wsi_0003"]
    pd.testing.assert_frame_equal(read_stacked(stacked(tmp_path), SMALL), bag)
    assert tumour_slides(bag).index.get_level_values("instance_id").tolist() == sorted(set(EXAMS) - {EXAMS[0]})


@pytest.mark.parametrize(
    ("exams", "vectors", "message"),
    [
        (EXAMS[:3], VECTORS[:3], r"an array \(3, 3\) of float32, expected \(4, 3\)"),
        ([*EXAMS[:3], "D1-7"], VECTORS, "exam 'D1-7' does not begin with a patient"),
        ([*EXAMS[:3], EXAMS[0]], VECTORS, "TCGA-B0-0001-11A-01-TS1 comes twice"),
        (EXAMS, np.where(VECTORS > 1.5, np.nan, VECTORS), "exam C3N-00002-21: not finite"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_strange_features_are_refused(tmp_path: Path, exams: list[str], vectors: np.ndarray, message: str) -> None:
    vectors = vectors.astype(np.float32)
    with pytest.raises(InputError, match=message):
        read_archive(archive(tmp_path, exams, list(vectors)), SMALL)
    with pytest.raises(InputError, match=message):
        read_stacked(stacked(tmp_path, exams, vectors), SMALL)


def test_a_pickle_among_the_features_is_never_loaded(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be read as feature arrays .*allow_pickle"):
        read_stacked(stacked(tmp_path, X=np.array([{}, 1, 2, 3], dtype=object)), SMALL)
    with pytest.raises(InputError, match=r"cannot be read as feature arrays .*allow_pickle"):
        read_archive(archive(tmp_path, vectors=[np.array([{}], dtype=object)] * 4), SMALL)


def test_damaged_features_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="vectors of different lengths"):
        read_archive(archive(tmp_path, vectors=[*VECTORS[:3], VECTORS[0, :2]]), SMALL)
    with pytest.raises(InputError, match="its case is 'C3L-00009', expected"):
        read_stacked(stacked(tmp_path, case_id=np.array(["C3L-00009"] * 4)), SMALL)
    with pytest.raises(InputError, match="4 exams, 4 cases, 3 vectors"):
        read_stacked(stacked(tmp_path, vectors=VECTORS[:3]), SMALL)
    for read, path in ((read_archive, archive(tmp_path)), (read_stacked, stacked(tmp_path))):
        content = path.read_bytes()
        for keep in (0, 100, len(content) - 30):
            path.write_bytes(content[:keep])
            with pytest.raises(InputError) as error:
                read(path, SMALL)
            assert "\n" not in str(error.value)
