"""S1's BLOCK: block-superdiagonal tensor fusion of two streams, ReLU, → 1.

Sources: Subramanian et al. (2020), section 4.1; Ben-Younes, Cadene, Thome, Cord (2019), "BLOCK: Bilinear superdiagonal
fusion for visual question answering and visual relationship detection".
"""

import math
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from baselines.shared.networks import STREAM, Linear, Network, Rectified, RiskLayer
from baselines.shared.neural import RankingNetwork

BLOCKS = 15  # R of S1
WIDTH = 8  # of one block, and
RANK = 5  # of each slice of its core: see BlockTensor


class BlockTensor(nn.Module):
    """(Σ_r D_r × X_r × Y_r × T_r) × f'_x × f'_y: a bilinear map of two vectors, as a sum of R small ones.

    X_r and Y_r project each vector to ``WIDTH``, the core D_r multiplies the two projections, T_r maps the product to
    the output. Slice k of D_r is Σ_s a_srk b_srkᵀ, of rank ``RANK`` at most, so that D_r × x × y = Σ_s (A_rs x) ∘ (B_rs y).
    A third vector is one factor more, (C_rs z), in every product: D_r then has a third axis, of the same rank.

    Deviations: S1 states R = 15 and no sizes. Its library's defaults (20 blocks of width 80, rank 15: 4 million weights for
    80 patients, about 30 ms a step on a CPU core) would make the fusion fifteen times slower than all the rest;
    blocks of width 8 and rank 5 keep the structure at the cost of intermediate fusion. The library's
    signed root and normalisation of the product are not in S1's formula and are left out.
    """

    def __init__(self, vectors: int, inputs: int, outputs: int) -> None:
        super().__init__()
        self.projections = nn.ModuleList(Linear(inputs, BLOCKS * WIDTH) for _ in range(vectors))
        bound = WIDTH**-0.5  # as Linear draws its own
        cores = [torch.empty(1, BLOCKS, WIDTH, RANK * WIDTH).uniform_(-bound, bound) for _ in range(vectors)]
        self.cores = nn.ParameterList(cores)
        self.output = Linear(BLOCKS * WIDTH, outputs)

    def forward(self, *vectors: Tensor) -> Tensor:
        """(E, n, inputs) each to (E, n, outputs)."""
        parts = zip(self.projections, self.cores, vectors, strict=True)
        factors = [torch.matmul(_split(project(vector)), core) for project, core, vector in parts]
        product: Tensor = math.prod(factors[1:], start=factors[0])
        blocks = product.view(*product.shape[:3], RANK, WIDTH).sum(3)
        fused: Tensor = self.output(blocks.transpose(1, 2).flatten(2))
        return fused


def _split(projected: Tensor) -> Tensor:
    """(E, n, R · width) → (E, R, n, width)."""
    return projected.view(*projected.shape[:2], BLOCKS, WIDTH).transpose(1, 2)


class BlockFused(Network):
    """BLOCK(f_x, f_y): 64 fused units (S1 does not say how many), ReLU, dropout, → 1."""

    def __init__(self, widths: Sequence[int], dropout: float, relu_output: bool) -> None:
        super().__init__(widths, dropout)
        self.rectified = Rectified(STREAM, dropout)
        self.tensor = BlockTensor(len(widths), STREAM, STREAM)
        self.risk = RiskLayer(STREAM, relu_output)

    def forward(self, *blocks: Tensor) -> Tensor:
        fused = self.rectified(self.tensor(*self.embed(blocks)))
        risk: Tensor = self.risk(fused)
        return risk.squeeze(2)


class BlockFusion(RankingNetwork):
    """BLOCK(G,P), BLOCK(G,D) of S1's table 1b. S1 fuses pairs; a third modality is one factor more (see :class:`BlockTensor`)."""

    min_modalities: ClassVar[int] = 2
    max_modalities: ClassVar[int] = 3

    def network(self, widths: Sequence[int]) -> Network:
        return BlockFused(widths, self.dropout, self.relu_output)
