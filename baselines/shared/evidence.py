"""What each block says about a patient, in log hazards or log odds against the average, so that blocks can be added up."""

from dataclasses import replace
from sys import maxsize
from typing import Any, Self

import numpy as np
from scipy.special import log_softmax, softmax

from baselines.class_prior import by_kind, class_frequencies
from baselines.shared.features import Features
from baselines.shared.ridge import INNER_FOLDS, Floats, Ridge, full_scores
from benchmark.models import Patients

FEWEST = 2 * INNER_FOLDS  # with fewer an inner fold has one patient


class Evidence:
    """A ridge regression on one block, by the training patients who have it; every column enters, z-scored.

    Survival: the log hazard against the mean patient's, one column. Classes: for each the log of its probability over its
    frequency in training. Either is 0 for a patient without the block, and for everybody if too few have it (10), or
    these have no event or one class only.

    Attributes:
        held_out: shape (n, k): the evidence on each training patient by a model that did not see him.
    """

    def __init__(self, modality: str) -> None:
        self.modality = modality

    def fit(self, train: Patients) -> Self:
        """Fit on ``train``, in which each class occurs.

        Raises:
            ValueError: there is no such modality, or no column of it varies among the patients who have it.
        """
        self.width = len(train.classes) or 1
        self.held_out, self.ridge = np.zeros((len(train), self.width)), None
        if self.modality not in train.blocks:
            raise ValueError(f"there is no modality '{self.modality}' here, only {', '.join(sorted(train.blocks))}")
        has, outcome = self._has(train), np.asarray(train.outcome)
        codes = outcome["event"] if not train.classes else outcome
        if has.sum() < FEWEST or not (codes[has].any() if not train.classes else len(np.unique(codes[has])) > 1):
            return self
        having = replace(train, ids=train.ids[has], outcome=outcome[has])
        self.features = Features(self.modality, maxsize, "zscore").fit(having)
        self.frequencies = class_frequencies(having) if train.classes else np.zeros(0)
        self.present = np.flatnonzero(self.frequencies)
        learned = np.searchsorted(self.present, outcome[has]) if train.classes else outcome[has]
        self.ridge = Ridge(len(self.present)).fit(self.features.transform(having), learned)
        self.held_out[has] = self._against_average(self.ridge.held_out)
        return self

    def of(self, patients: Patients) -> Floats:
        """Shape (n, 1) for survival, else (n, classes)."""
        if self.ridge is None:
            return np.zeros((len(patients), self.width))
        evidence = self._against_average(self.ridge.predictor(self.features.transform(patients)))
        return np.where(self._has(patients)[:, None], evidence, 0)

    def _against_average(self, predictor: Floats) -> Floats:
        if not len(self.present):
            return predictor
        evidence = np.zeros((len(predictor), self.width))  # nothing is said about a class that nobody with this block has
        evidence[:, self.present] = log_softmax(full_scores(predictor), axis=1) - np.log(self.frequencies[self.present])
        return evidence

    def _has(self, patients: Patients) -> np.ndarray[Any, Any]:
        return patients.block(self.modality).notna().any(axis=1).to_numpy()


class Verdict:
    """From summed evidence to what the contract asks for, with the class frequencies of the training part as the prior."""

    def __init__(self, train: Patients) -> None:
        self.prior = class_frequencies(train) if train.classes else np.zeros(0)
        self.present = np.flatnonzero(self.prior)

    def known(self, train: Patients) -> Patients:
        """The same patients with the classes that occur among them only, so that each code occurs."""
        if not train.classes:
            return train
        names = tuple(train.classes[code] for code in self.present)
        return replace(train, outcome=np.searchsorted(self.present, np.asarray(train.outcome)), classes=names)

    def of(self, evidence: Floats) -> np.ndarray[Any, Any]:
        """``evidence`` of shape (n, k) as risks or probabilities; a class that training lacks has probability 0."""
        if not len(self.prior):
            return evidence[:, 0]
        probabilities = np.zeros((len(evidence), len(self.prior)))
        probabilities[:, self.present] = softmax(evidence + np.log(self.prior[self.present]), axis=1)
        return by_kind(probabilities)
