"""Deep-RadScore: RadScores beside the deep feature, then the best of seven classifiers (Zhang et al. 2024, Biomarker Research 12:12)."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from baselines.class_prior import class_frequencies
from baselines.shared.best_classifier import BestClassifier
from baselines.shared.classifying import Recipe
from baselines.shared.deep_head import DEEP, DeepHead, ImageFeatures, train_head
from baselines.shared.features import Matrix
from baselines.shared.radscore import RadScore, has_block
from benchmark.models import Between, Kind, Model, Patients

REGIONS = ("radiomics_all", "radiomics")


class DeepRadscore(Model):
    """Deep-CT with a RadScore per region beside the deep feature, its last layer then replaced with the best of seven classifiers.

    Image features → 10; the 10 and the RadScores → 2 while the network learns, → a classifier afterwards, which is chosen and
    fitted on the training part's 10 + regions numbers. See ``deep_ct``, ``radiomics_score`` and what they share.

    **It is the paper's model with a deep block only** (``radiomics_all+densenet``). No public cohort of the benchmark has one, so
    ``radiomics_all+radiomics`` is what can run on real patients: the network reads the 107 features of the unfiltered image in the
    place of a CNN's, which is not the paper's model.

    Deviations: those of ``deep_ct`` (frozen features, unstated settings) and ``radiomics_score`` (2 repeats, one
    region). RadScores are divided by their training SD. The deep feature of a training patient is in sample like his
    RadScores: the inner cross-validation is flattered. A class with nobody in training, or a patient without any block: the prevalence.

    Args:
        modalities: the regions, then, last, the deep block; the deep block alone is Deep-CT as table 3 of the paper has it.
        learning_rate, weight_decay, batch_size, epochs, patience: of the network, as in ``deep_ct``.
        repeats: of the inner cross-validation that chooses the classifier.
        seed: of weights, batches, inner folds, forest and MLP.
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("binary",)
    search_space: ClassVar[Mapping[str, Between | tuple[Any, ...]]] = {
        "learning_rate": Between(1e-4, 1e-2, log=True),
        "weight_decay": Between(1e-6, 1e-1, log=True),
    }

    def __init__(
        self,
        modalities: tuple[str, ...] = (),
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-4,
        batch_size: int = 8,
        epochs: int = 100,
        patience: int = 15,
        repeats: int = 2,
        seed: int = 0,
    ) -> None:
        self.modalities = modalities
        self.recipe = Recipe(epochs, batch_size, learning_rate, weight_decay, patience=patience, watch="loss")
        self.repeats = repeats
        self.seed = seed

    @classmethod
    def pick(cls, offered: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:  # noqa: ARG003 - the blocks that it is made of
        """A radiomics block and a deep block; without both of them nothing, and the task is skipped."""
        region, deep = ([modality for modality in blocks if modality in offered][:1] for blocks in (REGIONS, DEEP))
        return (*region, *deep) if region and deep else ()

    def fit(self, train: Patients, valid: Patients) -> None:
        """Learn scores and network, then choose the classifier.

        Raises:
            ValueError: no modality, or one that no training patient has or no column of which varies.
        """
        if not self.modalities:
            raise ValueError("deep_radscore needs regions and, last, a deep block: for instance modalities=radiomics_all+densenet")
        self.prevalence, self.best = class_frequencies(train)[1], None
        has, codes = self._has_any(train), np.asarray(train.outcome)
        if len(np.unique(codes[has])) < 2:
            return
        rng = np.random.default_rng(self.seed)
        self.regions = [RadScore(modality).fit(train, rng) for modality in self.modalities[:-1]]
        self.images = ImageFeatures(self.modalities[-1]).fit(train)
        spread = self._scores(train)[has].std(axis=0)
        self.scale = np.where(spread > 0, spread, 1.0)
        images, scores = (table[torch.from_numpy(has)] for table in self._inputs(train))
        training = images, scores, torch.from_numpy(codes).long()[has]
        validation = *self._inputs(valid), torch.as_tensor(valid.outcome).long()
        self.fitted = train_head([training, validation], 2, self.recipe, self.seed)
        self.best = BestClassifier(self.repeats, self.seed).fit(self._fused(images, scores), codes[has])

    def predict(self, patients: Patients) -> np.ndarray[Any, Any]:
        if self.best is None:
            return np.full(len(patients), self.prevalence)
        return np.where(self._has_any(patients), self.best.probabilities(self._fused(*self._inputs(patients))), self.prevalence)

    def _scores(self, patients: Patients) -> Matrix:
        scores = [region.transform(patients)[:, None] for region in self.regions]
        return np.hstack([np.zeros((len(patients), 0)), *scores])

    def _inputs(self, patients: Patients) -> tuple[Tensor, Tensor]:
        return self.images.transform(patients), torch.from_numpy(self._scores(patients) / self.scale).float()

    def _fused(self, images: Tensor, scores: Tensor) -> Matrix:
        network = self.fitted.network
        assert isinstance(network, DeepHead)
        with torch.no_grad():
            return network.fused(images, scores).numpy().astype(np.float64)

    def _has_any(self, patients: Patients) -> np.ndarray[Any, Any]:
        return np.asarray(np.any([has_block(modality, patients) for modality in self.modalities], axis=0))
