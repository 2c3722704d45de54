"""A task as the checks see it: per endpoint the outcome, per modality one row per patient, as numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sksurv.nonparametric import nelson_aalen_estimator

from benchmark.audit.finding import Severity
from benchmark.cohorts import patients_of
from benchmark.tasks import Task
from benchmark.tasks.endpoints import MIN_POSITIVES
from benchmark.tasks.spec import Published

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Columns:
    """Columns as numbers.

    Attributes:
        values: shape (n, p), NaN where missing: ordered levels as 0, 1, …; every other level as an indicator of its own.
        owner: the table's column behind each of them, length p.
    """

    values: Floats
    owner: list[str]

    def rows(self, chosen: NDArray[np.intp]) -> "Columns":
        """The same columns of some of the patients."""
        return Columns(self.values[chosen], self.owner)

    @cached_property
    def ranks(self) -> Floats:
        """Centred ranks of unit length, missing in the middle; a column without spread is 0. Shape (n, p)."""
        ranks = pd.DataFrame(self.values).rank().to_numpy(float)
        centred = np.nan_to_num(ranks - np.nanmean(np.where(np.isnan(ranks).all(axis=0), 0.0, ranks), axis=0))
        length = np.sqrt((centred**2).sum(axis=0))
        return np.asarray(np.divide(centred, length, out=np.zeros_like(centred), where=length > 1e-9))


@dataclass(frozen=True)
class Target:
    """An endpoint's outcome on the patients who have it: structured (event, time) or class codes, shape (n,)."""

    endpoint: str
    ids: pd.Index
    outcome: NDArray[Any]
    classes: tuple[str, ...]

    def only(self, ids: pd.Index) -> "Target":
        """The outcome of those of the patients that are among ``ids``."""
        kept = self.ids.isin(ids)
        return Target(self.endpoint, self.ids[kept], self.outcome[kept], self.classes)

    @property
    def survival(self) -> bool:
        return not self.classes

    @property
    def estimable(self) -> bool:
        """Whether there are as many events, or patients of every class, as an endpoint needs."""
        counts = [self.outcome["event"].sum()] if self.survival else np.bincount(self.outcome, minlength=len(self.classes))
        return bool(min(counts) >= MIN_POSITIVES)

    def contrasts(self) -> dict[str, NDArray[np.bool_]]:
        """Name → who has the event, or is of the class; of two classes the second alone."""
        if self.survival:
            return {"event": self.outcome["event"]}
        chosen = range(1, 2) if len(self.classes) == 2 else range(len(self.classes))
        return {self.classes[code]: self.outcome == code for code in chosen}

    def comparisons(self) -> dict[str, tuple[NDArray[np.bool_], Floats]]:
        """Name → the event and time whose concordance is C, or the AUC of a class against the rest."""
        if self.survival:
            return {"event": (self.outcome["event"], self.outcome["time"])}
        return {name: (has, np.where(has, 1.0, 2.0)) for name, has in self.contrasts().items()}

    def residuals(self) -> Floats:
        """Martingale residuals without covariates, or class indicators; centred and of unit length, shape (n, 1 or contrasts).

        The inner product with a centred unit column, times √(n − 1), is the column's score (log-rank) statistic: standard
        normal when nothing is associated.
        """
        if self.survival and self.outcome["event"].any():
            steps, hazard = nelson_aalen_estimator(self.outcome["event"], self.outcome["time"])
            raw = (self.outcome["event"] - hazard[np.searchsorted(steps, self.outcome["time"])])[:, None]
        else:
            raw = np.column_stack(list(self.contrasts().values())).astype(float)
        return unit(raw)

    def basis(self) -> Floats:
        """The residuals as an orthonormal basis, shape (n, q): (n − 1) times the squared projection of a unit column is its χ².

        Pearson's for classes; for survival that of the log-rank residual and the event indicator together, since what depends on
        having been followed to an event need not depend on the hazard.
        """
        raw = self.residuals()
        if self.survival:
            raw = np.column_stack([raw, unit(self.outcome["event"][:, None].astype(float))])
        left, size, _ = np.linalg.svd(raw, full_matrices=False)
        return np.asarray(left[:, size > 1e-9])


class View:
    """A task under its default protocol, which is where its patients are looked at.

    Attributes:
        task: the task.
        ids: the eligible patients.
        targets: the estimable endpoints.
    """

    def __init__(self, task: Task) -> None:
        self.task, self.protocol = task, task.spec.default_protocol
        self.ids = task.eligible(self.protocol)
        self.targets = [
            Target(name, known, task.outcome(known, name), task.classes(name))
            for name in task.estimable(self.protocol)
            for known in [task.eligible(self.protocol, name)]
        ]

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Modality → the permitted columns, one row per eligible patient who has it; an absent modality is left out.

        Bags are the means over their instances. Columns that belong to the folds of a published split are taken where the
        patient was tested, and averaged.
        """
        found = {name: self._table(name) for name in self.task.spec.modalities if self.task.missing(name) is None}
        return {name: table.loc[table.index.isin(self.ids)] for name, table in found.items() if table is not None}

    @cached_property
    def columns(self) -> dict[str, Columns]:
        """Modality → its table as numbers."""
        return {name: as_numbers(table) for name, table in self.tables.items()}

    def pairs(self) -> Iterator[tuple[str, Target, Columns]]:
        """Every modality with every endpoint, on the patients who have both; too few of a class among them are not looked at."""
        for target in self.targets:
            for name, table in self.tables.items():
                both = target.only(table.index)
                if both.estimable:
                    yield name, both, self.columns[name].rows(table.index.get_indexer(both.ids))

    def severity(self, modality: str) -> Severity:
        """``fail`` for what a model is given unasked, ``note`` for what a task offers beside it, such as a leak to be measured."""
        return "fail" if modality in self.task.spec.default_modalities else "note"

    def _table(self, modality: str) -> pd.DataFrame | None:
        split = self.task.confined_to(modality)
        if split is None:
            return _by_patient(self.task.table(modality))
        rules = self.task.spec.protocols.items()
        protocol = next((name for name, rule in rules if isinstance(rule, Published) and rule.splits == split), None)
        if protocol is None:
            return None
        rows = self.task.folds[(self.task.folds["protocol"] == protocol) & (self.task.folds["role"] == "test")]
        tested = [
            table.loc[table.index.isin(part["patient_id"])]
            for fold, part in rows.groupby("fold")
            for table in [_by_patient(self.task.table(modality, int(str(fold))))]
        ]
        return pd.concat(tested).groupby(level=0).mean()


def as_numbers(table: pd.DataFrame) -> Columns:
    """A table as numbers, see :class:`Columns`."""
    values, owner = [], []
    for name, column in table.items():
        for part in _parts(column):
            values.append(part)
            owner.append(str(name))
    return Columns(np.column_stack(values), owner)


def is_coded(column: "pd.Series[Any]") -> bool:
    """Whether a column holds levels without an order of their own as numbers: categories or text."""
    return isinstance(column.dtype, pd.CategoricalDtype) or not pd.api.types.is_numeric_dtype(column.dtype)


def _parts(column: "pd.Series[Any]") -> list[Floats]:
    if not is_coded(column):
        return [column.to_numpy(float, na_value=np.nan)]
    category = column.astype("category")
    known = category.notna().to_numpy()
    codes = np.where(known, category.cat.codes.to_numpy(float), np.nan)
    if category.cat.ordered or len(category.cat.categories) <= 2:
        return [codes]
    return [np.where(known, codes == code, np.nan) for code in range(len(category.cat.categories))]


def _by_patient(table: pd.DataFrame) -> pd.DataFrame:
    if table.index.nlevels == 1:
        return table
    numbers = as_numbers(table)
    return pd.DataFrame(numbers.values, index=patients_of(table), columns=numbers.owner).groupby(level=0).mean()


def unit(raw: Floats) -> Floats:
    """The columns centred and of unit length; one without spread is 0."""
    centred = raw - raw.mean(axis=0)
    length = np.sqrt((centred**2).sum(axis=0))
    return np.asarray(np.divide(centred, length, out=np.zeros_like(centred), where=length > 0))
