"""Predictions meet outcomes by patient id, whatever the order of the rows."""

import numpy as np
import pandas as pd
import pytest

from benchmark.errors import InputError
from benchmark.inference import concordance
from benchmark.scoring import Predictions, expected_rows, meet


def score(task, protocol, endpoint, models, metric):
    return meet(task, protocol, endpoint, models).concordance(metric)


def table(made_up, sign=1.0):
    rows = expected_rows(made_up.task, "repeated", "relapse")
    return rows.assign(risk=sign * made_up.cohort.blocks["genomics"].loc[rows["patient_id"], "gene_0"].to_numpy())


def test_order_of_rows_does_not_matter_and_the_signal_is_seen(made_up):
    rows = table(made_up)
    both = score(made_up.task, "repeated", "relapse", [Predictions(rows), Predictions(rows.sample(frac=1, random_state=0))], "harrell_c")
    assert both.estimate[0] == both.estimate[1] > 0.75
    inverted = score(made_up.task, "repeated", "relapse", [Predictions(table(made_up, -1.0))], "harrell_c")
    assert inverted.estimate[0] == pytest.approx(1 - both.estimate[0])


def test_pairs_are_counted_within_a_fold_and_influences_summed_by_patient(made_up):
    task, rows = made_up.task, table(made_up)
    outcome = task.outcome(rows["patient_id"].to_numpy(), "relapse")
    fold = rows["repeat"] * 10 + rows["fold"]
    expected = concordance(outcome["event"], outcome["time"], rows["risk"], fold=fold, cluster=rows["patient_id"])
    result = score(task, "repeated", "relapse", [Predictions(rows)], "harrell_c")
    assert result.estimate[0] == pytest.approx(expected.estimate[0])
    assert result.covariance[0, 0] == pytest.approx(expected.covariance[0, 0])


def test_a_failed_fold_is_scored_as_the_trivial_model(made_up):
    rows = table(made_up)
    lost = rows[(rows["repeat"] != 0) | (rows["fold"] != 1)]
    flat = rows.assign(risk=np.where((rows["repeat"] == 0) & (rows["fold"] == 1), 7.0, rows["risk"]))
    by_failure = score(made_up.task, "repeated", "relapse", [Predictions(lost, [(0, 1)])], "harrell_c")
    by_hand = score(made_up.task, "repeated", "relapse", [Predictions(flat)], "harrell_c")
    assert by_failure.estimate[0] == by_hand.estimate[0]
    assert by_failure.tied_risk[0] > 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows.iloc[1:], "has no finite risk"),
        (lambda rows: rows.assign(risk=rows["risk"].where(rows.index != 3)), "has no finite risk"),
        (
            lambda rows: rows.assign(patient_id=rows["patient_id"].replace("T-020", "T-999")),
            "patient T-999 in repeat . fold . is not a test patient",
        ),
        (lambda rows: pd.concat([rows, rows.iloc[:1]]), "has more than one row"),
    ],
)
def test_tables_that_do_not_fit(made_up, change, message):
    with pytest.raises(InputError, match=message.replace("repeat .", "repeat .,")):
        score(made_up.task, "repeated", "relapse", [Predictions(change(table(made_up)))], "harrell_c")


def test_unknown_metric(made_up):
    with pytest.raises(InputError, match="unknown metric 'acu'"):
        score(made_up.task, "repeated", "relapse", [Predictions(table(made_up))], "acu")


def test_values_by_split_average_to_the_whole_when_weighted_by_pairs(made_up):
    scored = meet(made_up.task, "repeated", "relapse", [Predictions(table(made_up)), Predictions(table(made_up, -1.0))])
    splits = scored.by_split("harrell_c")
    assert splits.shape == (2, 3, 2)
    np.testing.assert_allclose(splits[..., 0] + splits[..., 1], 1)
    (part,) = scored.parts
    inside = [scored.split == label for label in np.unique(scored.split)]
    weights = [concordance(part.event[rows], part.time[rows], part.score[rows]).pairs for rows in inside]
    np.testing.assert_allclose(np.average(splits[..., 0].ravel(), weights=weights), scored.concordance("harrell_c").estimate[0])


def test_bootstrap_draws_patients_and_centres_on_the_estimate(made_up):
    scored = meet(made_up.task, "repeated", "relapse", [Predictions(table(made_up))])
    drawn, result = scored.bootstrap("harrell_c", 2000), scored.concordance("harrell_c")
    assert drawn.draws.shape == (2000, 1)
    assert abs(drawn.draws.mean() - result.estimate[0]) < 0.02
    assert 0.7 < drawn.draws.std() / np.sqrt(result.covariance[0, 0]) < 1.4
