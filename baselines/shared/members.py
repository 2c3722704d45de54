"""Networks of one architecture trained side by side by gradient descent: initialisations × weight decays in one stack."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from baselines.shared.networks import Linear, Network, Rectified
from baselines.shared.rowspace import RowSpaceLinear, pays

State: TypeAlias = dict[str, Tensor]

STEPS_OF_16_BITS = 2**16  # a mask is drawn from 16 random bits a unit: a probability is met to within 1 / 131,072


class Masks:
    """Dropout masks from one stream of random numbers for each initialisation.

    Members of one initialisation see the same masks whatever their weight decay, and whoever else is in the stack. Raw 16-bit words
    cost a fifth of torch's own dropout, which takes a sixth of a plain step on 75 patients.

    Args:
        network: whose dropout layers are served.
        rows: how many patients are in a step.
        seeds: one for each initialisation.
    """

    def __init__(self, network: Network, rows: int, seeds: Sequence[int]) -> None:
        self.layers = [layer for layer in network.modules() if isinstance(layer, Rectified) and layer.probability > 0]
        self.rows = rows
        self.streams = [np.random.SFC64(seed) for seed in seeds]

    def hand_out(self, initialisations: Sequence[int]) -> None:
        """New masks for the members of these initialisations, in their order."""
        for layer in self.layers:
            drawn = {number: self._draw(number, layer) for number in dict.fromkeys(initialisations)}
            layer.mask = torch.from_numpy(np.stack([drawn[number] for number in initialisations]))

    def _draw(self, number: int, layer: Rectified) -> np.ndarray[Any, np.dtype[np.float32]]:
        size = self.rows * layer.units
        words = self.streams[number].random_raw(-(-size // 4)).astype("<u8", copy=False).view("<u2")[:size]
        dropped = round(layer.probability * STEPS_OF_16_BITS)
        scale = np.float32(STEPS_OF_16_BITS / (STEPS_OF_16_BITS - dropped))
        return np.multiply(words >= dropped, scale).reshape(self.rows, layer.units)


class Members:
    """A stack of networks with one training part; each member has an initialisation and a weight decay of its own.

    Wide training blocks enter through their row space (:mod:`baselines.shared.rowspace`).

    Args:
        starts: the initialisations, one member each.
        seeds: of the dropout of each of them.
        grid: (initialisation, weight decay) of every member.
        inputs: the training blocks, (n, width) each.
        learning_rate: of gradient descent.
    """

    def __init__(
        self,
        starts: Sequence[Network],
        seeds: Sequence[int],
        grid: Sequence[tuple[int, float]],
        inputs: tuple[Tensor, ...],
        learning_rate: float,
    ) -> None:
        self.inputs = inputs
        self.learning_rate = learning_rate
        self.network = _stacked([starts[number] for number, _ in grid])
        for stream, block in zip(self.network.streams, inputs, strict=True):
            assert isinstance(stream, nn.Sequential)
            if pays(block) and isinstance(first := stream[0], Linear):
                stream[0] = RowSpaceLinear(first, block)
        self.masks = Masks(self.network, len(inputs[0]), seeds)
        self._enter(grid)

    def step(self, gradient: Callable[[Tensor], Tensor]) -> None:
        """One step of gradient descent over the whole training part.

        Args:
            gradient: the derivatives of every member's loss by its risks, both of shape (E, n).
        """
        self.masks.hand_out([number for number, _ in self.grid])
        risk = self.network(*self.inputs)
        slopes = torch.autograd.grad(risk, self.weights, gradient(risk.detach()))
        with torch.no_grad():
            for weights, slope, decay in zip(self.weights, slopes, self.decays, strict=True):
                weights.sub_(slope.addcmul_(weights, decay), alpha=self.learning_rate)

    def predict(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Risks of any patients without dropout, (E, n)."""
        with torch.no_grad():
            risk: Tensor = self.network.eval()(*inputs)
        self.network.train()
        return risk

    def keep(self, positions: Sequence[int]) -> None:
        """Drop all members but those at ``positions``."""
        for tensor in chain(self.network.parameters(), self.network.buffers()):
            tensor.data = tensor.data[list(positions)]
        self._enter([self.grid[position] for position in positions])

    def state(self, position: int) -> State:
        """The weights of one member, as the state of a network of its own."""
        state: State = {}
        for name, module in self.network.named_modules():
            if isinstance(module, RowSpaceLinear):
                own = module.plain(position)
            else:
                own = {key: weights[position : position + 1] for key, weights in module.named_parameters(recurse=False)}
            state |= {f"{name}.{key}": weights.detach().clone() for key, weights in own.items()}
        return state

    def _enter(self, grid: Sequence[tuple[int, float]]) -> None:
        self.grid = list(grid)
        self.weights = list(self.network.parameters())
        l2 = torch.tensor([l2 for _, l2 in grid], dtype=torch.float64)
        self.decays = [l2.to(weights).view(-1, *[1] * (weights.dim() - 1)) for weights in self.weights]


def _stacked(networks: Sequence[Network]) -> Network:
    stack = deepcopy(networks[0])
    for weights, *others in zip(*(network.parameters() for network in (stack, *networks)), strict=True):
        weights.data = torch.cat([other.data for other in others])
    return stack
