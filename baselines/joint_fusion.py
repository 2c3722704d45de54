"""Joint fusion of slides and RNA (Steyaert et al. 2023), the system that S3 compares itself with (its table 1)."""

import torch
from torch import Tensor, nn

from baselines.shared.cox_fusion import CoxFusion, rna_network

RNA_DROPOUT = 0.5  # inside the RNA network, as in Steyaert's code; the 0.8 that S3 prints is that of the risk layer


class MeanBesideGenes(nn.Module):
    """[mean of the instances, RNA embedding] → dropout → 1."""

    def __init__(self, genes: int, features: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.rna = rna_network(genes, hidden, RNA_DROPOUT)
        self.dropout = nn.Dropout(dropout)
        self.risk = nn.Linear(features + hidden // 2, 1)

    def forward(self, genes: Tensor, instances: Tensor, mask: Tensor) -> Tensor:
        mean = (instances * mask.unsqueeze(2)).sum(1) / mask.sum(1, keepdim=True)
        together = self.dropout(torch.cat([mean, self.rna(genes)], dim=1))
        risk: Tensor = self.risk(together)
        return risk.squeeze(1)


class JointFusion(CoxFusion):
    """The mean of a patient's instances beside an embedding of the RNA; dropout 0.8, batches of 128.

    As in S3 the mean is over all instances in training, too, where Steyaert's code draws one patch at a time and averages the predictions
    of a slide. The features are given: the papers go on training the last block of their ResNet.
    """

    def __init__(
        self,
        modalities: tuple[str, ...] = (),
        hidden: int = 256,
        dropout: float = 0.8,
        batch_size: int = 128,
        epochs: int = 20,
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-5,
        seed: int = 0,
    ) -> None:
        super().__init__(modalities, hidden, dropout, batch_size, epochs, learning_rate, weight_decay, seed)

    def build(self, genes: int, features: int) -> nn.Module:
        return MeanBesideGenes(genes, features, self.hidden, self.dropout)
