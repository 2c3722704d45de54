"""The trivial classifier: the class frequencies of the training part for every patient. Its AUC is 0.5 exactly."""

from typing import Any, ClassVar

import numpy as np

from benchmark.models import Kind, Model, Patients


class ClassPrior(Model):
    """The frequencies of the classes among the training patients, whoever is predicted; an absent class has 0.

    The floor of every measure: its Brier score is what probabilities cost that know the prevalence and nothing else.
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("binary", "multiclass")

    def fit(self, train: Patients, valid: Patients) -> None:  # noqa: ARG002 - the training part alone
        """Count the classes of the training part."""
        self.frequencies = class_frequencies(train)

    def predict(self, patients: Patients) -> np.ndarray[Any, Any]:
        return by_kind(np.tile(self.frequencies, (len(patients), 1)))


def class_frequencies(train: Patients) -> np.ndarray[Any, Any]:
    """Share of each class in the training part, of shape (classes,), in the order of the codes."""
    return np.bincount(np.asarray(train.outcome), minlength=len(train.classes)) / len(train)


def by_kind(probabilities: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Probabilities of shape (n, classes) as the contract wants them: of two classes the positive one, of shape (n,)."""
    return probabilities[:, 1] if probabilities.shape[1] == 2 else probabilities
