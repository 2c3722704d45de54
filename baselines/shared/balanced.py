"""What S2's classifiers have in common: patients who lack modalities, classes that weigh the same, probabilities that follow the prevalence.

Source: Maqsood & Khan, "MeD-3D: a multimodal deep learning framework for precise recurrence prediction in clear cell renal cell
carcinoma (ccRCC)", arXiv:2507.07839 (2025); S2 for short.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from baselines.class_prior import by_kind, class_frequencies
from baselines.shared.classifying import (
    Examples,
    Fitted,
    Loss,
    Recipe,
    Rows,
    balanced_weights,
    binary_cross_entropy,
    cross_entropy,
    negatives_per_positive,
    probabilities,
    train,
)
from baselines.shared.instances import has
from benchmark.models import Kind, Model, Patients

RECORDS = ("clinical", "mutations")  # what S2's table of health records (EHR) holds
SCANS = ("ct", "mri")
SLIDES = ("wsi", "histology")

Table = np.ndarray[Any, np.dtype[np.float64]]


class BalancedClassifier(Model):
    """A classifier for which each class weighs the same, however rare.

    S2 calls a patient positive at a probability of 0.5 of a network trained on balanced classes. Such probabilities do not follow
    the prevalence. Of two classes they are multiplied by the class frequencies of the training part and scaled to sum to 1 (Bayes' rule;
    Saerens et al. 2002, Neural Computation 14:21): the order of the patients stays, and 0.5 becomes the prevalence, where the
    boards call a patient positive, so that the calls are those of S2. Of more classes the boards take the most probable one;
    there the balanced probabilities stay, for with the frequencies on top the rarer classes would hardly be called.

    Patients without any of the modalities do not train. At test they get the class frequencies of the training part, as does
    everybody where it has one class only. A class that the training part lacks has probability 0. A modality that no training patient
    has is left out.
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("binary", "multiclass")

    def __init__(self, modalities: tuple[str, ...] = ()) -> None:
        self.modalities = modalities

    def fit(self, train: Patients, valid: Patients) -> None:
        """Learn from the patients who have a modality.

        Raises:
            ValueError: too few or too many modalities, or none of a block's columns varies in the training part.
            ArithmeticError: the training diverged.
        """
        if not self.min_modalities <= len(self.modalities) <= self.max_modalities:
            limits = f"{self.min_modalities} or more" if self.max_modalities > len(self.modalities) else f"at most {self.max_modalities}"
            raise ValueError(f"{limits} modalities needed, got {'+'.join(self.modalities) or 'none'}")
        self.prior = class_frequencies(train)
        self.used = tuple(modality for modality in self.modalities if has(train, modality).any())
        training, validation = those_with(self.used, train), those_with(self.used, valid)
        self.trained = len(np.unique(np.asarray(training.outcome))) > 1
        if self.trained:
            self.learn(training, validation)

    def predict(self, patients: Patients) -> np.ndarray[Any, Any]:
        table = self.balanced(patients)
        if table.shape[1] == 2:
            table = at_prevalence(table, self.prior)
        return by_kind(np.where(np.isfinite(table), table, self.prior))

    def balanced(self, patients: Patients) -> Table:
        """Probabilities as if all classes were equally frequent, shape (n, classes); NaN for whom the model knows nothing about."""
        table = np.full((len(patients), len(self.prior)), np.nan)
        known = those_with(self.used, patients)
        if self.trained and len(known):
            table[patients.ids.isin(known.ids)] = self.judge(known)
        return table

    @abstractmethod
    def learn(self, training: Patients, validation: Patients) -> None:
        """Learn from patients of two classes or more, each with one of the modalities at least; no or any number of them validates."""

    @abstractmethod
    def judge(self, patients: Patients) -> Table:
        """Balanced probabilities, shape (n, classes), of patients each with one of the modalities at least."""


class BalancedNetwork(BalancedClassifier):
    """One network, trained on classes that weigh the same, and on ``used``: the modalities that some training patient has.

    Args:
        modalities: the blocks to use.
        recipe: how the network is trained.
        seed: of initial weights, order of patients, dropout, noise and oversampling.
    """

    fitted: Fitted

    def __init__(self, modalities: tuple[str, ...], recipe: Recipe, seed: int) -> None:
        super().__init__(modalities)
        self.recipe = recipe
        self.seed = seed

    @abstractmethod
    def prepare(self, training: Patients) -> None:
        """Learn imputation and scales."""

    @abstractmethod
    def inputs(self, patients: Patients) -> tuple[Rows, ...]:
        """The network's arguments."""

    @abstractmethod
    def network(self, outputs: int) -> nn.Module:
        """A fresh network to ``outputs`` scores."""

    def oversampled(self, training: Examples) -> Examples:
        """What the network trains on."""
        return training

    def learn(self, training: Patients, validation: Patients) -> None:
        classes = len(training.classes)
        self.prepare(training)
        training_examples = self._examples(training)
        seen = self.oversampled(training_examples)
        # a sampler that draws the classes equally often has done the weighing
        loss = _unweighted(classes) if self.recipe.balanced else _weighted(seen.codes, classes)
        self.fitted = train(
            lambda: self.network(1 if classes == 2 else classes),
            seen,
            self._examples(validation),
            loss,
            self.recipe,
            self.seed,
            _weighted(training_examples.codes, classes),
        )

    def judge(self, patients: Patients) -> Table:
        return probabilities(self.fitted.network, self.inputs(patients), self.fitted.present)

    def _examples(self, patients: Patients) -> Examples:
        return Examples(self.inputs(patients), torch.from_numpy(np.asarray(patients.outcome, dtype=np.int64)))


def those_with(modalities: Sequence[str], patients: Patients) -> Patients:
    """The patients who have one of the modalities at least."""
    some = np.any([np.zeros(len(patients), dtype=bool), *(has(patients, modality) for modality in modalities)], axis=0)
    outcome = None if patients.outcome is None else np.asarray(patients.outcome)[some]
    return replace(patients, ids=patients.ids[some], outcome=outcome)


def groups_of(modalities: Sequence[str], together: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """The modalities, those of each set in ``together`` as one group, every other one alone."""
    groups: list[tuple[str, ...]] = []
    for modality in modalities:
        companions = next((names for names in together if modality in names), (modality,))
        group = tuple(name for name in modalities if name in companions)
        if group not in groups:
            groups.append(group)
    return groups


def records_and_images(offered: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
    """S2's blocks (records, slides, CT, MRI) of those that a task offers, and its own default."""
    return tuple(name for name in offered if name in {*RECORDS, "wsi", *SCANS, *default})


def at_prevalence(balanced: Table, prior: Table) -> Table:
    """Balanced probabilities, shape (n, classes), for a population with class frequencies ``prior``."""
    weighted = balanced * prior
    return np.asarray(weighted / weighted.sum(axis=1, keepdims=True))


def _weighted(codes: Tensor, classes: int) -> Loss:
    """Binary: cross-entropy with S2's ``pos_weight``; else softmax cross-entropy; all classes weigh the same."""
    return binary_cross_entropy(negatives_per_positive(codes)) if classes == 2 else cross_entropy(balanced_weights(codes, classes))


def _unweighted(classes: int) -> Loss:
    return binary_cross_entropy() if classes == 2 else cross_entropy()
