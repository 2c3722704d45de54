"""S2's late fusion: one classifier per modality, their probabilities averaged with weights (section 3.5).

Source: Maqsood & Khan, MeD-3D, arXiv:2507.07839 (2025).
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score

from baselines.balanced_mlp import BalancedMlp
from baselines.radiology_mil import RadiologyMil
from baselines.shared.balanced import RECORDS, SCANS, BalancedClassifier, Table, groups_of, records_and_images
from baselines.shared.instances import is_bag
from baselines.wsi_mlp import WsiMlp
from benchmark.models import Between, Patients

LEAST = 1e-6  # stands for a probability of 0 under the logarithm


class LateFusionWeighted(BalancedClassifier):
    """S2's own model for each modality: ``balanced_mlp`` for records and any other table, ``radiology_mil`` for CT with MRI, ``wsi_mlp`` for slides.

    Each is fitted on the patients who have its blocks. The balanced probabilities are averaged over the classifiers that can judge a patient, the
    weights scaled to sum to 1 over these.

    Deviations. The learned weights are a logistic regression's (ridge, scikit-learn's strength 1) on log-probabilities, not a
    small network's: they are fitted on the validation part, some sixty patients with half a dozen deaths. What a patient
    lacks enters there as equal probabilities, which say nothing.

    Args:
        modalities: two blocks or more.
        weights: ``balanced_accuracy``: proportional to each classifier's balanced accuracy on the validation patients whom it can judge, at
            equal probabilities as everywhere in S2; chance where these are of one class, or none. A classifier that is always wrong there has
            no say. ``learned``: fitted to the validation outcomes, or the rule above where a class that trained does not validate.
        sampler: of ``balanced_mlp``.
        pooling: of ``wsi_mlp``.
        seed: of all of them.
    """

    min_modalities = 2
    search_space: ClassVar[Mapping[str, Between | tuple[Any, ...]]] = {
        "weights": ("balanced_accuracy", "learned"),
        "sampler": ("smote", "adasyn", "none"),
        "pooling": ("mean", "gated"),
    }

    def __init__(
        self,
        modalities: tuple[str, ...] = (),
        weights: Literal["balanced_accuracy", "learned"] = "balanced_accuracy",
        sampler: Literal["smote", "adasyn", "none"] = "smote",
        pooling: Literal["mean", "gated"] = "mean",
        seed: int = 0,
    ) -> None:
        super().__init__(modalities)
        self.weights = weights
        self.sampler = sampler
        self.pooling = pooling
        self.seed = seed

    @classmethod
    def pick(cls, offered: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
        return records_and_images(offered, default)

    def learn(self, training: Patients, validation: Patients) -> None:
        self.parts = [self._part(group, training) for group in groups_of(self.used, [RECORDS, SCANS])]
        for part in self.parts:
            part.fit(training, validation)
        tables, codes = self._tables(validation), np.asarray(validation.outcome)
        self.shares = np.array([balanced_accuracy(table, codes) for table in tables])
        self.head: LogisticRegression | None = None
        if self.weights == "learned" and set(codes) >= set(np.asarray(training.outcome)):
            self.head = LogisticRegression(class_weight="balanced", max_iter=1000).fit(_log_ratios(tables), codes)

    def judge(self, patients: Patients) -> Table:
        tables = self._tables(patients)
        if self.head is None:
            return weighted_mean(tables, self.shares)
        table = np.zeros(tables.shape[1:])
        table[:, self.head.classes_] = self.head.predict_proba(_log_ratios(tables))
        return np.where(np.isfinite(tables).any(axis=0), table, np.nan)

    def _part(self, group: tuple[str, ...], training: Patients) -> BalancedClassifier:
        if group[0] in SCANS:
            return RadiologyMil(group, seed=self.seed)
        if is_bag(training, group[0]):
            return WsiMlp(group, self.pooling, seed=self.seed)
        return BalancedMlp(group, self.sampler, seed=self.seed)

    def _tables(self, patients: Patients) -> Table:
        """Balanced probabilities of every part, shape (parts, n, classes)."""
        return np.stack([part.balanced(patients) for part in self.parts])


def balanced_accuracy(table: Table, codes: np.ndarray[Any, Any]) -> float:
    """Of the most probable classes of those whom ``table`` (n, classes) judges; 1 / classes where these are of one class, or none."""
    known = np.isfinite(table).all(axis=1)
    classes = np.unique(codes[known])
    if len(classes) < 2:
        return 1 / table.shape[1]
    recall: float = recall_score(codes[known], table[known].argmax(axis=1), labels=classes, average="macro")
    return recall


def weighted_mean(tables: Table, weights: Table) -> Table:
    """Mean over the tables that judge a patient, shape (n, classes); NaN for whom none does whose weight is above 0.

    Args:
        tables: shape (parts, n, classes), NaN for whom a part does not judge.
        weights: shape (parts,).
    """
    known = np.isfinite(tables)
    total = (weights[:, None, None] * known).sum(axis=0)
    mean = (weights[:, None, None] * np.where(known, tables, 0)).sum(axis=0)
    return np.asarray(np.divide(mean, total, out=np.full(mean.shape, np.nan), where=total > 0))


def _log_ratios(tables: Table) -> Table:
    """log(K p) of every part and class, shape (n, parts · classes): 0 at equal probabilities, and where a part does not judge."""
    ratios = np.log(np.maximum(tables * tables.shape[2], LEAST))
    return np.asarray(np.nan_to_num(ratios).transpose(1, 0, 2).reshape(tables.shape[1], -1))
