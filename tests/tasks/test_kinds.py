"""Tasks with classes, several endpoints, sites, published splits and blocks that belong to a split."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmark.errors import InputError
from benchmark.models import choose
from benchmark.runner.parts import split
from benchmark.runner.plan import reason_to_skip
from benchmark.tasks import load_task
from tests.toy import write_model
from tests.toy_kinds import BASE, KINDS, RIGHT, make_cohort, make_task


def test_endpoints_have_their_own_patients_and_share_the_folds(tmp_path: Path) -> None:
    task = make_task(tmp_path, "binary")
    assert len(task.eligible("paper")) == 90
    assert len(task.eligible("paper", "mutation")) == 60
    for fold in range(3):
        known, everybody = (task.roles("paper", 0, fold, name) for name in ("mutation", "late"))
        for role in known:
            assert set(known[role]) <= set(everybody[role])
    assert task.classes("late") == ("early", "late")
    assert task.outputs("late") == ("probability",)


def test_too_few_positives_are_not_estimable(tmp_path: Path) -> None:
    task = make_task(tmp_path, "binary")
    assert task.not_estimable("paper") == {"rare": 4}
    with pytest.raises(InputError, match="endpoint rare: not estimable, 4 patients of the rarest class, fewer than 10"):
        task.require_estimable("paper", "rare")


def test_classes_group_levels_and_codes_follow_their_order(tmp_path: Path) -> None:
    task = make_task(tmp_path, "multiclass")
    ids = task.eligible("paper")
    stage = task.cohort.outcomes.loc[ids, "stage"].astype(str)
    assert (task.outcome(ids, "group") == stage.map({"I": 0, "II": 1, "III": 2, "IV": 2}).to_numpy()).all()
    assert task.outputs("group") == ("probability_I", "probability_II", "probability_late")


def test_sites_and_published_splits(tmp_path: Path) -> None:
    task = make_task(tmp_path, "binary")
    site = task.cohort.blocks["clinical"]["site"]
    for protocol in ("external", "sites"):
        for fold in range(2):
            roles = task.roles(protocol, 0, fold, "late")
            assert site[roles["test"]].nunique() == 1
            assert not set(site[roles["test"]]) & set(site[roles["train"]])
            assert len(roles["valid"])
    theirs = task.cohort.splits
    for fold in range(2):
        tested = theirs[(theirs["fold"] == fold) & (theirs["role"] == "test")]["patient_id"]
        assert set(task.roles("others", 0, fold, "late")["test"]) == set(tested)


def test_a_fold_specific_block_shows_the_columns_of_its_fold_and_is_kept_to_its_split(tmp_path: Path) -> None:
    task = make_task(tmp_path, "survival")
    assert list(task.table("outputs", 1)) == ["risk"]
    assert (task.table("outputs", 1)["risk"] - task.table("outputs", 0)["risk"] - 1).abs().max() < 1e-12
    write_model(tmp_path, "right", RIGHT)
    choice = choose(tmp_path, "right[modalities=outputs]")
    assert reason_to_skip(task, choice, "others") is None
    assert "models trained on the folds of theirs" in str(reason_to_skip(task, choice, "paper"))


def test_instances_reach_a_model_as_numbers_under_opaque_names(tmp_path: Path) -> None:
    from benchmark.runner.job import Limits
    from benchmark.runner.plan import plan

    task = make_task(tmp_path, "survival")
    write_model(tmp_path, "right", RIGHT)
    folders = (tmp_path / "tasks" / "toy", tmp_path / "data" / "cohorts" / "real" / "toy")
    run = plan(task, folders, choose(tmp_path, "right[modalities=slides]"), "paper", "death", 0, Limits(60, 8 << 30), tmp_path / "runs")
    parts, names = split(task, run.jobs[0])
    slides = parts["train"].blocks["slides"]
    assert slides.index.names == ["patient_id", "instance"]
    assert set(slides.index.get_level_values(1)) == {0, 1, 2}
    own = task.table("slides")
    for patient, rows in slides.groupby(level=0):
        assert rows["feature"].tolist() == own.loc[names[patient], "feature"].tolist()
    averaged = parts["train"].block("slides")
    assert list(averaged.index) == list(parts["train"].ids)
    assert list(averaged.columns) == ["feature"]


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("binary", {"endpoints": {"late": {"title": "x", "outcome": "stage", "classes": {"a": ["I"]}}}}, "a binary endpoint needs two classes"),
    (
        "multiclass",
        {"endpoints": {"x": {"title": "x", "outcome": "stage", "classes": {"a": ["I"], "b": ["II"]}}}},
        "a multiclass endpoint needs three classes or more",
    ),
    ("survival", {"endpoints": {"death": {"title": "x"}}}, "a survival endpoint needs tau"),
    ("survival", {"endpoints": {"stage": {"title": "x", "tau": 5.0}}}, "the outcome 'stage' is not a survival outcome"),
    (
        "binary",
        {"endpoints": {"x": {"title": "x", "outcome": "death", "classes": {"a": ["0"], "b": ["1"]}}}},
        "the outcome 'death' is a survival outcome; the task is binary",
    ),
    (
        "binary",
        {"endpoints": {"x": {"title": "x", "outcome": "stage", "classes": {"a": ["I"], "b": ["V"]}}}},
        "unknown level 'V'",
    ),
    (
        "binary",
        {"endpoints": {"x": {"title": "x", "outcome": "stage", "classes": {"a": ["I"], "b": ["I"]}}}},
        "a level stands in two classes",
    ),
    ("binary", {"endpoints": {"all": KINDS["binary"]["endpoints"]["late"]}}, "'all' stands for all endpoints"),
    ("binary", {"metrics": {"primary": "harrell_c"}}, "unknown primary metric of a binary task 'harrell_c'"),
    ("survival", {"instances": "genomics"}, "modality 'genomics' is no bag"),
    ("survival", {"instances": "rna"}, "unknown modality 'rna'"),
    ("binary", {"endpoints": {"rare": KINDS["binary"]["endpoints"]["rare"]}}, "no endpoint can be estimated"),
    (
        "binary",
        {"protocols": {"paper": {"design": "published", "description": "x", "splits": "their", "valid": 0.1, "seed": 0}}},
        "unknown published split 'their'.*did you mean theirs",
    ),
    (
        "binary",
        {"protocols": {"paper": {"design": "external", "description": "x", "sites": "clinical.sit", "valid": 0.1, "seed": 0}}},
        "unknown column 'sit'.*did you mean site",
    ),
    ("binary", {"protocols": {"paper": {"design": "leave_one_out", "description": "x", "valid": 0.1, "seed": 0}}}, "key protocols.paper"),
]


@pytest.mark.parametrize(("kind", "changes", "message"), WRONG)
def test_tasks_that_break_a_rule(tmp_path: Path, kind: str, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_task(tmp_path, kind, **changes)


def test_the_digest_changes_with_the_classes_and_not_with_other_outcomes(tmp_path: Path) -> None:
    task = make_task(tmp_path, "binary")
    endpoints = {**KINDS["binary"]["endpoints"], "late": {**KINDS["binary"]["endpoints"]["late"], "classes": {"e": ["I"], "l": ["II"]}}}
    (tmp_path / "other").mkdir()
    assert make_task(tmp_path / "other", "binary", endpoints=endpoints).digest != task.digest
    cohort = make_cohort()
    changed = type(cohort)(cohort.datasheet, cohort.outcomes.assign(death_time=1.0), cohort.blocks, cohort.splits, cohort.published)
    again = load_task(tmp_path / "tasks" / "toy", changed)
    assert again.cohort_digest == task.cohort_digest
    assert changed.digest != cohort.digest


def test_replicas_draw_the_splits_that_they_carry(tmp_path: Path) -> None:
    make_task(tmp_path, "binary")
    replica = load_task(tmp_path / "tasks" / "toy", make_cohort("replica"))
    assert replica.splits("others") == [(0, 0), (0, 1)]
    assert BASE["protocols"]["others"]["splits"] == "theirs"
    assert isinstance(replica.folds, pd.DataFrame)
