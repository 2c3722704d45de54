import hashlib
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from benchmark.cohorts import Cohort
from benchmark.cohorts.fetch import locate_all
from benchmark.cohorts.formats.text import read_text
from benchmark.cohorts.sources import lung1
from benchmark.errors import InputError
from tests.cohorts.made_up_lung1 import HEADER, clinical_table, cnn_table, feature_names, feature_table

DERIVED = {lung1.CLINICAL_LF, lung1.FEATURES, lung1.CNN}


@pytest.fixture
def made_up(tmp_path: Path) -> dict[str, Path]:
    return {
        lung1.CLINICAL: clinical_table(tmp_path / "clinical.csv"),
        lung1.FEATURES: feature_table(tmp_path / "features.csv"),
        lung1.CNN: cnn_table(tmp_path / "cnn.csv"),
    }


def block(folder: Path, *changes: dict[str, str]) -> pd.DataFrame:
    return lung1.clinical_block(*lung1.read_clinical({lung1.CLINICAL: clinical_table(folder / "clinical.csv", *changes)}))


def test_a_patient_is_typed(made_up: dict[str, Path]) -> None:
    cohort = lung1.read(made_up)
    row = cohort.blocks["clinical"].loc["LUNG1-001"]
    assert row.tolist() == [60.25, "male", "large_cell_carcinoma", "T2", "N1", "M0", "II"]
    assert cohort.outcomes.loc["LUNG1-001"].tolist() == ["II", True, 500.0]
    assert cohort.blocks["deep"].loc["LUNG1-001"].item() == pytest.approx(math.log(1 / 3), abs=1e-6)
    assert cohort.outcomes["stage"].cat.ordered


def test_codes_outside_tnm_are_missing(tmp_path: Path) -> None:
    codes = {
        "clinical.T.Stage": "5",
        "Clinical.N.Stage": "4",
        "Clinical.M.Stage": "3",
        "Overall.Stage": "NA",
        "age": "NA",
        "Histology": "NA",
    }
    table = block(tmp_path, codes, {"clinical.T.Stage": "NA"})
    assert table.loc["LUNG1-001", ["t_stage", "n_stage", "m_stage", "stage", "age", "histology"]].isna().all()
    assert pd.isna(table.loc["LUNG1-002", "t_stage"])
    assert table.loc["LUNG1-003"].notna().all()


@pytest.mark.parametrize("name", [name for name in HEADER.split(",") if name not in ("PatientID", "Survival.time", "deadstatus.event")])
@pytest.mark.parametrize("word", ["", "other", "-1"])
def test_a_code_that_nobody_knows_is_refused(tmp_path: Path, name: str, word: str) -> None:
    with pytest.raises(InputError, match=rf"clinical\.csv, row LUNG1-001, column '{name}': '{word}' is not "):
        block(tmp_path, {name: word})


@pytest.mark.parametrize(
    ("name", "word"), [("Survival.time", "-3"), ("Survival.time", "NA"), ("deadstatus.event", "2"), ("deadstatus.event", "NA")]
)
def test_an_impossible_outcome_is_refused(made_up: dict[str, Path], name: str, word: str) -> None:
    clinical_table(made_up[lung1.CLINICAL], {name: word})
    with pytest.raises(InputError, match=rf"row LUNG1-001, column '{name}'"):
        lung1.read(made_up)


def test_line_ends_and_a_byte_order_mark_make_no_difference(made_up: dict[str, Path]) -> None:
    expected, path = lung1.read(made_up), made_up[lung1.CLINICAL]
    clinical_table(path, newline="\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert lung1.read(made_up).digest == expected.digest


def test_an_id_with_a_leading_blank_is_the_patient(tmp_path: Path) -> None:
    assert "LUNG1-001" in block(tmp_path, {"PatientID": " LUNG1-001"}).index


@pytest.mark.parametrize(
    ("word", "message"), [("LUNG1-002", "more than one row"), ("LUNG2-001", "not a patient id"), ("", "not a patient id")]
)
def test_a_strange_or_repeated_id_is_refused(tmp_path: Path, word: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        block(tmp_path, {"PatientID": word})


@pytest.mark.parametrize("column", HEADER.split(","))
def test_every_column_is_required(made_up: dict[str, Path], column: str) -> None:
    path = made_up[lung1.CLINICAL]
    path.write_text(path.read_text().replace(column, "Something", 1))
    with pytest.raises(InputError, match=f"column '{column}' is missing"):
        lung1.read(made_up)


def test_the_published_matrix_gives_the_same_block_without_its_clinical_columns(made_up: dict[str, Path], tmp_path: Path) -> None:
    matrix = {lung1.MATRIX: feature_table(tmp_path / "matrix.csv", with_clinical=True)}
    features = lung1.read_radiomics(matrix)
    assert features.equals(lung1.read_radiomics(made_up))
    assert list(features) == feature_names()


@pytest.mark.parametrize("change", ["fewer", "renamed", "twice"])
def test_other_features_are_refused(tmp_path: Path, change: str) -> None:
    names = feature_names()
    names = {"fewer": names[:-1], "renamed": [*names[:-1], "original_age"], "twice": [*names[:-1], names[0]]}[change]
    with pytest.raises(InputError, match="are not the published 190"):
        lung1.read_radiomics({lung1.FEATURES: feature_table(tmp_path / "features.csv", names=names)})


@pytest.mark.parametrize("cell", ["", "NA", "inf", "high"])
def test_an_empty_or_wrong_feature_is_refused(tmp_path: Path, cell: str) -> None:
    with pytest.raises(InputError, match=r"features\.csv, row LUNG1-001"):
        lung1.read_radiomics({lung1.FEATURES: feature_table(tmp_path / "features.csv", cell=cell)})


@pytest.mark.parametrize("cell", ["", "0.5", '"[0.5]"', '"[0.5, 0.6]"', '"[1.0, 0.0]"', '"[NaN, 0.5]"', "[0.5", '"[""a"", 1]"', "null"])
def test_an_output_that_is_no_pair_of_probabilities_is_refused(made_up: dict[str, Path], cell: str) -> None:
    cnn_table(made_up[lung1.CNN], cell)
    with pytest.raises(InputError, match=r"cnn\.csv, row LUNG1-001, column 'CNN_output_raw'.*pair of probabilities"):
        lung1.read(made_up)


@pytest.mark.parametrize("name", [lung1.CLINICAL, lung1.FEATURES, lung1.CNN])
@pytest.mark.parametrize("lines", [0, 1, -1])
def test_missing_rows_are_refused(made_up: dict[str, Path], name: str, lines: int) -> None:
    path = made_up[name]
    path.write_text("\n".join(path.read_text().splitlines()[:lines]))
    with pytest.raises(InputError) as error:
        lung1.read(made_up)
    assert "\n" not in str(error.value)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: item.path for name, item in locate_all(lung1.SOURCES, tmp_path_factory.mktemp("none")).items()}


@pytest.fixture(scope="module")
def cohort(files: dict[str, Path]) -> Cohort:
    return lung1.read(files)


@pytest.mark.real_data
def test_patients_and_outcomes(cohort: Cohort) -> None:
    counts = cohort.counts()
    assert counts == {
        "patients": 422,
        "patients with clinical": 422,
        "patients with radiomics": 421,
        "patients with deep": 415,
        "stage known": 421,
        "stage I": 93,
        "stage II": 40,
        "stage IIIa": 112,
        "stage IIIb": 176,
        "survival known": 422,
        "survival events": 373,
    }
    assert cohort.outcomes.index[cohort.outcomes["stage"].isna()].tolist() == ["LUNG1-272"]
    assert (~cohort.outcomes.index.isin(cohort.blocks["radiomics"].index)).nonzero()[0].tolist() == [127]
    segmented = cohort.outcomes.loc[cohort.blocks["radiomics"].index, "stage"]
    assert segmented.value_counts(sort=False).tolist() == [93, 40, 111, 176]


@pytest.mark.real_data
def test_levels_and_missing_values(cohort: Cohort) -> None:
    clinical = cohort.blocks["clinical"]
    assert clinical.isna().sum().to_dict() == {"age": 22, "sex": 0, "histology": 42, "t_stage": 3, "n_stage": 3, "m_stage": 4, "stage": 1}
    levels = {name: clinical[name].value_counts(sort=False).tolist() for name in ("sex", "histology", "t_stage", "n_stage", "m_stage")}
    assert levels == {
        "sex": [132, 290],
        "histology": [51, 152, 114, 63],
        "t_stage": [93, 156, 53, 117],
        "n_stage": [170, 23, 141, 85],
        "m_stage": [417, 1],
    }
    unknown = clinical["histology"].isna()
    assert clinical.loc[unknown, "stage"].value_counts(sort=False).tolist() == [27, 2, 3, 10]


@pytest.mark.real_data
def test_t_n_and_m_are_the_stage(cohort: Cohort) -> None:
    clinical = cohort.blocks["clinical"]
    tnm = clinical[["t_stage", "n_stage", "m_stage"]].astype(object).fillna("unknown").agg(" ".join, axis=1)
    table = pd.crosstab(tnm, clinical["stage"])
    assert (table.max(axis=1).sum(), table.to_numpy().sum()) == (403, 421)
    assert table.loc[["T4 N0 M0", "T4 N1 M0"], "IIIb"].sum() == table.loc[["T4 N0 M0", "T4 N1 M0"]].to_numpy().sum() == 54


@pytest.mark.real_data
def test_the_published_files_are_those_of_the_mirror(files: dict[str, Path], cohort: Cohort, tmp_path: Path) -> None:
    """The archive's file is the mirror's with other line ends; the source's matrix is the mirror's with nine columns more."""
    assert set(files) == DERIVED
    digests = {file.name: (file.sha256, file.bytes) for file in lung1.SOURCES}
    crlf = files[lung1.CLINICAL_LF].read_bytes().replace(b"\n", b"\r\n")
    matrix = _matrix(files[lung1.CLINICAL_LF], files[lung1.FEATURES])
    official = {lung1.CNN: files[lung1.CNN]}
    for name, content in ((lung1.CLINICAL, crlf), (lung1.MATRIX, matrix)):
        assert (hashlib.sha256(content).hexdigest(), len(content)) == digests[name]
        official[name] = tmp_path / name
        official[name].write_bytes(content)
    assert lung1.read(official).digest == cohort.digest


def _matrix(clinical: Path, features: Path) -> bytes:
    """The source's matrix: it wrote missing ages as the median, missing words as "Unknown", and T as a float."""
    rows = read_text(clinical).set_index("PatientID")
    head, *lines = features.read_text().splitlines()
    rows = rows.loc[[line.partition(",")[0] for line in lines]]
    ages = pd.to_numeric(rows["age"], errors="coerce")
    rows["age"] = [repr(float(age)) for age in ages.fillna(ages.median())]
    rows["clinical.T.Stage"] = ["" if stage == "NA" else f"{stage}.0" for stage in rows["clinical.T.Stage"]]
    rows[["Overall.Stage", "Histology"]] = rows[["Overall.Stage", "Histology"]].replace("NA", "Unknown")
    whole = [",".join([line, *cells]) for line, cells in zip(lines, rows.to_numpy().tolist(), strict=True)]
    return ("\n".join([",".join([head, *rows.columns]), *whole]) + "\n").encode()


@pytest.mark.real_data
def test_the_cnn_was_tested_on_these_patients_and_its_rerun_agrees(cohort: Cohort, mirror: Path) -> None:
    released = read_text(mirror / "lung1" / "hosny2018_Maastro_radiomics_cnn.csv")
    alive = released["logit_1"].astype(float)
    assert round(roc_auc_score(released["surv2yr"] == "1", alive), 2) == 0.70  # as the paper prints for its test set
    known = released["id"] != ""
    table = pd.DataFrame({"surv2yr": released["surv2yr"], "alive": alive})[known].set_index(released["id"][known])
    assert (len(released), len(table)) == (211, 206)
    assert ((cohort.outcomes.loc[table.index, "survival_time"] > 730) == (table["surv2yr"] == "1")).all()
    stages = cohort.outcomes.loc[table.index, "stage"].value_counts(sort=False).tolist()
    assert stages == [36, 19, 62, 89]
    both = table.index.intersection(cohort.blocks["deep"].index)
    assert len(both) == 203
    assert table["alive"][both].corr(cohort.blocks["deep"].loc[both, "alive_2y_log_odds"], method="spearman") == pytest.approx(
        0.779, abs=1e-3
    )


@pytest.mark.real_data
def test_the_features_are_whole(cohort: Cohort) -> None:
    table = cohort.blocks["radiomics"]
    kinds = table.columns.str.partition("_").get_level_values(0).value_counts()
    assert (table.shape, kinds["original"], np.isfinite(table.to_numpy()).all()) == ((421, 190), 18, True)
    assert table.columns.str.startswith("original_shape_").sum() == 7
