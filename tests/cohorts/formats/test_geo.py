"""A made-up extract in GEO's layout: tab separated, genes in rows, "NA", gzip."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from benchmark.cohorts.formats.geo import Expected, as_block, genes_digest, read_matrix, select_and_scale
from benchmark.errors import InputError

IDS = r"R01-\d{3}"
PATIENTS = ["R01-003", "R01-001", "R01-002", "R01-005", "R01-004", "R01-006"]
GENES = {
    "STEADY": ["9", "9", "9", "9", "9", "99"],  # log10(x + 1): 1 1 1 1 1 2
    "SPREAD": ["0", "9", "99", "999", "NA", "9"],  # 0 1 2 3 - 1
    "RARE": ["0", "9999", "0", "99999", "NA", "NA"],  # the widest, but present in 4 of 6
    "FLAT": ["9", "9", "9", "9", "9", "9"],
}
SMALL = Expected(genes=4, patients=6, selected=2)


def extract(folder: Path, genes: dict[str, list[str]] = GENES, patients: list[str] = PATIENTS) -> Path:
    lines = ["\t".join(["Gene", *patients]), *("\t".join([gene, *cells]) for gene, cells in genes.items())]
    path = folder / "GSE103584_R01_NSCLC_RNAseq.txt.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode() + b"\n", mtime=0))
    return path


def test_the_recipe_equals_numbers_computed_by_hand(tmp_path: Path) -> None:
    path = extract(tmp_path)
    block = as_block(select_and_scale(read_matrix(path, "\t", IDS, SMALL), SMALL, path))
    assert block.index.tolist() == sorted(PATIENTS)
    assert block.columns.tolist() == ["SPREAD", "STEADY"]
    # STEADY: mean 7/6, sum of squares 5/36 + 25/36 = 5/6, variance (ddof 1) 1/6
    steady = dict(zip(PATIENTS, [-(6**0.5) / 6] * 5 + [5 * 6**0.5 / 6], strict=True))
    # SPREAD over the five known: mean 7/5, sum of squares 5.2, variance 1.3
    spread = dict(zip(PATIENTS, [-1.4, -0.4, 0.6, 1.6, np.nan, -0.4], strict=True))
    for patient in PATIENTS:
        assert block.loc[patient, "STEADY"] == pytest.approx(steady[patient], abs=1e-6)
        assert block.loc[patient, "SPREAD"] == pytest.approx(spread[patient] / 1.3**0.5, abs=1e-6, nan_ok=True)


def test_other_genes_than_the_published_ones_are_refused(tmp_path: Path) -> None:
    path = extract(tmp_path)
    matrix = read_matrix(path, "\t", IDS, SMALL)
    select_and_scale(matrix, Expected(4, 6, 2, genes_digest(matrix.index[:2])), path)
    with pytest.raises(InputError, match="selects other genes"):
        select_and_scale(matrix, Expected(4, 6, 2, "0" * 64), path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"FLAT": ["9"] * 5 + ["x"]}, "row FLAT, column R01-006: 'x' is not a number"),
        ({"EXTRA": ["1"] * 6}, "5 genes × 6 patients, expected 4 × 6"),
        ({"FLAT": ["9"] * 5}, "row 5: 6 cells, but the header has 7"),
    ],
)
def test_a_strange_matrix_is_refused(tmp_path: Path, change: dict[str, list[str]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_matrix(extract(tmp_path, GENES | change), "\t", IDS, SMALL)


def test_a_negative_value_is_refused(tmp_path: Path) -> None:
    path = extract(tmp_path, GENES | {"FLAT": ["-1"] * 6})
    with pytest.raises(InputError, match="row FLAT: a negative FPKM"):
        select_and_scale(read_matrix(path, "\t", IDS, SMALL), SMALL, path)


def test_a_patient_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="patient R01-001 has more than one row"):
        read_matrix(extract(tmp_path, patients=["R01-001", *PATIENTS[1:]]), "\t", IDS, SMALL)


@pytest.mark.parametrize("separator", ["\t", ","])
@pytest.mark.parametrize("label", [True, False])
def test_the_label_leaky_table_is_refused_in_place_of_the_matrix(tmp_path: Path, separator: str, label: bool) -> None:
    columns = ["PID", *(["Recurrence"] if label else []), *(f"G{number}" for number in range(140))]
    path = tmp_path / "rna.txt.gz"
    path.write_text("\n".join("\t".join(row) for row in (columns, ["R01-001", *["1"] * (len(columns) - 1)])) + "\n")
    with pytest.raises(InputError, match="label leakage"):
        read_matrix(path, separator, IDS, SMALL)


def test_a_name_that_comes_twice_is_no_obstacle_unless_it_is_selected(tmp_path: Path) -> None:
    lines = {"FLAT": ["9"] * 6, "SPREAD": GENES["SPREAD"], "STEADY": GENES["STEADY"]}
    path = extract(tmp_path, lines)
    text = gzip.decompress(path.read_bytes()).decode()
    path.write_text(text + "FLAT\t" + "\t".join(["9"] * 6) + "\n")
    assert select_and_scale(read_matrix(path, "\t", IDS, SMALL), SMALL, path).index.tolist() == ["SPREAD", "STEADY"]
    path.write_text(text + "SPREAD\t" + "\t".join(GENES["SPREAD"]) + "\n")
    with pytest.raises(InputError, match="selects other genes"):
        select_and_scale(read_matrix(path, "\t", IDS, SMALL), SMALL, path)
