"""S3's cross attention: the RNA says which instances of a bag count.

Source: S3, "Multimodal representation learning for healthcare integrating imaging and genomic data" (manuscript under review), sections
3.3 and 3.4 and table 2, with its code; attention after Vaswani et al. (2017), "Attention is all you need", section 3.2.1.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, cast

import pandas as pd
import torch
from torch import Tensor, nn

from baselines.shared.cox_fusion import AT_ONCE, CoxFusion, rna_network
from benchmark.models import Between, Patients


class AttendedBesideGenes(nn.Module):
    """q = RNA embedding, keys K x and values V x of the instances x; softmax(q·K x / √d) V x, alone or beside q, → 1.

    The products are taken in the cheaper order: q·(K x) = (qᵀK)·x and Σ w (V x) = V Σ w x, since the weights sum to 1. A bias of the keys
    would add the same to all instances of a patient, and so nothing.
    """

    def __init__(self, genes: int, features: int, hidden: int, dropout: float, beside: bool) -> None:
        super().__init__()
        embedding = hidden // 2
        self.rna = rna_network(genes, hidden, dropout)
        self.key = nn.Linear(features, embedding, bias=False)
        self.value = nn.Linear(features, embedding)
        self.dropout = nn.Dropout(dropout)
        self.risk = nn.Linear(2 * embedding if beside else embedding, 1)
        self.beside = beside

    def weights(self, query: Tensor, instances: Tensor, mask: Tensor) -> Tensor:
        """Shape (n, m), rows summing to 1; 0 for padding."""
        scores = torch.einsum("nmd,nd->nm", instances, query @ self.key.weight) / query.shape[1] ** 0.5
        weights: Tensor = scores.masked_fill(~mask, -torch.inf).softmax(1)
        return weights

    def forward(self, genes: Tensor, instances: Tensor, mask: Tensor) -> Tensor:
        query = self.rna(genes)
        weighted = torch.einsum("nm,nmd->nd", self.weights(query, instances, mask), instances)
        attended = self.value(weighted)
        risk: Tensor = self.risk(self.dropout(torch.cat([attended, query], dim=1) if self.beside else attended))
        return risk.squeeze(1)


class CrossAttention(CoxFusion):
    """Scaled dot-product attention of the RNA on the instances of a bag; bags of 32 in training, all instances in prediction.

    S3 is of two minds about the last layer. Its text passes the weighted average alone to it, so that the RNA has no say but in the
    weights, and none at all where a bag holds one instance or none. Its code, and the log of a row that it prints, keep the RNA network
    of joint fusion beside the average: the default here, for that is what was measured.

    Deviations from that code: its scores are tanh(K x)·(Q g), Q on the genes themselves, and its values are x; here both are as in the
    text. Its "dropout 0" is that of the last layer, its RNA network keeps 0.5; here none has any.

    The printed values are means of five runs on one division (log, case level: .590, .566, .584, .511, .578 for the printed .56), whose
    range is wider than the difference to joint fusion that the paper discusses. In trial runs here, too, attention and mean were not to
    be told apart.

    Args:
        head: what the risk layer sees: ``both``, the attended bag and the RNA embedding, or ``attended`` alone.
        bag_size: instances of a patient in a training batch, drawn anew for every pass; smaller bags are whole.
    """

    search_space: ClassVar[Mapping[str, Between | tuple[Any, ...]]] = {**CoxFusion.search_space, "bag_size": (8, 16, 32)}

    def __init__(
        self,
        modalities: tuple[str, ...] = (),
        head: Literal["both", "attended"] = "both",
        bag_size: int = 32,
        hidden: int = 256,
        dropout: float = 0.0,
        batch_size: int = 128,
        epochs: int = 20,
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-5,
        seed: int = 0,
    ) -> None:
        super().__init__(modalities, hidden, dropout, batch_size, epochs, learning_rate, weight_decay, seed)
        self.head = head
        self.bag_size = bag_size

    def build(self, genes: int, features: int) -> nn.Module:
        return AttendedBesideGenes(genes, features, self.hidden, self.dropout, self.head == "both")

    def attention(self, patients: Patients) -> "pd.Series[float]":
        """The weight of every instance, by (patient id, instance); those of a patient sum to 1."""
        (genes, bags), network = self.inputs(patients), cast(AttendedBesideGenes, self.network)
        weights = torch.zeros(len(bags.names) + 1)  # the last: of those who have no instance
        with torch.no_grad():
            for rows in torch.split(torch.arange(len(genes)), AT_ONCE):
                some = bags.rows(rows)
                weights[some.places[some.mask]] = network.weights(network.rna(genes[rows]), *some.padded())[some.mask]
        return pd.Series(weights[:-1].numpy().astype(float), bags.names, name="attention")
