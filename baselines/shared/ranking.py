"""S1's training protocol for neural networks: a pairwise ranking loss, and choices on the validation C-index.

Source: Subramanian, Do, Syeda-Mahmood (2020), "Multimodal fusion of imaging and genomics for lung cancer recurrence
prediction", sections 4.1 and 4.2. Knows nothing of modalities: a network goes from tensors to risks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np
import torch
from torch import Tensor

from baselines.shared.members import Members, State
from baselines.shared.networks import Network

MOST_PAIRS = 1500  # S1's cohort has about 1,300 in a training part: see ranking_gradient


@dataclass(frozen=True)
class Protocol:
    """How a network is trained; the paper's values where it states them.

    Attributes:
        learning_rate: of plain gradient descent over the whole training part (S1: SGD, 1e-3).
        initialisations: how many starting points (S1: "multiple").
        l2: the weight decays to choose from (S1 does not print its grid). With this rate and number of steps a decay
            of 0.01 leaves the weights alone and 1 shrinks them about threefold.
        max_steps, patience: a run ends after so many steps, or so many without a better validation C-index (S1: not said).
        min_steps: runs that end before are discarded (S1: 1,000). With these defaults that hits most runs on
            ``nsclc_recurrence``, in more than half of the folds all: twelve validation patients are fitted as well as they
            will ever be within a few hundred steps. More patience makes the rule bite less and costs time in proportion.
        check_every: steps between two looks at the validation part.
    """

    learning_rate: float = 1e-3
    initialisations: int = 2
    l2: tuple[float, ...] = (0.01, 1.0)
    max_steps: int = 1200
    patience: int = 500
    min_steps: int = 1000
    check_every: int = 25


@dataclass(frozen=True)
class Part:
    """Patients as a network sees them.

    Attributes:
        inputs: one block (n, width) per modality.
        earlier, later: the comparable pairs, by position.
        events: the patients who are the earlier one of some pair, by position.
        weights: (len(events), n), of each pair in the loss: zero where the patient of the column is not later than, or not
            comparable with, that of the row.
    """

    inputs: tuple[Tensor, ...]
    earlier: Tensor
    later: Tensor
    events: Tensor
    weights: Tensor

    @classmethod
    def of(cls, inputs: tuple[Tensor, ...], outcome: np.ndarray[Any, Any]) -> "Part":
        earlier, later = comparable_pairs(outcome)
        events, row = np.unique(earlier, return_inverse=True)
        weights = np.zeros((len(events), len(outcome)))
        weights[row, later] = min(1, MOST_PAIRS / max(len(later), 1))
        first, second, rows = map(torch.from_numpy, (earlier, later, events))
        return cls(inputs, first, second, rows, torch.from_numpy(weights).to(inputs[0]))


@dataclass(frozen=True)
class Run:
    """One training run: its setting, the steps it took, its best validation C-index, the step and the weights that gave it."""

    l2: float
    initialisation: int
    steps: int
    score: float
    best_step: int
    state: State = field(repr=False)


def comparable_pairs(outcome: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Positions (i, j) with an event of i before j's time, or at j's time if j is censored: the pairs of Harrell's C."""
    event, time = outcome["event"], outcome["time"]
    later = time[:, None] < time[None, :]
    outlives = (time[:, None] == time[None, :]) & ~event[None, :]
    first, second = np.nonzero(event[:, None] & (later | outlives))
    return first, second


def ranking_gradient(risk: Tensor, part: Part) -> Tensor:
    """The derivatives by each risk of Σ log(1 + exp(f_later − f_earlier)) over the comparable pairs (S1, section 4.1): a sum, not a mean.

    Deviation: beyond 1,500 pairs it is 1,500 times the mean. S1's learning rate of 1e-3 belongs to a sum over its 75 patients'
    pairs; over the 25,000 of 400 patients the same rate diverges within a few steps.

    Args:
        risk: (E, n).

    Returns:
        (E, n): every pair pulls its later patient down and its earlier one up by σ(f_later − f_earlier). A matrix of events by
        patients, masked, is faster than gathering the pairs: that would scatter them again.
    """
    pull = torch.sigmoid(risk[:, None, :] - risk[:, part.events, None]).mul_(part.weights)
    gradient = pull.sum(1)
    gradient[:, part.events] -= pull.sum(2)
    return gradient


def concordance(risk: Tensor, part: Part) -> list[float]:
    """Harrell's C of each member's risks (E, n): the share of comparable pairs in the right order, ties counting one half; 0.5 without a pair."""
    if not len(part.earlier):
        return [0.5] * len(risk)
    difference = risk[:, part.earlier] - risk[:, part.later]
    ordered: list[float] = ((difference > 0).double() + 0.5 * (difference == 0).double()).mean(1).tolist()
    return ordered


def train_best(build: Callable[[], Network], training: Part, validation: Part, protocol: Protocol, seed: int) -> tuple[Network, list[Run]]:
    """The network of the best run, in evaluation mode, and all runs.

    Every initialisation is trained with every L2, all side by side. Of the runs that reached ``min_steps`` the one with the best
    validation C-index wins; equal ones go to the larger L2, then to the first initialisation. If no run got that
    far the best of all wins: S1 does not say what to do then, and a fold needs a prediction.

    A validation part without a comparable pair can stop and choose nothing: all runs go to ``max_steps``, and the rule
    for equal ones decides.

    Raises:
        ValueError: the training part has no comparable pair.
        ArithmeticError: the loss diverged in every run.
    """
    if not len(training.events):
        raise ValueError("the training part has no comparable pair (no event before another patient's last follow-up)")
    seeds = [int(word) for word in np.random.SeedSequence(seed).generate_state(protocol.initialisations, np.uint64)]
    starts = []
    with torch.random.fork_rng(devices=[]):  # what else is random in this process stays as it was
        for start in seeds:
            torch.manual_seed(start)
            starts.append(build())
    grid = list(product(range(len(seeds)), protocol.l2))
    runs = _train(Members(starts, seeds, grid, training.inputs, protocol.learning_rate), training, validation, protocol)
    if not runs:
        raise ArithmeticError("the ranking loss diverged from every initialisation; lower the learning rate")
    best = best_run(runs, protocol.min_steps)
    network = starts[best.initialisation]
    network.load_state_dict(best.state)
    return network.eval(), runs


def best_run(runs: Sequence[Run], min_steps: int) -> Run:
    """The run that :func:`train_best` takes."""
    return max([run for run in runs if run.steps >= min_steps] or runs, key=lambda run: (run.score, run.l2))


def _train(members: Members, training: Part, validation: Part, protocol: Protocol) -> list[Run]:
    """The runs in the order of the members; one that diverged before the first look is missing."""
    runs: dict[tuple[int, float], Run] = {}
    for step in range(1, protocol.max_steps + 1):
        members.step(lambda risk: ranking_gradient(risk, training))
        if step % protocol.check_every and step < protocol.max_steps:
            continue
        risk = members.predict(validation.inputs)
        looks = zip(members.grid, risk.isfinite().all(1).tolist(), concordance(risk, validation), strict=True)
        going = []
        for position, (member, finite, score) in enumerate(looks):
            best = runs.get(member)
            better = finite and (best is None or score > best.score or not len(validation.earlier))
            if better:
                runs[member] = Run(member[1], member[0], step, score, step, members.state(position))
            elif best:
                runs[member] = replace(best, steps=step)
            if better or (finite and best and step - best.best_step < protocol.patience):
                going.append(position)
        if not going:
            break
        if len(going) < len(members.grid):
            members.keep(going)
    return list(runs.values())
