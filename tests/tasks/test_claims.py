"""What the papers printed: the rules of ``claims.yaml``, and the committed files against numbers copied from the papers by hand."""

from pathlib import Path

import pytest
import yaml

from benchmark.errors import InputError
from benchmark.tasks.claims import Claim, load_claims
from benchmark.tasks.spec import TaskSpec, load_spec
from tests import toy

TASKS = Path(__file__).parents[2] / "tasks"

CLAIMS = {
    "papers": {"p": {"citation": "Made up, 2026", "url": "https://example.org"}},
    "tables": [
        {
            "paper": "p",
            "table": "Table 1",
            "endpoint": "relapse",
            "protocol": "paper",
            "n": 20,
            "note": "Of the table.",
            "rows": [
                {"id": "base", "row": "Base", "model": "signal", "printed": {"harrell_c": [0.5, 0.6, 0.7]}},
                {
                    "id": "best",
                    "row": "Best",
                    "model": "signal[modalities=genomics+clinical,alpha=0.1]",
                    "n": 19,
                    "positives": 4,
                    "note": "Of the row.",
                    "printed": {"harrell_c": {"value": 0.7, "spread": 0.05, "interval": [0.6, 0.8], "p_value": 0.04}, "uno_c": 1},
                },
                {"id": "gain", "row": "Gain", "against": "base", "printed": {"harrell_c": {"between": [-0.1, 0.2]}}},
                {"id": "patients", "row": "All", "endpoint": None, "protocol": None, "note": "", "printed": {"count": 60}},
            ],
        }
    ],
}


@pytest.fixture
def spec() -> TaskSpec:
    paper = {"design": "cross_validation", "description": "one division", "folds": 3, "repeats": 1, "valid": 0.1, "seed": 1}
    return TaskSpec.model_validate(toy.TASK | {"protocols": {"paper": paper}})


def write(folder, text):
    (folder / "claims.yaml").write_text(text if isinstance(text, str) else yaml.safe_dump(text, sort_keys=False), encoding="utf-8")
    return folder


def changed(row=0, table=None, papers=None, **keys):
    """The made-up file with some keys of one row (or of the table) changed."""
    content = yaml.safe_load(yaml.safe_dump(CLAIMS))
    content["tables"][0]["rows"][row] |= keys
    content["tables"][0] |= table or {}
    content["papers"] = content["papers"] if papers is None else papers
    return content


def test_a_task_without_claims_has_none(tmp_path, spec):
    assert load_claims(tmp_path, spec) == ()


def test_the_caution_of_a_protocol_stands_in_the_notes_of_its_numbers(tmp_path, spec):
    protocols = {name: protocol.model_copy(update={"caution": "all of it is noise"}) for name, protocol in spec.protocols.items()}
    claims = load_claims(write(tmp_path, CLAIMS), spec.model_copy(update={"protocols": protocols}))
    assert all(("Caution: all of it is noise." in claim.note) == (claim.protocol is not None) for claim in claims)
    assert any(claim.protocol for claim in claims)


def test_a_claim_for_each_number_with_its_tables_settings(tmp_path, spec):
    claims = load_claims(write(tmp_path, CLAIMS), spec)
    assert [claim.id for claim in claims] == ["base.harrell_c", "best.harrell_c", "best.uno_c", "gain.harrell_c", "patients.count"]
    base, best, uno, gain, patients = claims
    assert base == Claim(
        per_fold=(0.5, 0.6, 0.7),
        id="base.harrell_c",
        paper="p",
        citation="Made up, 2026",
        url="https://example.org",
        table="Table 1",
        row="Base",
        metric="harrell_c",
        endpoint="relapse",
        protocol="paper",
        part="test",
        n=20,
        positives=None,
        model="signal",
        against=None,
        note="Of the table.",
        remark="",
    )
    assert (best.note, best.remark) == ("Of the table. Of the row.", "Of the row.")
    assert (best.value, best.spread, best.interval, best.p_value) == (0.7, 0.05, (0.6, 0.8), 0.04)
    assert (best.n, best.positives, best.note) == (19, 4, "Of the table. Of the row.")
    assert uno.value == 1
    assert (gain.between, gain.against) == ((-0.1, 0.2), "base")
    assert (patients.endpoint, patients.protocol) == (None, None)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[", "not valid YAML"),
        ("", "key top level: "),
        (changed(papers={}), "key papers: "),
        (changed(table={"colour": 1}), r"key tables\.0\.colour: "),
        (changed(table={"paper": "q"}), "unknown paper 'q'"),
        (changed(table={"rows": []}), r"key tables\.0\.rows: "),
        (changed(id="Base"), r"key tables\.0\.rows\.0\.id: "),
        (changed(id="best"), "row best: the id is there twice"),
        (changed(printed={}), r"rows\.0\.printed: "),
        (changed(printed={"harrell_c": "0.5"}), r"printed\.harrell_c\.value: "),
        (changed(printed={"harrell_c": True}), r"printed\.harrell_c\.value: "),
        (changed(printed={"harrell_c": float("nan")}), r"printed\.harrell_c\.value: "),
        (changed(printed={"harrell_c": None}), "exactly one of value, per_fold and between"),
        (changed(printed={"harrell_c": []}), "exactly one of value, per_fold and between"),
        (changed(printed={"harrell_c": {"value": 0.5, "per_fold": [0.5]}}), "exactly one of value, per_fold and between"),
        (changed(printed={"harrell_c": {"value": 0.5, "interval": [0.6, 0.4]}}), "is not low, high"),
        (changed(printed={"harrell_c": {"value": 0.5, "interval": [0.6, 0.7]}}), "outside its own interval"),
        (changed(printed={"harrell_c": {"value": 0.5, "spread": -0.1}}), r"spread: "),
        (changed(printed={"harrell_c": {"value": 0.5, "p_value": 2.0}}), r"p_value: "),
        (changed(printed={"harrel_c": 0.5}), "unknown metric 'harrel_c'.*claim base.harrel_c; did you mean harrell_c"),
        (changed(printed={"harrell_c": 62.0}), "claim base.harrell_c: 62.0 is outside harrell_c's range .*fractions"),
        (changed(printed={"harrell_c": -0.1}), "-0.1 is outside"),
        (changed(row=2, printed={"harrell_c": -1.1}), "-1.1 is outside harrell_c's range"),
        (changed(row=2, against="bas"), "row gain, key against; did you mean base"),
        (changed(positives=21), "key positives: 21 of 20"),
        (changed(endpoint="relaps"), "claim base.harrell_c, key endpoint; did you mean relapse"),
        (changed(protocol="papers"), "claim base.harrell_c, key protocol; did you mean paper"),
        (changed(table={"note": ""}, endpoint=None), "key endpoint: names none of the task's; say why in note"),
        (changed(having=["genomic"]), "unknown modality 'genomic'.*key having; did you mean genomics"),
        (changed(positive="late"), "unknown class 'late'.*key positive .of an endpoint with two classes"),
        (changed(counted={}), "claim base.harrell_c, key counted: harrell_c is no count"),
        (changed(row=3, counted={"protocol": "papers"}), "claim patients.count, key counted.protocol; did you mean paper"),
        (changed(row=3, counted={"known": True}), "claim patients.count, key counted: known and level are about an endpoint"),
        (changed(row=3, counted={"of": "genes"}), r"rows\.3\.counted\.of: "),
        (changed(model="signal[modalities]"), "key model: 'signal.modalities.' is not NAME"),
        (changed(model="signal[modalities=genomic]"), "unknown modality 'genomic'.*key model; did you mean genomics"),
    ],
)
def test_a_broken_rule_is_one_line_that_names_file_and_key(tmp_path, spec, content, message):
    with pytest.raises(InputError, match=message) as error:
        load_claims(write(tmp_path, content), spec)
    assert "claims.yaml" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_cannot_be_read(tmp_path, spec):
    (tmp_path / "claims.yaml").write_bytes(b"papers: \xff")
    with pytest.raises(InputError, match="not UTF-8"):
        load_claims(tmp_path, spec)
    (tmp_path / "claims.yaml").unlink()
    (tmp_path / "claims.yaml").mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        load_claims(tmp_path, spec)


def committed(task: str) -> dict[str, Claim]:
    return {claim.id: claim for claim in load_claims(TASKS / task, load_spec(TASKS / task))}


@pytest.mark.parametrize("task", sorted(path.parent.name for path in TASKS.glob("*/claims.yaml")))
def test_every_committed_file_holds(task):
    assert committed(task)


S1 = """
cox_g .52 .45 .60 .72 .75 | mlp_g .52 .43 .64 .50 .64
cox_p .46 .39 .30 .37 .80 | mlp_p .55 .43 .28 .68 .47
cox_d .53 .49 .44 .65 .52 | mlp_d .41 .65 .74 .25 .46
cox_ef_gp .41 .36 .46 .57 .81 | if_gp .60 .42 .32 .72 .63
cox_lf_gp .41 .42 .49 .60 .81 | lf_gp .51 .57 .75 .42 .83
cox_ef_gd .53 .46 .60 .80 .77 | if_gd .50 .50 .50 .50 .50
cox_lf_gd .49 .50 .55 .82 .59 | lf_gd .46 .50 .32 .46 .29
cox_ef_gpd .43 .37 .47 .61 .82 | block_gp .57 .43 .30 .63 .36
cox_lf_gpd .46 .46 .51 .81 .60 | mfh_gp .50 .50 .50 .50 .50
block_gd .60 .52 .73 .77 .72 | mfh_gd .56 .52 .51 .34 .76
"""


def test_recurrence_has_all_twenty_systems_and_five_folds():
    claims = committed("nsclc_recurrence")
    rows = [row.split() for line in S1.strip().splitlines() for row in line.split("|")]
    assert {name: [float(number) for number in folds] for name, *folds in rows} == {
        claim.id.removesuffix(".harrell_c"): [*claim.per_fold] for claim in claims.values() if claim.table.startswith("Table 1")
    }
    assert len(rows) == 20


def values(task: str, table: str, row: str) -> dict[str, float | None]:
    return {
        claim.metric: claim.value for name, claim in committed(task).items() if name.startswith(f"{row}.") and claim.table.startswith(table)
    }


@pytest.mark.parametrize("task", ["nsclc_staging", "nsclc_staging_lung1"])
def test_staging_has_the_baseline_with_its_spread(task):
    claims = committed(task)
    printed = {
        metric: (claims[f"baseline.{metric}"].value, claims[f"baseline.{metric}"].spread)
        for metric in ("accuracy", "macro_f1", "macro_auc")
    }
    assert printed == {"accuracy": (0.46, 0.06), "macro_f1": (0.43, 0.07), "macro_auc": (0.64, 0.04)}


@pytest.mark.parametrize(
    ("table", "row", "printed"),
    [
        ("Tables 3 and 4", "smote", {"accuracy": 0.867, "precision": 0.8077, "recall": 0.9633, "f1": 0.8787, "loss": 0.1577}),
        ("Tables 5 and 6", "adasyn", {"accuracy": 0.9174, "precision": 0.8889, "recall": 0.9541, "f1": 0.9204, "loss": 0.1351}),
        ("Table 13", "radiology", {"balanced_accuracy": 0.868, "f1": 0.848, "precision": 1.0, "recall": 0.737}),
        ("Table 13", "wsi", {"balanced_accuracy": 0.702, "f1": 0.740, "precision": 0.955, "recall": 0.604}),
        ("Table 13", "ehr", {"balanced_accuracy": 0.816, "f1": 0.774, "precision": 1.0, "recall": 0.631}),
        ("Table 12", "late_fusion", {"balanced_accuracy": 0.667, "f1": 0.8, "precision": 1.0, "recall": 0.667}),
        ("Table 12", "early_fusion", {"balanced_accuracy": 0.833, "f1": 0.983, "precision": 0.967, "recall": 1.0}),
    ],
)
def test_alive_at_12_months_has_every_row_of_the_digest(table, row, printed):
    assert values("ccrcc_alive_12m", table, row) == printed


def test_the_counts_that_the_notes_deduce_give_the_printed_metrics():
    claims = committed("ccrcc_alive_12m")
    for row, true_positive, false_positive in (
        ("ehr", 101, 0),
        ("radiology", 14, 0),
        ("wsi", 64, 3),
        ("smote", 105, 25),
        ("adasyn", 104, 13),
    ):
        precision = claims[f"{row}.precision"]
        positives, negatives = precision.positives, precision.n - precision.positives
        assert precision.value == pytest.approx(true_positive / (true_positive + false_positive), abs=6e-4)
        assert claims[f"{row}.recall"].value == pytest.approx(true_positive / positives, abs=6e-4)
        assert claims[f"{row}.f1"].value == pytest.approx(2 * true_positive / (true_positive + false_positive + positives), abs=6e-4)
        if f"{row}.balanced_accuracy" in claims:
            balanced = (true_positive / positives + (negatives - false_positive) / negatives) / 2
            assert claims[f"{row}.balanced_accuracy"].value == pytest.approx(balanced, abs=6e-4)
        else:
            correct = (true_positive + negatives - false_positive) / precision.n
            assert claims[f"{row}.accuracy"].value == pytest.approx(correct, abs=6e-4)


def test_glioma_has_both_levels_and_the_five_published_models():
    claims = committed("glioma_survival")
    levels = {
        name: (claims[f"{name}.harrell_c_instances"].value, claims[f"{name}.harrell_c"].value)
        for name in ("joint_fusion", "cross_attention")
    }
    assert levels == {"joint_fusion": (0.659, 0.621), "cross_attention": (0.62, 0.5806)}
    published = [claim.value for claim in claims.values() if claim.paper == "pathomic_fusion"]
    assert published == [0.792, 0.746, 0.808, 0.820, 0.826]


S4 = """
nsclc_mutation lvi .842 .826 .889
nsclc_mutation pi .853 .840 .903
nsclc_mutation t4 .827 .834 .894
nsclc_mutation egfr .843 .838 .884
nsclc_mutation kras .841 .830 .896
nsclc_mutation pd_l1 .841 .839 .893
nsclc_mutation alk .823 .821 .884
nsclc_mutation_tcga tp53 .828 .833 .889
nsclc_mutation_tcga pik3ca .839 .824 .896
nsclc_mutation_tcga ros1 .827 .832 .895
"""


def test_mutation_has_the_thirty_areas_each_with_interval_and_all_but_the_fused_with_p():
    for line in S4.strip().splitlines():
        task, endpoint, *printed = line.split()
        claims = committed(task)
        areas = [claims[f"{endpoint}_{system}.auc"] for system in ("radiomics_score", "deep_ct", "deep_radscore")]
        assert [area.value for area in areas] == [float(number) for number in printed]
        assert all(area.interval for area in areas)
        assert [area.p_value is None for area in areas] == [False, False, True]
    p_values = [
        claim.p_value
        for task in ("nsclc_mutation", "nsclc_mutation_tcga")
        for claim in committed(task).values()
        if claim.metric == "auc" and claim.p_value
    ]
    assert (len(p_values), min(p_values), max(p_values)) == (20, 0.0001, 0.048)
