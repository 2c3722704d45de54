"""The training protocol: pairs and loss by hand, choice among runs, divergence."""

import math

import numpy as np
import pytest
import torch
from sksurv.metrics import concordance_index_censored
from torch import nn

from baselines.shared import ranking
from baselines.shared.ranking import Part, Protocol, Run, comparable_pairs, concordance, ranking_loss, train_best


def outcome_of(*pairs: tuple[bool, float]) -> np.ndarray:
    return np.array(list(pairs), dtype=[("event", bool), ("time", float)])


def line(inputs: int = 1) -> nn.Module:
    return nn.Sequential(nn.Linear(inputs, 1), nn.Flatten(0))


def parts(seed: int = 0, n: int = 30, signal: float = 1.0) -> tuple[Part, Part]:
    made = []
    for number in range(2):
        rng = np.random.default_rng([seed, number])
        values = rng.normal(size=n)
        outcome = outcome_of(*zip(rng.random(n) < 0.7, rng.exponential(np.exp(-signal * values)), strict=True))
        made.append(Part.of((torch.from_numpy(values[:, None]).float(),), outcome, "made-up"))
    return made[0], made[1]


def test_pairs_under_ties() -> None:
    outcome = outcome_of((True, 1), (True, 1), (False, 1), (False, 2), (True, 3))
    first, second = comparable_pairs(outcome)
    # equal event times are not comparable; an event against a patient censored at the same time is
    assert set(zip(first, second, strict=True)) == {(0, 2), (0, 3), (0, 4), (1, 2), (1, 3), (1, 4)}


def test_loss_by_hand() -> None:
    first, second = map(torch.from_numpy, comparable_pairs(outcome_of((True, 1), (False, 2), (True, 3))))
    risk = torch.tensor([0.0, 1.0, -2.0], dtype=torch.float64)
    expected = math.log(1 + math.exp(1.0)) + math.log(1 + math.exp(-2.0))
    assert float(ranking_loss(risk, first, second)) == pytest.approx(expected, rel=1e-12)


def test_concordance_is_that_of_scikit_survival() -> None:
    rng = np.random.default_rng(0)
    outcome = outcome_of(*zip(rng.random(60) < 0.5, rng.integers(1, 9, 60), strict=True))
    risk = rng.integers(0, 5, 60).astype(float)
    first, second = map(torch.from_numpy, comparable_pairs(outcome))
    expected = concordance_index_censored(outcome["event"], outcome["time"], risk, tied_tol=0)[0]
    assert concordance(torch.from_numpy(risk), first, second) == pytest.approx(expected, abs=1e-12)


def test_every_initialisation_meets_every_l2_and_the_long_run_wins() -> None:
    protocol = Protocol(initialisations=3, l2=(0.0, 0.1), max_steps=60, min_steps=60, patience=20, check_every=10)
    network, runs = train_best(line, *parts(signal=0.0), protocol, seed=3)
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
def test_which_run_wins(monkeypatch: pytest.MonkeyPatch, runs: list[tuple[int, float, float]], winner: int) -> None:
    made = [Run(l2, number, steps, score, line().state_dict()) for number, (steps, score, l2) in enumerate(runs)]
    waiting = iter(made)
    monkeypatch.setattr(ranking, "_run", lambda *arguments: next(waiting))
    network, found = train_best(line, *parts(), Protocol(initialisations=3, l2=(0.1,)), seed=0)
    assert found == made
    assert all(torch.equal(value, made[winner].state[name]) for name, value in network.state_dict().items())


def test_patience_counts_steps_since_the_best_look() -> None:
    protocol = Protocol(initialisations=1, l2=(0.0,), learning_rate=0.0, max_steps=500, patience=40, check_every=10)
    assert [run.steps for run in train_best(line, *parts(), protocol, seed=0)[1]] == [50]  # best at 10, the first look


def test_divergence_is_an_error_not_a_prediction() -> None:
    with pytest.raises(ArithmeticError, match="diverged"):
        train_best(line, *parts(), Protocol(learning_rate=1e38, max_steps=30), seed=0)


def test_the_global_generator_is_left_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    train_best(line, *parts(), Protocol(max_steps=30), seed=0)
    assert torch.equal(torch.rand(3), expected)


def test_a_part_without_comparable_pairs_is_refused() -> None:
    with pytest.raises(ValueError, match="validation part has no comparable pair"):
        Part.of((), outcome_of((False, 1), (True, 2)), "validation")
