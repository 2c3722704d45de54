"""The trivial model: the same Kaplan-Meier curve, so the same risk, for every patient. Its C-index is 0.5 exactly."""

from typing import Any

import numpy as np

from benchmark.models import Model, Patients


class KaplanMeier(Model):
    """Risk 0 for all. Harrell's C counts ties one half, so the curve itself need not be estimated."""

    def fit(self, train: Patients, valid: Patients) -> None:
        """Nothing to learn: a curve that all patients share cannot rank them."""

    def predict(self, patients: Patients) -> np.ndarray[Any, Any]:
        return np.zeros(len(patients))
