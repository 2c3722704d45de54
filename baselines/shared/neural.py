"""What S1's neural models share: features in, the training protocol, risks out; a model adds its network."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor

from baselines.shared.features import Features, Matrix
from baselines.shared.networks import Network
from baselines.shared.ranking import Part, Protocol, train_best
from benchmark.models import Between, Model, Patients


class RankingNetwork(Model):
    """A network over modality blocks, trained with S1's protocol (:mod:`baselines.shared.ranking`).

    Deviations from S1: the columns of every block are z-scored before S1's division of the block by its maximum. With that
    scalar alone a radiomics block is its two largest columns (energies) and a hundred near-zeros; without it 500 z-scored genes
    and a summed loss make steps of 1e-3 diverge. The output is linear unless ``relu_output`` is set (see
    :class:`baselines.shared.networks.RiskLayer`). On cohorts with many more pairs than S1's the loss is scaled down (see
    :func:`baselines.shared.ranking.ranking_gradient`).

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

    search_space: ClassVar[Mapping[str, Between | tuple[Any, ...]]] = {
        "learning_rate": Between(1e-4, 3e-3, log=True),
        "dropout": Between(0.0, 0.5),
        "l2": ((0.01,), (0.1,), (1.0,), (0.01, 1.0), (0.01, 0.1, 1.0)),
        "genes": (100, 250, 500, 1000),
    }

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
    def network(self, widths: Sequence[int]) -> Network:
        """A freshly initialised network of one member for blocks of these widths."""

    def fit(self, train: Patients, valid: Patients) -> None:
        """Learn features, train every initialisation with every L2, keep the best.

        Raises:
            ValueError: a number of modalities that the network does not take; a part without outcomes; a training part in
                which no event precedes another patient's last follow-up, or a block in which no column varies.
            ArithmeticError: every run diverged.
        """
        if not self.min_modalities <= len(self.modalities) <= self.max_modalities:
            needed = "exactly" if self.min_modalities == self.max_modalities else f"{self.min_modalities} to"
            raise ValueError(f"{needed} {self.max_modalities} modalities needed, got {'+'.join(self.modalities) or 'none'}")
        if train.outcome is None or valid.outcome is None:
            raise ValueError("the training and validation parts need outcomes")
        self.features = [Features(modality, self.genes, "both").fit(train) for modality in self.modalities]
        training, validation = Part.of(self._inputs(train), train.outcome), Part.of(self._inputs(valid), valid.outcome)
        build = partial(self.network, [features.width for features in self.features])
        network, self.runs = train_best(build, training, validation, self.protocol, self.seed)
        self.fitted = network.double()  # what a patient gets does not depend on who shares his matrix product

    def predict(self, patients: Patients) -> Matrix:
        with torch.no_grad():
            risk: Matrix = self.fitted(*self._inputs(patients, torch.float64))[0].numpy()
        return risk

    def _inputs(self, patients: Patients, dtype: torch.dtype = torch.float32) -> tuple[Tensor, ...]:
        return tuple(torch.from_numpy(features.transform(patients)).to(dtype) for features in self.features)
