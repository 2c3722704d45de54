"""The classifier that always says the same: the most frequent class of the training part, with certainty."""

from typing import Any, ClassVar

import numpy as np

from baselines.class_prior import by_kind, class_frequencies
from benchmark.models import Kind, Model, Patients


class MajorityClass(Model):
    """Probability 1 for the most frequent training class (of equal ones the first), 0 for the others, whoever is predicted.

    It shows what accuracy and F1 are worth where one class is frequent: of 20 patients with 19 positive, "always
    positive" is right 19 times and its F1 is 0.974. Its AUC and balanced accuracy know better: 0.5, or 1 over the number of classes.
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("binary", "multiclass")

    def fit(self, train: Patients, valid: Patients) -> None:  # noqa: ARG002 - the training part alone
        """Find the most frequent class of the training part."""
        frequencies = class_frequencies(train)
        self.certain = np.eye(len(frequencies))[int(np.argmax(frequencies))]

    def predict(self, patients: Patients) -> np.ndarray[Any, Any]:
        return by_kind(np.tile(self.certain, (len(patients), 1)))
