"""S1's neural late fusion LF: one risk per modality, then → 1 (Subramanian et al. 2020, section 4.1)."""

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from baselines.shared.networks import STREAM, Network, RiskLayer
from baselines.shared.neural import RankingNetwork


class FusedRisks(Network):
    """f''_x = F^{64:1}(f'_x); LF(f_x, f_y) = F^{2:1}([f''_x, f''_y]); trained in one piece.

    S1 writes [f'_x, f'_y] in the second equation; its 2:1 says that the two risks f'' are meant.
    """

    def __init__(self, widths: Sequence[int], dropout: float, relu_output: bool) -> None:
        super().__init__(widths, dropout)
        self.risks = nn.ModuleList(RiskLayer(STREAM, relu_output) for _ in widths)
        self.risk = RiskLayer(len(widths), relu_output)

    def forward(self, *blocks: Tensor) -> Tensor:
        parts = zip(self.risks, self.embed(blocks), strict=True)
        risk: Tensor = self.risk(torch.cat([single(embedded) for single, embedded in parts], dim=2))
        return risk.squeeze(2)


class LateFusion(RankingNetwork):
    """LF(G,P), LF(G,D) of S1's table 1b. S1 fuses pairs; a third modality is one risk more."""

    min_modalities: ClassVar[int] = 2
    max_modalities: ClassVar[int] = 3

    def network(self, widths: Sequence[int]) -> Network:
        return FusedRisks(widths, self.dropout, self.relu_output)
