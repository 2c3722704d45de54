"""A task that breaks a rule cannot be built; each rule has its message."""

import hashlib

import pandas as pd
import pytest
import yaml

from benchmark.errors import InputError
from benchmark.tasks import load_task
from benchmark.tasks.new import freeze_folds, new_task
from tests import toy


def rewrite(folder, change):
    """Change the folds as ``change`` says and put the new digest into task.yaml, as a careless maintainer would."""
    path = folder / "folds.csv"
    folds = change(pd.read_csv(path))
    folds.to_csv(path, index=False, lineterminator="\n")
    spec = yaml.safe_load((folder / "task.yaml").read_text())
    spec["folds_sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "task.yaml").write_text(yaml.safe_dump(spec))


def edit(folder, **changes):
    path = folder / "task.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | changes))


def test_eligibility(made_up):
    task = made_up.task
    everyone = set(made_up.cohort.outcomes.index)
    lacking = {f"T-{k:03d}" for k in (0, 1, 2, 3, 4, 10, 11)}  # no genomics; outcome unknown; outcome at time 0
    assert set(task.eligible("paper")) == everyone - lacking
    treated = made_up.cohort.blocks["clinical"]["treated"]
    assert set(task.eligible("untreated")) == everyone - lacking - set(treated.index[treated == "yes"])


def test_columns(made_up):
    task = made_up.task
    assert task.columns("clinical") == ["age", "sex"]
    assert task.columns("few_genes") == ["gene_0", "gene_1"]
    assert task.missing("deep") == "was never made"
    assert task.missing("genomics") is None


def test_every_patient_is_tested_once_a_repeat_and_parts_are_70_10_20(made_up):
    task = made_up.task
    tests = pd.concat([pd.Series(task.roles("repeated", *split, "relapse")["test"]) for split in task.splits("repeated")])
    assert (tests.value_counts() == 2).all()
    for split in task.splits("repeated"):
        sizes = {role: len(ids) for role, ids in task.roles("repeated", *split, "relapse").items()}
        assert sum(sizes.values()) == 53
        assert sizes["valid"] == 5
        assert sizes["test"] in (17, 18)


def test_edited_folds_are_refused(made_up):
    path = made_up.folder / "folds.csv"
    path.write_text(path.read_text().replace(",test", ",train", 1))
    with pytest.raises(InputError, match=r"folds\.csv: sha256 .* the frozen folds were edited; restore the file from git"):
        load_task(made_up.folder, made_up.cohort)


def swap(folds):
    """One patient is tested twice, another never; every fold keeps its size."""
    first = folds[(folds["protocol"] == "paper") & (folds["role"] == "test")].drop_duplicates("fold")["patient_id"].tolist()
    out = folds.copy()
    inside = (out["protocol"] == "paper") & (out["fold"] == 1)
    out.loc[inside & (out["patient_id"] == first[1]), "role"] = "train"
    out.loc[inside & (out["patient_id"] == first[0]), "role"] = "test"
    return out


FOLD_CHANGES = [
    (lambda folds: pd.concat([folds, folds.iloc[:1].assign(role="valid")]), "patient T-005 has two roles in repeat 0, fold 0"),
    (lambda folds: folds.replace("train", "training"), "role 'training' is none of train, valid, test"),
    (lambda folds: folds.replace("T-020", "T-999"), "patient T-999 is not eligible"),
    (lambda folds: folds.replace("T-020", "T-010"), "patient T-010 is not eligible"),
    (lambda folds: folds[folds["patient_id"] != "T-020"], "repeat 0, fold 0 holds 52 of the 53 eligible patients"),
    (lambda folds: folds[folds["protocol"] != "paper"], "protocol paper: no rows"),
    (lambda folds: folds.replace({"role": {"test": "train"}}), "fold 0 has no test part"),
    (
        lambda folds: folds.assign(
            role=["valid" if role == "test" and fold else role for role, fold in zip(folds["role"], folds["fold"], strict=True)]
        ),
        "fold 1 has no test",
    ),
    (lambda folds: swap(folds), "is tested [02] times, expected 1"),
    (lambda folds: folds.replace("train", "valid"), "repeat 0, fold 0 has no train part"),
    (lambda folds: folds.assign(repeat="x"), "line 2: repeat 'x' is not a whole number"),
    (lambda folds: folds.rename(columns={"role": "part"}), "columns"),
]


@pytest.mark.parametrize(("change", "message"), FOLD_CHANGES)
def test_folds_that_break_a_rule(made_up, change, message):
    rewrite(made_up.folder, change)
    with pytest.raises(InputError, match=message):
        load_task(made_up.folder, made_up.cohort)


SPEC_CHANGES = [
    ({"cohort": "other"}, "key cohort: 'other'"),
    ({"kind": "regression"}, "key kind"),
    ({"metrics": {"primary": "harel_c"}}, "key metrics.primary: input should be 'harrell_c', 'uno_c'"),
    ({"default_modalities": ["genomics", "genomics"]}, "key default_modalities: names one twice"),
    ({"endpoints": {"relapse": {"title": "x", "tau": float("inf")}}}, "key endpoints.relapse.tau"),
    ({"surprise": 1}, "key surprise: extra inputs are not permitted"),
    ({"id": "toy-2"}, "differs from the folder's name"),
    ({"default_protocol": "papr"}, "unknown protocol 'papr'.*did you mean paper"),
    ({"default_modalities": ["rna"]}, "unknown modality 'rna'"),
    ({"modalities": toy.TASK["modalities"] | {"a-b": {"block": "genomics"}}}, "the modality id 'a-b' is not lower_snake_case"),
    ({"modalities": toy.TASK["modalities"] | {"x": {"block": "genomic"}}}, "unknown block 'genomic'.*did you mean genomics"),
    ({"modalities": toy.TASK["modalities"] | {"x": {"block": "genomics", "subset": "fw"}}}, "unknown subset 'fw'.*did you mean few"),
    (
        {"modalities": toy.TASK["modalities"] | {"x": {"block": "clinical", "refused": {"agee": "?"}}}},
        "unknown column 'agee'.*did you mean age",
    ),
]


@pytest.mark.parametrize(("changes", "message"), SPEC_CHANGES)
def test_specs_that_break_a_rule(made_up, changes, message):
    edit(made_up.folder, **changes)
    with pytest.raises(InputError, match=message):
        load_task(made_up.folder, made_up.cohort)


def test_a_broken_yaml_names_the_file(made_up):
    (made_up.folder / "task.yaml").write_text("id: [")
    with pytest.raises(InputError, match=r"task\.yaml: not valid YAML"):
        load_task(made_up.folder, made_up.cohort)
    (made_up.folder / "task.yaml").write_bytes(b"id: \xff")
    with pytest.raises(InputError, match=r"task\.yaml: not UTF-8"):
        load_task(made_up.folder, made_up.cohort)
    (made_up.folder / "task.yaml").unlink()
    with pytest.raises(InputError, match=r"task\.yaml: cannot be read"):
        load_task(made_up.folder, made_up.cohort)


def test_a_replica_draws_its_own_folds(made_up):
    replica = type(made_up.cohort)(
        made_up.cohort.datasheet.model_copy(update={"data": "replica"}),
        made_up.cohort.outcomes.rename(index=lambda name: f"REPLICA-{name}"),
        {name: table.rename(index=lambda row: f"REPLICA-{row}") for name, table in made_up.cohort.blocks.items()},
    )
    task = load_task(made_up.folder, replica)
    assert all(name.startswith("REPLICA") for name in task.roles("paper", 0, 0, "relapse")["test"])
    assert task.folds_digest("paper") != made_up.task.folds_digest("paper")


def test_prose_does_not_change_what_a_prediction_depends_on(made_up):
    before = made_up.task.digest
    edit(made_up.folder, title="Other words", reference="other")
    assert made_up.task.digest == before
    edit(made_up.folder, modalities={**toy.TASK["modalities"], "clinical": {"block": "clinical"}})
    assert made_up.task.digest != before


def test_new_task(made_up):
    folder = made_up.root / "tasks" / "mine"
    spec = new_task(folder, made_up.cohort, "relapse", ("genomics",))
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "folds.csv", "task.yaml"]
    task = load_task(folder, made_up.cohort)
    assert len(task.splits(spec.default_protocol)) == 50
    with_clinical = new_task(made_up.root / "tasks" / "yours", made_up.cohort, "relapse", ("genomics", "clinical"))
    assert with_clinical.modalities["clinical"].refused == {"treated": "decided later"}
    with pytest.raises(InputError, match="exists"):
        new_task(folder, made_up.cohort, "relapse", ("genomics",))
    with pytest.raises(InputError, match="frozen folds are not drawn again"):
        freeze_folds(folder, made_up.cohort)


@pytest.mark.parametrize(
    ("endpoint", "blocks", "message"), [("relaps", ("genomics",), "did you mean relapse"), ("relapse", ("rna",), "unknown block")]
)
def test_new_task_with_wrong_names_writes_nothing(made_up, endpoint, blocks, message):
    with pytest.raises(InputError, match=message):
        new_task(made_up.root / "tasks" / "mine", made_up.cohort, endpoint, blocks)
    assert not (made_up.root / "tasks" / "mine").exists()
