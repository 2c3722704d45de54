"""The training protocol: pairs and loss by hand, choice among runs, divergence."""

import math

import numpy as np
import pytest
import torch
from sksurv.metrics import concordance_index_censored
from torch import Tensor, nn

from baselines.shared.networks import Linear, Network
from baselines.shared.ranking import MOST_PAIRS, Part, Protocol, Run, best_run, comparable_pairs, concordance, ranking_gradient, train_best
from tests.baselines.plain import ranking_loss


def outcome_of(*pairs: tuple[bool, float]) -> np.ndarray:
    return np.array(list(pairs), dtype=[("event", bool), ("time", float)])


class Line(Network):
    """One layer → 1 and no hidden ones."""

    def __init__(self) -> None:
        super().__init__([1], 0.0)
        self.streams = nn.ModuleList([nn.Sequential(Linear(1, 1))])

    def forward(self, block: Tensor) -> Tensor:
        return self.embed([block])[0].squeeze(2)


class OneStream(Network):
    def forward(self, block: Tensor) -> Tensor:
        return self.embed([block])[0].sum(2)


def part_of(outcome: np.ndarray) -> Part:
    return Part.of((torch.zeros(len(outcome), 1, dtype=torch.float64),), outcome)


def parts(seed: int = 0, n: int = 30, signal: float = 1.0) -> tuple[Part, Part]:
    made = []
    for number in range(2):
        rng = np.random.default_rng([seed, number])
        values = rng.normal(size=n)
        outcome = outcome_of(*zip(rng.random(n) < 0.7, rng.exponential(np.exp(-signal * values)), strict=True))
        made.append(Part.of((torch.from_numpy(values[:, None]).float(),), outcome))
    return made[0], made[1]


def test_pairs_under_ties() -> None:
    outcome = outcome_of((True, 1), (True, 1), (False, 1), (False, 2), (True, 3))
    first, second = comparable_pairs(outcome)
    # equal event times are not comparable; an event against a patient censored at the same time is
    assert set(zip(first, second, strict=True)) == {(0, 2), (0, 3), (0, 4), (1, 2), (1, 3), (1, 4)}


def test_gradient_is_that_of_the_loss_by_hand() -> None:
    part = part_of(outcome_of((True, 1), (False, 2), (True, 3)))
    risk = torch.tensor([[0.0, 1.0, -2.0]], dtype=torch.float64, requires_grad=True)
    loss = ranking_loss(risk, part)
    assert float(loss) == pytest.approx(math.log(1 + math.exp(1.0)) + math.log(1 + math.exp(-2.0)), rel=1e-12)
    (expected,) = torch.autograd.grad(loss, risk)
    torch.testing.assert_close(ranking_gradient(risk.detach(), part), expected)


def test_gradient_of_many_members_under_ties() -> None:
    rng = np.random.default_rng(1)
    part = part_of(outcome_of(*zip(rng.random(40) < 0.6, rng.integers(1, 9, 40), strict=True)))
    risk = torch.from_numpy(rng.normal(size=(3, 40))).requires_grad_()
    (expected,) = torch.autograd.grad(ranking_loss(risk, part), risk)
    torch.testing.assert_close(ranking_gradient(risk.detach(), part), expected)


def test_the_sum_over_pairs_is_capped() -> None:
    part = part_of(outcome_of(*((True, time) for time in range(100))))  # 4,950 pairs
    risk = torch.zeros(1, 100, dtype=torch.float64, requires_grad=True)
    (whole,) = torch.autograd.grad(ranking_loss(risk, part), risk)
    torch.testing.assert_close(ranking_gradient(risk.detach(), part), whole * MOST_PAIRS / 4950)


def test_concordance_is_that_of_scikit_survival() -> None:
    rng = np.random.default_rng(0)
    outcome = outcome_of(*zip(rng.random(60) < 0.5, rng.integers(1, 9, 60), strict=True))
    risk = rng.integers(0, 5, 60).astype(float)
    expected = concordance_index_censored(outcome["event"], outcome["time"], risk, tied_tol=0)[0]
    found = concordance(torch.from_numpy(np.stack([risk, -risk])), part_of(outcome))
    assert found == [pytest.approx(expected, abs=1e-12), pytest.approx(1 - expected, abs=1e-12)]


def test_every_initialisation_meets_every_l2_and_the_long_run_wins() -> None:
    protocol = Protocol(initialisations=3, l2=(0.0, 0.1), max_steps=60, min_steps=60, patience=20, check_every=10)
    network, runs = train_best(Line, *parts(signal=0.0), protocol, seed=3)
    assert {(run.initialisation, run.l2) for run in runs} == {(number, l2) for number in range(3) for l2 in (0.0, 0.1)}
    kept = [run for run in runs if run.steps >= 60] or runs
    best = max(kept, key=lambda run: (run.score, run.l2))
    assert all(torch.equal(value, best.state[name]) for name, value in network.state_dict().items())
    assert not network.training


@pytest.mark.parametrize(
    ("runs", "winner"),
    [
        ([(400, 0.9, 0.1), (1000, 0.6, 0.1), (1200, 0.7, 0.1)], 2),  # discarded although it scores best
        ([(400, 0.6, 0.1), (700, 0.8, 0.1), (999, 0.7, 0.1)], 1),  # all stop early: the best of them
        ([(1200, 0.7, 0.1), (1200, 0.7, 1.0), (1200, 0.7, 1.0)], 1),  # ties: the larger L2, then the first
    ],
)
def test_which_run_wins(runs: list[tuple[int, float, float]], winner: int) -> None:
    made = [Run(l2, number, steps, score, steps, {}) for number, (steps, score, l2) in enumerate(runs)]
    assert best_run(made, 1000) is made[winner]


def test_patience_counts_steps_since_the_best_look() -> None:
    protocol = Protocol(initialisations=1, l2=(0.0,), learning_rate=0.0, max_steps=500, patience=40, check_every=10)
    assert [run.steps for run in train_best(Line, *parts(), protocol, seed=0)[1]] == [50]  # best at 10, the first look


def test_divergence_is_an_error_not_a_prediction() -> None:
    with pytest.raises(ArithmeticError, match="diverged"):
        train_best(lambda: OneStream([1], 0.25), *parts(), Protocol(learning_rate=1e38, max_steps=30), seed=0)


def test_the_global_generator_is_left_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    train_best(Line, *parts(), Protocol(max_steps=30), seed=0)
    assert torch.equal(torch.rand(3), expected)


def test_a_training_part_without_comparable_pairs_is_refused() -> None:
    empty = part_of(outcome_of((False, 1), (True, 2)))
    with pytest.raises(ValueError, match="training part has no comparable pair"):
        train_best(Line, empty, empty, Protocol(), seed=0)


def test_a_validation_part_without_pairs_leaves_the_last_weights_of_the_largest_l2() -> None:
    training, _ = parts()
    empty = Part.of((torch.zeros(2, 1),), outcome_of((False, 1), (True, 2)))
    network, runs = train_best(Line, training, empty, Protocol(l2=(0.1, 5.0), max_steps=90, patience=20), seed=0)
    assert {(run.steps, run.best_step, run.score) for run in runs} == {(90, 90, 0.5)}
    assert all(torch.equal(value, runs[1].state[name]) for name, value in network.state_dict().items())
