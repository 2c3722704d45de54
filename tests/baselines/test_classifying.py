"""The training loop for classifiers: losses by hand, choices on the validation part, steps, seeds."""

from functools import partial

import numpy as np
import pytest
import torch
from sklearn import metrics
from torch import Tensor, nn
from torch.nn import functional

from baselines.shared.classifying import (
    Examples,
    Recipe,
    balanced_accuracy,
    balanced_weights,
    binary_cross_entropy,
    cross_entropy,
    macro_f1,
    negatives_per_positive,
    probabilities,
    train,
)

CODES = torch.tensor([0, 0, 0, 2])


class Recorder(nn.Module):
    """One weight for each class, whatever the patient; writes down the inputs of every training step."""

    def __init__(self, outputs: int = 2) -> None:
        super().__init__()
        self.scores = nn.Parameter(torch.zeros(outputs))
        self.steps: list[Tensor] = []

    def forward(self, rows: Tensor) -> Tensor:
        if self.training:
            self.steps.append(rows.clone())
        return self.scores.expand(len(rows), -1)


def examples(codes: list[int]) -> Examples:
    return Examples((torch.arange(len(codes)).float()[:, None],), torch.tensor(codes, dtype=torch.int64))


def separable(n: int, seed: int) -> Examples:
    codes = torch.arange(n) % 2
    values = torch.randn(n, 3, generator=torch.Generator().manual_seed(seed))
    values[:, 0] += 4.0 * codes
    return Examples((values,), codes)


def test_every_class_weighs_the_same_by_hand() -> None:
    weights = balanced_weights(CODES, 4)
    assert weights.tolist() == pytest.approx([4 / (2 * 3), 0, 4 / (2 * 1), 0])
    assert negatives_per_positive(torch.tensor([0, 0, 0, 1])) == 3
    assert negatives_per_positive(torch.tensor([0, 0])) == negatives_per_positive(torch.tensor([1])) == 1


def test_losses_by_hand() -> None:
    scores = torch.tensor([[2.0], [-1.0]])
    expected = (3 * np.log1p(np.exp(-2.0)) + np.log1p(np.exp(-1.0))) / 2
    assert float(binary_cross_entropy(3.0)(scores, torch.tensor([1, 0]))) == pytest.approx(expected)
    three = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 2.0]])
    own = [np.log(np.e + 2) - 1, np.log(2 + np.e**2) - 2]
    weighted = cross_entropy(torch.tensor([1.0, 1.0, 4.0]))(three, torch.tensor([0, 2]))
    assert float(weighted) == pytest.approx((own[0] + 4 * own[1]) / 5)


def test_the_measures_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    codes, predicted = rng.integers(0, 3, 40), rng.integers(0, 4, 40)
    pair = torch.from_numpy(predicted), torch.from_numpy(codes)
    assert macro_f1(*pair) == pytest.approx(metrics.f1_score(codes, predicted, average="macro", zero_division=0.0))
    assert balanced_accuracy(*pair) == pytest.approx(metrics.recall_score(codes, predicted, labels=[0, 1, 2], average="macro"))


@pytest.mark.parametrize(("n", "batch_size", "sizes"), [(10, 4, [5, 5]), (9, 4, [5, 4]), (5, 0, [5]), (3, 8, [3]), (13, 4, [5, 4, 4])])
def test_an_epoch_is_cut_into_equal_steps(n: int, batch_size: int, sizes: list[int]) -> None:
    network = Recorder()
    part = examples([0, 1] * (n // 2) + [0] * (n % 2))
    train(lambda: network, part, part, cross_entropy(), Recipe(1, batch_size), 0)
    assert [len(step) for step in network.steps] == sizes
    assert sorted(torch.cat(network.steps)[:, 0].tolist()) == list(range(n))  # everybody once


def test_a_balanced_epoch_draws_each_class_as_often() -> None:
    network = Recorder()
    part = examples([0] * 180 + [1] * 20)
    train(lambda: network, part, part, cross_entropy(), Recipe(10, 50, balanced=True), 0)
    drawn = torch.cat(network.steps)[:, 0]
    assert len(drawn) == 2000
    assert float((drawn >= 180).float().mean()) == pytest.approx(0.5, abs=0.05)


def test_the_best_epoch_is_kept_and_patience_ends_the_training() -> None:
    """All training patients are positive, all validation patients are not but one: every step makes the validation loss worse."""
    training, validation = examples([1, 1, 1, 0]), examples([0, 0, 0, 1])
    recipe = Recipe(epochs=40, batch_size=0, learning_rate=0.1, patience=5)
    fitted = train(Recorder, training, validation, cross_entropy(), recipe, 0)
    assert fitted.epoch == 1
    assert len(fitted.scores) == 6
    assert list(fitted.scores) == sorted(fitted.scores, reverse=True)
    state = fitted.network.state_dict()["scores"]
    expected = functional.cross_entropy(state.expand(4, -1), validation.codes)
    assert -fitted.scores[0] == pytest.approx(float(expected))


def test_without_validation_patients_the_last_epoch_is_kept() -> None:
    fitted = train(Recorder, examples([1, 1, 0]), examples([]), cross_entropy(), Recipe(epochs=7, patience=2), 0)
    assert (fitted.epoch, fitted.scores) == (7, ())


@pytest.mark.parametrize("watch", ["balanced_accuracy", "macro_f1"])
def test_a_validation_part_of_one_class_is_watched_by_its_loss(watch: str) -> None:
    fitted = train(Recorder, examples([1, 1, 0]), examples([0, 0]), cross_entropy(), Recipe(epochs=3, watch=watch), 0)
    assert all(score < -0.5 for score in fitted.scores)  # minus a loss near log 2; the other measures are never negative
    both = train(Recorder, examples([1, 1, 0]), examples([0, 1]), cross_entropy(), Recipe(epochs=3, watch=watch), 0)
    assert all(score >= 0 for score in both.scores)


def test_who_has_a_class_that_did_not_train_does_not_validate() -> None:
    run = partial(train, partial(Recorder, 3), examples([0, 1, 1]), loss=cross_entropy(), recipe=Recipe(epochs=3), seed=0)
    assert run(validation=examples([0, 2, 2])).scores == run(validation=examples([0])).scores
    assert run(validation=examples([2])).scores == ()


def test_the_validation_loss_may_be_another_one() -> None:
    part = examples([0, 0, 0, 1])
    own = train(Recorder, part, part, cross_entropy(), Recipe(epochs=1), 0)
    other = train(Recorder, part, part, cross_entropy(), Recipe(epochs=1), 0, lambda scores, codes: scores.sum() * 0 + 7)
    assert other.scores == (-7.0,)
    assert own.scores[0] > -1


def test_cosine_decay_ends_at_zero() -> None:
    """Adam's first steps on a constant gradient's sign are as long as the rate: 1, then (1 + cos π/2)/2 = ½ of it."""
    moved = {}
    for decay in ("constant", "cosine"):
        network = Recorder(1)
        part = Examples((torch.zeros(2, 1),), torch.tensor([1, 1]))
        recipe = Recipe(2, 0, 1e-3, 0.0, decay)
        train(lambda network=network: network, part, examples([]), lambda scores, codes: -scores.mean(), recipe, 0)
        moved[decay] = float(network.scores.detach()[0])
    assert moved["constant"] == pytest.approx(2e-3, rel=1e-3)
    assert moved["cosine"] == pytest.approx(1.5e-3, rel=1e-3)


def test_a_seed_gives_the_same_bytes_and_leaves_other_randomness_alone() -> None:
    def build() -> nn.Module:
        return nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 2))

    training, validation = separable(40, 0), separable(10, 1)
    torch.manual_seed(123)
    expected = torch.rand(1)
    torch.manual_seed(123)
    first, again, other = (train(build, training, validation, cross_entropy(), Recipe(5), seed) for seed in (4, 4, 5))
    assert torch.equal(torch.rand(1), expected)
    table = [probabilities(fitted.network, training.inputs) for fitted in (first, again, other)]
    assert table[0].tobytes() == table[1].tobytes()
    assert not np.allclose(table[0], table[2])


def test_it_learns() -> None:
    part, unseen = separable(60, 0), separable(60, 2)
    recipe = Recipe(30, 8, 1e-2)
    fitted = train(lambda: nn.Linear(3, 1), part, separable(20, 1), binary_cross_entropy(), recipe, 0)
    table = probabilities(fitted.network, unseen.inputs)
    assert balanced_accuracy(torch.from_numpy(table.argmax(1)), unseen.codes) > 0.9


def test_probabilities_sum_to_one_and_an_absent_class_has_none() -> None:
    network = nn.Linear(2, 3)
    table = probabilities(network, (torch.randn(5, 2),), torch.tensor([0, 2]))
    np.testing.assert_allclose(table.sum(axis=1), 1)
    assert (table[:, 1] == 0).all()
    assert (table[:, [0, 2]] > 0).all()
    one = nn.Linear(2, 1)
    values = torch.randn(5, 2)
    np.testing.assert_allclose(probabilities(one, (values,))[:, 1], one(values)[:, 0].sigmoid().detach().numpy(), rtol=1e-6)


def test_a_loss_that_diverges_is_an_error() -> None:
    with pytest.raises(ArithmeticError, match="learning rate"):
        train(Recorder, examples([0, 1]), examples([0, 1]), lambda scores, codes: scores.sum() * torch.nan, Recipe(epochs=2), 0)
