"""Every check finds what is planted, and says nothing where nothing is."""

import numpy as np
import pandas as pd
import pytest

from benchmark.audit import audit, failed
from benchmark.audit.view import View
from tests.audit import made_up
from tests.audit.made_up import IDS, PATIENTS


def spoken(task, *checks):
    """The findings of some checks that are not ok."""
    return [finding for finding in audit(task) if finding.severity != "ok" and (not checks or finding.check in checks)]


@pytest.mark.parametrize("kind", ["survival", "binary", "multiclass"])
def test_nothing_planted_nothing_found(kind):
    task = made_up.task(kind)
    assert {finding.check for finding in spoken(task)} <= {"resolution"}
    assert not failed(audit(task))
    assert audit(task) == audit(task)


def test_two_roles_and_other_folds():
    task = made_up.task()
    first = task.folds.iloc[[0]].assign(role="test")
    object.__setattr__(task, "folds", pd.concat([task.folds, first], ignore_index=True))
    found = {finding.check: finding for finding in spoken(task, "roles", "digest")}
    assert found["roles"].severity == found["digest"].severity == "fail"
    assert task.folds["patient_id"].iloc[0] in found["roles"].message


def test_equal_and_nearly_equal_patients():
    tables = made_up.blocks()
    tables["genes"].loc["P-007"] = tables["genes"].loc["P-100"]
    (found,) = spoken(made_up.task(tables=tables), "duplicates")
    assert (found.severity, found.columns) == ("fail", ("genes",))
    assert "P-007 = P-100" in found.message
    tables["genes"].loc["P-007"] += np.random.default_rng(2).normal(0, 0.02, 40)
    (found,) = spoken(made_up.task(tables=tables), "duplicates")
    assert found.severity == "note"
    assert "P-007 ~ P-100" in found.message


def test_an_instance_of_two_patients():
    tables = made_up.blocks()
    bag = np.random.default_rng(3).normal(size=(2 * PATIENTS, 12))
    index = pd.MultiIndex.from_product([IDS, ["a", "b"]], names=["patient_id", "instance_id"])
    tables["slides"] = pd.DataFrame(bag, index=index, columns=[f"s{k}" for k in range(12)])
    sheets = {"slides": {"bag": "slide"}}
    assert not spoken(made_up.task(tables=tables, sheets=sheets), "duplicates")
    tables["slides"].loc[("P-003", "b")] = tables["slides"].loc[("P-009", "a")]
    (found,) = spoken(made_up.task(tables=tables, sheets=sheets), "duplicates")
    assert "P-003 = P-009" in found.message


def test_coded_columns_repeat_among_strangers():
    tables = made_up.blocks()
    tables["genes"] = (tables["genes"] > 0).astype("int8")
    assert not spoken(made_up.task(tables=tables), "duplicates")


@pytest.mark.parametrize("kind", ["survival", "binary", "multiclass"])
def test_missing_because_of_the_outcome(kind):
    outcome, tables = made_up.outcomes(kind), made_up.blocks()
    ill = outcome["x_event"].to_numpy(bool) if kind == "survival" else (outcome["x"] == made_up.LEVELS[kind][1]).to_numpy()
    lost = np.random.default_rng(4).random(PATIENTS) < np.where(ill, 0.3, 0.02)
    tables["clinical"].loc[lost, "grade"] = np.nan
    tables["genes"].iloc[::9, 3] = np.nan  # missing, but not because of anything
    (found,) = spoken(made_up.task(kind, tables, outcome), "missingness")
    assert found.columns == ("clinical.grade",)
    tables = made_up.blocks() | {"genes": made_up.blocks()["genes"][~lost]}
    (found,) = spoken(made_up.task(kind, tables, outcome), "missingness")
    assert found.columns == ("genes",)


def test_a_gap_that_is_the_label_fails_and_one_in_a_modality_that_nobody_is_given_unasked_does_not():
    outcome, tables = made_up.outcomes("binary"), made_up.blocks()
    ill = np.flatnonzero((outcome["x"] == made_up.LEVELS["binary"][1]).to_numpy())
    tables["clinical"].iloc[ill[:12], list(tables["clinical"]).index("grade")] = np.nan
    for default, severity in (["clinical"], "fail"), (["genes"], "note"):
        (found,) = spoken(made_up.task("binary", tables, outcome, default_modalities=default), "missingness")
        assert (found.severity, found.columns) == (severity, ("clinical.grade",))


def test_few_events_in_a_test_part_and_not_enough_at_all():
    outcome = made_up.outcomes()
    outcome["x_event"] = pd.array([number < 12 for number in range(PATIENTS)], "boolean")
    (found,) = spoken(made_up.task(outcome=outcome), "balance")
    assert "4 events, fewer than 5 in 3 of 3 parts" in found.message
    outcome["y_event"], outcome["y_time"] = outcome["x_event"], outcome["x_time"]
    outcome.loc[IDS[3:], "y_event"] = False
    task = made_up.task(outcome=outcome)
    sheet = task.cohort.datasheet
    object.__setattr__(task.cohort, "datasheet", sheet.model_copy(update={"outcomes": sheet.outcomes | {"y": sheet.outcomes["x"]}}))
    object.__setattr__(task, "spec", task.spec.model_copy(update={"endpoints": task.spec.endpoints | {"y": task.spec.endpoints["x"]}}))
    (found,) = spoken(task, "estimable")
    assert "y: not estimable, 3 events" in found.message


@pytest.mark.parametrize("kind", ["survival", "binary", "multiclass"])
@pytest.mark.parametrize("form", ["number", "levels", "missing"])
def test_label_in_disguise(kind, form):
    outcome, tables = made_up.outcomes(kind), made_up.blocks()
    label = outcome["x_time"].rank().to_numpy() if kind == "survival" else outcome["x"].cat.codes.to_numpy(float)
    if form == "number":
        tables["clinical"]["age"] = label + np.random.default_rng(5).normal(0, 0.1 * label.std(), PATIENTS)
    elif form == "levels":
        # levels whose order says nothing
        shuffled = np.array(["q", "c", "x", "a", "m", "b", "z", "d"])
        tables["clinical"]["age"] = pd.Categorical(shuffled[np.digitize(label, np.quantile(label, np.arange(1, 8) / 8))])
    elif kind == "survival":
        return  # half of the times do not rank the rest well enough
    else:
        tables["clinical"].loc[label == 1, "age"] = np.nan
    found = spoken(made_up.task(kind, tables, outcome), "column")
    assert [(finding.severity, finding.columns) for finding in found] == [("fail", ("clinical.age",))]


def test_what_is_not_given_unasked_is_noted():
    outcome, tables = made_up.outcomes("binary"), made_up.blocks()
    tables["clinical"]["age"] = outcome["x"].cat.codes.to_numpy(float)
    task = made_up.task("binary", tables, outcome, default_modalities=["genes"])
    assert {finding.severity for finding in spoken(task, "column")} == {"note"}
    assert not failed(audit(task))


def test_columns_that_define_the_class_together():
    random, tables = np.random.default_rng(6), made_up.blocks()
    one, two = random.integers(0, 3, PATIENTS), random.integers(0, 3, PATIENTS)
    rare = random.random(PATIENTS) < 0.04
    group = np.where(rare, 2, (one + two) % 3)
    outcome = pd.DataFrame({"x": pd.Categorical(np.array(["a", "b", "c"])[group], categories=["a", "b", "c"])}, index=IDS)
    for name, values in (("t", one), ("n", two), ("m", rare.astype(int))):
        tables["clinical"][name] = pd.Categorical(values.astype(str))
    # neither says anything alone, so nothing is chosen first
    assert not spoken(made_up.task("multiclass", tables, outcome), "definition")
    group = np.where(rare, 2, np.maximum(one, two))
    outcome = pd.DataFrame({"x": pd.Categorical(np.array(["a", "b", "c"])[group], categories=["a", "b", "c"])}, index=IDS)
    (found,) = spoken(made_up.task("multiclass", tables, outcome), "definition")
    assert set(found.columns) == {"clinical.t", "clinical.n", "clinical.m"}
    assert found.severity == "fail"


def test_site_told_by_a_block_and_telling_the_outcome():
    tables, outcome = made_up.blocks(), made_up.outcomes("binary")
    north = (tables["clinical"]["site"] == "north").to_numpy()
    tables["genes"] += np.outer(north, np.random.default_rng(7).normal(0, 3, 40))
    (found,) = spoken(made_up.task("binary", tables, outcome), "site")
    assert found.columns == ("clinical.site", "genes")
    assert "through the site" not in found.message
    high = np.random.default_rng(8).random(PATIENTS) < np.where(north, 0.7, 0.3)
    outcome["x"] = pd.Categorical(np.where(high, "high", "low"), categories=["low", "high"])
    (found,) = spoken(made_up.task("binary", tables, outcome), "site")
    assert "genes may predict x through the site" in found.message


def test_columns_of_a_fold_are_seen_where_the_patient_was_tested():
    outcome, tables = made_up.outcomes("binary"), made_up.blocks()
    splits = pd.DataFrame(
        {
            "split": "other",
            "repeat": 0,
            "fold": np.repeat([0, 1], PATIENTS),
            "patient_id": np.tile(IDS, 2),
            "role": np.where(np.tile(np.arange(PATIENTS) % 2, 2) == np.repeat([0, 1], PATIENTS), "test", "train"),
        }
    )
    # in sample they know the label; where the patient is tested they know nothing
    known, random = outcome["x"].cat.codes.to_numpy(float), np.random.default_rng(9)
    table = {f"risk@{fold}": np.where(np.arange(PATIENTS) % 2 == fold, random.normal(size=PATIENTS), 100 * known) for fold in (0, 1)}
    tables["deep"] = pd.DataFrame(table, index=IDS)
    protocols = {
        "paper": {"design": "cross_validation", "description": "one", "folds": 3, "repeats": 1, "valid": 0.1, "seed": 1},
        "other": {"design": "published", "splits": "other", "description": "theirs", "valid": 0.1, "seed": 1},
    }
    task = made_up.task("binary", tables, outcome, {"deep": {"by_fold": "other"}}, splits, protocols=protocols)
    assert View(task).tables["deep"].columns.to_list() == ["risk"]
    assert not spoken(task, "column")
