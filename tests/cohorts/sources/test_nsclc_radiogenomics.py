"""The real cohort against the counts and labels that were derived independently."""

import gzip
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmark.cohorts import Cohort
from benchmark.cohorts.fetch import locate_all
from benchmark.cohorts.formats.aim import read_aim
from benchmark.cohorts.formats.geo import read_matrix
from benchmark.cohorts.formats.text import read_text
from benchmark.cohorts.sources import nsclc_radiogenomics as nsclc
from benchmark.cohorts.sources._nsclc_clinical import FINDINGS, IDS
from benchmark.errors import InputError

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: item.path for name, item in locate_all(nsclc.SOURCES, tmp_path_factory.mktemp("none")).items()}


@pytest.fixture(scope="module")
def cohort(files: dict[str, Path]) -> Cohort:
    return nsclc.read(files)


@pytest.fixture
def derived(mirror: Path) -> pd.DataFrame:
    return read_text(mirror / "nsclc_radiogenomics" / "derived_labels.csv").set_index("Case ID").sort_index()


def having(cohort: Cohort, *blocks: str) -> pd.Index:
    ids = cohort.outcomes.index
    for block in blocks:
        ids = ids.intersection(cohort.blocks[block].index)
    return ids


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ((), (211, 210, 54, 161, 31)),
        (("genomics",), (130, 130, 38, 93, 20)),
        (("radiomics",), (142, 142, 39, 108, 24)),
        (("genomics", "radiomics"), (115, 115, 32, 87, 19)),
        (("semantic",), (190, 189, 47, 149, 29)),
        (("genomics", "radiomics", "semantic"), (114, 114, 32, 87, 19)),
    ],
)
def test_patients_and_events(cohort: Cohort, blocks: tuple[str, ...], expected: tuple[int, ...]) -> None:
    ids = having(cohort, *blocks)
    event = cohort.outcomes.loc[ids, "recurrence_event"]
    untreated = event[cohort.blocks["clinical"].loc[ids, "adjuvant_any"] == "no"]
    assert (len(ids), event.notna().sum(), event.sum(), len(untreated), untreated.sum()) == expected


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ((), [6, 58, 35, 16, 18, 23, 1, 5]),
        (("radiomics",), [6, 56, 31, 11, 13, 20, 1, 4]),
        (("genomics", "radiomics"), [5, 44, 27, 10, 9, 15, 1, 4]),
    ],
)
def test_stage_groups(cohort: Cohort, blocks: tuple[str, ...], expected: list[int]) -> None:
    assert cohort.blocks["clinical"].loc[having(cohort, *blocks), "stage"].value_counts(sort=False).tolist() == expected


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ((), [(172, 43), (171, 38), (157, 2), (154, 21), (159, 42)]),
        (("radiomics",), [(115, 23), (113, 26), (109, 2), (137, 17), (142, 39)]),
        (("genomics",), [(101, 19), (101, 24), (99, 2), (125, 16), (128, 33)]),
        (("genomics", "radiomics"), [(92, 18), (93, 20), (91, 2), (112, 13), (115, 31)]),
    ],
)
def test_findings_known_and_positive(cohort: Cohort, blocks: tuple[str, ...], expected: list[tuple[int, int]]) -> None:
    outcomes = cohort.outcomes.loc[having(cohort, *blocks)]
    columns = (outcomes[name] for name in FINDINGS)
    assert [(column.notna().sum(), (column == column.cat.categories[1]).sum()) for column in columns] == expected


def test_t_categories(cohort: Cohort) -> None:
    counts = cohort.outcomes["t_stage"].value_counts(sort=False)
    assert counts.to_dict() == {"Tis": 6, "T1a": 40, "T1b": 31, "T2a": 47, "T2b": 10, "T3": 21, "T4": 7}


@pytest.mark.parametrize(
    ("outcome", "column", "positive"),
    [
        ("egfr", "EGFR", {"mutant"}),
        ("kras", "KRAS", {"mutant"}),
        ("alk", "ALK", {"translocated"}),
        ("lymphovascular_invasion", "LVI", {"present"}),
        ("pleural_invasion", "PI", {"yes"}),
        ("t_stage", "T_ge_T2", {"T2a", "T2b", "T3", "T4"}),
    ],
)
def test_categorical_outcomes_equal_the_derived_labels(
    cohort: Cohort, derived: pd.DataFrame, outcome: str, column: str, positive: set[str]
) -> None:
    found = cohort.outcomes[outcome]
    assert found.index.equals(derived.index.rename("patient_id"))
    np.testing.assert_array_equal(found.isin(positive).astype(float).mask(found.isna()), pd.to_numeric(derived[column]))


def test_outcomes_stage_and_therapy_equal_the_derived_labels(cohort: Cohort, derived: pd.DataFrame) -> None:
    outcomes, clinical = cohort.outcomes, cohort.blocks["clinical"]
    for event, time, prefix in (("recurrence_event", "recurrence_days_from_ct", "recurrence"), ("os_event", "os_days_from_ct", "survival")):
        assert (
            outcomes[f"{prefix}_event"].astype("Float64").equals(pd.to_numeric(derived[event]).astype("Float64").rename_axis("patient_id"))
        )
        np.testing.assert_array_equal(outcomes[f"{prefix}_time"], pd.to_numeric(derived[time]))
    for stage in (outcomes["stage"], clinical["stage"]):
        assert (stage.astype(object).fillna("") == derived["stage_ajcc7_derived"]).all()
    coded = clinical["adjuvant_any"].map({"no": 0.0, "yes": 1.0}).astype(float)
    np.testing.assert_array_equal(coded, pd.to_numeric(derived["adjuvant_any"]))


def test_the_known_oddities_are_as_documented(cohort: Cohort) -> None:
    outcomes, amc = cohort.outcomes, cohort.outcomes.index.str.startswith("AMC")
    assert amc.sum() == 49
    assert cohort.blocks["clinical"].loc[amc, ["t_stage", "n_stage", "m_stage", "stage", "grade"]].isna().all(axis=None)
    assert outcomes.index[outcomes["recurrence_time"] == 0].tolist() == ["AMC-044"]
    assert outcomes.index[outcomes["recurrence_event"].isna()].tolist() == ["AMC-049"]
    assert outcomes.loc["R01-106", "survival_time"] == 14
    assert cohort.datasheet.absent.keys() == {"densenet"}


def test_blocks_have_the_published_shape(cohort: Cohort) -> None:
    assert {name: table.shape for name, table in cohort.blocks.items()} == {
        "clinical": (211, 24),
        "genomics": (130, 1000),
        "radiomics": (142, 851),
        "semantic": (190, 44),
    }
    assert sum(name.startswith("original_") for name in cohort.blocks["radiomics"]) == 107
    missing = cohort.blocks["genomics"].isna().sum()
    assert ((missing == 0).sum(), missing.max()) == (436, 25)
    assert not set(cohort.blocks["clinical"]) & {"egfr", "kras", "alk", "recurrence_location"}


def test_annotations_equal_the_table_derived_from_them(files: dict[str, Path], mirror: Path) -> None:
    table = (
        read_text(mirror / "nsclc_radiogenomics" / "aim_semantic_annotations.csv")
        .set_index("Case ID")
        .drop(columns="aim_file")
        .sort_index()
    )
    assert (read_aim(files[nsclc.AIM_TAR], IDS)[table.columns] == table).all(axis=None)


def test_the_recipe_reproduces_the_derived_table_where_raw_values_are_known(cohort: Cohort, mirror: Path) -> None:
    raw = read_text(mirror / "nsclc_radiogenomics" / "GSE103584_fpkm_140genes.tsv", "\t").set_index("PID").sort_index()
    shared = [gene for gene in raw if gene in cohort.blocks["genomics"]]
    fpkm = raw[shared].astype(float)
    logged = np.log10(fpkm.mask(fpkm == 0) + 1)
    scaled = (logged - logged.mean()) / logged.std(ddof=1)
    assert len(shared) == 10
    np.testing.assert_allclose(scaled, cohort.blocks["genomics"][shared], atol=1e-6)


def test_the_full_matrix_gives_the_same_block(cohort: Cohort, files: dict[str, Path], tmp_path: Path) -> None:
    """GEO's file is not at hand: FPKM values are made up that have the derived table's z-scores, among 21,126 flat genes."""
    rows = 10 ** (8 + read_matrix(files[nsclc.RNA_DERIVED], ",", IDS, nsclc.DERIVED)) - 1
    lines = ["\t".join(["", *rows.columns])]
    lines += [
        "\t".join([gene, *("NA" if np.isnan(cell) else repr(float(cell)) for cell in cells)])
        for gene, cells in zip(rows.index, rows.to_numpy(), strict=True)
    ]
    lines += ["\t".join([f"FLAT{number // 2}", *["NA" if number % 2 else "1.5"] * 130]) for number in range(21_126)]
    path = tmp_path / nsclc.RNA_FULL
    path.write_bytes(gzip.compress("\n".join(lines).encode(), compresslevel=1))
    others = {name: place for name, place in files.items() if name != nsclc.RNA_DERIVED}
    assert nsclc.read(others | {nsclc.RNA_FULL: path}).blocks["genomics"].equals(cohort.blocks["genomics"])


def test_the_annotations_may_come_as_a_zip(cohort: Cohort, files: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / nsclc.AIM_ZIP
    with tarfile.open(files[nsclc.AIM_TAR]) as packed, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in packed.getmembers():
            if (stream := packed.extractfile(member)) is not None:
                archive.writestr(member.name, stream.read())
    others = {name: place for name, place in files.items() if name != nsclc.AIM_TAR}
    assert nsclc.read(others | {nsclc.AIM_ZIP: path}).digest == cohort.digest


@pytest.mark.parametrize("separator", [",", "\t"])
def test_the_label_leaky_table_is_refused(mirror: Path, separator: str) -> None:
    with pytest.raises(InputError, match="label leakage"):
        read_matrix(mirror / "nsclc_radiogenomics" / "GSE103584_fpkm_140genes.tsv", separator, IDS, nsclc.DERIVED)


def test_the_same_files_give_the_same_digest(files: dict[str, Path], cohort: Cohort, tmp_path: Path) -> None:
    cohort.write(tmp_path / "built")
    assert Cohort.read(tmp_path / "built").digest == nsclc.read(files).digest == cohort.digest
