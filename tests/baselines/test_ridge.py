"""The ridge that chooses its penalty, the evidence of blocks and their sum: clinical_only, clinical_plus."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sksurv.linear_model import CoxPHSurvivalAnalysis
from threadpoolctl import threadpool_limits

from baselines.clinical_logistic import ClinicalLogistic
from baselines.clinical_only import ClinicalOnly
from baselines.clinical_plus import ClinicalPlus
from baselines.shared.evidence import Evidence
from baselines.shared.ridge import GRID, INNER_FOLDS, Ridge, class_loss, cox_loss, deal
from benchmark.models import Patients
from tests.baselines.every_block import BLOCKS, make_patients, without

PAIR = ("clinical", "genomics")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with threadpool_limits(1):
        yield


def survival(n: int, seed: int, strength: float = 1.0, columns: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """z-scored columns of which the first matters, and outcomes with many ties."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(n, columns))
    matrix = (matrix - matrix.mean(axis=0)) / matrix.std(axis=0)
    outcome = np.empty(n, dtype=[("event", bool), ("time", float)])
    outcome["event"] = rng.random(n) < 0.6
    outcome["time"] = np.ceil(8 * rng.exponential(np.exp(-strength * matrix[:, 0])))
    return matrix, outcome


def coefficients(ridge: Ridge) -> np.ndarray:
    return ridge.rotation @ ridge.beta[1:]


def test_efrons_partial_likelihood_by_hand() -> None:
    """Two events at time 1 of four at risk, one censored at 1, one event at 2."""
    outcome = np.array([(True, 1), (True, 1), (False, 1), (True, 2)], dtype=[("event", bool), ("time", float)])
    hazard = np.array([1.0, 2.0, 3.0, 4.0])
    expected = np.log(10) + np.log(10 - 3 / 2) + np.log(4) - np.log(1 * 2 * 4)
    assert cox_loss(outcome)(np.log(hazard)[:, None])[0] == pytest.approx(expected)


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_gradients(classes: int) -> None:
    rng = np.random.default_rng(1)
    loss = class_loss(rng.integers(0, classes, 30), classes) if classes else cox_loss(survival(30, 1)[1])
    point = rng.normal(size=(30, classes if classes > 2 else 1))
    numeric = approx_fprime(point.ravel(), lambda flat: loss(flat.reshape(point.shape))[0], 1e-7)
    np.testing.assert_allclose(loss(point)[1].ravel(), numeric, atol=1e-5)


@pytest.mark.parametrize("columns", [6, 150])
def test_it_is_scikit_survivals_cox_at_the_chosen_penalty(columns: int) -> None:
    matrix, outcome = survival(80, 1, columns=columns)
    ridge = Ridge(0).fit(matrix, outcome)
    theirs = CoxPHSurvivalAnalysis(alpha=ridge.penalty, ties="efron", tol=1e-12).fit(matrix, outcome)
    np.testing.assert_allclose(coefficients(ridge)[:, 0], theirs.coef_, atol=1e-4)


def test_the_penalty_has_the_best_cross_validated_partial_likelihood() -> None:
    matrix, outcome = survival(60, 2)
    fold, totals, held_out = deal(outcome), [], []
    for penalty in GRID:
        total, predictor = 0.0, np.empty(60)
        for held in (fold == number for number in range(INNER_FOLDS)):
            model = CoxPHSurvivalAnalysis(alpha=penalty, ties="efron", tol=1e-12).fit(matrix[~held], outcome[~held])
            log_hazard = (matrix @ model.coef_)[:, None]
            total += cox_loss(outcome)(log_hazard)[0] - cox_loss(outcome[~held])(log_hazard[~held])[0]
            predictor[held] = log_hazard[held, 0]
        totals.append(total)
        held_out.append(predictor)
    ridge = Ridge(0).fit(matrix, outcome)
    best = int(np.argmin(totals))
    assert 0 < best < len(GRID) - 1
    assert ridge.penalty == GRID[best]
    np.testing.assert_allclose(ridge.held_out[:, 0], held_out[best], atol=1e-3)


def test_each_fold_has_its_share_of_events() -> None:
    outcome = survival(50, 3)[1]
    counts = np.bincount(deal(outcome), outcome["event"], minlength=INNER_FOLDS)
    assert np.ptp(counts) <= 1
    assert np.bincount(deal(outcome)).tolist() == [10] * 5


def test_noise_is_shrunk_to_nothing() -> None:
    matrix, outcome = survival(60, 4, strength=0.0, columns=200)
    assert Ridge(0).fit(matrix, outcome).penalty >= 1e3


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_clinical_only_is_clinical_logistic_by_another_solver(kind: str) -> None:
    train, test = make_patients(kind, 80, 1), make_patients(kind, 20, 2)  # type: ignore[arg-type]
    mixed = np.where(np.random.default_rng(1).random(80) < 0.4, np.roll(train.outcome, 1), train.outcome)
    train = replace(train, outcome=mixed)
    blind = without(replace(test, outcome=None), "clinical", [3])
    predictions = []
    for model in (ClinicalOnly(), ClinicalLogistic()):
        model.fit(train, train)
        predictions.append(model.predict(blind))
    assert predictions[0].std() > 1e-3
    np.testing.assert_allclose(*predictions, atol=2e-4)


def test_the_evidence_is_against_the_average() -> None:
    train = make_patients("binary", 60, 1)
    few = without(train, "genomics", np.arange(20))
    evidence = Evidence("genomics").fit(few)
    assert (evidence.of(few)[:20] == 0).all()
    assert (evidence.held_out[:20] == 0).all()
    having = train.outcome[20:]
    matrix = train.blocks["genomics"].iloc[20:]
    scaled = ((matrix - matrix.mean()) / matrix.std(ddof=0)).to_numpy()
    theirs = LogisticRegression(C=1 / evidence.ridge.penalty, tol=1e-8).fit(scaled, having).predict_proba(scaled)  # type: ignore[union-attr]
    np.testing.assert_allclose(evidence.of(few)[20:], np.log(theirs) - np.log(np.bincount(having) / 40), atol=1e-2)


@pytest.mark.parametrize("kind", ["survival", "binary", "multiclass"])
def test_a_block_that_too_few_have_says_nothing(kind: str) -> None:
    train = make_patients(kind, 30, 1)  # type: ignore[arg-type]
    rare = without(train, "genomics", np.arange(21))
    plus, only = ClinicalPlus(PAIR), ClinicalOnly()
    plus.fit(rare, rare)
    assert (plus.evidence[1].of(train) == 0).all()
    assert plus.weights[1] == pytest.approx(1)  # nothing pulls it from there
    only.fit(rare, rare)
    assert plus.evidence[0].of(train).tobytes() == only.evidence.of(train).tobytes()


def test_the_sum_is_naive_bayes_where_the_weights_are_held() -> None:
    train, test = make_patients("binary", 60, 1), make_patients("binary", 20, 2)
    model = ClinicalPlus(PAIR, pull=1e9)
    model.fit(train, train)
    np.testing.assert_allclose(model.weights, 1, atol=1e-6)
    odds = sum(np.diff(part.of(test), axis=1)[:, 0] for part in model.evidence)
    np.testing.assert_allclose(model.predict(test), expit(odds + logit(train.outcome.mean())), atol=1e-6)


@pytest.mark.parametrize("kind", ["survival", "binary"])
def test_weights_are_the_best_for_held_out_patients_and_never_negative(kind: str) -> None:
    """A block whose held-out evidence is the truth turned over gets none; one that says the truth is believed."""
    train = make_patients(kind, 60, 1)  # type: ignore[arg-type]
    model = ClinicalPlus(PAIR, pull=0.1)
    model.fit(train, train)
    right = model.evidence[0].held_out
    weights = model._stack([right, -right], train)
    assert weights[1] == 0
    assert weights[0] > 0.5
    loss = class_loss(train.outcome, 2) if kind == "binary" else cox_loss(train.outcome)
    prior = np.log(model.verdict.prior) if kind == "binary" else 0.0

    def total(weight: float) -> float:
        return loss(prior + weight * right)[0] + 0.05 * ((weight - 1) ** 2 + 1)

    assert total(weights[0]) <= min(total(weights[0] - 0.05), total(weights[0] + 0.05))


def test_a_repeated_block_counts_less_than_twice() -> None:
    train = make_patients("survival", 100, 1, signal=True)
    noisy = train.outcome.copy()
    noisy["time"] *= np.random.default_rng(1).exponential(1, 100)
    train = replace(train, outcome=noisy, blocks={**train.blocks, "copy": train.blocks["clinical"]})
    model = ClinicalPlus(("clinical", "copy"))
    model.fit(train, train)
    np.testing.assert_allclose(model.weights[0], model.weights[1], atol=1e-3)
    assert 0 < model.weights.sum() < 1.6


def test_degenerate_training_parts() -> None:
    train = make_patients("survival", 20, 1)
    censored = train.outcome.copy()
    censored["event"] = False
    for model in (ClinicalOnly(), ClinicalPlus(PAIR)):
        model.fit(replace(train, outcome=censored), train)
        assert (model.predict(train) == 0).all()
        classes = make_patients("multiclass", 20, 1)
        model.fit(replace(classes, outcome=np.ones(20, dtype=int)), classes)
        np.testing.assert_array_equal(model.predict(classes), np.tile([0, 1, 0], (20, 1)))


def test_clinical_plus_needs_clinical_and_another() -> None:
    train = make_patients("survival", 20, 1)
    for modalities in ((), ("clinical",), ("genomics", "rna")):
        with pytest.raises(ValueError, match="clinical_plus needs modalities=clinical"):
            ClinicalPlus(modalities).fit(train, train)
    with pytest.raises(ValueError, match="there is no modality 'nowhere' here"):
        ClinicalPlus(("clinical", "nowhere")).fit(train, train)


def test_clinical_plus_picks_clinical_and_the_default_blocks() -> None:
    assert ClinicalPlus.pick(BLOCKS, ("radiomics",)) == ("clinical", "radiomics")
    assert ClinicalPlus.pick(BLOCKS, ("genomics", "clinical")) == ("clinical", "genomics")
    assert len(ClinicalPlus.pick(BLOCKS, ("clinical",))) < ClinicalPlus.min_modalities  # the task is skipped
    assert ClinicalPlus.pick(("genomics", "rna"), ("genomics", "rna")) == ()


def test_a_modality_more_of_noise_costs_little() -> None:
    """Its penalty silences it; no weight has to."""
    train, test = make_patients("survival", 80, 1), make_patients("survival", 40, 2)
    noise = {
        name: make_patients("survival", len(part), 5).blocks["rna"].set_axis(part.ids) for name, part in (("train", train), ("test", test))
    }
    train = replace(train, blocks={**train.blocks, "genomics": noise["train"]})
    test = Patients(test.ids, {**test.blocks, "genomics": noise["test"]})
    plus, only = ClinicalPlus(PAIR), ClinicalOnly()
    plus.fit(train, train)
    only.fit(train, train)
    assert np.corrcoef(plus.predict(test), only.predict(test))[0, 1] > 0.98
