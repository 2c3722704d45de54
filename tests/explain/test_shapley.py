"""Shapley values against closed forms, and what is made of them over folds."""

import numpy as np
import pandas as pd
import pytest

from benchmark.explain.attention import summarise
from benchmark.explain.explanation import features_of, top_of
from benchmark.explain.game import average, mixed, numbers
from benchmark.explain.refit import Refitted
from benchmark.explain.shapley import Contributions, exact, of_blocks, of_columns
from benchmark.models import Model, Patients

GENES = 30


class Linear(Model):
    """β · genes + γ · age."""

    def fit(self, train, valid):
        random = np.random.default_rng(1)
        self.beta, self.gamma = random.normal(size=GENES), 0.5
        self.beta[3] = 0.0

    def predict(self, patients):
        return patients.block("genes").to_numpy(float) @ self.beta + self.gamma * patients.block("clinic")["age"].to_numpy(float)


class Product(Linear):
    """age · first gene: all of it is interaction."""

    def predict(self, patients):
        return patients.block("genes")["g0"].to_numpy() * patients.block("clinic")["age"].to_numpy(float)


def people(count, seed):
    random = np.random.default_rng(seed)
    ids = pd.Index([f"p{k}" for k in range(count)], name="patient_id")
    genes = pd.DataFrame(random.normal(size=(count, GENES)), ids, [f"g{k}" for k in range(GENES)])
    sex = pd.Categorical(random.choice(["f", "m"], count), categories=["f", "m"])
    clinic = pd.DataFrame({"age": random.normal(60, 9, count), "sex": sex}, ids)
    return Patients(ids, {"genes": genes, "clinic": clinic}, np.zeros(count))


def fitted(kind):
    model, train = kind(), people(20, 0)
    model.fit(train, train)
    return Refitted(model, train, people(6, 2), pd.Series(dtype=str), True)


def test_a_linear_model_has_its_closed_form():
    """β_j (x_j − mean x_j), in SDs of the predictions (Lundberg & Lee 2017, corollary 1)."""
    fit = fitted(Linear)
    found = of_columns(fit, "genes", 6, seed=0)
    spread = fit.model.predict(fit.test).std()
    expected = np.abs(fit.model.beta * (fit.test.blocks["genes"] - fit.train.blocks["genes"].mean())).mean() / spread
    np.testing.assert_allclose(found.size, expected, rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(found.direction, np.sign(fit.model.beta))
    assert found.patients == 6
    narrow = of_columns(fit, "clinic", 6, seed=0)
    age = 0.5 * (fit.test.blocks["clinic"]["age"] - fit.train.blocks["clinic"]["age"].mean()).abs().mean() / spread
    assert narrow.size["age"] == pytest.approx(age, rel=1e-10)
    assert (narrow.size["sex"], narrow.direction["sex"]) == (0.0, 0.0)


def test_modalities_of_a_linear_model_add_up_to_its_prediction():
    fit = fitted(Linear)
    found = of_blocks(fit, 6)
    genes = (fit.test.blocks["genes"] - fit.train.blocks["genes"].mean()) @ fit.model.beta
    spread = fit.model.predict(fit.test).std()
    assert found.size["genes"] == pytest.approx(genes.abs().mean() / spread, rel=1e-10)


def test_an_interaction_is_shared_by_halves():
    """v(∅) = 0, v(1) = 2, v(2) = 4, v(12) = 12: φ = ½ (2 + 8) and ½ (4 + 10)."""
    np.testing.assert_allclose(exact(np.array([[0.0], [2.0], [4.0], [12.0]]))[:, 0], [5.0, 7.0])
    fit = fitted(Product)
    base = [fit.train.blocks["genes"]["g0"].mean(), fit.train.blocks["clinic"]["age"].mean()]
    own = np.stack([fit.test.blocks["genes"]["g0"], fit.test.blocks["clinic"]["age"]], axis=1)
    genes = (own[:, 0] - base[0]) * (own[:, 1] + base[1]) / 2
    assert of_blocks(fit, 6).size["genes"] == pytest.approx(np.abs(genes).mean() / fit.model.predict(fit.test).std(), rel=1e-10)


def test_values_of_all_players_add_up_to_the_whole():
    predicted = np.random.default_rng(0).normal(size=(16, 3))
    np.testing.assert_allclose(exact(predicted).sum(axis=0), predicted[-1] - predicted[0])


def test_a_bag_or_an_absent_block_is_not_explained_by_column():
    fit = fitted(Linear)
    bag = fit.test.blocks["genes"].set_axis(pd.MultiIndex.from_product([fit.test.ids, [0]]), axis=0)
    as_bag = Refitted(fit.model, fit.train, Patients(fit.test.ids, fit.test.blocks | {"genes": bag}), fit.real, True)
    assert of_columns(as_bag, "genes", 6, seed=0) is None


def test_mixed_rows_keep_their_dtypes():
    table = pd.DataFrame(
        {
            "age": [50.0, 70.0, np.nan],
            "sex": pd.Categorical(["f", "m", "m"], categories=["f", "m"]),
            "count": [1, 2, 6],
            "known": [True, True, False],
        }
    )
    base = average(table)
    assert base.iloc[0].tolist() == [60.0, "m", 3, True]
    taking = np.array([[False] * 4, [True] * 4, [True, False, False, True]])
    rows = mixed(base, table.iloc[[0]], taking)
    assert rows.dtypes.tolist() == table.dtypes.tolist()
    assert rows.iloc[1].tolist() == table.iloc[0].tolist()
    assert rows.iloc[2].tolist() == [50.0, "m", 3, True]
    assert numbers(table["sex"]) is None
    np.testing.assert_array_equal(numbers(table["known"]), [1.0, 1.0, 0.0])


def folds_with(sizes, directions=None):
    names = [f"c{k}" for k in range(len(sizes[0]))]
    directions = directions or [[1.0] * len(names)] * len(sizes)
    return [Contributions(pd.Series(size, names), pd.Series(way, names), 5) for size, way in zip(sizes, directions, strict=True)]


def test_a_column_at_the_top_once_is_noise():
    """c0 is at the top in four of four folds, c1 in one: the one is stable, the other is not."""
    found = {item.name: item for item in features_of("b", folds_with([[9, 1, 2], [9, 1, 2], [9, 1, 2], [9, 8, 2]]), [], top=2)}
    assert [found[name].top20_folds for name in ("c0", "c1", "c2")] == [4, 1, 3]
    assert [found[name].noise for name in ("c0", "c1", "c2")] == [False, True, False]
    assert (found["c1"].mean_abs, found["c1"].spread) == (pytest.approx(2.75), pytest.approx(3.5))


def test_a_column_must_beat_shuffled_outcomes_and_work_one_way():
    folds = folds_with([[9, 5, 0]] * 4, [[1, 1, 0], [1, -1, 0], [1, 1, 0], [1, -1, 0]])
    null = folds_with([[0, 0, 7], [0, 0, 7], [0, 0, 7], [7, 0, 0]])
    found = {item.name: item for item in features_of("b", folds, null, top=2)}
    assert (found["c0"].noise, found["c0"].null_mean_abs) == (False, 1.75)
    assert (found["c1"].noise, found["c1"].sign_agreement) == (True, 0.5)
    assert (found["c2"].noise, found["c2"].top20_folds) == (True, 0)  # it contributes nothing
    always = folds_with([[9, 0, 0]] * 4)
    assert all(item.noise for item in features_of("b", folds, always, top=2))


def test_the_top_of_a_narrow_block_is_a_fifth():
    assert [top_of(columns) for columns in (1000, 100, 19, 3)] == [20, 20, 3, 1]


def weights(values):
    index = pd.MultiIndex.from_tuples([(patient, place) for patient, row in values.items() for place in range(len(row))])
    return pd.Series([value for row in values.values() for value in row], index)


def test_attention_by_hand():
    """Weights ½ ½ are all alike; ¾ ¼ count as 1.6 of 2 instances; a single instance says nothing."""
    fits = [weights({"a": [0.5, 0.5], "b": [0.75, 0.25], "c": [1.0]}), weights({"b": [0.25, 0.75]})]
    found = summarise(fits)
    assert (found["patients"], found["instances"], found["compared"]) == (2, 2.0, 1)
    assert found["agreement"] == pytest.approx(-1.0)
    assert found["effective_share"] == pytest.approx([0.8, 0.8, 0.9])
    assert found["largest_over_uniform"] == pytest.approx([1.25, 1.5, 1.5])
    assert "'a'" not in str(found)
    assert summarise([weights({"c": [1.0]})])["patients"] == 0
