"""Principal components of all modalities together, then a Cox or a logistic regression: replace it with your model."""

from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sksurv.linear_model import CoxPHSurvivalAnalysis

from benchmark.models import Kind, Model, Patients


class Template(Model):
    """Works on tasks of every kind and on any modalities; what a patient lacks is imputed with the training mean.

    Args:
        components: how many principal components are kept.
        penalty: of the regression on them (ridge).
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("survival", "binary", "multiclass")

    def __init__(self, *, modalities: tuple[str, ...] = (), components: int = 8, penalty: float = 1.0, seed: int = 0) -> None:
        self.modalities = modalities
        self.components = components
        self.penalty = penalty
        self.seed = seed

    def fit(self, train: Patients, valid: Patients) -> None:  # noqa: ARG002 - nothing here is stopped early or chosen
        table = self._table(train)
        self.classes = len(train.classes)
        last = LogisticRegression(C=1 / self.penalty, max_iter=1000) if self.classes else CoxPHSurvivalAnalysis(alpha=self.penalty)
        reduce = PCA(min(self.components, *table.shape), svd_solver="full", random_state=self.seed)
        self.pipeline = make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler(), reduce, StandardScaler(), last)
        self.pipeline.fit(table, train.outcome)

    def predict(self, patients: Patients) -> np.ndarray[Any, Any]:
        table = self._table(patients)
        if not self.classes:
            return np.asarray(self.pipeline.predict(table))  # risk: higher = earlier event
        probability = np.zeros((len(table), self.classes))
        probability[:, self.pipeline[-1].classes_] = self.pipeline.predict_proba(table)  # a class that did not train has 0
        return probability if self.classes > 2 else probability[:, 1]

    def _table(self, patients: Patients) -> np.ndarray[Any, Any]:
        """One row for each patient: numbers as they are, categories as indicators, NaN where a modality is missing."""
        blocks = [patients.block(name) for name in self.modalities]
        table = pd.concat([pd.get_dummies(block, columns=list(block.select_dtypes("category"))) for block in blocks], axis=1)
        others = table.select_dtypes(exclude=["number", "bool"]).columns  # booleans of which some are missing; text becomes NaN
        table[others] = table[others].apply(pd.to_numeric, errors="coerce")
        return np.asarray(table.to_numpy(float, na_value=np.nan))
