"""Classes, several endpoints, single splits and instances, against scikit-learn and by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from benchmark.errors import InputError
from benchmark.inference import concordance
from benchmark.reporting.board import Contender, build_board
from benchmark.reporting.imported import published_contenders
from benchmark.reporting.text import header
from benchmark.scoring import Predictions, expected_rows, meet, meet_any
from benchmark.tasks import Task
from tests.toy_kinds import make_task


def random_predictions(task: Task, protocol: str, endpoint: str, seed: int = 0, strength: float = 1.0) -> Predictions:
    """Probabilities that know a little: Dirichlet noise plus the true class."""
    rows, random = expected_rows(task, protocol, endpoint), np.random.default_rng(seed)
    truth = task.outcome(pd.Index(rows["patient_id"]), endpoint)
    classes = len(task.classes(endpoint))
    table = random.dirichlet(np.ones(classes), len(rows)) + strength * np.eye(classes)[truth] * random.random((len(rows), 1))
    table /= table.sum(axis=1, keepdims=True)
    values = table[:, 1:] if classes == 2 else table
    return Predictions(rows.assign(**dict(zip(task.outputs(endpoint), values.T, strict=True))))


def by_fold(task: Task, protocol: str, endpoint: str, predictions: Predictions) -> list[tuple[Any, Any]]:
    """(codes, outputs) of every fold."""
    outputs = list(task.outputs(endpoint))
    return [
        (task.outcome(pd.Index(rows["patient_id"]), endpoint), rows[outputs].to_numpy())
        for _, rows in predictions.table.groupby(["repeat", "fold"])
    ]


def test_auc_pools_pairs_within_folds_and_by_split_is_scikit_learns(tmp_path: Path) -> None:
    task = make_task(tmp_path, "binary")
    predictions = random_predictions(task, "repeated", "mutation")
    scored = meet(task, "repeated", "mutation", [predictions])
    folds = by_fold(task, "repeated", "mutation", predictions)
    each = np.array([metrics.roc_auc_score(y, p[:, 0]) for y, p in folds])
    np.testing.assert_allclose(scored.by_split("auc")[..., 0].ravel(), each)
    weights = [y.sum() * (1 - y).sum() for y, _ in folds]
    assert scored.concordance("auc").estimate[0] == pytest.approx(np.average(each, weights=weights))
    assert scored.bootstrap("auc", 500).estimate[0] == pytest.approx(np.average(each, weights=weights))


def test_macro_auc_is_the_mean_over_the_classes(tmp_path: Path) -> None:
    task = make_task(tmp_path, "multiclass")
    predictions = random_predictions(task, "paper", "group")
    scored = meet(task, "paper", "group", [predictions])
    each = [metrics.roc_auc_score(y, p, multi_class="ovr", average="macro") for y, p in by_fold(task, "paper", "group", predictions)]
    np.testing.assert_allclose(scored.by_split("macro_auc").ravel(), each)
    drawn = scored.bootstrap("macro_auc", 2000)
    assert drawn.draws.std() == pytest.approx(np.sqrt(scored.concordance("macro_auc").covariance[0, 0]), rel=0.25)


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "macro_f1"])
def test_called_classes_against_scikit_learn_and_leaving_patients_out_by_hand(tmp_path: Path, metric: str) -> None:
    task = make_task(tmp_path, "multiclass")
    predictions = random_predictions(task, "repeated", "group")
    summary = meet(task, "repeated", "group", [predictions]).summary(metric)
    function = {
        "accuracy": metrics.accuracy_score,
        "balanced_accuracy": metrics.balanced_accuracy_score,
        "macro_f1": lambda y, called: metrics.f1_score(y, called, average="macro"),
    }[metric]

    def value(table: pd.DataFrame) -> float:
        outputs = list(task.outputs("group"))
        repeats = [rows for _, rows in table.groupby("repeat")]
        truths = [task.outcome(pd.Index(rows["patient_id"]), "group") for rows in repeats]
        return float(np.mean([function(y, rows[outputs].to_numpy().argmax(axis=1)) for y, rows in zip(truths, repeats, strict=True)]))

    table = predictions.table
    patients = sorted(table["patient_id"].unique())
    without = np.array([value(table[table["patient_id"] != patient]) for patient in patients])
    assert summary.estimate[0] == pytest.approx(value(table))
    n = len(patients)
    assert summary.variance[0] == pytest.approx((n - 1) / n * ((without - without.mean()) ** 2).sum())


def test_average_precision_and_brier_score(tmp_path: Path) -> None:
    task = make_task(tmp_path, "binary")
    predictions = random_predictions(task, "paper", "late")
    predictions.table["probability"] = predictions.table["probability"].round(1)  # ties
    scored, folds = meet(task, "paper", "late", [predictions]), by_fold(task, "paper", "late", predictions)
    expected = np.mean([metrics.average_precision_score(y, p[:, 0]) for y, p in folds])
    assert scored.summary("average_precision").estimate[0] == pytest.approx(expected)
    truth, p = np.concatenate([y for y, _ in folds]), np.concatenate([p[:, 0] for _, p in folds])
    brier = scored.summary("brier")
    assert brier.estimate[0] == pytest.approx(metrics.brier_score_loss(truth, p))
    assert brier.variance[0] == pytest.approx(((p - truth) ** 2).var(ddof=1) / len(p))


def test_a_positive_call_is_a_probability_above_the_share_in_training(tmp_path: Path) -> None:
    task = make_task(tmp_path, "binary")
    rows = expected_rows(task, "single", "late")
    share = task.outcome(task.roles("single", 0, 0, "late")["train"], "late").mean()
    truth = task.outcome(pd.Index(rows["patient_id"]), "late")
    right = Predictions(rows.assign(probability=np.where(truth == 1, share + 0.01, share - 0.01)))
    assert meet(task, "single", "late", [right]).summary("balanced_accuracy").estimate[0] == 1


def test_the_board_over_endpoints_is_the_mean_and_counts_patients_once(tmp_path: Path) -> None:
    task = make_task(tmp_path, "binary")
    endpoints = task.estimable("paper")
    assert endpoints == ["mutation", "late"]
    models = [{name: random_predictions(task, "paper", name, seed) for name in endpoints} for seed in (0, 1)]
    joint = meet_any(task, "paper", endpoints, models)
    single = [meet(task, "paper", name, [model[name] for model in models]) for name in endpoints]
    both = [scored.concordance("auc") for scored in single]
    np.testing.assert_allclose(joint.concordance("auc").estimate, np.mean([result.estimate for result in both], axis=0))
    np.testing.assert_allclose(joint.by_split("auc"), np.mean([scored.by_split("auc") for scored in single], axis=0))
    # the endpoints share patients: the variance of their mean is neither that of independent ones nor of one of them
    drawn = joint.bootstrap("auc", 3000)
    np.testing.assert_allclose(drawn.estimate, joint.concordance("auc").estimate)
    np.testing.assert_allclose(drawn.draws.std(axis=0), np.sqrt(np.diag(joint.concordance("auc").covariance)), rtol=0.25)
    contenders = [Contender(f"m{k}", (), model, None, "made up") for k, model in enumerate(models)]
    board = build_board(task, "paper", endpoints, contenders)
    assert (board.endpoint, board.cohort["patients"], board.not_estimable) == ("all", 90, {"rare": 4})
    assert "mean over its endpoints" in header(board)[0]
    assert any("not estimable" in line and "rare (4)" in line for line in header(board))


def test_the_same_endpoint_twice_is_the_endpoint_itself(tmp_path: Path) -> None:
    task = make_task(tmp_path, "binary")
    predictions = {"late": random_predictions(task, "repeated", "late")}
    twice, once = (meet_any(task, "repeated", ["late"] * times, [predictions]) for times in (2, 1))
    assert twice.concordance("auc").covariance[0, 0] == pytest.approx(once.concordance("auc").covariance[0, 0])


def test_a_failed_fold_is_scored_with_the_classes_of_its_training_part(tmp_path: Path) -> None:
    task = make_task(tmp_path, "multiclass")
    rows = random_predictions(task, "paper", "group").table
    scored = meet(task, "paper", "group", [Predictions(rows[rows["fold"] != 1], [(0, 1)])])
    share = np.bincount(task.outcome(task.roles("paper", 0, 1, "group")["train"], "group"), minlength=3)
    np.testing.assert_allclose(scored.values[scored.split == 1, 0], np.tile(share / share.sum(), ((scored.split == 1).sum(), 1)))


def test_a_single_split_says_nothing_of_training_again(tmp_path: Path) -> None:
    task = make_task(tmp_path, "binary")
    models = [{"late": random_predictions(task, "single", "late", seed, strength)} for seed, strength in ((0, 0.0), (1, 5.0))]
    contenders = [Contender(name, (), model, None, "") for name, model in zip(("right", "other"), models, strict=True)]
    board = build_board(task, "single", ["late"], contenders)
    assert {entry.tier for entry in board.entries} == {1}
    assert board.minimal_detectable_difference_retrained is None
    other = next(entry for entry in board.entries if entry.model == "other")
    assert other.fold_sd is None
    assert other.difference is not None
    assert (other.difference.p_retrained, other.difference.p_retrained_holm, other.difference.interval_retrained) == (None, None, None)
    assert any("a single split" in line for line in header(board))


def test_instances_are_rows_and_a_patients_prediction_is_their_mean(tmp_path: Path) -> None:
    task = make_task(tmp_path, "survival")
    (theirs,) = published_contenders(task, "others", ["death"])
    rows = theirs.predictions["death"].table
    patients = rows.groupby(["repeat", "fold", "patient_id"], as_index=False)["risk"].mean()
    # four patients have no slide, and so no published prediction: they are scored with the rest of a failed fold elsewhere
    tested = expected_rows(task, "others", "death")
    lacking = tested[tested["patient_id"] <= "K-004"].assign(risk=0.0)
    both = [Predictions(pd.concat([rows, lacking.assign(instance_id="s0")])), Predictions(pd.concat([patients, lacking]))]
    scored = meet(task, "others", "death", both)
    np.testing.assert_allclose(scored.values[:, 0], scored.values[:, 1])
    summary = scored.summary("harrell_c_instances")
    outcome = task.outcome(pd.Index(rows["patient_id"]), "death")
    expected = concordance(outcome["event"], outcome["time"], rows["risk"], fold=rows["fold"], cluster=rows["patient_id"])
    np.testing.assert_allclose(summary.estimate, expected.estimate[0])
    assert summary.variance[0] == pytest.approx(expected.covariance[0, 0])
    shaken = rows.assign(instance_id="elsewhere")
    with pytest.raises(InputError, match="more than one row"):
        meet(task, "others", "death", [Predictions(shaken)])


def test_published_predictions_stand_on_the_boards_of_their_split_only(tmp_path: Path) -> None:
    task = make_task(tmp_path, "survival")
    assert published_contenders(task, "paper", ["death"]) == []
    (theirs,) = published_contenders(task, "others", ["death"])
    assert (theirs.label, theirs.provenance, theirs.source) == ("theirs_cnn", "imported", "made up")


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_probabilities_that_are_no_numbers_are_refused(tmp_path: Path, bad: float) -> None:
    task = make_task(tmp_path, "binary")
    table = random_predictions(task, "paper", "late").table
    table.loc[3, "probability"] = bad
    with pytest.raises(InputError, match="has no finite probability"):
        meet(task, "paper", "late", [Predictions(table)])
