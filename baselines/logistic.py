"""Logistic regression with a ridge penalty, on one modality or on several, fused early or late.

Source: le Cessie & van Houwelingen (1992), "Ridge estimators in logistic regression", Applied Statistics 41:191, who
choose the penalty by cross-validation, too. Solver: scikit-learn.
"""

from collections.abc import Sequence
from dataclasses import replace
from sys import maxsize
from typing import Any, ClassVar, Literal, Self

import numpy as np
from sklearn.linear_model import LogisticRegression

from baselines.class_prior import by_kind, class_frequencies
from baselines.shared.features import Features, Matrix
from benchmark.models import Kind, Model, Patients

GRID = tuple(10.0**power for power in range(-5, 2))  # scikit-learn's C: 1e-5 silences thousands of columns, 10 hardly shrinks ten
INNER_FOLDS = 5
LEAST = 1e-15  # stands for a probability of 0, which only a class has that an inner training part lacks


class Logistic(Model):
    """Binary or multinomial logistic regression; every column z-scored, the squared coefficients penalised.

    All columns enter: a ridge shrinks genes and needs no selection among them. The strength of the penalty is the one with
    the best log-likelihood in 5-fold stratified cross-validation inside the training part. The validation part does not
    choose it: a tenth of the patients is about a dozen, with two or three of the rarer class, and the strength would be
    noise; nor is it added to the training part, so that all models of a board learn from the same patients. The
    likelihood and not the AUC, because it also sees whether the probabilities are right.

    A patient without a modality counts as the mean training patient there (``early``) or is left to the other modalities
    (``late``); one without any gets the class frequencies of the training part, as does everybody when that part has one
    class only. A class that the training part lacks has probability 0.

    Args:
        modalities: the blocks to use.
        fusion: ``early`` puts their columns side by side. ``late`` fits one model for each block on the patients who have
            it, and averages the probabilities over the blocks that a patient has: an imputed block would only pull the
            average towards the mean patient.
        balanced: whether each class weighs the same, in the fit and in the choice of the penalty. The rarer classes are
            then called more often (balanced accuracy, macro F1); the probabilities no longer follow the prevalence, and
            the Brier score pays for it.
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("binary", "multiclass")

    def __init__(self, modalities: tuple[str, ...] = (), fusion: Literal["early", "late"] = "early", balanced: bool = False) -> None:
        self.modalities = modalities
        self.fusion = fusion
        self.balanced = balanced

    def fit(self, train: Patients, valid: Patients) -> None:  # noqa: ARG002 - the penalty is chosen inside the training part
        """Fit one model on all columns (early) or one for each modality (late).

        Raises:
            ValueError: no modality, or one that some training patients have but no column of which varies among them
                (``early``: or one that none of them has).
        """
        if not self.modalities:
            raise ValueError("logistic needs at least one modality")
        groups = [self.modalities] if self.fusion == "early" else [(modality,) for modality in self.modalities]
        self.prior = class_frequencies(train)
        parts = [(group, _those_with(group, train)) for group in groups]
        # patients of one class teach nothing that the frequencies do not say
        self.parts = [_Ridge(group, self.balanced).fit(having) for group, having in parts if _several(having.outcome)]

    def predict(self, patients: Patients) -> np.ndarray[Any, Any]:
        total, voices = np.zeros((len(patients), len(self.prior))), np.zeros((len(patients), 1))
        for part in self.parts:
            has = _has_any(part.modalities, patients)[:, None]
            total += np.where(has, part.probabilities(patients), 0)
            voices += has
        return by_kind(np.where(voices > 0, total / np.maximum(voices, 1), self.prior))


class _Ridge:
    """One model on the columns of some modalities, side by side."""

    def __init__(self, modalities: Sequence[str], balanced: bool) -> None:
        self.modalities = modalities
        self.balanced = balanced

    def fit(self, train: Patients) -> Self:
        """Fit on patients of two classes or more."""
        self.features = [Features(modality, maxsize, "zscore").fit(train) for modality in self.modalities]
        self.classes, codes = len(train.classes), np.asarray(train.outcome)
        matrix = self._side_by_side(train)
        # Features saw all inner test patients, but no outcome: imputed means and scales favour no penalty
        self.strength = self._choose(matrix, codes)
        self.model = self._fitted(matrix, codes, self.strength)
        return self

    def probabilities(self, patients: Patients) -> Matrix:
        return self._all_columns(self.model, self._side_by_side(patients))

    def _choose(self, matrix: Matrix, codes: np.ndarray[Any, Any]) -> float:
        fold = np.empty(len(codes), dtype=int)
        fold[np.argsort(codes, kind="stable")] = np.arange(len(codes)) % INNER_FOLDS  # each class is dealt out in turn
        counts = np.bincount(codes)
        weights = 1 / counts[codes] if self.balanced else np.ones(len(codes))
        losses = np.zeros(len(GRID))
        for held in (fold == number for number in range(INNER_FOLDS)):
            if not held.any() or not _several(codes[~held]):
                continue
            for index, strength in enumerate(GRID):
                predicted = self._all_columns(self._fitted(matrix[~held], codes[~held], strength), matrix[held])
                own = predicted[np.arange(held.sum()), codes[held]]
                losses[index] -= weights[held] @ np.log(np.maximum(own, LEAST))
        return GRID[int(np.argmin(losses))]  # the first: of equal ones the strongest penalty

    def _fitted(self, matrix: Matrix, codes: np.ndarray[Any, Any], strength: float) -> LogisticRegression:
        weight = "balanced" if self.balanced else None
        return LogisticRegression(C=strength, class_weight=weight, tol=1e-6, max_iter=10_000).fit(matrix, codes)

    def _all_columns(self, model: LogisticRegression, matrix: Matrix) -> Matrix:
        probabilities = np.zeros((len(matrix), self.classes))
        probabilities[:, model.classes_] = model.predict_proba(matrix)
        return probabilities

    def _side_by_side(self, patients: Patients) -> Matrix:
        return np.hstack([features.transform(patients) for features in self.features])


def _several(codes: np.ndarray[Any, Any] | None) -> bool:
    return len(np.unique(np.asarray(codes))) > 1


def _has_any(modalities: Sequence[str], patients: Patients) -> np.ndarray[Any, Any]:
    return np.asarray(np.any([patients.block(modality).notna().any(axis=1).to_numpy() for modality in modalities], axis=0))


def _those_with(modalities: Sequence[str], train: Patients) -> Patients:
    has = _has_any(modalities, train)
    return replace(train, ids=train.ids[has], outcome=np.asarray(train.outcome)[has])
