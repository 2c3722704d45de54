"""S1's training protocol for neural networks: a pairwise ranking loss, and choices on the validation C-index.

Source: Subramanian, Do, Syeda-Mahmood (2020), "Multimodal fusion of imaging and genomics for lung cancer recurrence
prediction", sections 4.1 and 4.2. Knows nothing of modalities: a network is any module from tensors to risks of shape (n,).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

State: TypeAlias = dict[str, Tensor]


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
    """Patients as a network sees them: their inputs, and the comparable pairs (earlier, later) by position."""

    inputs: tuple[Tensor, ...]
    earlier: Tensor
    later: Tensor

    @classmethod
    def of(cls, inputs: tuple[Tensor, ...], outcome: np.ndarray[Any, Any], name: str) -> "Part":
        earlier, later = comparable_pairs(outcome)
        if not len(earlier):
            raise ValueError(f"the {name} part has no comparable pair (no event before another patient's last follow-up)")
        return cls(inputs, torch.from_numpy(earlier), torch.from_numpy(later))


@dataclass(frozen=True)
class Run:
    """One training run: its setting, the steps it took, its best validation C-index and the weights that gave it."""

    l2: float
    initialisation: int
    steps: int
    score: float
    state: State = field(repr=False)


def comparable_pairs(outcome: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Positions (i, j) with an event of i before j's time, or at j's time if j is censored: the pairs of Harrell's C."""
    event, time = outcome["event"], outcome["time"]
    later = time[:, None] < time[None, :]
    outlives = (time[:, None] == time[None, :]) & ~event[None, :]
    first, second = np.nonzero(event[:, None] & (later | outlives))
    return first, second


def ranking_loss(risk: Tensor, earlier: Tensor, later: Tensor) -> Tensor:
    """Σ log(1 + exp(f_later − f_earlier)) over the comparable pairs (S1, section 4.1): a sum, not a mean."""
    return softplus(risk[later] - risk[earlier]).sum()


def concordance(risk: Tensor, earlier: Tensor, later: Tensor) -> float:
    """Harrell's C: the share of comparable pairs in the right order, ties counting one half."""
    difference = risk[earlier] - risk[later]
    return float(((difference > 0).double() + 0.5 * (difference == 0).double()).mean())


def train_best(
    build: Callable[[], nn.Module], training: Part, validation: Part, protocol: Protocol, seed: int
) -> tuple[nn.Module, list[Run]]:
    """The network of the best run, in evaluation mode, and all runs.

    Every initialisation is trained with every L2. Of the runs that reached ``min_steps`` the one with the best validation
    C-index wins; equal ones go to the larger L2, then to the first initialisation. If no run got that far the
    best of all wins: S1 does not say what to do then, and a fold needs a prediction.

    Raises:
        ArithmeticError: the loss diverged in every run.
    """
    seeds = [int(word) for word in np.random.SeedSequence(seed).generate_state(protocol.initialisations, np.uint64)]
    runs = []
    with torch.random.fork_rng(devices=[]):  # what else is random in this process stays as it was
        for (number, start), l2 in product(enumerate(seeds), protocol.l2):
            torch.manual_seed(start)  # every L2 starts from the same weights and sees the same dropout
            if run := _run(build(), training, validation, protocol, l2, number):
                runs.append(run)
        if not runs:
            raise ArithmeticError("the ranking loss diverged from every initialisation; lower the learning rate")
        best = max([run for run in runs if run.steps >= protocol.min_steps] or runs, key=lambda run: (run.score, run.l2))
        network = build()
    network.load_state_dict(best.state)
    return network.eval(), runs


def _run(network: nn.Module, training: Part, validation: Part, protocol: Protocol, l2: float, initialisation: int) -> Run | None:
    optimiser = torch.optim.SGD(network.parameters(), lr=protocol.learning_rate, weight_decay=l2, fused=True)
    best: Run | None = None
    best_step = step = 0
    for step in range(1, protocol.max_steps + 1):
        optimiser.zero_grad()
        loss = ranking_loss(network(*training.inputs), training.earlier, training.later)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        if step % protocol.check_every and step < protocol.max_steps:
            continue
        risk = predict(network, validation.inputs)
        if not bool(torch.isfinite(risk).all()):
            break
        score = concordance(risk, validation.earlier, validation.later)
        if best is None or score > best.score:
            state = {name: value.detach().clone() for name, value in network.state_dict().items()}
            best, best_step = Run(l2, initialisation, step, score, state), step
        elif step - best_step >= protocol.patience:
            break
    return best and Run(l2, initialisation, step, best.score, best.state)


def predict(network: nn.Module, inputs: tuple[Tensor, ...]) -> Tensor:
    """Risks without dropout; the network's mode is left as it was."""
    mode = network.training
    network.eval()
    with torch.no_grad():
        risk: Tensor = network(*inputs)
    network.train(mode)
    return risk
