"""Deep-CT: two fully connected layers on the image features of a network (Zhang et al. 2024, Biomarker Research 12:12, step 2)."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from baselines.class_prior import by_kind, class_frequencies
from baselines.shared.classifying import Recipe, probabilities
from baselines.shared.deep_head import DEEP, ImageFeatures, train_head
from baselines.shared.radscore import has_block
from benchmark.models import Between, Kind, Model, Patients


class DeepCt(Model):
    """Image features → 10 (the deep feature) → classes.

    Trained by cross-entropy; the epoch with the best validation loss is kept.

    Deviations: the encoder is frozen, for a cohort has features and not patches (:func:`baselines.shared.deep_head.frozen_encoder` is where
    a network that is fine-tuned goes); of a bag of slices or scans the largest value of each feature. Optimiser, rate and epochs
    are in an appendix that is not public text: Adam at 1e-3, weight decay 1e-4, at most 100 epochs, patience 15. Table 3 of the paper
    names a classifier for Deep-CT, too, in the place of the last layer: that is ``deep_radscore`` with the deep block alone.

    A patient without the block gets the class frequencies of the training part and does not train.

    Args:
        modalities: the block of image features.
        learning_rate, weight_decay: of Adam.
        batch_size: patients in a step, about.
        epochs, patience: when training ends.
        seed: of initial weights and batches.
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("binary", "multiclass")
    max_modalities: ClassVar[int] = 1
    search_space: ClassVar[Mapping[str, Between | tuple[Any, ...]]] = {
        "learning_rate": Between(1e-4, 1e-2, log=True),
        "weight_decay": Between(1e-6, 1e-1, log=True),
        "batch_size": (8, 16, 32),
    }

    def __init__(
        self,
        modalities: tuple[str, ...] = (),
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-4,
        batch_size: int = 8,
        epochs: int = 100,
        patience: int = 15,
        seed: int = 0,
    ) -> None:
        self.modalities = modalities
        self.recipe = Recipe(epochs, batch_size, learning_rate, weight_decay, patience=patience, watch="loss")
        self.seed = seed

    @classmethod
    def pick(cls, offered: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:  # noqa: ARG003 - the images, whatever the default
        """The first block of deep image features that there is; without one nothing, and the task is skipped."""
        return tuple(modality for modality in DEEP if modality in offered)[:1]

    def fit(self, train: Patients, valid: Patients) -> None:
        """Train the two layers on the patients who have the block.

        Raises:
            ValueError: not exactly one modality, or one that no training patient has or no column of which varies.
        """
        if len(self.modalities) != 1:
            raise ValueError(f"deep_ct needs exactly one modality, got {'+'.join(self.modalities) or 'none'}")
        self.prior = class_frequencies(train)
        self.images = ImageFeatures(self.modalities[0]).fit(train)
        self.fitted = train_head([self._part(train), self._part(valid)], len(train.classes), self.recipe, self.seed)

    def predict(self, patients: Patients) -> np.ndarray[Any, Any]:
        images = self.images.transform(patients)
        table = probabilities(self.fitted.network, (images, images[:, :0]), self.fitted.present)
        return by_kind(np.where(has_block(self.images.modality, patients)[:, None], table, self.prior))

    def _part(self, patients: Patients) -> tuple[Tensor, Tensor, Tensor]:
        has = torch.from_numpy(has_block(self.images.modality, patients))
        images = self.images.transform(patients)[has]
        return images, images[:, :0], torch.as_tensor(patients.outcome).long()[has]
