"""Table 1: who the patients are, overall and by site."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2_contingency, fisher_exact, kruskal, mannwhitneyu
from sksurv.compare import compare_survival
from sksurv.util import Surv

from benchmark.cohorts import Cohort
from benchmark.inference import holm
from benchmark.metrics.survival import kaplan_meier
from benchmark.reporting.figures.scene import Table

BLOCK, SITE = "clinical", "site"
MOST_SITES = 6  # with more (tissue source sites) no column would hold enough patients
SPARSE = 5  # expected patients in a cell, below which a χ² is rough

Masks = Sequence[NDArray[np.bool_]]


@dataclass(frozen=True)
class Row:
    """One variable, overall and in every group.

    Attributes:
        kind: number, category or survival.
        known: patients of whom it is known.
        values: statistic → value overall and by group: of a number median, q1 and q3, of a category patients per level, of survival events and
            the median follow-up.
        test, p, p_holm: between the groups, and adjusted over the rows of the table; ``None`` where nothing was tested.
        sparse: a χ² with expected counts below 5.
    """

    variable: str
    kind: str
    unit: str | None
    known: tuple[int, ...]
    values: dict[str, tuple[float, ...]]
    test: str | None = None
    p: float | None = None
    p_holm: float | None = None
    sparse: bool = False


@dataclass(frozen=True)
class TableOne:
    """The patients of a cohort.

    Attributes:
        grouped_by: the column that makes the groups, if it does.
        groups: name and patients of every group.
    """

    HOW: ClassVar[str] = (
        "Numbers: median and quartiles; categories: patients; survival outcomes: events and median follow-up (reverse Kaplan-Meier). Between "
        "sites: Mann-Whitney (more than two: Kruskal-Wallis), χ² (two by two with an expected count below 5: Fisher's exact), log-rank; p adjusted after "
        "Holm over the table. Patients of whom a value is not known are left out of its row."
    )
    patients: int
    grouped_by: str | None
    groups: tuple[tuple[str, int], ...]
    rows: tuple[Row, ...]

    def as_dict(self) -> dict[str, Any]:
        groups = [{"name": name, "patients": count} for name, count in self.groups]
        return {"patients": self.patients, "grouped_by": self.grouped_by, "groups": groups, "rows": [vars(row) for row in self.rows]}

    def table(self) -> Table:
        columns = ("variable", "kind", "unit", "statistic", "overall", *(name for name, _ in self.groups), "test", "p", "p_holm")
        rows = []
        for row in self.rows:
            for statistic, values in {"known": row.known, **row.values}.items():
                rows.append((row.variable, row.kind, row.unit, statistic, *values, row.test, row.p, row.p_holm))
        return Table(columns, rows)


def table_one(cohort: Cohort) -> TableOne:
    """Clinical columns and outcomes, by site where there are two to six."""
    ids = cohort.outcomes.index
    clinical = cohort.blocks[BLOCK].reindex(ids) if BLOCK in cohort.blocks else pd.DataFrame(index=ids)
    names, masks = _groups(clinical)
    everybody = [np.ones(len(ids), bool), *masks]
    units = cohort.datasheet.blocks[BLOCK].units if BLOCK in cohort.blocks else {}
    rows = [_row(str(name), clinical[name], everybody, units.get(str(name))) for name in clinical if name != SITE]
    # an outcome that is a clinical column, too (a stage), stands there already
    rows += [_outcome(cohort, name, everybody) for name in cohort.datasheet.outcomes if name not in clinical]
    adjusted = holm(np.array([row.p for row in rows], float))
    rows = [row if row.p is None else replace(row, p_holm=float(p)) for row, p in zip(rows, adjusted, strict=True)]
    groups = tuple((name, int(mask.sum())) for name, mask in zip(names, masks, strict=True))
    return TableOne(len(ids), SITE if names else None, groups, tuple(rows))


def _groups(clinical: pd.DataFrame) -> tuple[list[str], Masks]:
    if SITE not in clinical or not 2 <= clinical[SITE].nunique() <= MOST_SITES:
        return [], []
    names = sorted(clinical[SITE].dropna().unique())
    return [str(name) for name in names], [(clinical[SITE] == name).to_numpy(bool) for name in names]


def _row(name: str, column: "pd.Series[Any]", masks: Masks, unit: str | None) -> Row:
    known = column.notna().to_numpy()
    counts = tuple(int((known & mask).sum()) for mask in masks)
    if pd.api.types.is_numeric_dtype(column.dtype) and column.nunique() > 2:
        inside = [column[known & mask].to_numpy(float) for mask in masks]
        quantiles = {key: tuple(_quantile(values, at) for values in inside) for key, at in (("median", 0.5), ("q1", 0.25), ("q3", 0.75))}
        test, p = _compare_numbers(inside[1:])
        return Row(name, "number", unit, counts, quantiles, test, p)
    levels = list(column.cat.categories) if isinstance(column.dtype, pd.CategoricalDtype) else sorted(column.dropna().unique())
    table = np.array([[int((known & mask & (column == level).to_numpy(bool)).sum()) for mask in masks] for level in levels])
    values: dict[str, tuple[float, ...]] = {str(level): tuple(map(int, row)) for level, row in zip(levels, table, strict=True) if row[0]}
    test, p, sparse = _compare_counts(table[:, 1:])
    return Row(name, "category", unit, counts, values, test, p, sparse=sparse)


def _outcome(cohort: Cohort, name: str, masks: Masks) -> Row:
    if name in cohort.outcomes:
        return _row(name, cohort.outcomes[name], masks, None)
    event, time = (cohort.outcomes[column] for column in cohort.columns_of(name))
    known = (event.notna() & (time > 0)).to_numpy(bool)
    had, when = event.fillna(False).to_numpy(bool), time.to_numpy(float)
    inside = [known & mask for mask in masks]
    values: dict[str, tuple[float, ...]] = {
        "events": tuple(int((had & rows).sum()) for rows in inside),
        "median_follow_up": tuple(_follow_up(had[rows], when[rows]) for rows in inside),
    }
    test, p = _compare_survival(had, when, inside[1:])
    return Row(name, "survival", cohort.datasheet.outcomes[name].unit, tuple(int(rows.sum()) for rows in inside), values, test, p)


def _quantile(values: NDArray[np.float64], at: float) -> float:
    return float(np.quantile(values, at)) if len(values) else float("nan")


def _follow_up(event: NDArray[np.bool_], time: NDArray[np.float64]) -> float:
    """The time at which half would still be followed, had nobody the event."""
    if not len(time) or event.all():
        return float("nan")
    at = np.unique(time)
    below = at[kaplan_meier(~event, time, at) <= 0.5]
    return float(below[0]) if len(below) else float("nan")


def _compare_numbers(groups: Sequence[NDArray[np.float64]]) -> tuple[str | None, float | None]:
    if len(groups) < 2 or min(map(len, groups)) < 2:
        return None, None
    if len(groups) == 2:
        return "Mann-Whitney", float(mannwhitneyu(*groups).pvalue)
    return "Kruskal-Wallis", float(kruskal(*groups).pvalue)


def _compare_counts(table: NDArray[np.int64]) -> tuple[str | None, float | None, bool]:
    kept = table[table.sum(axis=1) > 0]
    if kept.shape[1] < 2 or kept.shape[0] < 2 or (kept.sum(axis=0) == 0).any():
        return None, None, False
    found = chi2_contingency(kept, correction=False)
    sparse = bool(found.expected_freq.min() < SPARSE)
    if sparse and kept.shape == (2, 2):
        return "Fisher's exact", float(fisher_exact(kept)[1]), False
    return "χ²", float(found.pvalue), sparse


def _compare_survival(event: NDArray[np.bool_], time: NDArray[np.float64], groups: Masks) -> tuple[str | None, float | None]:
    if len(groups) < 2 or any(not (event & rows).any() for rows in groups):
        return None, None
    label = np.select(list(groups), list(range(len(groups))), -1)
    rows = label >= 0
    return "log-rank", float(compare_survival(Surv.from_arrays(event[rows], time[rows]), label[rows])[1])
