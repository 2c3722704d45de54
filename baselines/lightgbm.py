"""Gradient boosted trees with LightGBM, for classes.

Source: Ke, Meng, Finley, Wang, Chen, Ma, Ye, Liu (2017), "LightGBM: a highly efficient gradient boosting decision tree", NIPS.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import lightgbm
import numpy as np

from baselines.class_prior import by_kind, class_frequencies
from baselines.shared.trees import TreeColumns
from benchmark.models import Between, Kind, Model, Patients


class LightGBM(Model):
    """Boosted trees grown leaf by leaf, on the columns of all blocks, side by side; missing values as LightGBM takes them.

    No survival: the package has no Cox or AFT loss, ``xgboost`` has both. Boosting stops when the log loss of the validation
    part has not improved for ``patience`` rounds, and the trees up to its best round predict; if nobody there is of a class
    that training has, all ``rounds`` are kept.

    A patient without a modality has missing values in all its columns, at training and at prediction. A class that the
    training part lacks has probability 0; if it has one class only, everybody gets the class frequencies.

    Args:
        modalities: the blocks to use.
        learning_rate: how much of each tree is added.
        num_leaves: leaves of a tree; the package's 31 have three patients each in a training part of a hundred.
        min_child_samples: least patients in a leaf; the package's 20 would leave such a tree four leaves.
        rounds: most trees (with three classes or more: most trees for each class).
        patience: rounds without a better validation loss before boosting stops.
        subsample: share of the patients that a tree sees.
        colsample: share of the columns that a tree sees.
        reg_lambda: L2 penalty on the values of the leaves.
        seed: of the draws of patients and columns.
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("binary", "multiclass")
    search_space: ClassVar[Mapping[str, Between | tuple[Any, ...]]] = {
        "learning_rate": Between(0.01, 0.3, log=True),
        "num_leaves": Between(2, 31),
        "min_child_samples": Between(2, 20),
        "colsample": Between(0.1, 1.0),
        "reg_lambda": Between(0.1, 100.0, log=True),
    }

    def __init__(
        self,
        modalities: tuple[str, ...] = (),
        learning_rate: float = 0.05,
        num_leaves: int = 7,
        min_child_samples: int = 5,
        rounds: int = 300,
        patience: int = 30,
        subsample: float = 0.8,
        colsample: float = 0.5,
        reg_lambda: float = 1.0,
        seed: int = 0,
    ) -> None:
        self.modalities = modalities
        self.rounds = rounds
        self.patience = patience
        self.settings = {
            "learning_rate": learning_rate,
            "num_leaves": num_leaves,
            "min_child_samples": min_child_samples,
            "min_data_in_bin": 1,  # the package's 3 merges neighbours, which a few patients are not enough for
            "bagging_fraction": subsample,
            "bagging_freq": 1,
            "feature_fraction": colsample,
            "reg_lambda": reg_lambda,
            "seed": seed % 2**31,  # the package's seeds are 32-bit
            "deterministic": True,
            "force_row_wise": True,  # otherwise the layout, and with it the order of sums, is chosen by a stopwatch
            "num_threads": 1,
            "verbosity": -1,
        }

    def fit(self, train: Patients, valid: Patients) -> None:
        """Boost on the training part, as long as the validation part gains.

        Raises:
            ValueError: no modality, one that does not exist, or no column that varies.
        """
        if not self.modalities:
            raise ValueError("lightgbm needs at least one modality")
        self.columns = TreeColumns(self.modalities).fit(train)
        self.prior = class_frequencies(train)
        self.present = np.flatnonzero(self.prior)
        if len(self.present) == 1:
            return
        matrix, known = self.columns.transform(valid), np.isin(np.asarray(valid.outcome), self.present)
        data = lightgbm.Dataset(self.columns.transform(train), self._codes(train.outcome))
        judges = [data.create_valid(matrix[known], self._codes(np.asarray(valid.outcome)[known]))] if known.any() else []
        stopping = [lightgbm.early_stopping(self.patience, verbose=False)] if judges else []
        several = {"objective": "multiclass", "num_class": len(self.present)}
        objective = several if len(self.present) > 2 else {"objective": "binary"}
        self.booster = lightgbm.train({**self.settings, **objective}, data, self.rounds, valid_sets=judges, callbacks=stopping)

    def predict(self, patients: Patients) -> np.ndarray[Any, Any]:
        if len(self.present) == 1:
            return by_kind(np.tile(self.prior, (len(patients), 1)))
        predicted = np.asarray(self.booster.predict(self.columns.transform(patients)))  # of the best round
        probabilities = np.zeros((len(patients), len(self.prior)))
        probabilities[:, self.present] = predicted if predicted.ndim == 2 else np.column_stack([1 - predicted, predicted])
        return by_kind(probabilities)

    def _codes(self, outcome: np.ndarray[Any, Any] | None) -> np.ndarray[Any, Any]:
        """The position of each patient's class among those that training has."""
        return np.searchsorted(self.present, np.asarray(outcome))
