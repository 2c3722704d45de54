"""The hidden layer on two axes: against closed forms, without ids, and only where a layer per patient exists."""

import json
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

from benchmark.explain.projection import hidden_layer, project, two_axes
from benchmark.explain.refit import Refitted
from benchmark.models import Model, Patients

torch = pytest.importorskip("torch")


class Fit:
    def __init__(self, network):
        self.network = network


class Net(Model):
    """Two inputs pass as they are to a last layer that reads the first one; who has no row is not seen."""

    def fit(self, train, valid):
        network = torch.nn.Sequential(torch.nn.Identity(), torch.nn.Linear(2, 1))
        with torch.no_grad():
            network[1].weight.copy_(torch.tensor([[1.0, 0.0]]))
            network[1].bias.zero_()
        self.fitted = Fit(network.eval())

    def balanced(self, patients):
        table, known = np.full((len(patients), 2), np.nan), patients.ids.isin(patients.blocks["x"].index)
        scores = self.fitted.network(torch.from_numpy(patients.blocks["x"].to_numpy()).float()).detach().numpy()[:, 0]
        table[known, 1] = 1 / (1 + np.exp(-scores))
        table[known, 0] = 1 - table[known, 1]
        return table

    def predict(self, patients):
        return np.nan_to_num(self.balanced(patients)[:, 1], nan=0.5)


def people(rows, outcome=None, extra=()):
    ids = pd.Index([f"p{k}" for k in range(len(rows))] + list(extra), name="patient_id")
    table = pd.DataFrame(rows, ids[: len(rows)], ["a", "b"])
    return Patients(ids, {"x": table}, None if outcome is None else np.array(outcome), ("no", "yes"))


def fitted():
    train = people([[4.0, 1.0], [-4.0, 1.0], [4.0, -1.0], [-4.0, -1.0]], [1, 0, 1, 0])
    model = Net()
    model.fit(train, train)
    return Refitted(model, train, people([[8.0, 0.0], [-4.0, 1.0], [2.0, -1.0]], extra=("q",)), pd.Series(dtype=str), True)


def test_a_known_layer_by_hand():
    """The axes are the columns: SDs 4 and 1, so 16/17 and 1/17 of the variance, coordinates in units of 4."""
    found = project(fitted(), np.array([1, 0, 0, 1]), 0, 3)
    assert found.explained == pytest.approx((16 / 17, 1 / 17))
    assert found.points == ((-1.0, 0.25, 0, True), (0.5, -0.25, 0, False), (2.0, 0.0, 1, True))
    assert found.balanced_accuracy == pytest.approx(0.75)
    assert (found.tested, found.units, found.classes, found.fold) == (4, 2, ("no", "yes"), 3)
    assert "p0" not in json.dumps(asdict(found))


def test_calls_are_at_the_share_of_positives_in_training():
    """A fit whose probabilities follow the prevalence calls somebody at 0.3 positive where a quarter of the training part is."""
    fit = fitted()
    rare = people([[0.0, 1.0]] * 3 + [[1.0, 0.0]], [0, 0, 0, 1])
    low = people([[-0.8, 0.0], [-2.0, 0.0]])  # sigmoid(-0.8) = 0.31, sigmoid(-2) = 0.12
    found = project(Refitted(fit.model, rare, low, fit.real, True), np.array([1, 1]), 0, 0)
    assert sorted(right for *_, right in found.points) == [False, True]


def test_the_axes_do_not_depend_on_the_order_or_the_sign_of_the_rows():
    train = np.random.default_rng(0).normal(size=(30, 5)) @ np.diag([3, 2, 1, 1, 1])
    test = np.random.default_rng(1).normal(size=(7, 5))
    scores, explained = two_axes(train, test)
    again, same = two_axes(train[::-1], test)
    np.testing.assert_allclose(scores, again, atol=1e-9)
    assert explained == pytest.approx(same)
    assert two_axes(np.ones((4, 3)), np.ones((2, 3)))[1] == (0.0, 0.0)  # a dead layer has no axes
    one, share = two_axes(np.arange(4.0)[:, None], np.array([[1.5]]))
    np.testing.assert_allclose(one, [[0.0, 0.0]])
    assert share == (1.0, 0.0)


def test_a_model_without_a_layer_per_patient_has_no_picture():
    class Plain(Net):
        def fit(self, train, valid):
            self.mean = 0.5

    plain = Plain()
    plain.fit(None, None)
    assert hidden_layer(plain, fitted().test) is None
    ends_otherwise = fitted()
    ends_otherwise.model.fitted.network.append(torch.nn.ReLU())
    assert hidden_layer(ends_otherwise.model, ends_otherwise.test) is None
    fit = fitted()
    fit.model.balanced = lambda patients: np.full((len(patients), 2), 0.5)  # never asks the network
    assert hidden_layer(fit.model, fit.test) is None
