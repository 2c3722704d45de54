"""S2's network for CT and MRI: multiple-instance learning on one vector per scan (sections 5.2.3 to 5.2.5).

Source: Maqsood & Khan, MeD-3D, arXiv:2507.07839 (2025).
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from baselines.shared.balanced import SCANS, BalancedNetwork
from baselines.shared.classifying import Recipe
from baselines.shared.instances import Bags, Instances
from benchmark.models import Between, Patients

HIDDEN = (256, 128)


class RadiologyMil(BalancedNetwork):
    """Scan → 256 → 128 → 1; a patient's score is the largest among his scans, CT and MRI alike.

    Positive is what the task says: on ``ccrcc_alive_12m`` death, so that the most suspicious scan speaks. S2, for whom the survivors
    are positive, takes the largest probability of survival.

    Deviations. Each block is z-scored by its training scans: CT and MRI vectors lie on different scales, and the noise needs one. S2 names a
    weight for positive patients (``pos_weight``) and a sampler that draws both classes equally often; at once they would count the
    rarer class twice, so the sampler balances the steps and the weight the validation loss. Where S2 is silent: rate 1e-3, weight
    decay 1e-4, dropout 0.3, steps of 32 patients, early stopping after 15 of at most 70 epochs without a better validation loss.

    Without ``modalities`` it takes CT and MRI where a task offers them. A block with one row per patient counts as one scan. Blocks
    of different widths have a first layer each. More classes than two have one score each, with its own largest scan.

    Args:
        modalities: the blocks.
        noise: SD of the Gaussian noise on the z-scored features in training.
        epochs, learning_rate, weight_decay, batch_size, dropout: of the training.
        seed: of initial weights, order, dropout and noise.
    """

    search_space: ClassVar[Mapping[str, Between | tuple[Any, ...]]] = {
        "noise": Between(0.0, 1.0),
        "learning_rate": Between(1e-4, 1e-2, log=True),
        "weight_decay": Between(1e-5, 1e-1, log=True),
        "dropout": Between(0.0, 0.6),
    }

    def __init__(
        self,
        modalities: tuple[str, ...] = (),
        noise: float = 0.1,
        epochs: int = 70,
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-4,
        batch_size: int = 32,
        dropout: float = 0.3,
        seed: int = 0,
    ) -> None:
        super().__init__(modalities, Recipe(epochs, batch_size, learning_rate, weight_decay, patience=15, balanced=True), seed)
        self.noise = noise
        self.dropout = dropout

    @classmethod
    def pick(cls, offered: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:  # noqa: ARG003 - scans or nothing
        return tuple(name for name in offered if name in SCANS)

    def prepare(self, training: Patients) -> None:
        self.instances = [Instances(modality).fit(training) for modality in self.used]

    def inputs(self, patients: Patients) -> tuple[Bags, ...]:
        return tuple(instances.transform(patients) for instances in self.instances)

    def network(self, outputs: int) -> nn.Module:
        return MaximumNetwork([instances.width for instances in self.instances], outputs, self.noise, self.dropout)


class MaximumNetwork(nn.Module):
    """The network of :class:`RadiologyMil`, from one bag per block to scores of shape (n, outputs).

    Args:
        widths: of the blocks; equal ones share the first layer.
    """

    def __init__(self, widths: Sequence[int], outputs: int, noise: float, dropout: float) -> None:
        super().__init__()
        shared = len(set(widths)) == 1
        self.first = nn.ModuleList([nn.Linear(width, HIDDEN[0]) for width in (widths[:1] if shared else widths)])
        self.rest = nn.Sequential(
            nn.ReLU(), nn.Dropout(dropout), nn.Linear(*HIDDEN), nn.ReLU(), nn.Dropout(dropout), nn.Linear(HIDDEN[1], outputs)
        )
        self.noise = noise

    def forward(self, *bags: Bags) -> Tensor:
        return torch.stack([bag.maxima(self.instance_scores(bag.values, block)) for block, bag in enumerate(bags)]).amax(0)

    def instance_scores(self, values: Tensor, block: int) -> Tensor:
        """The scores of single scans of a block, shape (N, outputs)."""
        if self.training and self.noise:
            values = values + self.noise * torch.randn_like(values)
        scores: Tensor = self.rest(self.first[block % len(self.first)](values))
        return scores
