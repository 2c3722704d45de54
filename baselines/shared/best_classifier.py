"""The best of seven classifiers by repeated cross-validation inside the training part.

Source: Zhang et al. (2024), "Deep-RadScore", Biomarker Research 12:12, step 4: naive Bayes, SVM, random forest, MLP, logistic regression,
k-nearest neighbours, LDA; 5 folds, repeated, mean AUC. Their settings are in an appendix that is not public text: scikit-learn's
defaults but for what :func:`seven` says.
"""

import warnings
from typing import Any

import numpy as np
from scipy.stats import rankdata
from sklearn.calibration import CalibratedClassifierCV
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from baselines.shared.features import Matrix
from baselines.shared.lasso import FOLDS, Vector, deal


def seven(seed: int) -> dict[str, Any]:
    """The candidates, not fitted. A small forest and a small, penalised MLP: they are fitted tens of times on some ten columns."""
    return {
        "logistic": LogisticRegression(),
        "lda": LinearDiscriminantAnalysis(),
        "naive_bayes": GaussianNB(),
        "svm": SVC(),
        "knn": KNeighborsClassifier(),
        "mlp": MLPClassifier((8,), solver="lbfgs", alpha=1.0, max_iter=50, random_state=seed),
        "forest": RandomForestClassifier(25, min_samples_leaf=3, random_state=seed),
    }


class BestClassifier:
    """The one of seven with the largest mean AUC over the inner test parts; of equal ones the first of :func:`seven`.

    With fewer than five patients of a class there is nothing to choose by, and logistic regression is taken.

    Args:
        repeats: divisions into five folds.
        seed: of folds, forest and MLP.

    Attributes:
        name: the classifier chosen.
        auc: name → mean inner AUC; empty where there was no choice.
    """

    def __init__(self, repeats: int, seed: int) -> None:
        self.repeats = repeats
        self.seed = seed

    def fit(self, matrix: Matrix, codes: np.ndarray[Any, Any]) -> "BestClassifier":
        """Choose and fit; ``codes`` are 0 and 1, both present."""
        self.scaler = StandardScaler().fit(matrix)
        scaled = self.scaler.transform(matrix)
        self.auc = self._compare(scaled, codes) if np.bincount(codes).min() >= FOLDS else {}
        self.name = max(self.auc, key=self.auc.__getitem__) if self.auc else "logistic"
        model = seven(self.seed)[self.name]
        if self.name == "svm":  # its margin becomes a probability by a sigmoid fitted on margins out of fold
            model = CalibratedClassifierCV(model, ensemble=False, cv=FOLDS)
        self.model = _fitted(model, scaled, codes)
        return self

    def probabilities(self, matrix: Matrix) -> Vector:
        """Of the positive class, of shape (n,)."""
        return np.asarray(self.model.predict_proba(self.scaler.transform(matrix))[:, 1])

    def _compare(self, matrix: Matrix, codes: np.ndarray[Any, Any]) -> dict[str, float]:
        rng = np.random.default_rng(self.seed)
        areas: dict[str, list[float]] = {name: [] for name in seven(self.seed)}
        for fold in (deal(codes, FOLDS, rng) for _ in range(self.repeats)):
            for held in (fold == number for number in range(FOLDS)):
                for name, model in seven(self.seed).items():
                    areas[name].append(area(_scores(_fitted(model, matrix[~held], codes[~held]), matrix[held]), codes[held]))
        return {name: float(np.mean(values)) for name, values in areas.items()}


def area(scores: Vector, codes: np.ndarray[Any, Any]) -> float:
    """The AUC, ties counted half."""
    positive = int(codes.sum())
    wins = rankdata(scores)[codes == 1].sum() - positive * (positive + 1) / 2
    return float(wins / (positive * (len(codes) - positive)))


def _scores(model: Any, matrix: Matrix) -> Vector:
    return np.asarray(model.decision_function(matrix) if isinstance(model, SVC) else model.predict_proba(matrix)[:, 1])


def _fitted(model: Any, matrix: Matrix, codes: np.ndarray[Any, Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the MLP stops at max_iter on purpose
        return model.fit(matrix, codes)
