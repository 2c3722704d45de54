"""Radiomics-Score: a RadScore per region, then the best of seven classifiers (Zhang et al. 2024, Biomarker Research 12:12)."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from baselines.class_prior import class_frequencies
from baselines.shared.best_classifier import BestClassifier
from baselines.shared.features import Matrix
from baselines.shared.radscore import REDUNDANT, RELEVANT, RadScore, has_block
from benchmark.models import Between, Kind, Model, Patients

REGIONS = ("radiomics_all", "radiomics")  # the paper's 851 features where a task offers them


class RadiomicsScore(Model):
    """One RadScore for each region (block), then the best of seven classifiers on the scores.

    Columns z-scored by the training part, Mann-Whitney filter (p < 0.05), redundancy filter (|r| ≤ 0.9), LASSO with its penalty by
    inner cross-validation (:mod:`baselines.shared.radscore`); the classifier with the best mean AUC in repeated 5-fold
    cross-validation inside the training part (:mod:`baselines.shared.best_classifier`).

    The scores are learned once, from the patients whom the classifiers are then compared on and fitted to: the choice among them
    says little, and the probabilities are overconfident (see the RadScore's module).

    Deviations: 2 repeats of the inner cross-validation, not 10 (``repeats=10`` takes five times as long). The public cohorts have the
    tumour, not the 3 mm ring around it: one region.

    If the filters and the LASSO leave nothing, or the training part has one class only, everybody has its prevalence, as has a
    patient without any of the regions.

    Args:
        modalities: the regions.
        relevant, redundant: the limits of the two filters, a p value and a correlation.
        repeats: of the inner cross-validation that chooses the classifier.
        seed: of inner folds, forest and MLP.
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("binary",)
    search_space: ClassVar[Mapping[str, Between | tuple[Any, ...]]] = {"relevant": (0.01, 0.05, 0.1), "redundant": Between(0.7, 0.95)}

    def __init__(
        self,
        modalities: tuple[str, ...] = (),
        relevant: float = RELEVANT,
        redundant: float = REDUNDANT,
        repeats: int = 2,
        seed: int = 0,
    ) -> None:
        self.modalities = modalities
        self.relevant, self.redundant = relevant, redundant
        self.repeats = repeats
        self.seed = seed

    @classmethod
    def pick(cls, offered: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:  # noqa: ARG003 - radiomics, whatever the default
        """The first radiomics block that there is; without one nothing, and the task is skipped."""
        return tuple(modality for modality in REGIONS if modality in offered)[:1]

    def fit(self, train: Patients, valid: Patients) -> None:  # noqa: ARG002 - the classifier is chosen inside the training part
        """Learn the scores and choose the classifier.

        Raises:
            ValueError: no modality, or one that no training patient has or no column of which varies.
        """
        if not self.modalities:
            raise ValueError("radiomics_score needs at least one modality")
        rng = np.random.default_rng(self.seed)
        self.prevalence = class_frequencies(train)[1]
        self.regions = [RadScore(modality, self.relevant, self.redundant).fit(train, rng) for modality in self.modalities]
        has, codes = self._has_any(train), np.asarray(train.outcome)
        self.regions = [region for region in self.regions if region.coefficients.any()]
        self.best = None
        if self.regions and len(np.unique(codes[has])) == 2:
            scores = self._scores(train)
            self.best = BestClassifier(self.repeats, self.seed).fit(scores[has], codes[has])

    def predict(self, patients: Patients) -> np.ndarray[Any, Any]:
        if self.best is None:
            return np.full(len(patients), self.prevalence)
        return np.where(self._has_any(patients), self.best.probabilities(self._scores(patients)), self.prevalence)

    def _scores(self, patients: Patients) -> Matrix:
        return np.stack([region.transform(patients) for region in self.regions], axis=1)

    def _has_any(self, patients: Patients) -> np.ndarray[Any, Any]:
        return np.asarray(np.any([has_block(modality, patients) for modality in self.modalities], axis=0))
