"""Deep-RadScore and its two halves: selection, LASSO, the seven classifiers, and the layers against the paper."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import mannwhitneyu
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits
from torch import nn

from baselines.deep_ct import DeepCt
from baselines.deep_radscore import DeepRadscore
from baselines.radiomics_score import RadiomicsScore
from baselines.shared.best_classifier import BestClassifier, area, seven
from baselines.shared.deep_head import DeepHead, ImageFeatures
from baselines.shared.lasso import FOLDS, STRENGTHS, deal, lasso, path, penalties
from baselines.shared.radscore import RadScore, distinct, relevant
from benchmark.models import Patients
from tests.baselines.every_block import make_patients, without

PAIR = ("radiomics_all", "densenet")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with threadpool_limits(1):
        yield


def problem(n: int = 80, columns: int = 12, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Z-scored columns, of which the first two tell a third of the patients from the others."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(n, columns))
    matrix = (matrix - matrix.mean(axis=0)) / matrix.std(axis=0)
    latent = 1.5 * matrix[:, 0] - matrix[:, 1] + rng.normal(size=n)
    return matrix, (latent > np.quantile(latent, 2 / 3)).astype(float)


def patients_with(codes: Any, **blocks: pd.DataFrame) -> Patients:
    return Patients(next(iter(blocks.values())).index, blocks, np.asarray(codes, dtype=np.int64), ("no", "yes"))


# LASSO


def test_the_path_is_scikit_learns_with_a_free_intercept() -> None:
    matrix, codes = problem()
    strengths = penalties(matrix, codes)
    coefficients, intercepts = path(matrix, codes, np.ones((80, 1)), strengths)
    assert coefficients.shape == (STRENGTHS, 12, 1)
    assert not coefficients[0].any()
    assert coefficients[1].any()  # the first penalty is the smallest that leaves nothing
    assert intercepts[0, 0] == pytest.approx(np.log(codes.mean() / (1 - codes.mean())))
    for index in (3, 7, 14):
        exact = LogisticRegression(l1_ratio=1, solver="saga", C=1 / (80 * strengths[index]), tol=1e-8, max_iter=100_000).fit(matrix, codes)
        np.testing.assert_allclose(coefficients[index, :, 0], exact.coef_[0], atol=5e-3)
        np.testing.assert_array_equal(coefficients[index, :, 0] == 0, exact.coef_[0] == 0)


def test_several_training_sets_at_once_are_those_one_by_one() -> None:
    matrix, codes = problem()
    parts = np.stack([np.arange(80) % 3 != number for number in range(3)], axis=1).astype(float)
    strengths = penalties(matrix, codes)[:6]
    together = path(matrix, codes, parts, strengths)[0]
    for number, part in enumerate(parts.T == 1):
        alone = path(matrix[part], codes[part], np.ones((part.sum(), 1)), strengths)[0]
        np.testing.assert_allclose(together[:, :, number], alone[:, :, 0], atol=2e-3)


def test_the_penalty_has_the_best_likelihood_of_patients_held_out() -> None:
    matrix, codes = problem()
    fold, strengths = deal(codes, FOLDS, np.random.default_rng(1)), penalties(matrix, codes)
    losses = np.zeros(STRENGTHS)
    for number in range(FOLDS):
        held = fold == number
        for index, strength in enumerate(strengths):
            model = LogisticRegression(l1_ratio=1, solver="saga", C=1 / ((~held).sum() * strength), tol=1e-5, max_iter=10_000)
            probability = model.fit(matrix[~held], codes[~held]).predict_proba(matrix[held])[:, 1]
            losses[index] -= np.log(np.where(codes[held] == 1, probability, 1 - probability)).sum()
    best = int(np.argmin(losses))
    assert 0 < best < STRENGTHS - 1
    expected = path(matrix, codes, np.ones((80, 1)), strengths)[0][best, :, 0]
    np.testing.assert_allclose(lasso(matrix, codes, fold), expected, atol=2e-3)


def test_folds_have_each_class_in_turn() -> None:
    codes = np.array([1] * 7 + [0] * 13)
    fold = deal(codes, FOLDS, np.random.default_rng(0))
    assert np.bincount(fold).tolist() == [4] * 5
    assert set(np.bincount(fold[codes == 1], minlength=5)) <= {1, 2}
    assert not np.array_equal(fold, deal(codes, FOLDS, np.random.default_rng(1)))


# the RadScore


def test_the_relevance_filter_is_mann_whitneys() -> None:
    matrix, codes = problem(columns=30)
    matrix[:, 5] = 1.0
    p = [mannwhitneyu(column[codes == 1], column[codes == 0]).pvalue for column in np.delete(matrix, 5, axis=1).T]
    kept = relevant(matrix, codes, 0.05)
    assert kept[0] == 0
    assert 5 not in kept
    assert len(kept) == np.sum(np.array(p) < 0.05) > 1
    assert len(relevant(matrix, codes, 1e-9)) == 0


def test_of_two_redundant_columns_the_more_relevant_one_stays() -> None:
    rng = np.random.default_rng(0)
    one, two = rng.normal(size=(2, 100))
    matrix = np.stack([one, two, -one + 0.01 * rng.normal(size=100), one + rng.normal(size=100)], axis=1)
    assert distinct(matrix, np.array([2, 1, 0, 3]), 0.9).tolist() == [2, 1, 3]
    assert distinct(matrix, np.array([0, 2, 3]), 0.5).tolist() == [0]
    assert distinct(matrix, np.array([3]), 0.9).tolist() == [3]


def test_a_score_is_a_linear_combination_of_z_scored_columns() -> None:
    matrix, codes = problem()
    block = pd.DataFrame(matrix * 10.0 ** np.arange(12) + 7, index=pd.Index([f"p{number}" for number in range(80)]))
    train = patients_with(codes, radiomics=block)
    score = RadScore("radiomics").fit(train, np.random.default_rng(0))
    assert score.coefficients[0] > 0 > score.coefficients[1]
    np.testing.assert_allclose(score.transform(train), matrix @ score.coefficients, atol=1e-9)
    gone = replace(train, blocks={"radiomics": block.iloc[3:]})
    np.testing.assert_array_equal(score.transform(gone)[:3], 0)
    np.testing.assert_allclose(score.transform(gone)[3:], score.transform(train)[3:])


def test_patients_without_the_region_do_not_teach_it() -> None:
    matrix, codes = problem()
    ids = pd.Index([f"p{number}" for number in range(80)])
    block = pd.DataFrame(matrix, index=ids).iloc[:60]
    some = RadScore("radiomics").fit(Patients(ids, {"radiomics": block}, codes, ("no", "yes")), np.random.default_rng(0))
    only = RadScore("radiomics").fit(patients_with(codes[:60], radiomics=block), np.random.default_rng(0))
    scores = some.transform(Patients(ids, {"radiomics": block}))
    np.testing.assert_allclose(scores[:60], only.transform(patients_with(codes[:60], radiomics=block)), atol=0.01)
    np.testing.assert_array_equal(scores[60:], 0)


# the best of seven


def test_area_is_the_auc() -> None:
    scores, codes = np.array([0.1, 0.4, 0.4, 0.8, 0.9]), np.array([0, 1, 0, 0, 1])
    assert area(scores, codes) == pytest.approx(roc_auc_score(codes, scores)) == pytest.approx(4.5 / 6)


def test_the_choice_follows_the_data() -> None:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(120, 2))
    ring = (np.hypot(*matrix.T) > 1.2).astype(int)  # no line tells them apart
    best = BestClassifier(2, 0).fit(matrix, ring)
    assert set(best.auc) == set(seven(0)) == {"logistic", "lda", "naive_bayes", "svm", "knn", "mlp", "forest"}
    assert best.name == max(best.auc, key=best.auc.__getitem__)
    assert best.auc["svm"] > 0.9 > 0.7 > best.auc["logistic"]
    assert roc_auc_score(ring, best.probabilities(matrix)) > 0.9


def test_a_margin_becomes_a_probability(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix, codes = problem(columns=2)
    monkeypatch.setattr(BestClassifier, "_compare", lambda self, matrix, codes: {"svm": 1.0})
    best = BestClassifier(1, 0).fit(matrix, codes.astype(int))
    probabilities = best.probabilities(matrix)
    assert best.name == "svm"
    assert probabilities.mean() == pytest.approx(codes.mean(), abs=0.05)
    assert probabilities.tobytes() == BestClassifier(1, 0).fit(matrix, codes.astype(int)).probabilities(matrix).tobytes()


def test_too_few_of_a_class_to_choose_by() -> None:
    matrix, _ = problem(20, 2)
    best = BestClassifier(2, 0).fit(matrix, np.repeat([0, 1], [16, 4]))
    assert (best.name, best.auc) == ("logistic", {})


# radiomics_score


def test_a_score_for_each_region_enters_the_classifier() -> None:
    train = make_patients("binary", 30, 1)
    model = RadiomicsScore(modalities=("radiomics_all", "shape"))
    model.fit(train, train)
    assert model.best.scaler.n_features_in_ == 2
    assert model.prevalence == np.mean(train.outcome)  # type: ignore[arg-type]
    nothing = without(without(train, "radiomics_all", [4, 5]), "shape", [4])
    probabilities = model.predict(nothing)
    assert probabilities[4] == model.prevalence
    assert probabilities[5] != model.prevalence


def test_nothing_relevant_is_the_prevalence() -> None:
    train = make_patients("binary", 30, 1, signal=False)
    model = RadiomicsScore(modalities=("radiomics",), relevant=1e-12)
    model.fit(train, train)
    np.testing.assert_array_equal(model.predict(train), np.mean(train.outcome))  # type: ignore[arg-type]
    one_class = replace(train, outcome=np.ones(30, dtype=np.int64))
    model = RadiomicsScore(modalities=("radiomics",))
    model.fit(one_class, train)
    np.testing.assert_array_equal(model.predict(train), 1.0)


def test_the_blocks_that_they_take() -> None:
    offered = ("clinical", "radiomics", "radiomics_all", "ct", "densenet")
    assert RadiomicsScore.pick(offered, ("clinical",)) == ("radiomics_all",)
    assert RadiomicsScore.pick(("clinical", "ct"), ("clinical",)) == ()
    assert DeepCt.pick(offered, ("clinical",)) == ("densenet",)
    assert DeepCt.pick(("mri", "ct"), ("mri",)) == ("ct",)
    assert DeepCt.pick(("radiomics",), ("radiomics",)) == ()
    assert DeepRadscore.pick(offered, ("clinical",)) == PAIR
    for lacking in (("radiomics", "radiomics_all"), ("ct",)):
        assert DeepRadscore.pick(lacking, lacking) == ()
    train = make_patients("binary", 10, 1)
    for model, message in [
        (RadiomicsScore(), "at least one modality"),
        (DeepCt(), "exactly one modality, got none"),
        (DeepCt(modalities=PAIR), "got radiomics_all"),
        (DeepRadscore(), "regions and, last, a deep block"),
    ]:
        with pytest.raises(ValueError, match=message):
            model.fit(train, train)


# the deep head


def test_two_layers_behind_the_encoder() -> None:
    torch.manual_seed(0)
    head = DeepHead(1024, 2, 2)
    assert head.penultimate.weight.shape == (10, 1024)
    assert head.last.weight.shape == (2, 12)
    assert sum(weights.numel() for weights in head.parameters()) == (1024 + 1) * 10 + (12 + 1) * 2
    bound = np.sqrt(6 / (1024 + 10))  # Xavier's
    assert 0.95 * bound < float(head.penultimate.weight.detach().abs().max()) <= bound
    assert not head.penultimate.bias.any()
    images, scores = torch.randn(5, 1024), torch.randn(5, 2)
    fused = torch.cat([nn.functional.relu(images @ head.penultimate.weight.T), scores], dim=1)
    torch.testing.assert_close(head.fused(images, scores), fused)
    torch.testing.assert_close(head(images, scores), fused @ head.last.weight.T)


def test_of_a_bag_the_largest_value_of_each_feature() -> None:
    bag = pd.DataFrame(
        {"a": [1.0, 5.0, 2.0, 2.0], "b": [3.0, -1.0, 0.0, 9.0]},
        index=pd.MultiIndex.from_tuples([("p", 0), ("p", 1), ("q", 0), ("r", 0)], names=["patient_id", "instance"]),
    )
    ids = pd.Index(["q", "p", "r", "nobody"], name="patient_id")
    images = ImageFeatures("ct").fit(Patients(ids, {"ct": bag}))
    plain = images.transform(Patients(ids, {"ct": bag})).numpy() * images.features.pipeline[-1].scale_ + images.features.pipeline[-1].mean_
    np.testing.assert_allclose(plain[:3], [[2, 0], [5, 3], [2, 9]], atol=1e-6)
    np.testing.assert_array_equal(images.transform(Patients(ids, {"ct": bag}))[3].numpy(), 0)


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_deep_ct_gives_the_class_frequencies_where_there_is_no_scan(kind: str) -> None:
    train, test = make_patients(kind, 30, 1), make_patients(kind, 5, 2)  # type: ignore[arg-type]
    model = DeepCt(modalities=("ct",), epochs=3)
    model.fit(train, test)
    prior = np.bincount(train.outcome) / 30  # type: ignore[arg-type]
    np.testing.assert_allclose(model.predict(without(test, "ct", [2]))[2], prior if kind == "multiclass" else prior[1])
    fewer = without(train, "ct", [0, 1])  # those two do not train: whatever their class, the same network
    turned = replace(fewer, outcome=np.where(np.arange(30) < 2, 1 - np.minimum(fewer.outcome, 1), fewer.outcome))  # type: ignore[arg-type, call-overload]
    networks: list[torch.Tensor] = []
    for part in (fewer, turned):
        model = DeepCt(modalities=("ct",), epochs=3)
        model.fit(part, test)
        networks.append(model.fitted.network.state_dict()["last.weight"])
    assert torch.equal(*networks)


def test_deep_radscores_classifier_sees_the_deep_feature_and_a_score_for_each_region() -> None:
    train, test = make_patients("binary", 30, 1), make_patients("binary", 8, 2)
    for modalities, inputs in [((*PAIR[:1], "shape", PAIR[1]), 12), (PAIR, 11), (PAIR[1:], 10)]:
        model = DeepRadscore(modalities=modalities, epochs=5, repeats=1)
        model.fit(train, test)
        assert model.best.scaler.n_features_in_ == inputs
    np.testing.assert_allclose(model.scale, np.ones(0))
    patchy = test
    for block in PAIR:
        patchy = without(patchy, block, [3])
    assert model.predict(patchy)[3] == np.mean(train.outcome)  # type: ignore[arg-type]


def test_deep_radscore_scales_its_scores_by_the_training_part() -> None:
    train = make_patients("binary", 30, 1)
    model = DeepRadscore(modalities=PAIR, epochs=1, repeats=1)
    model.fit(train, train)
    _, scores = model._inputs(train)
    assert float(scores.std(correction=0)) == pytest.approx(1)


def test_deep_radscore_of_one_class_is_the_prevalence() -> None:
    train = make_patients("binary", 12, 1)
    model = DeepRadscore(modalities=PAIR)
    model.fit(replace(train, outcome=np.zeros(12, dtype=np.int64)), train)
    np.testing.assert_array_equal(model.predict(train), 0.0)
