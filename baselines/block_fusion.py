"""S1's BLOCK: block-superdiagonal tensor fusion of two streams, ReLU, → 1.

Sources: Subramanian et al. (2020), section 4.1; Ben-Younes, Cadene, Thome, Cord (2019), "BLOCK: Bilinear superdiagonal
fusion for visual question answering and visual relationship detection".
"""

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from baselines.shared.networks import STREAM, RiskLayer, stream
from baselines.shared.neural import RankingNetwork

BLOCKS = 15  # R of S1
WIDTH = 8  # of one block, and
RANK = 5  # of each slice of its core: see BlockTensor


class BlockTensor(nn.Module):
    """(Σ_r D_r × X_r × Y_r × T_r) × f'_x × f'_y: a bilinear map of two vectors, as a sum of R small ones.

    X_r and Y_r project each vector to ``width``, the core D_r multiplies the two projections, T_r maps the product to
    the output. Slice k of D_r is Σ_s a_srk b_srkᵀ, of rank ``RANK`` at most, so that D_r × x × y = Σ_s (A_rs x) ∘ (B_rs y).

    Deviations: S1 states R = 15 and no sizes. Its library's defaults (20 blocks of width 80, rank 15: 4 million weights for
    80 patients, about 30 ms a step on a CPU core) would make the fusion fifteen times slower than all the rest;
    blocks of width 8 and rank 5 keep the structure at the cost of intermediate fusion. The library's
    signed root and normalisation of the product are not in S1's formula and are left out.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.project_x = nn.Linear(inputs, BLOCKS * WIDTH)
        self.project_y = nn.Linear(inputs, BLOCKS * WIDTH)
        self.core_x = nn.Parameter(torch.empty(BLOCKS, WIDTH, RANK * WIDTH))
        self.core_y = nn.Parameter(torch.empty(BLOCKS, WIDTH, RANK * WIDTH))
        self.output = nn.Linear(BLOCKS * WIDTH, outputs)
        for core in (self.core_x, self.core_y):
            nn.init.uniform_(core, -(WIDTH**-0.5), WIDTH**-0.5)  # as nn.Linear draws its own

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        factors = torch.bmm(_split(self.project_x(x)), self.core_x) * torch.bmm(_split(self.project_y(y)), self.core_y)
        blocks = factors.view(BLOCKS, -1, RANK, WIDTH).sum(2)
        fused: Tensor = self.output(blocks.transpose(0, 1).flatten(1))
        return fused


def _split(projected: Tensor) -> Tensor:
    """(n, R · width) → (R, n, width)."""
    return projected.view(-1, BLOCKS, WIDTH).transpose(0, 1)


class BlockFused(nn.Module):
    """BLOCK(f_x, f_y): 64 fused units (S1 does not say how many), ReLU, dropout, → 1."""

    def __init__(self, widths: Sequence[int], dropout: float, relu_output: bool) -> None:
        super().__init__()
        self.streams = nn.ModuleList(stream(width, dropout) for width in widths)
        self.fusion = nn.Sequential(nn.ReLU(), nn.Dropout(dropout))
        self.tensor = BlockTensor(STREAM, STREAM)
        self.risk = RiskLayer(STREAM, relu_output)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        fused = self.fusion(self.tensor(self.streams[0](x), self.streams[1](y)))
        risk: Tensor = self.risk(fused)
        return risk.squeeze(1)


class BlockFusion(RankingNetwork):
    """BLOCK(G,P), BLOCK(G,D) of S1's table 1b: exactly two modalities."""

    min_modalities: ClassVar[int] = 2
    max_modalities: ClassVar[int] = 2

    def network(self, widths: Sequence[int]) -> nn.Module:
        return BlockFused(widths, self.dropout, self.relu_output)
