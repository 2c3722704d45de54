"""Figures about what models say of patients: curves, groups, tables of calls, calibration, decisions, searches."""

import json

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, confusion_matrix

from benchmark.errors import UndefinedError
from benchmark.reporting.figures.calibration import calibration
from benchmark.reporting.figures.confusion import confusion
from benchmark.reporting.figures.decision_curve import decision_curve
from benchmark.reporting.figures.kaplan_meier import kaplan_meier
from benchmark.reporting.figures.roc_pr import roc_pr
from benchmark.reporting.figures.scene import Scene, compact
from benchmark.reporting.figures.search import searches
from benchmark.reporting.figures.time_dependent_auc import time_dependent_auc
from tests.reporting.figures.scenes import scene


@pytest.fixture
def survival(tmp_path):
    return scene(tmp_path, "survival", "repeated", "death")


@pytest.fixture
def binary(tmp_path):
    return scene(tmp_path, "binary", "repeated", "mutation")


@pytest.fixture
def multiclass(tmp_path):
    return scene(tmp_path, "multiclass", "repeated", "group")


def test_roc_areas_are_the_boards(binary, multiclass):
    (only,) = roc_pr(binary).classes
    np.testing.assert_allclose(only.auc, binary.scored.concordance("auc").estimate)
    np.testing.assert_allclose(only.average_precision, binary.scored.summary("average_precision").estimate)
    assert only.auc[2] == 0.5
    found = roc_pr(multiclass)
    assert [item.name for item in found.classes] == ["I", "II", "late"]
    np.testing.assert_allclose(np.mean([item.auc for item in found.classes], axis=0), multiclass.scored.concordance("macro_auc").estimate)
    part = multiclass.classes()[0]
    one = multiclass.one.split == multiclass.one.split[0]
    assert average_precision_score(part.positive[one], part.probability[one, 0]) <= 1
    assert len(found.table().rows) == 3 * 3 * 51
    data = compact(found.as_dict())["classes"][0]["models"][0]
    assert len(data["tpr"]) == len(data["precision_upper"]) == 51


def test_time_dependent_auc_is_drawn_where_there_are_five_on_either_side(survival):
    found = time_dependent_auc(survival)
    assert found.unit == "days"
    assert found.found.cases.min() >= 5
    assert found.found.controls.min() >= 5
    assert found.found.horizons.max() < 50  # nobody is followed beyond 40, so the horizon itself has no control
    assert (found.lower[:, 0] < found.found.estimate[:, 0]).all()
    np.testing.assert_allclose(found.found.estimate[:, 2], 0.5)
    assert (found.found.estimate[:, 0] > found.found.estimate[:, 1]).mean() > 0.5


def test_two_groups_and_their_numbers_at_risk(survival):
    found = kaplan_meier(survival)
    strong, _, none = found.models
    assert none is None  # all risks are equal
    assert strong.low.patients + strong.high.patients == 90
    np.testing.assert_allclose(strong.low.at_risk + strong.high.at_risk, [(first(survival) >= at).sum() for at in found.ticks])
    assert strong.low.survival[0] == 1
    assert np.nanmin(strong.low.survival - strong.high.survival) > -0.1
    assert strong.test.p < 1e-4
    assert strong.test.observed > strong.test.expected
    data = compact(found.as_dict())["models"]
    assert data[2] is None
    assert set(data[0]["at_horizon"]) == {"time", "low", "high", "difference", "interval"}
    assert {row[1] for row in found.table().rows} == {"low", "high"}


def test_a_patient_counts_once_however_often_he_is_tested(tmp_path):
    """Ten random divisions of a third each: some patients are tested once, some six times."""
    protocols = {"drawn": {"design": "holdout", "description": "ten", "test": 0.3, "repeats": 10, "valid": 0.1, "seed": 3}}
    drawn = scene(tmp_path, "survival", "drawn", "death", protocols=protocols, default_protocol="drawn")
    tests = np.bincount(drawn.patients)
    assert tests.min() < tests.max()
    groups = kaplan_meier(drawn).models[0]
    assert groups.low.patients + groups.high.patients == pytest.approx(len(tests))
    assert groups.low.at_risk[0] + groups.high.at_risk[0] == pytest.approx(len(tests))
    called = scene(tmp_path, "multiclass", "drawn", "group", protocols=protocols, default_protocol="drawn")
    assert np.sum(compact(confusion(called).as_dict())["rules"][0]["pooled"][0]) == pytest.approx(len(np.unique(called.patients)), rel=1e-4)


def first(made: Scene) -> np.ndarray:
    """The time of every patient, once."""
    return made.time[np.unique(made.patients, return_index=True)[1]]


def test_confusion_tables_add_up(binary, multiclass):
    found = confusion(multiclass)
    (table,) = found.tables.values()
    assert table.shape == (3, 6, 3, 3)
    inside = multiclass.one.split == 0
    expected = confusion_matrix(multiclass.one.outcome[inside], multiclass.one.values[inside, 0].argmax(axis=1), labels=[0, 1, 2])
    np.testing.assert_array_equal(table[0, 0], expected)
    pooled = compact(found.as_dict())["rules"][0]["pooled"][0]
    assert np.sum(pooled) == 90
    assert set(confusion(binary).tables) == {"share of positives in training", "0.5"}


def test_calibration_needs_probabilities(binary, survival):
    found = calibration(binary)
    (name, models), *_ = found.classes
    assert name == "mutant"
    assert "separate" in models[0].reason
    assert models[1].fit.slope > 1  # probabilities between ¼ and ¾ that nearly know the class: too timid
    assert models[2].fit is None
    assert "equal" in models[2].reason
    assert compact(found.as_dict())["classes"][0]["models"][2]["slope"] is None
    with pytest.raises(UndefinedError, match="predicted survival curves"):
        calibration(survival)


def test_decisions_are_for_two_classes(binary, survival, multiclass):
    found = decision_curve(binary)
    data = compact(found.as_dict())
    at = data["thresholds"].index(0.5)
    assert data["models"][0]["net_benefit"][at] > data["treat_all"][at]
    assert data["prevalence"] == pytest.approx(binary.one.outcome.mean(), abs=1e-5)
    for other, reason in ((survival, "not a probability"), (multiclass, "not a figure of multiclass")):
        with pytest.raises(UndefinedError, match=reason):
            decision_curve(other)


def test_figures_of_another_kind_say_so(binary):
    for figure in (kaplan_meier, time_dependent_auc):
        with pytest.raises(UndefinedError, match="not a figure of binary outcomes"):
            figure(binary)


def test_searches_have_inner_and_outer_scores(survival):
    class Made:
        def __init__(self, info):
            self.info = info

    state = {"chosen": {"rate": 0.1}, "inner_score": 0.9, "trials": 5, "failed_trials": 1}
    folds = [{"repeat": split[0], "fold": split[1], "search": state} for split in survival.task.splits("repeated")]
    records = [{"death": Made({"search": 5, "folds": folds})}, {"death": Made({"folds": folds})}, None]
    found = searches(survival, records)
    assert list(found.models) == ["strong"]
    outer = survival.scored.by_split("harrell_c").reshape(-1, 3)[:, 0]
    assert [fold["outer_score"] for fold in found.models["strong"]] == pytest.approx(outer.tolist())
    assert found.table().rows[0] == ("strong", 0, 0, "rate", "0.1", 0.9, pytest.approx(outer[0]), 1)
    with pytest.raises(UndefinedError, match="no model of this board was run with a search"):
        searches(survival, [None, None, None])


def test_no_figure_names_a_patient(survival, binary, multiclass):
    drawn = [kaplan_meier(survival), time_dependent_auc(survival), roc_pr(binary), calibration(binary), confusion(multiclass)]
    for figure in drawn:
        assert "K-0" not in json.dumps(compact(figure.as_dict())) + json.dumps(compact(figure.table().rows))


def test_compact_keeps_what_json_has():
    given = {"a": np.float64(1 / 3), "b": [np.nan, np.inf, np.int64(3), np.bool_(True)], "c": (None, "x"), 4: np.arange(2)}
    assert compact(given) == {"a": 0.333333, "b": [None, None, 3, True], "c": [None, "x"], "4": [0, 1]}
