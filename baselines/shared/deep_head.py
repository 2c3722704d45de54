"""The two fully connected layers that Deep-CT puts behind its encoder, and their training.

Source: Zhang et al. (2024), "Deep-RadScore", Biomarker Research 12:12, step 2: the 1,000 output nodes of an ImageNet DenseNet121 become two
layers with Xavier weights; the output of the first (the penultimate one) is the deep feature, 10 numbers by their figure 4.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from sys import maxsize

import numpy as np
import torch
from torch import Tensor, nn

from baselines.shared.classifying import Examples, Fitted, Recipe, cross_entropy, train
from baselines.shared.features import Features
from baselines.shared.radscore import has_block
from benchmark.models import Patients

DEEP = ("densenet", "fmcib", "ct")  # blocks of image features from a network, the paper's backbone first
WIDTH = 10  # of the deep feature


def frozen_encoder(width: int) -> tuple[nn.Module, int]:
    """From what a cohort has for an image to a vector, and the vector's width: features of a frozen network pass as they are.

    A convolutional network that is fine-tuned on patches goes here, with the patches in the place of the features.
    """
    return nn.Identity(), width


class DeepHead(nn.Module):
    """encoder → 10, ReLU: the deep feature; the deep feature and ``scores`` further numbers → classes."""

    def __init__(self, width: int, scores: int, classes: int) -> None:
        super().__init__()
        self.encoder, encoded = frozen_encoder(width)
        self.penultimate = nn.Linear(encoded, WIDTH)
        self.last = nn.Linear(WIDTH + scores, classes)
        for layer in (self.penultimate, self.last):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def fused(self, images: Tensor, scores: Tensor) -> Tensor:
        """The deep feature and the scores beside it, of shape (n, 10 + scores): what the last layer, or a classifier, sees."""
        return torch.cat([self.penultimate(self.encoder(images)).relu(), scores], dim=1)

    def forward(self, images: Tensor, scores: Tensor) -> Tensor:
        result: Tensor = self.last(self.fused(images, scores))
        return result


class ImageFeatures:
    """One image block as a z-scored matrix; of a bag (slices) the largest value of each feature over the instances."""

    def __init__(self, modality: str) -> None:
        self.modality = modality
        self.features = Features(modality, maxsize, "zscore")

    def fit(self, train: Patients) -> "ImageFeatures":
        """Learn the scale; raises ValueError if no training patient has the block or no column of it varies."""
        self.features.fit(self._pooled(train))
        return self

    def transform(self, patients: Patients) -> Tensor:
        """The matrix of shape (n, width), float32; zeros for a patient without the block."""
        matrix = self.features.transform(self._pooled(patients))
        return torch.from_numpy(np.where(has_block(self.modality, patients)[:, None], matrix, 0.0)).float()

    def _pooled(self, patients: Patients) -> Patients:
        table = patients.blocks[self.modality]
        if table.index.nlevels > 1:
            table = table.groupby(level=0).max(numeric_only=True)
        return replace(patients, blocks={self.modality: table})


def train_head(parts: Sequence[tuple[Tensor, Tensor, Tensor]], classes: int, recipe: Recipe, seed: int) -> Fitted:
    """Train a :class:`DeepHead` by cross-entropy.

    Args:
        parts: images, scores and codes of the training part and of the validation part.
        classes: how many.
        recipe, seed: as in :func:`baselines.shared.classifying.train`.
    """
    training, validation = (Examples((images, scores), codes) for images, scores, codes in parts)
    images, scores, _ = parts[0]
    build = partial(DeepHead, images.shape[1], scores.shape[1], classes)
    return train(build, training, validation, cross_entropy(), recipe, seed)
