"""S1's MFH: multimodal factorised high-order pooling of two streams, → 64 → 1.

Sources: Subramanian et al. (2020), section 4.1; Yu, Yu, Xiang, Fan, Tao (2018), "Beyond bilinear: generalized multimodal
factorized high-order pooling for visual question answering".
"""

import math
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from baselines.shared.networks import STREAM, Linear, Network, Rectified, RiskLayer, hidden
from baselines.shared.neural import RankingNetwork

POOLED = 1200  # l of S1
ORDERS = 2


class Pooling(nn.Module):
    """z = F^{64:l}(f'_x) ∘ F^{64:l}(f'_y): one elementwise product of projections, one of them for each vector.

    S1's F is a fully connected layer with ReLU. It prints 256:l for the second vector, although f'_y has 64 units: 64 is taken.
    """

    def __init__(self, vectors: int, inputs: int, outputs: int) -> None:
        super().__init__()
        self.projections = nn.ModuleList(Linear(inputs, outputs) for _ in range(vectors))

    def forward(self, *vectors: Tensor) -> Tensor:
        factors = [project(vector).relu_() for project, vector in zip(self.projections, vectors, strict=True)]
        product: Tensor = math.prod(factors[1:], start=factors[0])
        return product


class HighOrderPooled(Network):
    """MFH(f_x, f_y) = F^{2l:64}([z0, z0 ∘ z1]), → 1, with z0 and z1 poolings of their own weights; l = 1200.

    S1 prints F^{l:64}, but [z0, z0 ∘ z1] has 2 l units. Where the dropout acts it does not say: here behind
    F^{2l:64}, as behind every layer of S1's other networks, and on the products, as in Yu et al. Their signed root and
    normalisation of the products, and their sums over groups of units, are not in S1's formula and are left out. S1 pools
    pairs; a third modality is one factor more in each product.
    """

    def __init__(self, widths: Sequence[int], dropout: float, relu_output: bool) -> None:
        super().__init__(widths, dropout)
        self.poolings = nn.ModuleList(Pooling(len(widths), STREAM, POOLED) for _ in range(ORDERS))
        self.pooled = Rectified(ORDERS * POOLED, dropout)
        self.joint = hidden(ORDERS * POOLED, STREAM, dropout)
        self.risk = RiskLayer(STREAM, relu_output)

    def forward(self, *blocks: Tensor) -> Tensor:
        first, second = (pool(*vectors) for vectors in [self.embed(blocks)] for pool in self.poolings)
        together = self.pooled(torch.cat([first, first * second], dim=2))
        risk: Tensor = self.risk(self.joint(together))
        return risk.squeeze(2)


class MfhFusion(RankingNetwork):
    """MFH(G,P), MFH(G,D) of S1's table 1b; the printed row .50 .50 .50 .50 .50 is MFH(G,P)."""

    min_modalities: ClassVar[int] = 2
    max_modalities: ClassVar[int] = 3

    def network(self, widths: Sequence[int]) -> Network:
        return HighOrderPooled(widths, self.dropout, self.relu_output)
