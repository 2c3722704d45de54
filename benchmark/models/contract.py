"""The contract of a model: patients in, risks or probabilities out."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

Kind = Literal["survival", "binary", "multiclass"]
ANY = 99  # modalities: no limit


@dataclass(frozen=True)
class Patients:
    """The patients that a model is given.

    Attributes:
        ids: opaque patient ids, shuffled; they carry no information.
        blocks: modality → table by patient id, or, for a bag (slides, scans), by patient id and instance number. A patient without
            a modality has no row in its block; a missing value is NaN; a coded column is a pandas category with all levels of the cohort.
        outcome: survival: structured array ``(event: bool, time: float)`` of shape (n,), as in scikit-survival;
            otherwise class codes 0 … K − 1 of shape (n,), binary: 1 is the positive class. ``None`` for the patients to predict.
        classes: the names of the classes in the order of their codes; empty for survival.
    """

    ids: pd.Index
    blocks: Mapping[str, pd.DataFrame]
    outcome: np.ndarray[Any, Any] | None = None
    classes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    def block(self, modality: str) -> pd.DataFrame:
        """The table of one modality with a row for every patient; NaN rows where the modality is missing.

        The instances of a bag are averaged (numbers only); ``blocks`` has them one by one.
        """
        table = self.blocks[modality]
        if table.index.nlevels > 1:
            table = table.groupby(level=0).mean(numeric_only=True)
        return table.reindex(self.ids)

    def take(self, rows: np.ndarray[Any, Any]) -> "Patients":
        """Some of the patients: positions, in the order wanted, or a mask of shape (n,)."""
        ids = self.ids[rows]
        blocks = {name: table[table.index.get_level_values(0).isin(ids)] for name, table in self.blocks.items()}
        return Patients(ids, blocks, None if self.outcome is None else self.outcome[rows], self.classes)


@dataclass(frozen=True)
class Between:
    """A numeric hyper-parameter's range for ``bench run --search``, both ends included.

    Attributes:
        low, high: the ends; two integers mean whole numbers.
        log: whether a factor counts, not a difference (learning rates, penalties).
    """

    low: float
    high: float
    log: bool = False


class Model(ABC):
    """A model: hyper-parameters and ``seed`` are keyword arguments of the constructor, with defaults and type hints.

    A constructor with a ``modalities: tuple[str, ...]`` parameter works on any blocks: the runner passes the
    modalities that the user names, else those that :meth:`pick` takes.

    Attributes:
        kinds: the kinds of task that it can do.
        needs: the modalities that it cannot do without (for a model without the ``modalities`` parameter: all it uses).
        min_modalities, max_modalities: how many blocks it can take.
        search_space: hyper-parameter → what ``bench run --search`` may try: a range or a tuple of values.
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("survival",)
    needs: ClassVar[tuple[str, ...]] = ()
    min_modalities: ClassVar[int] = 1
    max_modalities: ClassVar[int] = ANY
    search_space: ClassVar[Mapping[str, Between | tuple[Any, ...]]] = {}

    @classmethod
    def pick(cls, offered: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:  # noqa: ARG003 - for models that choose
        """The modalities to use where the user names none.

        Args:
            offered: all that the task has and its cohort can serve, in the task's order.
            default: those that the task recommends.

        Returns:
            The first ``max_modalities`` of ``default``, unless a model knows better (a model of scans takes the scans). With
            fewer than ``min_modalities`` the task is skipped.
        """
        return default[: cls.max_modalities]

    @abstractmethod
    def fit(self, train: Patients, valid: Patients) -> None:
        """Learn from ``train``; ``valid`` (with outcomes) is for early stopping and choices, never for scaling."""

    @abstractmethod
    def predict(self, patients: Patients) -> np.ndarray[Any, Any]:
        """Predict for every patient, in the order of ``patients.ids``.

        Returns:
            survival: risk of shape (n,), higher = earlier event; binary: probability of the positive class of shape (n,);
            multiclass: probabilities of shape (n, K) in the order of ``classes``, also of those that did not train, rows summing to 1.
        """
