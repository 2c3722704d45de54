"""S1's networks and training loop as one would write them: ``nn.Linear``, ``nn.Dropout``, ``torch.optim.SGD``, one run after another.

The other side of every comparison: the tests hold the stacked, row-space training to its numbers, the benchmark to its time.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from baselines.shared.networks import WIDE, Network
from baselines.shared.ranking import Part


class HandedMask(nn.Module):
    """Dropout with given masks, one (n, units) tensor after another."""

    def __init__(self) -> None:
        super().__init__()
        self.mask: Tensor | None = None

    def forward(self, values: Tensor) -> Tensor:
        return values * self.mask if self.training and self.mask is not None else values


def layer(inputs: int, outputs: int, dropout: nn.Module) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, outputs), nn.ReLU(), dropout)


class PlainIntermediateFusion(nn.Module):
    """IF(f_x, f_y), unstacked."""

    def __init__(self, widths: tuple[int, ...], dropout: type[nn.Module] = HandedMask) -> None:
        super().__init__()
        self.streams = nn.ModuleList(
            nn.Sequential(*layer(width, 256, dropout()), *layer(256, 64, dropout())) if width >= WIDE else layer(width, 64, dropout())
            for width in widths
        )
        self.joint = layer(64 * len(widths), 64, dropout())
        self.risk = nn.Linear(64, 1)

    def forward(self, *blocks: Tensor) -> Tensor:
        return self.risk(self.joint(torch.cat([stream(block) for stream, block in zip(self.streams, blocks, strict=True)], 1)))[:, 0]


def quarter() -> nn.Module:
    """S1's dropout, p = 0.25."""
    return nn.Dropout(0.25)


def copy_weights(stacked: Network, plain: nn.Module) -> None:
    """The weights of a stacked network of one member, in the order in which both define their layers."""
    with torch.no_grad():
        for ours, theirs in zip(stacked.parameters(), plain.parameters(), strict=True):
            theirs.copy_(ours[0].T if theirs.dim() == 2 else ours[0, 0])


def ranking_loss(risk: Tensor, part: Part) -> Tensor:
    """Σ log(1 + exp(f_later − f_earlier)), pair by pair."""
    return softplus(risk[..., part.later] - risk[..., part.earlier]).sum()


def train(network: nn.Module, part: Part, steps: int, l2: float, learning_rate: float = 1e-3, masks=None) -> nn.Module:
    """Full-batch SGD; ``masks(step)`` gives one mask for each layer that takes one."""
    optimiser = torch.optim.SGD(network.parameters(), lr=learning_rate, weight_decay=l2, fused=True)
    dropouts = [module for module in network.modules() if hasattr(module, "mask")]
    for step in range(steps):
        for dropout, mask in zip(dropouts, masks(step) if masks else [None] * len(dropouts), strict=True):
            dropout.mask = mask
        optimiser.zero_grad()
        ranking_loss(network(*part.inputs), part).backward()
        optimiser.step()
    return network.eval()
