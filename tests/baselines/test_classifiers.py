"""Logistic regression, the clinical floor, the class frequencies and chance."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from baselines.class_prior import ClassPrior
from baselines.clinical_logistic import ClinicalLogistic
from baselines.logistic import GRID, Logistic
from baselines.random_probability import RandomProbability
from benchmark.models import Model, Patients, choose
from tests.baselines.made_up import make_patients

ROOT = Path(__file__).parents[2]
PAIR = ("genomics", "radiomics")
TWO, THREE = ("negative", "positive"), ("I", "II", "III")
ALL = (Logistic(modalities=PAIR), Logistic(modalities=PAIR, fusion="late"), ClinicalLogistic(), ClassPrior(), RandomProbability())


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """As in a run; hundreds of small fits on several threads mostly wait for one another."""
    with threadpool_limits(1):
        yield


def classified(n: int, seed: int = 0, *, classes: Sequence[str] = TWO, shares: Sequence[float] = (), signal: float = 1.0) -> Patients:
    """Made-up patients whose class follows the first gene and the first radiomic column; ``shares`` of each class."""
    patients = make_patients(n, seed)
    latent = signal * (patients.blocks["genomics"]["g0"] + patients.blocks["radiomics"]["r0"]).to_numpy()
    latent += np.random.default_rng(seed).normal(size=n)
    counts = np.round(np.cumsum(shares or [1 / len(classes)] * len(classes)) * n).astype(int)
    codes = np.searchsorted(counts, np.argsort(np.argsort(latent)), side="right")
    return with_codes(patients, codes, classes)


def with_codes(patients: Patients, codes: Any, classes: Sequence[str]) -> Patients:
    return replace(patients, outcome=np.asarray(codes, dtype=np.int64), classes=tuple(classes))


def blind(patients: Patients, positions: Any = slice(None)) -> Patients:
    """Patients to predict, in that order."""
    return replace(patients, ids=patients.ids[positions], outcome=None)


def predicted(model: Model, train: Patients, test: Patients) -> np.ndarray:
    model.fit(train, train)
    return model.predict(blind(test))


def changed(patients: Patients, block: str, table: pd.DataFrame) -> Patients:
    """The same patients with another table."""
    return replace(patients, blocks={**patients.blocks, block: table})


def without(patients: Patients, block: str, positions: list[int]) -> Patients:
    """Some patients have no row in a block."""
    return changed(patients, block, patients.blocks[block].drop(patients.ids[positions]))


def test_a_ridge_by_hand() -> None:
    """20 patients at +1, 15 of them positive, and the mirror image at −1: intercept 0, slope b = 40 C (¾ − σ(b))."""
    ids = pd.Index([f"p{number}" for number in range(40)])
    block = pd.DataFrame({"x": np.repeat([3.0, 7.0], 20)}, index=ids)
    train = Patients(ids, {"radiomics": block}, np.repeat([0, 1, 0, 1], [15, 5, 5, 15]), TWO)
    model = Logistic(modalities=("radiomics",))
    probability = predicted(model, train, train)
    strength = model.parts[0].strength
    slope = brentq(lambda b: b - 40 * strength * (0.75 - expit(b)), 0, 2)
    np.testing.assert_allclose(probability, np.repeat([expit(-slope), expit(slope)], 20), atol=1e-5)


@pytest.mark.parametrize("balanced", [False, True])
def test_it_is_scikit_learns_at_the_strength_with_the_best_inner_likelihood(balanced: bool) -> None:
    train, test = classified(60, 1, classes=THREE, shares=(0.5, 0.3, 0.2)), classified(20, 2, classes=THREE)
    model = Logistic(modalities=("genomics",), balanced=balanced)
    probability = predicted(model, train, test)
    mean, spread = train.blocks["genomics"].mean(), train.blocks["genomics"].std(ddof=0)
    columns, codes = ((train.blocks["genomics"] - mean) / spread).to_numpy(), train.outcome
    fold = np.empty(60, dtype=int)
    fold[np.argsort(codes, kind="stable")] = np.arange(60) % 5
    weight = np.array([1 / np.mean(codes == code) for code in codes]) if balanced else np.ones(60)
    likelihoods = []
    for strength in GRID:
        plain = LogisticRegression(C=strength, class_weight="balanced" if balanced else None, tol=1e-8, max_iter=10_000)
        inner = np.empty(60)
        for number in range(5):
            held = fold == number
            inner[held] = plain.fit(columns[~held], codes[~held]).predict_proba(columns[held])[np.arange(held.sum()), codes[held]]
        likelihoods.append(weight @ np.log(inner))
    assert model.parts[0].strength == GRID[int(np.argmax(likelihoods))]
    plain.set_params(C=model.parts[0].strength)
    expected = plain.fit(columns, codes).predict_proba(((test.blocks["genomics"] - mean) / spread).to_numpy())
    np.testing.assert_allclose(probability, expected, atol=1e-5)


def test_signal_is_found_and_noise_is_shrunk_to_the_class_frequencies() -> None:
    train, test = classified(100, 1, signal=2.0), classified(200, 2, signal=2.0)
    assert roc_auc_score(test.outcome, predicted(Logistic(modalities=PAIR), train, test)) > 0.75
    noise = with_codes(train, np.random.default_rng(3).permutation(np.repeat([0, 1], [70, 30])), TWO)
    np.testing.assert_allclose(predicted(Logistic(modalities=PAIR), noise, test), 0.3, atol=0.1)


def test_rare_positives() -> None:
    """The unpenalised intercept makes the mean fitted probability the prevalence; balanced, each class weighs one half."""
    train = classified(80, 1, shares=(0.9, 0.1))
    assert train.outcome.sum() == 8
    assert predicted(Logistic(modalities=PAIR), train, train).mean() == pytest.approx(0.1, abs=1e-5)
    balanced = predicted(Logistic(modalities=PAIR, balanced=True), train, train)
    assert (balanced[train.outcome == 1].mean() + balanced[train.outcome == 0].mean()) / 2 == pytest.approx(0.5, abs=1e-5)


@pytest.mark.parametrize("model", ALL)
@pytest.mark.parametrize(
    ("classes", "codes"),
    [
        (TWO, [0, 1] * 15),
        (TWO, [0] * 29 + [1]),  # an inner training part has one class
        (TWO, [1] * 30),
        (THREE, [0, 1, 2] * 10),
        (THREE, [0, 2] * 15),
        (THREE, [0] * 14 + [1] * 15 + [2]),  # an inner training part lacks the third
        (THREE, [2] * 30),
    ],
)
def test_probabilities_whatever_the_classes(model: Model, classes: tuple[str, ...], codes: list[int]) -> None:
    train, test = with_codes(make_patients(30, 1), codes, classes), make_patients(7, 2)
    probability = predicted(model, train, replace(test, classes=classes))
    assert probability.dtype == np.float64
    assert ((probability >= 0) & (probability <= 1)).all()
    if len(classes) == 2:
        assert probability.shape == (7,)
    else:
        assert probability.shape == (7, 3)
        np.testing.assert_allclose(probability.sum(axis=1), 1)
    present = np.bincount(codes, minlength=len(classes)) > 0
    if isinstance(model, RandomProbability):
        return
    if len(classes) == 3:
        assert not probability[:, ~present].any()
    if present.sum() == 1:  # nothing to tell apart: the class frequencies
        np.testing.assert_array_equal(probability, predicted(ClassPrior(), train, test))


def test_two_patients_are_enough() -> None:
    train = with_codes(make_patients(2, 1), [0, 1], TWO)
    model = Logistic(modalities=PAIR)
    assert np.isfinite(predicted(model, train, make_patients(3, 2))).all()
    assert model.parts[0].strength == GRID[0]


def test_late_fusion_averages_over_the_modalities_that_a_patient_has() -> None:
    train, test = classified(60, 1), without(without(classified(6, 2), "genomics", [0, 2]), "radiomics", [1, 2])
    genes, radiomics = (predicted(Logistic(modalities=(name,)), train, test) for name in PAIR)
    late = predicted(Logistic(modalities=PAIR, fusion="late"), train, test)
    np.testing.assert_allclose(late[3:], (genes + radiomics)[3:] / 2)
    np.testing.assert_allclose(late[:2], [radiomics[0], genes[1]])
    assert late[2] == train.outcome.mean()


def test_early_fusion_takes_the_mean_patient_for_a_missing_modality() -> None:
    train, test = classified(60, 1), without(without(classified(6, 2), "genomics", [0, 2]), "radiomics", [2])
    average = test.blocks["genomics"].copy()
    average.loc[test.ids[0]] = train.blocks["genomics"].mean()
    early = predicted(Logistic(modalities=PAIR), train, test)
    np.testing.assert_allclose(early[0], predicted(Logistic(modalities=PAIR), train, changed(test, "genomics", average))[0])
    assert early[2] == train.outcome.mean()


def test_training_patients_without_a_modality() -> None:
    train, test = classified(60, 1), classified(6, 2)
    some = without(train, "genomics", list(range(20)))
    those = replace(train, ids=train.ids[20:], outcome=train.outcome[20:])
    genes = predicted(Logistic(modalities=("genomics",)), those, test)
    radiomics = predicted(Logistic(modalities=("radiomics",)), train, test)
    np.testing.assert_allclose(predicted(Logistic(modalities=PAIR, fusion="late"), some, test), (genes + radiomics) / 2)
    assert np.isfinite(predicted(Logistic(modalities=PAIR), some, test)).all()
    # of one class only, or of nobody: late fusion leaves it out
    for absent in (np.flatnonzero(train.outcome == 1), np.arange(60)):
        fewer = without(train, "genomics", list(absent))
        np.testing.assert_allclose(predicted(Logistic(modalities=PAIR, fusion="late"), fewer, test), radiomics)


def test_missing_values_and_an_empty_column() -> None:
    train, test = classified(60, 1), classified(6, 2)
    empty = predicted(Logistic(modalities=("radiomics",)), changed(train, "radiomics", train.blocks["radiomics"].assign(r7=np.nan)), test)
    dropped = changed(train, "radiomics", train.blocks["radiomics"].drop(columns="r7"))
    np.testing.assert_array_equal(empty, predicted(Logistic(modalities=("radiomics",)), dropped, test))
    holes = [changed(part, "radiomics", part.blocks["radiomics"].mask(part.blocks["radiomics"] > 0.9)) for part in (train, test)]
    assert np.isfinite(predicted(Logistic(modalities=("radiomics",)), *holes)).all()


@pytest.mark.parametrize("classes", [TWO, THREE])
@pytest.mark.parametrize("model", ALL)
def test_deterministic_and_independent_of_companions_and_of_the_validation_part(model: Model, classes: tuple[str, ...]) -> None:
    train, test = classified(50, 1, classes=classes), classified(15, 3, classes=classes)
    first = predicted(model, train, test)
    model.fit(train, classified(12, 77, classes=classes))
    assert model.predict(blind(test)).tobytes() == first.tobytes()
    order = np.random.default_rng(0).permutation(15)
    np.testing.assert_allclose(model.predict(blind(test, order)), first[order], atol=1e-12)
    np.testing.assert_allclose(model.predict(blind(test, [4])), first[[4]], atol=1e-12)


def test_a_bag_counts_as_the_mean_of_its_instances() -> None:
    train, test = classified(60, 1), classified(6, 2)
    bags = []
    for part in (train, test):
        table = part.blocks["radiomics"]
        twice = pd.concat({0: table - 1, 1: table + 1}).swaplevel().sort_index()
        bags.append(changed(part, "radiomics", twice))
    for fusion in ("early", "late"):
        model = Logistic(modalities=PAIR, fusion=fusion)
        np.testing.assert_allclose(predicted(model, *bags), predicted(model, train, test), atol=1e-6)


def test_degenerate_input_is_an_error() -> None:
    train = classified(20, 1)
    with pytest.raises(ValueError, match="at least one modality"):
        Logistic().fit(train, train)
    with pytest.raises(ValueError, match="radiomics: no column varies"):
        Logistic(modalities=PAIR).fit(changed(train, "radiomics", train.blocks["radiomics"] * 0), train)


def test_clinical_logistic_is_logistic_on_every_clinical_column_that_is_shown() -> None:
    train, test = classified(60, 1), classified(10, 2)
    model = ClinicalLogistic()
    alone = [Patients(part.ids, {"clinical": part.blocks["clinical"]}, part.outcome, TWO) for part in (train, test)]
    np.testing.assert_array_equal(predicted(model, *alone), predicted(Logistic(modalities=("clinical",)), train, test))
    assert model.used == ["age", "sex", "smoking", "stage", "biopsied", "centre"]
    named = ClinicalLogistic(columns=("centre", "nowhere"))
    assert len(np.unique(predicted(named, train, test))) == 2
    with pytest.raises(ValueError, match="clinical_logistic: block 'clinical' has none of the columns nowhere"):
        ClinicalLogistic(columns=("nowhere",)).fit(train, train)


def test_clinical_logistic_without_a_patients_clinical_row() -> None:
    train, test = classified(60, 1), without(classified(10, 2), "clinical", [3])
    assert predicted(ClinicalLogistic(), train, test)[3] == train.outcome.mean()


def test_class_prior_by_hand() -> None:
    test = make_patients(2, 2)
    np.testing.assert_array_equal(predicted(ClassPrior(), with_codes(make_patients(4), [0, 0, 1, 0], TWO), test), [0.25, 0.25])
    three = predicted(ClassPrior(), with_codes(make_patients(4), [0, 0, 2, 0], THREE), test)
    np.testing.assert_array_equal(three, [[0.75, 0, 0.25]] * 2)


@pytest.mark.parametrize("classes", [TWO, THREE])
def test_random_probability_is_uniform_and_seeded(classes: tuple[str, ...]) -> None:
    test = make_patients(2000, 3)
    train = classified(9, 1, classes=classes)
    probability = predicted(RandomProbability(seed=4), train, test)
    assert len(np.unique(probability, axis=0)) == 2000
    np.testing.assert_allclose(probability.mean(axis=0), 1 / len(classes), atol=0.02)
    # of a uniform point of a simplex with k corners each coordinate is Beta(1, k − 1)
    median = 1 - 0.5 ** (1 / (len(classes) - 1))
    np.testing.assert_allclose((probability < median).mean(axis=0), 0.5, atol=0.04)
    assert not np.array_equal(predicted(RandomProbability(seed=5), train, test), probability)


def test_they_are_found_and_take_their_parameters_from_the_command_line() -> None:
    choice = choose(ROOT, "logistic[modalities=genomics+radiomics,fusion=late,balanced=true]")
    assert choice.parameters == {"modalities": PAIR, "fusion": "late", "balanced": True}
    for name in ("logistic", "clinical_logistic", "class_prior", "random_probability"):
        assert choose(ROOT, name).facts.kinds == ("binary", "multiclass")
