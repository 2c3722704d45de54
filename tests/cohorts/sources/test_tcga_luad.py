"""TCGA-LUAD from made-up tables in the published layout, and the real cohort against counts taken independently."""

from pathlib import Path

import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from benchmark.cohorts import Cohort
from benchmark.cohorts.fetch import locate_all
from benchmark.cohorts.sources import tcga_luad as luad
from benchmark.errors import InputError
from tests.cohorts.formats.test_porpoise import table
from tests.cohorts.formats.test_tcga_cdr import text

GENES = {f"{gene}_mut": "0" for gene in (*luad.GENES, "RAS", "TTN")}
SLIDES = (
    {**GENES, "KRAS_mut": "1", "RAS_mut": "1", "TTN_mut": "1"},
    {**GENES, "case_id": "TCGA-4B-0002", "slide_id": "b", "site": "4B", "TP53_mut": "1"},
)
FOLLOWED = {"type": "LUAD", "OS": 0, "OS.time": 305, "PFI": 1, "PFI.time": 100}
PATIENTS = (
    {**FOLLOWED, "bcr_patient_barcode": "TCGA-05-0001", "race": "ASIAN", "ajcc_pathologic_tumor_stage": "Stage IIA"},
    {**FOLLOWED, "bcr_patient_barcode": "TCGA-4B-0002", "ajcc_pathologic_tumor_stage": "[Discrepancy]", "PFI": "#N/A", "PFI.time": "#N/A"},
)


def made_up(
    folder: Path, slides: tuple[dict[str, str], ...] = SLIDES, patients: tuple[dict[str, object], ...] = PATIENTS, drop: str = "no column"
) -> dict[str, Path]:
    return {luad.TABLE: table(folder, *slides, drop=drop), **text(folder, *patients)}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The made-up table has fewer genes."""
    monkeypatch.setattr(luad, "COUNTS", (2, len(GENES), 1))


@pytest.mark.usefixtures("small")
def test_the_two_files_become_one_cohort(tmp_path: Path) -> None:
    cohort = luad.read(made_up(tmp_path))
    clinical, outcomes = cohort.blocks["clinical"], cohort.outcomes
    assert clinical.loc["TCGA-05-0001", ["race", "stage", "site"]].tolist() == ["asian", "IIA", "05"]
    assert clinical.loc["TCGA-4B-0002", ["race", "stage"]].isna().all()
    assert outcomes["kras"].tolist() == ["mutated", "wildtype"]
    assert outcomes["tp53"].tolist() == ["wildtype", "mutated"]
    assert outcomes["survival_time"].tolist() == [305, 305]
    assert outcomes["progression_event"].tolist() == [True, pd.NA]
    assert outcomes["ros1"].isna().all()
    assert outcomes["ros1"].cat.categories.tolist() == ["wildtype", "mutated"]


@pytest.mark.usefixtures("small")
def test_an_endpoint_gene_is_no_feature_and_nor_is_ras(tmp_path: Path) -> None:
    cohort = luad.read(made_up(tmp_path))
    assert cohort.blocks["mutations"].columns.tolist() == ["TTN"]


@pytest.mark.parametrize("gene", ["KRAS", "RAS"])
def test_a_missing_gene_is_named(tmp_path: Path, gene: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(luad, "COUNTS", (2, len(GENES) - 1, 1))
    with pytest.raises(InputError, match=f"column '{gene}_mut' is missing"):
        luad.read(made_up(tmp_path, drop=f"{gene}_mut"))


@pytest.mark.usefixtures("small")
def test_a_patient_who_is_not_in_tcga_cdr_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="patient TCGA-4B-0002 is not a LUAD patient of TCGA-CDR"):
        luad.read(made_up(tmp_path, patients=(PATIENTS[0], {**PATIENTS[1], "type": "LUSC"})))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"race": "GREEN"}, "row TCGA-05-0001, column 'race': 'GREEN' is not one of"),
        ({"ajcc_pathologic_tumor_stage": "Stage V"}, "column 'ajcc_pathologic_tumor_stage': 'Stage V' is not one of"),
    ],
)
def test_an_unknown_word_is_refused(tmp_path: Path, change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        luad.read(made_up(tmp_path, patients=({**PATIENTS[0], **change}, PATIENTS[1])))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: item.path for name, item in locate_all(luad.SOURCES, tmp_path_factory.mktemp("none")).items()}


@pytest.fixture(scope="module")
def cohort(files: dict[str, Path]) -> Cohort:
    return luad.read(files)


@pytest.mark.real_data
def test_real_patients_blocks_and_outcomes(cohort: Cohort) -> None:
    assert {name: block.shape for name, block in cohort.blocks.items()} == {
        "clinical": (453, 5),
        "rna": (453, 1555),
        "mutations": (453, 857),
        "cnv": (453, 517),
    }
    mutated = {name: int((cohort.outcomes[name] == "mutated").sum()) for name in ("tp53", "pik3ca", "alk", "egfr", "kras", "stk11")}
    assert mutated == {"tp53": 231, "pik3ca": 26, "alk": 26, "egfr": 61, "kras": 139, "stk11": 67}
    counts = cohort.counts()
    assert [counts[f"{name} known"] for name in mutated] == [453] * 6
    assert counts["ros1 known"] == 0
    assert (counts["survival known"], counts["survival events"]) == (453, 158)
    assert (counts["progression known"], counts["progression events"]) == (453, 185)


@pytest.mark.real_data
def test_real_clinical_block(cohort: Cohort) -> None:
    clinical = cohort.blocks["clinical"]
    assert clinical["stage"].value_counts(sort=False).tolist() == [5, 118, 124, 1, 47, 64, 55, 8, 24]
    assert clinical.isna().sum().to_dict() == {"age": 10, "sex": 0, "race": 52, "stage": 7, "site": 0}
    assert clinical["site"].nunique() == 33


@pytest.mark.real_data
def test_no_block_holds_an_endpoint(cohort: Cohort) -> None:
    genes = {*luad.GENES, "ROS1"}
    assert not genes & set(cohort.blocks["cnv"])
    assert not (genes | {"RAS"}) & set(cohort.blocks["mutations"])
    for gene in luad.GENES:
        call = (cohort.outcomes[gene.lower()] == "mutated").astype("int8")
        assert not cohort.blocks["mutations"].eq(call, axis=0).all().any()


@pytest.mark.real_data
def test_what_the_notes_say_is_so(cohort: Cohort) -> None:
    rna, calls = cohort.blocks["rna"], cohort.blocks["mutations"].copy()
    assert ((rna.abs() > 20).any().sum(), round(rna.abs().max().max())) == (138, 7378)
    for gene in luad.GENES:
        calls[gene] = (cohort.outcomes[gene.lower()] == "mutated").astype("int8")
    found = calls.sum(axis=1)
    assert found.index[found == 0].tolist() == ["TCGA-49-AARR", "TCGA-86-A4P8"]
    assert ((found < 5).sum(), found.median()) == (14, 55)
    alone = {gene: roc_auc_score(calls[gene], rna[gene]) for gene in ("EGFR", "KRAS", "STK11")}
    assert alone == pytest.approx({"EGFR": 0.77, "KRAS": 0.75, "STK11": 1 - 0.68}, abs=0.005)
    assert {*luad.GENES, "ROS1"} <= set(rna)


@pytest.mark.real_data
def test_the_same_files_give_the_same_digest(files: dict[str, Path], cohort: Cohort, tmp_path: Path) -> None:
    cohort.write(tmp_path / "built")
    assert Cohort.read(tmp_path / "built").digest == luad.read(files).digest == cohort.digest
