"""Made-up tables in PORPOISE's layout (one row per slide, a zip with one CSV), and the four real ones."""

import zipfile
from pathlib import Path

import pandas as pd
import pytest

from benchmark.cohorts.formats.porpoise import read_porpoise, read_porpoise_fold
from benchmark.cohorts.formats.tcga_cdr import CSV, read_cdr
from benchmark.errors import InputError

IDS = r"TCGA-[A-Z0-9]{2}-[A-Z0-9]{4}"
SLIDE = {
    "": "0",
    "case_id": "TCGA-05-0001",
    "slide_id": "TCGA-05-0001-01Z-00-DX1.svs",
    "age": "67.0",
    "site": "5",
    "survival_months": "10.02",
    "censorship": "1.0",
    "is_female": "0.0",
    "oncotree_code": "LUAD",
    "train": "1.0",
    "TP53_rnaseq": "-0.5",
    "EGFR_rnaseq": "7377.5912",
    "TP53_cnv": "-2",
    "TP53_mut": "1",
    "RAS_mut": "0",
}
GENES = (2, 2, 1)  # with RNA, mutations, copy numbers
OTHER = {"case_id": "TCGA-4B-0002", "slide_id": "b", "site": "4B", "age": "", "censorship": "0", "is_female": "1", "TP53_mut": "0"}


def table(folder: Path, *changes: dict[str, str], drop: str = "no column") -> Path:
    """A table with one slide per change."""
    rows = [{name: cell for name, cell in {**SLIDE, **change}.items() if name != drop} for change in changes]
    path = folder / "made_up.csv.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("./made_up.csv.zip", "\n".join(",".join(row) for row in [rows[0], *(row.values() for row in rows)]) + "\n")
    return path


def test_slides_become_patients_in_order(tmp_path: Path) -> None:
    found = read_porpoise(table(tmp_path, OTHER, {}, {"": "1", "slide_id": "another"}), IDS, GENES)
    ids = pd.Index(["TCGA-05-0001", "TCGA-4B-0002"], name="patient_id")
    for part in (found.clinical, found.survival, found.rna, found.mutations, found.cnv):
        assert part.index.equals(ids)
    assert found.clinical.loc[ids[0]].tolist() == [67.0, "male", "05", "LUAD"]
    assert found.clinical.loc[ids[1], ["sex", "site"]].tolist() == ["female", "4B"]
    assert found.clinical["age"].isna().tolist() == [False, True]
    assert found.rna.loc[ids[0]].to_dict() == {"TP53": -0.5, "EGFR": 7377.5912}
    assert found.mutations.dtypes.unique().tolist() == ["int8"]
    assert found.mutations["TP53"].tolist() == [1, 0]
    assert found.cnv["TP53"].tolist() == [-2, -2]


def test_censorship_1_is_no_event_and_months_have_30_44_days(tmp_path: Path) -> None:
    survival = read_porpoise(table(tmp_path, {}, OTHER), IDS, GENES).survival
    assert survival["event"].tolist() == [False, True]
    assert survival["time"].tolist() == [305, 305]  # 10.02 · 30.44 = 305.009


def test_a_table_may_lack_a_kind_of_column(tmp_path: Path) -> None:
    found = read_porpoise(table(tmp_path, {}, drop="TP53_cnv"), IDS, (2, 2, 0))
    assert found.cnv.shape == (1, 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"case_id": "R01-001"}, "'R01-001' is not a patient id"),
        ({"site": "6"}, "row TCGA-05-0001, column 'site': '6' is not the site 05 of the barcode"),
        ({"age": "old"}, "row TCGA-05-0001, column 'age': 'old' is not a number"),
        ({"censorship": "2"}, "column 'censorship': '2' is not one of 0, 1"),
        ({"survival_months": ""}, "column 'survival_months': '' is not a number"),
        ({"TP53_rnaseq": "x"}, "row TCGA-05-0001, column TP53: 'x' is not a number"),
        ({"TP53_mut": "2"}, "row TCGA-05-0001, column 'TP53': '2' is not a whole number from 0 to 1"),
        ({"TP53_cnv": ""}, "row TCGA-05-0001, column 'TP53': '' is not a whole number from -2 to 2"),
        ({"surprise": "1"}, "column 'surprise' is not one of PORPOISE's"),
        ({"BRCA1_mut": "1"}, r"3 columns '\*_mut', expected 2"),
    ],
)
def test_a_strange_cell_or_column_is_refused(tmp_path: Path, change: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_porpoise(table(tmp_path, change), IDS, GENES)


def test_a_slide_that_comes_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"slide TCGA-05-0001-01Z-00-DX1\.svs has more than one row"):
        read_porpoise(table(tmp_path, {}, {}), IDS, GENES)


def test_slides_that_differ_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="column 'TP53_mut': the slides of TCGA-05-0001 differ"):
        read_porpoise(table(tmp_path, {}, {"slide_id": "another", "TP53_mut": "0"}), IDS, GENES)


@pytest.mark.parametrize("name", ["case_id", "censorship"])
def test_a_missing_column_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=f"column '{name}' is missing"):
        read_porpoise(table(tmp_path, {}, drop=name), IDS, GENES)


def test_a_column_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "twice.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", ",".join([*SLIDE, "RAS_mut"]) + "\n" + ",".join([*SLIDE.values(), "1"]) + "\n")
    with pytest.raises(InputError, match="column 'RAS_mut' is there more than once"):
        read_porpoise(path, IDS, GENES)


@pytest.mark.parametrize("keep", [0, 0.5, 0.95])
def test_an_archive_cut_short_is_refused(tmp_path: Path, keep: float) -> None:
    content = table(tmp_path, {}, OTHER).read_bytes()
    path = tmp_path / "short.zip"
    path.write_bytes(content[: int(keep * len(content))])
    with pytest.raises(InputError, match="cannot be read as a zip archive"):
        read_porpoise(path, IDS, GENES)


def test_an_archive_with_two_files_or_damaged_content_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "a")
        archive.writestr("b.csv", "b")
    with pytest.raises(InputError, match="2 files inside"):
        read_porpoise(path, IDS, GENES)
    path = table(tmp_path, {})
    path.write_bytes(path.read_bytes().replace(b"LUAD", b"LUAX"))
    with pytest.raises(InputError, match="Bad CRC-32"):
        read_porpoise(path, IDS, GENES)


def fold(folder: Path, *rows: str) -> Path:
    (folder / "splits_0.csv").write_text("\n".join([",train,val", *rows]) + "\n")
    return folder / "splits_0.csv"


def test_the_val_patients_of_a_fold_are_tested(tmp_path: Path) -> None:
    split = read_porpoise_fold(fold(tmp_path, "0,TCGA-02-0002,TCGA-02-0001", "1,TCGA-02-0003,"), IDS, 3)
    assert split[["fold", "patient_id", "role"]].to_numpy().tolist() == [
        [3, "TCGA-02-0001", "test"],
        [3, "TCGA-02-0002", "train"],
        [3, "TCGA-02-0003", "train"],
    ]


def test_a_patient_in_both_parts_of_a_fold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="more than one row"):
        read_porpoise_fold(fold(tmp_path, "0,TCGA-02-0001,TCGA-02-0001"), IDS, 0)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "studies", "shape", "missing", "mutated"),
    [
        (
            "tcga_lung/porpoise_mutsig_tcga_luad",
            ["LUAD"],
            (453, 158, 1555, 864, 517),
            (10, 0),
            {"EGFR": 61, "KRAS": 139, "TP53": 231, "STK11": 67, "KEAP1": 81, "BRAF": 38, "ALK": 26, "PIK3CA": 26},
        ),
        (
            "tcga_lung/porpoise_mutsig_tcga_lusc",
            ["LUSC"],
            (450, 192, 1556, 850, 0),
            (5, 0),
            {"TP53": 378, "PIK3CA": 55, "KEAP1": 51, "ROS1": 40, "ALK": 22},
        ),
        (
            "tcga_kirc/tcga_kirc",
            ["KIRC"],
            (345, 92, 1556, 10, 937),
            (0, 1),
            {"VHL": 162, "PBRM1": 149, "TTN": 68, "SETD2": 49, "BAP1": 35, "MUC16": 30, "MTOR": 25, "DST": 23, "KDM5C": 19, "RAS": 3},
        ),
        (
            "tcga_gbmlgg/tcga_gbmlgg",
            ["GBM", "LGG"],
            (569, 187, 1544, 16, 30),
            (0, 0),
            {"IDH1": 376, "TP53": 262, "ATRX": 189, "EGFR": 59, "PIK3CA": 49, "RAS": 5},
        ),
    ],
)
def test_the_real_tables(
    mirror: Path, name: str, studies: list[str], shape: tuple[int, ...], missing: tuple[int, int], mutated: dict[str, int]
) -> None:
    found = read_porpoise(mirror / f"{name}_all_clean.csv.zip", IDS, (shape[2], shape[3], shape[4]))
    counts = (len(found.clinical), int(found.survival["event"].sum()), found.rna.shape[1], found.mutations.shape[1], found.cnv.shape[1])
    assert counts == shape
    assert tuple(found.clinical[["age", "sex"]].isna().sum()) == missing
    assert {gene: int(found.mutations[gene].sum()) for gene in mutated} == mutated
    assert not found.rna.isna().to_numpy().any()
    cdr = read_cdr({CSV: mirror / "tcga_cdr" / CSV}, studies).loc[found.survival.index]
    assert (found.survival["time"] == cdr["OS.time"]).all()
    assert (found.survival["event"] == (cdr["OS"] == 1)).all()
