"""S1's single-modality network: a stream, then → 1 (Subramanian et al. 2020, section 4.1)."""

from collections.abc import Sequence
from typing import ClassVar

from torch import Tensor, nn

from baselines.shared.networks import STREAM, RiskLayer, stream
from baselines.shared.neural import RankingNetwork


class SingleStream(nn.Module):
    """f' → 1: 500→256→64→1 for genes, 107→64→1 for radiomics."""

    def __init__(self, width: int, dropout: float, relu_output: bool) -> None:
        super().__init__()
        self.stream = stream(width, dropout)
        self.risk = RiskLayer(STREAM, relu_output)

    def forward(self, block: Tensor) -> Tensor:
        risk: Tensor = self.risk(self.stream(block))
        return risk.squeeze(1)


class Mlp(RankingNetwork):
    """MLP(G), MLP(P), MLP(D) of S1's table 1b: exactly one modality."""

    max_modalities: ClassVar[int] = 1

    def network(self, widths: Sequence[int]) -> nn.Module:
        return SingleStream(widths[0], self.dropout, self.relu_output)
