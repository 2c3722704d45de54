"""Metrics of confusion tables against scikit-learn's on the rows behind them."""

import numpy as np
import pytest
from sklearn import metrics

from benchmark.metrics.tables import of_tables


def table(outcome, called, classes):
    found = np.zeros((classes, classes))
    np.add.at(found, (outcome, called), 1)
    return found


@pytest.mark.parametrize("classes", [2, 3, 4])
@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "macro_f1"])
def test_metrics_over_classes_are_scikit_learns(metric, classes):
    random = np.random.default_rng(classes)
    reference = {
        "accuracy": metrics.accuracy_score,
        "balanced_accuracy": metrics.balanced_accuracy_score,
        "macro_f1": lambda y, p: metrics.f1_score(y, p, average="macro", labels=np.unique(y), zero_division=0),
    }[metric]
    outcome, called = random.integers(0, classes, (6, 30)), random.integers(0, classes, (6, 30))
    stacked = np.array([table(y, p, classes) for y, p in zip(outcome, called, strict=True)]).reshape(2, 3, classes, classes)
    expected = [reference(y, p) for y, p in zip(outcome, called, strict=True)]
    assert of_tables(metric, stacked).ravel() == pytest.approx(expected)


@pytest.mark.parametrize("positive", [0, 1])
def test_metrics_of_one_class_are_scikit_learns(positive):
    random = np.random.default_rng(positive)
    outcome, called = random.integers(0, 2, 40), random.integers(0, 2, 40)
    found = {
        metric: float(of_tables(metric, table(outcome, called, 2), positive))
        for metric in ("f1", "precision", "recall", "specificity", "npv")
    }
    assert found["f1"] == pytest.approx(metrics.f1_score(outcome, called, pos_label=positive))
    assert found["precision"] == pytest.approx(metrics.precision_score(outcome, called, pos_label=positive))
    assert found["recall"] == pytest.approx(metrics.recall_score(outcome, called, pos_label=positive))
    assert found["specificity"] == pytest.approx(metrics.recall_score(outcome, called, pos_label=1 - positive))
    assert found["npv"] == pytest.approx(metrics.precision_score(outcome, called, pos_label=1 - positive))


def test_nobody_called_is_0_and_nobody_there_is_nan():
    nobody_called = np.array([[5, 0], [3, 0]])
    assert [float(of_tables(metric, nobody_called)) for metric in ("precision", "f1", "recall")] == [0, 0, 0]
    assert float(of_tables("npv", nobody_called)) == 5 / 8
    assert np.isnan(of_tables("recall", np.array([[5, 3], [0, 0]])))
    assert float(of_tables("balanced_accuracy", np.array([[5, 3], [0, 0]]))) == 5 / 8
