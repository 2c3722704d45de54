"""A floor that shows what noise looks like on a board: random probabilities for every patient."""

import hashlib
from typing import Any, ClassVar

import numpy as np

from baselines.class_prior import by_kind
from benchmark.models import Kind, Model, Patients


class RandomProbability(Model):
    """Probabilities that are a hash of the seed and the patient's opaque id, uniform over all that sum to 1.

    A hash and not a draw from a generator, so that a patient's probabilities depend neither on the other patients that
    are predicted with them nor on their order; outcomes never enter. Exponential numbers divided by their sum are
    uniform on the simplex: for two classes the probability is uniform between 0 and 1.
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("binary", "multiclass")

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, train: Patients, valid: Patients) -> None:  # noqa: ARG002 - how many classes there are
        """Nothing to learn but the number of classes."""
        self.classes = len(train.classes)

    def predict(self, patients: Patients) -> np.ndarray[Any, Any]:
        uniform = [[self._uniform(str(name), code) for code in range(self.classes)] for name in patients.ids]
        exponential = -np.log(np.array(uniform, dtype=np.float64).reshape(len(patients), self.classes))
        return by_kind(exponential / exponential.sum(axis=1, keepdims=True))

    def _uniform(self, name: str, code: int) -> float:
        word = hashlib.sha256(f"{self.seed}/{name}/{code}".encode()).digest()[:6]  # 48 bits: neither 0 nor 1 by rounding
        return (int.from_bytes(word, "big") + 0.5) / 2**48
