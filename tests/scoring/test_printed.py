"""Called classes on predictions, with a bootstrap that is the general one's, on fewer patients and with the other class as positive."""

import numpy as np
import pandas as pd
import pytest

from benchmark.errors import UndefinedError
from benchmark.inference import bootstrap_metric
from benchmark.metrics.tables import of_tables
from benchmark.scoring import Predictions, among, called_metric, counted_in, expected_rows, meet, other_class
from tests.toy_kinds import make_task


@pytest.fixture
def scored(tmp_path):
    """Two models of a binary task in two repeats: noisy probabilities, and everybody 0."""
    task = make_task(tmp_path, "binary")
    rows, random = expected_rows(task, "repeated", "late"), np.random.default_rng(3)
    outcome = task.outcome(pd.Index(rows["patient_id"]), "late")
    noisy = np.clip(0.3 * outcome + random.uniform(0, 0.7, len(rows)), 0, 1)
    return meet(task, "repeated", "late", [Predictions(rows.assign(probability=values)) for values in (noisy, np.zeros(len(rows)))])


def by_hand(metric, positive):
    def value(outcome, called, repeat):
        found = []
        for label in np.unique(repeat):
            table = np.zeros((2, 2))
            np.add.at(table, (outcome[repeat == label], called[repeat == label]), 1)
            found.append(of_tables(metric, table, positive))
        return np.mean(found)

    return value


@pytest.mark.parametrize(("metric", "positive"), [("balanced_accuracy", 1), ("f1", 0), ("recall", 1), ("npv", 1), ("accuracy", 0)])
def test_estimate_resamples_and_interval_are_those_of_the_general_bootstrap(scored, metric, positive):
    found = called_metric(scored, metric, positive, resamples=60)
    called = (scored.values[:, 0, 0] >= scored.threshold).astype(int)
    patient = pd.factorize(scored.rows["patient_id"])[0]
    expected = bootstrap_metric(
        by_hand(metric, positive),
        scored.outcome,
        called,
        scored.rows["repeat"].to_numpy(),
        fold=scored.split,
        cluster=patient,
        resamples=60,
    )
    assert found.estimate[0] == pytest.approx(expected.estimate[0])
    assert found.draws[:, 0] == pytest.approx(expected.draws[:, 0])
    assert found.interval(method="bca")[0] == pytest.approx(expected.interval(method="bca")[0])


def test_calls_are_those_of_the_boards(scored):
    assert called_metric(scored, "balanced_accuracy", resamples=10).estimate == pytest.approx(scored.summary("balanced_accuracy").estimate)


def test_who_calls_nobody_has_the_share_of_the_other_class(scored):
    share = 1 - scored.outcome.mean()
    assert called_metric(scored, "accuracy", resamples=10).estimate[1] == pytest.approx(share)
    assert called_metric(scored, "recall", resamples=10).estimate[1] == 0
    assert called_metric(scored, "recall", positive=0, resamples=10).estimate[1] == 1
    assert counted_in(scored, "precision").tolist()[1] == 0
    assert counted_in(scored, "precision", positive=0).tolist()[1] == 90
    assert counted_in(scored, "recall").tolist() == [scored.outcome.sum() // 2] * 2
    assert counted_in(scored, "accuracy").tolist() == [90, 90]


def test_among_keeps_the_rows_of_its_patients_alone(scored):
    kept = np.sort(scored.rows["patient_id"].unique())[::3]
    fewer = among(scored, pd.Index(kept))
    assert set(fewer.rows["patient_id"]) == set(kept)
    assert len(fewer.rows) == len(fewer.values) == len(fewer.split) == len(fewer.outcome) == len(fewer.parts[0].event) == 60
    inside = scored.rows["patient_id"].isin(kept).to_numpy()
    assert fewer.by_split("auc").shape == scored.by_split("auc").shape
    assert (fewer.values == scored.values[inside]).all()
    with pytest.raises(UndefinedError, match="no patient of the class"):
        called_metric(among(scored, pd.Index(scored.rows["patient_id"][scored.outcome == 0])), "recall", resamples=10)


def test_the_other_class_has_the_same_auc_and_another_average_precision(scored):
    other = other_class(scored)
    assert other.summary("auc").estimate == pytest.approx(scored.summary("auc").estimate)
    assert other.summary("average_precision").estimate[0] != pytest.approx(scored.summary("average_precision").estimate[0])
    # a constant has the share of its class
    assert other.summary("average_precision").estimate[1] == pytest.approx(1 - scored.outcome.mean(), abs=0.01)
