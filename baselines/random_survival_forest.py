"""A random survival forest.

Source: Ishwaran, Kogalur, Blackstone, Lauer (2008), "Random survival forests", Annals of Applied Statistics 2:841. Solver:
scikit-survival.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from sksurv.ensemble import RandomSurvivalForest

from baselines.shared.trees import TreeColumns
from benchmark.models import Between, Model, Patients


class SurvivalForest(Model):
    """Trees split by the log-rank statistic, each on a bootstrap of the patients; the risk is the mean of their cumulative hazards.

    As in the paper √columns are tried at each split, and the risk is the ensemble mortality: the cumulative hazard of the
    leaf, summed over time. Leaves of 15 patients or more, as in the authors' own package: scikit-survival's 3 took twice as
    long on ``glioma_survival`` and ranked no better.

    Deviations: the event times of the training part are grouped at ``times`` quantiles, a censored patient counting as at
    risk in his whole interval, because every split weighs all times one by one (``glioma_survival``: 5 s a fold, grouped
    2 s, the same C-index). Missing values are not imputed from the trees; each split sends them to the side where the
    statistic is larger, as scikit-survival does. A patient without a modality has missing values in all its columns.

    Args:
        modalities: the blocks to use, their columns side by side.
        trees: how many.
        min_leaf: least patients in a leaf.
        columns: share of the columns that each split tries; 0: their square root.
        times: how many intervals of time; 0: as many as there are times.
        seed: of the bootstraps and of the columns.
    """

    search_space: ClassVar[Mapping[str, Between | tuple[Any, ...]]] = {
        "min_leaf": Between(3, 30),
        "columns": (0.0, 0.1, 0.3, 1.0),
    }

    def __init__(
        self,
        modalities: tuple[str, ...] = (),
        trees: int = 100,
        min_leaf: int = 15,
        columns: float = 0.0,
        times: int = 30,
        seed: int = 0,
    ) -> None:
        self.modalities = modalities
        self.trees = trees
        self.min_leaf = min_leaf
        self.columns = columns
        self.times = times
        self.seed = seed

    def fit(self, train: Patients, valid: Patients) -> None:  # noqa: ARG002 - no choice to make
        """Grow the trees on the training part; the validation part is not used.

        Raises:
            ValueError: no modality, one that does not exist, no column that varies, or no event in training.
        """
        if not self.modalities:
            raise ValueError("random_survival_forest needs at least one modality")
        self.coder = TreeColumns(self.modalities).fit(train)
        outcome = np.asarray(train.outcome)
        self.forest = RandomSurvivalForest(
            self.trees,
            min_samples_split=2 * self.min_leaf,
            min_samples_leaf=self.min_leaf,
            max_features=self.columns or "sqrt",
            low_memory=True,  # predicts the risk only, and does not keep a curve for every leaf
            random_state=self.seed % 2**32,
        ).fit(self.coder.transform(train), grouped(outcome, self.times) if self.times else outcome)

    def predict(self, patients: Patients) -> np.ndarray[Any, Any]:
        return np.asarray(self.forest.predict(self.coder.transform(patients)))


def grouped(outcome: np.ndarray[Any, Any], intervals: int) -> np.ndarray[Any, Any]:
    """The outcome with the number of the interval for the time, of shape (n,); interval ends are quantiles of the event times.

    Raises:
        ValueError: there is no event.
    """
    if not outcome["event"].any():
        raise ValueError("random_survival_forest: no event in the training part, so nothing to learn from")
    ends = np.quantile(outcome["time"][outcome["event"]], np.linspace(0, 1, intervals + 1)[1:], method="higher")
    coarse = outcome.copy()
    coarse["time"] = np.searchsorted(ends, outcome["time"], side="left") + 1
    return coarse
