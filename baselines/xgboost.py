"""Gradient boosted trees with XGBoost, for survival and for classes: what most users would try first.

Source: Chen & Guestrin (2016), "XGBoost: a scalable tree boosting system", KDD. Cox: the partial likelihood as the loss,
Ridgeway (1999), "The state of boosting", section 4. AFT: Barnwal, Cho, Hocking (2022), "Survival regression with
accelerated failure time model in XGBoost", J Comput Graph Stat 31:1292.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
import xgboost

from baselines.class_prior import by_kind, class_frequencies
from baselines.shared.trees import TreeColumns
from benchmark.models import Between, Kind, Model, Patients


class XGBoost(Model):
    """Boosted trees on the columns of all blocks, side by side; missing values as XGBoost takes them.

    Shallow trees and a small step, which suit a hundred patients better than the package's defaults (depth 6, step 0.3).
    Boosting stops when the loss of the validation part has not improved for ``patience`` rounds, and the trees up to its
    best round predict. Where that part has no loss (nobody in it, no event for ``cox``, nobody of a class that training
    has) all ``rounds`` are kept.

    A patient without a modality has missing values in all its columns, at training and at prediction. A class that the
    training part lacks has probability 0; if it has one class only, everybody gets the class frequencies.

    Args:
        modalities: the blocks to use.
        objective: the loss where the outcome is survival. ``cox``: negative log partial likelihood. ``aft``: log time
            with normal errors; an event is the interval [t, t], a censored patient [t, ∞).
        learning_rate: how much of each tree is added.
        max_depth: splits from the root to a leaf.
        rounds: most trees (with three classes or more: most trees for each class).
        patience: rounds without a better validation loss before boosting stops.
        subsample: share of the patients that a tree sees.
        colsample: share of the columns that a tree sees.
        min_child_weight: least sum of second derivatives in a leaf. The package's 1 is meant for more patients: a
            classified patient brings 0.25 at most.
        reg_lambda: L2 penalty on the values of the leaves.
        spread: SD of the errors of log time (``aft`` only).
        seed: of the draws of patients and columns.
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("survival", "binary", "multiclass")
    search_space: ClassVar[Mapping[str, Between | tuple[Any, ...]]] = {
        "learning_rate": Between(0.01, 0.3, log=True),
        "max_depth": Between(1, 6),
        "subsample": Between(0.5, 1.0),
        "colsample": Between(0.1, 1.0),
        "reg_lambda": Between(0.1, 100.0, log=True),
    }

    def __init__(
        self,
        modalities: tuple[str, ...] = (),
        objective: Literal["cox", "aft"] = "cox",
        learning_rate: float = 0.05,
        max_depth: int = 3,
        rounds: int = 300,
        patience: int = 30,
        subsample: float = 0.8,
        colsample: float = 0.3,
        min_child_weight: float = 0.1,
        reg_lambda: float = 1.0,
        spread: float = 1.0,
        seed: int = 0,
    ) -> None:
        self.modalities = modalities
        self.objective = objective
        self.rounds = rounds
        self.patience = patience
        self.spread = spread
        self.settings = {
            "learning_rate": learning_rate,
            "max_depth": max_depth,
            "subsample": subsample,
            "colsample_bytree": colsample,
            "min_child_weight": min_child_weight,
            "reg_lambda": reg_lambda,
            "seed": seed,
            "nthread": 1,
            "max_bin": 64,  # a cut at every sixth patient of 400 is fine enough, and three times as fast as the 256 of the package
        }

    def fit(self, train: Patients, valid: Patients) -> None:
        """Boost on the training part, as long as the validation part gains.

        Raises:
            ValueError: no modality, one that does not exist, no column that varies, or (survival) no event in training.
        """
        if not self.modalities:
            raise ValueError("xgboost needs at least one modality")
        self.columns = TreeColumns(self.modalities).fit(train)
        self.prior = class_frequencies(train) if train.classes else np.zeros(0)
        self.present = np.flatnonzero(self.prior)
        if train.classes:
            self._fit_classes(train, valid)
        elif not np.asarray(train.outcome)["event"].any():
            raise ValueError("xgboost: no event in the training part, so nothing to learn from")
        elif self.objective == "cox":
            self._fit_cox(train, valid)
        else:
            self._fit_aft(train, valid)

    def predict(self, patients: Patients) -> np.ndarray[Any, Any]:
        if len(self.prior) == 0:
            margin = self._boosted(patients, output_margin=True)
            return -margin if self.objective == "aft" else margin  # log time, log hazard
        if len(self.present) == 1:
            return by_kind(np.tile(self.prior, (len(patients), 1)))
        probabilities = np.zeros((len(patients), len(self.prior)))
        predicted = self._boosted(patients)
        probabilities[:, self.present] = predicted if predicted.ndim == 2 else np.column_stack([1 - predicted, predicted])
        return by_kind(probabilities / probabilities.sum(axis=1, keepdims=True))  # single precision: they sum to 1 but for 1e-7

    def _fit_cox(self, train: Patients, valid: Patients) -> None:
        parts = [self._matrix(part, label=cox_label(part.outcome)) for part in (train, valid)]
        self._boost({"objective": "survival:cox"}, *parts, judge=bool(np.asarray(valid.outcome)["event"].any()))

    def _fit_aft(self, train: Patients, valid: Patients) -> None:
        times = np.asarray(train.outcome)["time"]
        unit = float(np.median(times[times > 0]))  # log time then starts near 0, where boosting does
        parts = []
        for part in (train, valid):
            lower, upper = aft_bounds(part.outcome, unit)
            parts.append(self._matrix(part, label_lower_bound=lower, label_upper_bound=upper))
        normal = {"aft_loss_distribution": "normal", "aft_loss_distribution_scale": self.spread, "base_score": 1.0}
        self._boost({"objective": "survival:aft", **normal}, *parts, judge=len(valid) > 0)

    def _fit_classes(self, train: Patients, valid: Patients) -> None:
        several = {"objective": "multi:softprob", "num_class": len(self.present)}
        parts = []
        for part in (train, valid):
            known = np.isin(np.asarray(part.outcome), self.present)  # in validation there may be a class that training lacks
            codes = np.searchsorted(self.present, np.asarray(part.outcome)[known])
            parts.append(self._matrix(part, known, label=codes))
        if len(self.present) > 1:
            objective = several if len(self.present) > 2 else {"objective": "binary:logistic"}
            self._boost(objective, *parts, judge=parts[1].num_row() > 0)

    def _matrix(self, patients: Patients, rows: Any = slice(None), **labels: np.ndarray[Any, Any]) -> xgboost.DMatrix:
        return xgboost.DMatrix(self.columns.transform(patients)[rows], nthread=1, **labels)

    def _boost(self, objective: Mapping[str, Any], train: xgboost.DMatrix, valid: xgboost.DMatrix, judge: bool) -> None:
        stopping = {"evals": [(valid, "valid")], "early_stopping_rounds": self.patience, "verbose_eval": False} if judge else {}
        self.booster = xgboost.train({**self.settings, **objective}, train, self.rounds, **stopping)
        self.trees = self.booster.best_iteration + 1 if judge else self.rounds

    def _boosted(self, patients: Patients, **how: Any) -> np.ndarray[Any, Any]:
        predicted = self.booster.predict(self._matrix(patients), iteration_range=(0, self.trees), **how)
        return np.asarray(predicted, dtype=np.float64)


def cox_label(outcome: np.ndarray[Any, Any] | None) -> np.ndarray[Any, Any]:
    """The label of XGBoost's Cox objective: the time, negative where censored, of shape (n,).

    Ranks stand for the times: only their order enters, they survive single precision, and a time of 0 has no sign.
    """
    order = np.unique(np.asarray(outcome)["time"], return_inverse=True)[1] + 1.0
    return np.where(np.asarray(outcome)["event"], order, -order)


def aft_bounds(outcome: np.ndarray[Any, Any] | None, unit: float) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The interval in which each event lies, in units of ``unit``: two arrays of shape (n,), the upper one ∞ where censored.

    A time of 0, whose logarithm is −∞, counts as a thousandth of the unit.
    """
    lower = np.maximum(np.asarray(outcome)["time"] / unit, 1e-3)
    return lower, np.where(np.asarray(outcome)["event"], lower, np.inf)
