"""What holds for every model file, also for one that is added tomorrow: it is found, not listed."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest
from pydantic import TypeAdapter
from threadpoolctl import threadpool_limits

from benchmark.models import Between, Kind, Model, Patients, choose, find_models, load_model
from tests.baselines.every_block import BLOCKS, DEFAULT, make_patients, without

ROOT = Path(__file__).parents[2]
MODELS = {name: choose(ROOT, name) for name in find_models(ROOT)}
CLASSES = {name: load_model(choice.path) for name, choice in MODELS.items()}
CASES = [(name, kind) for name, choice in MODELS.items() for kind in choice.facts.kinds]
EVERY_CASE = pytest.mark.parametrize(("name", "kind"), CASES)
EVERY_MODEL = pytest.mark.parametrize("name", MODELS)

# what a model is given beside its defaults, so that 20 patients are enough and the file takes a minute and a half
SHORT = {"initialisations": 1, "l2": (0.1,), "max_steps": 200, "learning_rate": 3e-3}
CHEAP: dict[str, dict[str, Any]] = {
    **dict.fromkeys(("mlp", "intermediate_fusion", "late_fusion", "mfh_fusion"), SHORT),
    "block_fusion": SHORT | {"max_steps": 500},
    "random_survival_forest": {"min_leaf": 3},  # a leaf of 15 among 20 patients is the root
}
FLOORS = {
    "class_prior": "the same probabilities for everybody",
    "majority_class": "the same class for everybody",
    "kaplan_meier": "the same risk for everybody",
    "random_probability": "never sees an outcome",
    "random_risk": "never sees an outcome",
}
UNSOURCED = {  # floors are definitions; these two name the model that they are made of
    **dict.fromkeys(FLOORS, "a definition"),
    "clinical_cox": "Cox regression, Efron's ties",
    "clinical_logistic": "baselines.logistic on one block",
}
TRAIN, VALID, TEST = 20, 20, 150
STANDARD_DEVIATIONS = 4.5  # of chance; beyond it lies one in 150,000


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with threadpool_limits(1):
        yield


def made(name: str, seed: int = 7) -> Model:
    choice = MODELS[name]
    reserved = {"seed": seed, "modalities": blocks_of(name)}
    return CLASSES[name](**CHEAP.get(name, {}), **{key: reserved[key] for key in choice.accepts})


def blocks_of(name: str) -> tuple[str, ...]:
    return MODELS[name].modalities(BLOCKS, DEFAULT)


def shown(name: str, patients: Patients, blind: bool = False) -> Patients:
    """What the runner would hand over: the model's own blocks; no outcome of those to predict."""
    blocks = {block: patients.blocks[block] for block in blocks_of(name)}
    return replace(patients, blocks=blocks, outcome=None if blind else patients.outcome)


def fit(name: str, train: Patients, valid: Patients) -> Model:
    model = made(name)
    model.fit(shown(name, train), shown(name, valid))
    return model


def predict(name: str, model: Model, patients: Patients) -> np.ndarray:
    """Predictions that keep the contract."""
    values = model.predict(shown(name, patients, blind=True))
    classes = len(patients.classes)
    assert values.shape == ((len(patients), classes) if classes > 2 else (len(patients),))
    assert values.dtype.kind == "f"
    assert np.isfinite(values).all()
    if classes:
        assert ((values >= 0) & (values <= 1)).all()
    if classes > 2:
        np.testing.assert_allclose(values.sum(axis=1), 1, atol=1e-6)
    return values


@cache
def signal(kind: Kind) -> tuple[Patients, Patients, Patients]:
    return make_patients(kind, TRAIN, 1), make_patients(kind, VALID, 2), make_patients(kind, 12, 3)


@cache
def trained(name: str, kind: Kind) -> Model:
    train, valid, _ = signal(kind)
    return fit(name, train, valid)


def metric(patients: Patients) -> Callable[[np.ndarray], float]:
    """Harrell's C, the AUC or the mean AUC of each class against the rest, as a function of the predictions."""
    outcome: Any = patients.outcome
    if not patients.classes:
        earlier = outcome["event"][:, None] & (outcome["time"][:, None] < outcome["time"])
        return lambda risk: float(_agreement(risk)[earlier].mean())
    if len(patients.classes) == 2:
        return lambda probability: float(_agreement(probability)[outcome == 1][:, outcome == 0].mean())
    codes = range(len(patients.classes))
    return lambda table: float(np.mean([_agreement(table[:, code])[outcome == code][:, outcome != code].mean() for code in codes]))


def _agreement(risk: np.ndarray) -> np.ndarray:
    """Of each pair: 1 if the first has the higher risk, ½ if neither."""
    return (1 + np.sign(risk[:, None] - risk)) / 2


def distance_from_chance(cases: list[tuple[Patients, np.ndarray]], seed: int = 0) -> float:
    """How many standard deviations the mean metric lies from its value when predictions are dealt out to the patients at random.

    The deals keep the test outcomes, censoring and ties as they are, so no formula has to allow for them.
    """
    rng, observed, dealt = np.random.default_rng(seed), [], []
    for patients, predictions in cases:
        measure = metric(patients)
        observed.append(measure(predictions))
        dealt.append([measure(predictions[rng.permutation(len(patients))]) for _ in range(60)])
    means = np.mean(dealt, axis=0)
    return float(abs(np.mean(observed) - means.mean()) / max(means.std(ddof=1), 1e-9))


@EVERY_CASE
def test_it_learns_20_patients_with_a_strong_signal(name: str, kind: Kind) -> None:
    if name in FLOORS:
        pytest.skip(FLOORS[name])
    train = signal(kind)[0]
    assert metric(train)(predict(name, trained(name, kind), train)) >= 0.9


@EVERY_CASE
def test_it_stays_at_chance_on_noise(name: str, kind: Kind) -> None:
    cases = []
    for seed in (10, 20):
        train, valid, test = (make_patients(kind, n, seed + part, signal=False) for part, n in enumerate((TRAIN, VALID, TEST)))
        cases.append((test, predict(name, fit(name, train, valid), test)))
    assert distance_from_chance(cases) <= STANDARD_DEVIATIONS


@pytest.mark.parametrize("kind", ["survival", "binary", "multiclass"])
def test_chance_is_told_from_signal(kind: Kind) -> None:
    """The measure of the test above, at work on a model that has something to say."""
    test = make_patients(kind, TEST, 3)
    assert distance_from_chance([(test, predict("clinical_only", trained("clinical_only", kind), test))]) > 2 * STANDARD_DEVIATIONS


@EVERY_CASE
def test_the_same_seed_gives_the_same_bytes(name: str, kind: Kind) -> None:
    train, valid, test = signal(kind)
    again = fit(name, train, valid)
    assert predict(name, again, test).tobytes() == predict(name, trained(name, kind), test).tobytes()


@EVERY_CASE
def test_a_prediction_depends_on_nobody_else(name: str, kind: Kind) -> None:
    model, test = trained(name, kind), signal(kind)[2]
    together, order = predict(name, model, test), np.random.default_rng(0).permutation(len(test))
    close = {"rtol": 1e-5, "atol": 1e-6}  # a product of matrices of another shape adds in another order, in single precision
    np.testing.assert_allclose(predict(name, model, test.take(order)), together[order], **close)
    for position in (0, 5, 11):
        np.testing.assert_allclose(predict(name, model, test.take([position])), together[[position]], **close)


@EVERY_CASE
def test_modalities_may_be_missing_at_training_and_at_prediction(name: str, kind: Kind) -> None:
    train, valid, test = signal(kind)
    patchy_train, patchy_valid, patchy_test = train, valid, test
    for number, block in enumerate(blocks_of(name)):
        patchy_train = without(patchy_train, block, [number, number + 3, 15])
        patchy_valid = without(patchy_valid, block, [number, 15])
        patchy_test = without(patchy_test, block, [number, 11])  # the last patient has nothing at all
    model = fit(name, patchy_train, patchy_valid)
    together = predict(name, model, patchy_test)
    np.testing.assert_allclose(predict(name, model, patchy_test.take([11])), together[[11]], rtol=1e-5, atol=1e-6)
    for block in blocks_of(name):
        predict(name, model, without(test, block))  # as `bench run --drop` hands them over: columns without rows


@EVERY_CASE
def test_a_validation_part_that_says_nothing(name: str, kind: Kind) -> None:
    """No event, or one class only."""
    train, valid, test = signal(kind)
    silent = valid.outcome.copy()  # type: ignore[union-attr]
    if kind == "survival":
        silent["event"] = False
    else:
        silent[:] = 0
    predict(name, fit(name, train, replace(valid, outcome=silent)), test)


@EVERY_CASE
def test_a_class_that_training_lacks_has_no_probability(name: str, kind: Kind) -> None:
    if kind != "multiclass":
        pytest.skip("a class can be absent where there are three")
    train, valid, test = signal(kind)
    absent = fit(name, replace(train, outcome=2 * (train.outcome > 0)), valid)
    if name != "random_probability":  # knows nothing of training
        np.testing.assert_array_equal(predict(name, absent, test)[:, 1], 0)


@EVERY_MODEL
def test_the_docstring_names_the_source(name: str) -> None:
    if name in UNSOURCED:
        pytest.skip(UNSOURCED[name])
    words = documentation(name)
    assert re.search(r"Sources?:|\b(19|20)\d\d\b", words), "no citation"


@EVERY_MODEL
def test_every_hyper_parameter_is_documented(name: str) -> None:
    described = {word.strip() for line in re.findall(r"^ +([a-z_0-9, ]+):", documentation(name), re.M) for word in line.split(",")}
    assert set(get_type_hints(CLASSES[name].__init__)) - {"return", "seed"} <= described


def documentation(name: str) -> str:
    """Of the file, and of the class with those it is made from."""
    module = Path(MODELS[name].path).read_text().split('"""')[1]
    classes = [cls for cls in CLASSES[name].__mro__ if issubclass(cls, Model) and cls is not Model]
    return "\n".join([module, *(cls.__doc__ or "" for cls in classes)])


@EVERY_MODEL
def test_a_search_tries_values_that_the_constructor_takes(name: str) -> None:
    choice = MODELS[name]
    hints, defaults = get_type_hints(CLASSES[name].__init__), choice.all_parameters()
    for key, space in choice.facts.search_space.items():
        assert key in defaults, f"{key} is no hyper-parameter"
        for value in ends(space):
            TypeAdapter(hints[key]).validate_python(value, strict=True)
            CLASSES[name](**{key: value})


def ends(space: Between | tuple[Any, ...]) -> tuple[Any, ...]:
    if isinstance(space, tuple):
        assert len(set(space)) == len(space) > 1
        return space
    assert space.low < space.high
    assert space.low > 0 or not space.log
    return space.low, space.high


def test_floors_of_every_kind() -> None:
    """A board of any kind has a constant and a random model; one of classes also the most frequent class."""
    kinds = {name: MODELS[name].facts.kinds for name in FLOORS}
    assert {name for name in FLOORS if "survival" in kinds[name]} == {"kaplan_meier", "random_risk"}
    for kind in ("binary", "multiclass"):
        assert {name for name in FLOORS if kind in kinds[name]} == {"class_prior", "majority_class", "random_probability"}
