"""A floor that shows what noise looks like on a board: a random risk for every patient."""

import hashlib
from typing import Any

import numpy as np

from benchmark.models import Model, Patients


class RandomRisk(Model):
    """A uniform number that is a hash of the seed and the patient's opaque id.

    A hash and not a draw from a generator, so that a patient's risk depends neither on the other patients that are
    predicted with them nor on their order; outcomes never enter.
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, train: Patients, valid: Patients) -> None:
        """Nothing to learn."""

    def predict(self, patients: Patients) -> np.ndarray[Any, Any]:
        return np.array([self._risk(str(name)) for name in patients.ids], dtype=np.float64)

    def _risk(self, name: str) -> float:
        word = hashlib.sha256(f"{self.seed}/{name}".encode()).digest()[:8]
        return int.from_bytes(word, "big") / 2**64
