"""The baseline of the staging system: clinical columns and imaging features side by side, through a small network.

Source: Balaji et al. (2025), "Advanced Biomarker Discovery and Tumor Microenvironment Analysis Through High-Dimensional Imaging and
Radiogenomics", section III.B; the 4,096 features are FMCIB's (Pai et al. 2024, Nature Machine Intelligence 6:354).
"""

from collections.abc import Mapping
from functools import partial
from sys import maxsize
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from baselines.class_prior import by_kind
from baselines.shared.classifying import Examples, Recipe, balanced_weights, cross_entropy, probabilities
from baselines.shared.classifying import train as train_network
from baselines.shared.features import Features
from benchmark.models import Between, Kind, Model, Patients

HIDDEN = (512, 128)
IMAGING = ("fmcib", "radiomics")  # the second stands in where a cohort has no FMCIB features


class FmcibMlp(Model):
    """x → 512 → 128 → classes; batch normalisation, ReLU and dropout behind both hidden layers.

    Adam at 1e-3, weight decay 1e-4, class-weighted cross-entropy, at most ``epochs`` of which the one with the best macro-F1 on
    the validation part is kept; 15 epochs without a better one end the training. All columns are z-scored, categories one-hot coded.

    T, N and M were among the paper's 18 clinical columns, and the overall stage is a function of them. Which columns a task shows
    is the task's affair: by default they are hidden, ``modalities=clinical_tnm+radiomics`` is the paper's choice.

    Deviations: none of the public cohorts has FMCIB features, so that by default the imaging block is ``radiomics`` there; the
    paper states neither batch size nor the most epochs (here 32 and 100). The mean of the training part stands for what a
    patient lacks, one modality or all; the paper's patients are complete.

    Args:
        modalities: the blocks, in any order: as published a clinical and an imaging one.
        learning_rate, weight_decay: of Adam.
        dropout: of both hidden layers.
        batch_size: patients in a step, about.
        epochs, patience: when training ends.
        seed: of initial weights, batches and dropout.
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("binary", "multiclass")
    search_space: ClassVar[Mapping[str, Between | tuple[Any, ...]]] = {
        "learning_rate": Between(1e-4, 1e-2, log=True),
        "weight_decay": Between(1e-6, 1e-2, log=True),
        "dropout": Between(0.0, 0.6),
        "batch_size": (16, 32, 64),
    }

    def __init__(
        self,
        modalities: tuple[str, ...] = (),
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-4,
        dropout: float = 0.3,
        batch_size: int = 32,
        epochs: int = 100,
        patience: int = 15,
        seed: int = 0,
    ) -> None:
        self.modalities = modalities
        self.dropout = dropout
        self.recipe = Recipe(epochs, batch_size, learning_rate, weight_decay, patience=patience, watch="macro_f1")
        self.seed = seed

    @classmethod
    def pick(cls, offered: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
        """The clinical block and the first imaging block that there is; without one the task's default."""
        imaging = [modality for modality in IMAGING if modality in offered][:1]
        clinical = [modality for modality in ("clinical",) if modality in offered]
        return (*clinical, *imaging) if imaging else default

    def fit(self, train: Patients, valid: Patients) -> None:
        """Train the network.

        Raises:
            ValueError: no modality, or one that no training patient has or no column of which varies.
        """
        if not self.modalities:
            raise ValueError("fmcib_mlp needs at least one modality")
        self.features = [Features(modality, maxsize, "zscore").fit(train) for modality in self.modalities]
        width, classes = sum(features.width for features in self.features), len(train.classes)
        training, validation = (Examples((self._matrix(part),), torch.as_tensor(part.outcome).long()) for part in (train, valid))
        loss = cross_entropy(balanced_weights(training.codes, classes))
        self.fitted = train_network(partial(network, width, classes, self.dropout), training, validation, loss, self.recipe, self.seed)

    def predict(self, patients: Patients) -> np.ndarray[Any, Any]:
        return by_kind(probabilities(self.fitted.network, (self._matrix(patients),), self.fitted.present))

    def _matrix(self, patients: Patients) -> Tensor:
        return torch.from_numpy(np.hstack([features.transform(patients) for features in self.features])).float()


def network(width: int, classes: int, dropout: float) -> nn.Sequential:
    """The published network; 4,114 → 512 → 128 → 4 has 2,174,340 weights, "≈ 2.2 M" in the paper."""
    layers: list[nn.Module] = []
    for inputs, outputs in zip((width, *HIDDEN[:-1]), HIDDEN, strict=True):
        layers += [nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.ReLU(), nn.Dropout(dropout)]
    return nn.Sequential(*layers, nn.Linear(HIDDEN[-1], classes))
