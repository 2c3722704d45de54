"""What every figure of a board is drawn from, and what every figure gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.errors import UndefinedError
from benchmark.scoring import Joint, Predictions, Scored, meet_any
from benchmark.tasks import Task

DIGITS = 6  # of a number in a figure: more than anybody sees, few enough that two machines write the same bytes


class Table(NamedTuple):
    """The numbers behind a figure, as they stand in its CSV file."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


class Figure(Protocol):
    """The numbers of one figure.

    Attributes:
        HOW: how they come about, in words for a caption.
    """

    HOW: ClassVar[str]

    def as_dict(self) -> dict[str, Any]:
        """The numbers for whoever draws them: lists, numbers, words and ``None``."""
        ...

    def table(self) -> Table:
        """The same as rows."""
        ...


class Part(NamedTuple):
    """A class against the rest: its name, and for every row whether the patient is of it and its probability, shapes (n,) and (n, k)."""

    name: str
    positive: NDArray[np.bool_]
    probability: NDArray[np.float64]


@dataclass(frozen=True)
class Scene:
    """The models of a board beside the outcomes.

    Attributes:
        endpoints: one, or several that are averaged.
        labels: the models in the order of the board.
        predictions: of every model, by endpoint.
    """

    task: Task
    protocol: str
    endpoints: tuple[str, ...]
    labels: tuple[str, ...]
    predictions: Sequence[Mapping[str, Predictions]]

    @cached_property
    def scored(self) -> Scored | Joint:
        return meet_any(self.task, self.protocol, self.endpoints, self.predictions)

    @property
    def metric(self) -> str:
        return self.task.spec.metrics.primary

    @property
    def one(self) -> Scored:
        """The rows of the only endpoint.

        Raises:
            UndefinedError: there are several.
        """
        if isinstance(self.scored, Joint):
            raise UndefinedError("the mean over several endpoints has no such figure; each endpoint has its own")
        return self.scored

    @cached_property
    def patients(self) -> NDArray[np.int64]:
        """A code for the patient of every row of the only endpoint."""
        return np.asarray(pd.factorize(self.one.rows["patient_id"])[0], np.int64)

    @property
    def event(self) -> NDArray[np.bool_]:
        """Survival: whether the patient of each row had the event."""
        return self.require("survival").parts[0].event

    @property
    def time(self) -> NDArray[np.float64]:
        """Survival: when, or until when he was followed."""
        return self.require("survival").parts[0].time

    @property
    def risk(self) -> NDArray[np.float64]:
        """Survival: what the models say of each row, shape (n, k)."""
        return self.require("survival").parts[0].score

    @property
    def tau(self) -> float:
        """Survival: the task's horizon."""
        return float(self.task.spec.endpoints[self.endpoints[0]].tau or np.inf)

    def require(self, *kinds: str) -> Scored:
        """The rows, if the task is of one of these kinds.

        Raises:
            UndefinedError: it is not.
        """
        if self.task.spec.kind not in kinds:
            raise UndefinedError(f"not a figure of {self.task.spec.kind} outcomes")
        return self.one

    def classes(self) -> list[Part]:
        """The classes that have a probability: of two the second, of more every one.

        Raises:
            UndefinedError: survival, or several endpoints.
        """
        parts, names = self.require("binary", "multiclass").parts, self.task.classes(self.endpoints[0])
        return [Part(name, part.event, part.score) for name, part in zip(names[-len(parts) :], parts, strict=True)]


def compact(value: Any) -> Any:
    """A document with floats of six digits and nothing but what JSON has; NaN and infinities become ``None``."""
    if isinstance(value, dict):
        return {str(key): compact(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return compact(value.tolist())
    if isinstance(value, list | tuple):
        return [compact(item) for item in value]
    if isinstance(value, np.bool_ | np.integer):
        return value.item()
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None
    return value
