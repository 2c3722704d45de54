"""S1's single-modality network: a stream, then → 1 (Subramanian et al. 2020, section 4.1)."""

from collections.abc import Sequence
from typing import ClassVar

from torch import Tensor

from baselines.shared.networks import STREAM, Network, RiskLayer
from baselines.shared.neural import RankingNetwork


class SingleStream(Network):
    """f' → 1: 500→256→64→1 for genes, 107→64→1 for radiomics."""

    def __init__(self, width: int, dropout: float, relu_output: bool) -> None:
        super().__init__([width], dropout)
        self.risk = RiskLayer(STREAM, relu_output)

    def forward(self, block: Tensor) -> Tensor:
        risk: Tensor = self.risk(*self.embed([block]))
        return risk.squeeze(2)


class Mlp(RankingNetwork):
    """MLP(G), MLP(P), MLP(D) of S1's table 1b: exactly one modality."""

    max_modalities: ClassVar[int] = 1

    def network(self, widths: Sequence[int]) -> Network:
        return SingleStream(widths[0], self.dropout, self.relu_output)
