"""S2's early fusion: the modalities' embeddings side by side or averaged, and one classifier (sections 3.5 and 5.4).

Source: Maqsood & Khan, MeD-3D, arXiv:2507.07839 (2025).
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from torch import Tensor, nn

from baselines.balanced_mlp import HIDDEN, records_encoder
from baselines.shared.balanced import RECORDS, BalancedNetwork, groups_of, records_and_images
from baselines.shared.classifying import Recipe
from baselines.shared.instances import Instances, has
from baselines.shared.records import Records
from benchmark.models import Between, Patients

EMBEDDING = HIDDEN[-1]  # 64, the width of S2's embedding of the health records: all are projected to it


class EarlyFusion(BalancedNetwork):
    """Health records → 256 → 128 → 64 (as in ``balanced_mlp``); slides, scans and any other block averaged over instances, → 64 each.

    ``concat`` puts the embeddings side by side, ``mean`` averages those that a patient has; then → 64 → 1. S2 writes both that the raw
    vectors (64, 1,024 and 512 wide) are fused and that projected ones are; of vectors of different widths there is no mean.

    An embedding of a modality that a patient lacks is zero and takes no part in the mean. S2 says no more than that its framework
    "handles" missing modalities.

    Deviations. S2 takes the embeddings from networks trained on the same labels before; here everything trains at once, for a network's
    embeddings of its own training patients look better than those of others, and the fusion would lean on them. CT and MRI
    have an embedding each: their vectors do not mean the same column by column. Slides and scans are z-scored by the training part.
    Nothing is oversampled: the classes weigh the same in the cross-entropy. Where S2 is silent: Adam with 3e-4, weight decay 1e-4, steps of 32
    patients, dropout 0.3, early stopping after 10 of at most 50 epochs without a better validation loss.

    Without ``modalities`` it takes records, slides, CT and MRI of those that a task offers, and the task's own default.

    Args:
        modalities: two blocks or more.
        fusion: ``concat`` or ``mean``.
        epochs, learning_rate, weight_decay, batch_size, dropout: of the training.
        seed: of initial weights, order and dropout.
    """

    min_modalities = 2
    search_space: ClassVar[Mapping[str, Between | tuple[Any, ...]]] = {
        "fusion": ("concat", "mean"),
        "learning_rate": Between(1e-5, 1e-2, log=True),
        "weight_decay": Between(1e-5, 1e-1, log=True),
        "dropout": Between(0.0, 0.6),
    }

    def __init__(
        self,
        modalities: tuple[str, ...] = (),
        fusion: Literal["concat", "mean"] = "concat",
        epochs: int = 50,
        learning_rate: float = 3e-4,
        weight_decay: float = 1e-4,
        batch_size: int = 32,
        dropout: float = 0.3,
        seed: int = 0,
    ) -> None:
        super().__init__(modalities, Recipe(epochs, batch_size, learning_rate, weight_decay, patience=10), seed)
        self.fusion = fusion
        self.dropout = dropout

    @classmethod
    def pick(cls, offered: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
        return records_and_images(offered, default)

    def prepare(self, training: Patients) -> None:
        groups = groups_of(self.used, [RECORDS])
        self.groups = [(group, Records(group) if group[0] in RECORDS else Instances(group[0])) for group in groups]
        for _, features in self.groups:
            features.fit(training)

    def inputs(self, patients: Patients) -> tuple[Tensor, ...]:
        present = np.stack([np.any([has(patients, name) for name in group], axis=0) for group, _ in self.groups], axis=1)
        return torch.from_numpy(present).float(), *(_vectors(features, patients) for _, features in self.groups)

    def network(self, outputs: int) -> nn.Module:
        encoders = [
            records_encoder(features.width, self.dropout)
            if isinstance(features, Records)
            else nn.Sequential(nn.Linear(features.width, EMBEDDING), nn.ReLU(), nn.Dropout(self.dropout))
            for _, features in self.groups
        ]
        return FusionNetwork(encoders, self.fusion, outputs, self.dropout)


class FusionNetwork(nn.Module):
    """The network of :class:`EarlyFusion`: from who has which group, shape (n, groups), and one table per group to scores (n, outputs)."""

    def __init__(self, encoders: Sequence[nn.Module], fusion: Literal["concat", "mean"], outputs: int, dropout: float) -> None:
        super().__init__()
        self.encoders = nn.ModuleList(encoders)
        self.fusion = fusion
        width = EMBEDDING * (len(encoders) if fusion == "concat" else 1)
        self.classifier = nn.Sequential(nn.Linear(width, EMBEDDING), nn.ReLU(), nn.Dropout(dropout), nn.Linear(EMBEDDING, outputs))

    def forward(self, present: Tensor, *tables: Tensor) -> Tensor:
        embedded = torch.stack([encoder(table) for encoder, table in zip(self.encoders, tables, strict=True)], 1) * present[:, :, None]
        fused = embedded.flatten(1) if self.fusion == "concat" else embedded.sum(1) / present.sum(1, keepdim=True).clamp(min=1)
        scores: Tensor = self.classifier(fused)
        return scores


def _vectors(features: Records | Instances, patients: Patients) -> Tensor:
    if isinstance(features, Records):
        return torch.from_numpy(features.transform(patients)).float()
    return features.transform(patients).means()
