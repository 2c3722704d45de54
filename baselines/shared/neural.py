"""What S1's neural models share: features in, the training protocol, risks out; a model adds its network."""

from abc import abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from baselines.shared.features import Features
from baselines.shared.ranking import Part, Protocol, predict, train_best
from benchmark.models import Model, Patients


class RankingNetwork(Model):
    """A network over modality blocks, trained with S1's protocol (:mod:`baselines.shared.ranking`).

    Deviations from S1: the columns of every block are z-scored before S1's division of the block by its maximum. With that
    scalar alone a radiomics block is its two largest columns (energies) and a hundred near-zeros; without it 500 z-scored genes
    and a summed loss make steps of 1e-3 diverge. And the output is linear unless ``relu_output`` is set (see
    :class:`baselines.shared.networks.RiskLayer`).

    Args:
        modalities: the blocks, in the order of the streams.
        genes: how many genes enter: the most variable ones of the training part.
        learning_rate, dropout: as in S1.
        l2: the weight decays of which the validation C-index picks one.
        initialisations: how many starting points for each of them.
        max_steps, patience: when a run ends; runs of fewer than 1,000 steps are discarded if any run is longer.
        relu_output: end the layers that yield a risk with a ReLU, as the paper's text says.
        seed: of initial weights and dropout.
    """

    def __init__(
        self,
        modalities: tuple[str, ...] = (),
        genes: int = 500,
        learning_rate: float = Protocol.learning_rate,
        dropout: float = 0.25,
        l2: tuple[float, ...] = Protocol.l2,
        initialisations: int = Protocol.initialisations,
        max_steps: int = Protocol.max_steps,
        patience: int = Protocol.patience,
        relu_output: bool = False,
        seed: int = 0,
    ) -> None:
        self.modalities = modalities
        self.genes = genes
        self.dropout = dropout
        self.relu_output = relu_output
        self.seed = seed
        self.protocol = Protocol(learning_rate, initialisations, l2, max_steps, patience)

    @abstractmethod
    def network(self, widths: Sequence[int]) -> nn.Module:
        """A freshly initialised network from one tensor (n, width) per modality to risks of shape (n,)."""

    def fit(self, train: Patients, valid: Patients) -> None:
        if not self.min_modalities <= len(self.modalities) <= self.max_modalities:
            needed = "exactly" if self.min_modalities == self.max_modalities else f"{self.min_modalities} to"
            raise ValueError(f"{needed} {self.max_modalities} modalities needed, got {'+'.join(self.modalities) or 'none'}")
        if train.outcome is None or valid.outcome is None:
            raise ValueError("the training and validation parts need outcomes")
        self.features = [Features(modality, self.genes, "both").fit(train) for modality in self.modalities]
        training = Part.of(self._inputs(train), train.outcome, "training")
        validation = Part.of(self._inputs(valid), valid.outcome, "validation")
        build = partial(self.network, [features.width for features in self.features])
        self.fitted, self.runs = train_best(build, training, validation, self.protocol, self.seed)

    def predict(self, patients: Patients) -> np.ndarray[Any, Any]:
        return predict(self.fitted, self._inputs(patients)).numpy().astype(np.float64)

    def _inputs(self, patients: Patients) -> tuple[Tensor, ...]:
        return tuple(torch.from_numpy(features.transform(patients)).float() for features in self.features)
