"""What the boards of several tasks say together."""

import numpy as np
import pytest

from benchmark.inference import friedman_nemenyi, task_ranks
from benchmark.reporting.figures.critical_difference import critical_difference
from benchmark.reporting.figures.cv_against_external import cv_against_external


def board(task, cohort="one", metric="auc", endpoint="egfr", **estimates):
    entries = [{"model": name, "estimate": value, "interval": [value - 0.1, value + 0.1]} for name, value in estimates.items()]
    facts = {"task": task, "protocol": "repeated", "endpoint": endpoint, "metric": metric, "metric_name": metric.upper()}
    return {**facts, "cohort": {"name": cohort}, "entries": entries}


def test_the_largest_complete_table():
    boards = [
        ("binary", board("first", a=0.9, b=0.8, c=0.7, d=0.6)),
        ("multiclass", board("second", cohort="two", a=0.8, b=0.9, c=0.6, d=0.5)),
        ("binary", board("third", a=0.8, b=0.7, e=0.5)),
        ("survival", board("alone", a=0.8, b=0.7, c=0.6)),
    ]
    groups = {group.name: group for group in critical_difference(boards).groups}
    assert set(groups) == {"classes", "all"}  # one survival task is no comparison over tasks
    classes = groups["classes"]
    assert (classes.tasks, classes.left_out) == (("first", "second"), ("third",))  # 2 × 4 cells, not 3 × 2
    assert set(classes.models) == {"a", "b", "c", "d"}
    expected = friedman_nemenyi(task_ranks(classes.estimates))
    assert classes.test.critical_difference == expected.critical_difference
    np.testing.assert_array_equal(np.diff(classes.test.mean_ranks) >= 0, True)
    assert "2 tasks: fewer than 10" in classes.warning
    assert "cohort (one)" not in classes.warning
    assert (groups["all"].tasks, groups["all"].models) == (("first", "second", "alone"), ("a", "b", "c"))
    assert "same cohort (one) are not independent" in groups["all"].warning


def test_no_table_no_diagram():
    assert critical_difference([("binary", board("first", a=0.9, b=0.8))]).groups == ()


def test_models_of_both_designs_are_points():
    boards = {
        "staging": board("staging", metric="macro_auc", a=0.9, b=0.8, c=0.7, only=0.5),
        "staging_other": board("staging_other", a=0.9, b=0.8),
        "staging_external": board("staging_external", endpoint="late", a=0.6, b=0.7, c=0.5),
        "else": board("else", a=0.6, b=0.7, c=0.5),
    }
    (pair,) = cv_against_external(boards).pairs
    assert (pair.task, pair.external) == ("staging", "staging_external")
    assert [(point.model, point.within, point.external) for point in pair.points] == [("a", 0.9, 0.6), ("b", 0.8, 0.7), ("c", 0.7, 0.5)]
    assert pair.spearman == pytest.approx(0.5)
    assert pair.caution == "MACRO_AUC on one axis, AUC on the other; endpoint egfr on one, late on the other"
    assert cv_against_external(boards).table().rows[0][:4] == ("staging", "staging_external", "a", 0.9)
