"""S1's intermediate fusion IF: streams, concatenated, → 64 → 1 (Subramanian et al. 2020, section 4.1)."""

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor

from baselines.shared.networks import STREAM, Network, RiskLayer, hidden
from baselines.shared.neural import RankingNetwork


class ConcatenatedStreams(Network):
    """IF(f_x, f_y) = F^{64:1}(F^{128:64}([f'_x, f'_y])); for three modalities 192 → 64 → 1."""

    def __init__(self, widths: Sequence[int], dropout: float, relu_output: bool) -> None:
        super().__init__(widths, dropout)
        self.joint = hidden(STREAM * len(widths), STREAM, dropout)
        self.risk = RiskLayer(STREAM, relu_output)

    def forward(self, *blocks: Tensor) -> Tensor:
        together = torch.cat(self.embed(blocks), dim=2)
        risk: Tensor = self.risk(self.joint(together))
        return risk.squeeze(2)


class IntermediateFusion(RankingNetwork):
    """IF(G,P), IF(G,D) of S1's table 1b. S1 fuses pairs; a third modality is one stream more."""

    min_modalities: ClassVar[int] = 2
    max_modalities: ClassVar[int] = 3

    def network(self, widths: Sequence[int]) -> Network:
        return ConcatenatedStreams(widths, self.dropout, self.relu_output)
