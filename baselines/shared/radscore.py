"""A region's RadScore: relevance filter, redundancy filter, LASSO; the linear combination of the columns that survive.

Source: Zhang et al. (2024), "Deep-RadScore", Biomarker Research 12:12, "Deep learning radiomics architecture", step 3. Its appendix E4,
which describes the selection, is not public text; each filter is the usual one of the field and says below which.

The score of a patient it was learned from is in sample: of 851 columns of noise some forty pass the filter, and the LASSO's
penalty, chosen after it, is too weak. The seven classifiers that learn from such scores are overconfident, and nearly all of
them separate the patients that they are compared on. It stays, because the paper gives no sign of anything else, and because
scores out of fold did no better: on ``nsclc_mutation`` (20 folds) an AUC of .57, .59 and .72 for EGFR, lymphovascular invasion and
T2 or more against .60, .66 and .74 in sample.
"""

from sys import maxsize
from typing import Any, Self

import numpy as np
from scipy.stats import mannwhitneyu

from baselines.shared.features import Features, Matrix
from baselines.shared.lasso import FOLDS, Vector, deal, lasso
from benchmark.models import Patients

RELEVANT = 0.05
REDUNDANT = 0.9


class RadScore:
    """The score of one region, one number per patient: Σ coefficient · z-scored column, without intercept.

    Columns are z-scored by the training part. A patient without the region has the score of the mean patient, 0.

    Args:
        modality: the region's block.
        relevant: a column stays whose Mann-Whitney p value between the classes is below.
        redundant: of two columns whose correlation is above, in absolute value, the more relevant one stays.
    """

    def __init__(self, modality: str, relevant: float = RELEVANT, redundant: float = REDUNDANT) -> None:
        self.modality = modality
        self.relevant, self.redundant = relevant, redundant

    def fit(self, train: Patients, rng: np.random.Generator) -> Self:
        """Learn the coefficients from the patients who have the region.

        Raises:
            ValueError: no training patient has the region, or no column of it varies.
        """
        self.features = Features(self.modality, maxsize, "zscore").fit(train)
        has, codes = has_block(self.modality, train), np.asarray(train.outcome, dtype=np.float64)
        matrix = self.features.transform(train)
        self.coefficients = self.select_and_weigh(matrix[has], codes[has], rng)
        return self

    def transform(self, patients: Patients) -> Vector:
        """The scores, of shape (n,)."""
        return np.where(has_block(self.modality, patients), self.features.transform(patients) @ self.coefficients, 0.0)

    def select_and_weigh(self, matrix: Matrix, codes: Vector, rng: np.random.Generator) -> Vector:
        """The coefficients, of shape (p,), zero for what a filter or the LASSO leaves out; all zero for one class."""
        coefficients = np.zeros(matrix.shape[1])
        if len(np.unique(codes)) == 2:
            kept = relevant(matrix, codes, self.relevant)
            if len(kept):
                kept = distinct(matrix, kept, self.redundant)
                coefficients[kept] = lasso(matrix[:, kept], codes, deal(codes, FOLDS, rng))
        return coefficients


def relevant(matrix: Matrix, codes: Vector, level: float) -> np.ndarray[Any, Any]:
    """Columns with a Mann-Whitney p value below ``level``, most relevant first."""
    p = np.asarray(mannwhitneyu(matrix[codes == 1], matrix[codes == 0], method="asymptotic").pvalue)
    order = np.argsort(p, kind="stable")
    return order[p[order] < level]  # NaN, of a column that is constant here, is not below


def distinct(matrix: Matrix, columns: np.ndarray[Any, Any], most: float) -> np.ndarray[Any, Any]:
    """Those of ``columns`` (in order of relevance) that correlate with none kept before them by more than ``most``."""
    correlation = np.abs(np.atleast_2d(np.corrcoef(matrix[:, columns], rowvar=False)))
    kept: list[int] = []
    for position in range(len(columns)):
        if not (correlation[position, kept] > most).any():
            kept.append(position)
    return columns[kept]


def has_block(modality: str, patients: Patients) -> np.ndarray[Any, Any]:
    """Which patients have any value of a modality, bool of shape (n,)."""
    return np.asarray(patients.block(modality).notna().any(axis=1).to_numpy())
