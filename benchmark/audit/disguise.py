"""Labels in disguise: a column, or a few coded columns together, that give the outcome away."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.audit.finding import Finding, some
from benchmark.audit.permutation import SEED
from benchmark.audit.view import Target, View, as_numbers, is_coded, unit
from benchmark.errors import UndefinedError
from benchmark.inference import concordance

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
TOO_WELL = 0.90  # C or AUC of one column
LEAST_SHARE = 0.95  # of patients whose class the levels of a few columns give
MOST_LEVELS = 12
MOST_COLUMNS = 4
FOLDS = 5


def check_columns(view: View) -> Iterator[Finding]:
    """Every permitted column's own concordance with every endpoint; C for survival, AUC, or the largest AUC of a class against the rest.

    Numbers and ordered levels count in the better direction; other levels by the mean outcome of their level in the other four of five
    folds; whether a value is missing counts as a column of its own.

    The threshold is 0.90. One honest column of this field stays below it: tumour volume for T2 or more 0.80, grade for glioma survival 0.77,
    the best gene for an EGFR mutation 0.83. With 10 patients of a class the largest of 1,000 meaningless AUCs is about 0.85. A column above it
    is nearly always the label, a part of its definition, or known only after it.
    """
    for modality, target, columns in view.pairs():
        table = view.tables[modality].loc[target.ids]
        known = _known_by_name(table, target, columns.ranks, columns.owner)
        found = {name: value for name, value in known.items() if value >= TOO_WELL}
        best = max(known, key=lambda name: known[name])
        where, metric = f"{modality}, {target.endpoint}", "C" if target.survival else "AUC"
        if found:
            named = some([f"{name} ({value:.2f})" for name, value in sorted(found.items(), key=lambda item: -item[1])])
            message = f"{where}: too good for one column, {metric} of {TOO_WELL:g} or more: {named}"
            owners = dict.fromkeys(name.removesuffix(MISSING) for name in found)
            yield Finding("column", view.severity(modality), message, tuple(f"{modality}.{name}" for name in owners))
        else:
            yield Finding("column", "ok", f"{where}: the best single column is {best} with {metric} {known[best]:.2f}")


def check_definition(view: View) -> Iterator[Finding]:
    """Coded columns whose levels together define the class: T, N and M of a stage group.

    Each column may be weak alone (four patients with M1 hardly move an AUC). Columns are added one by one, each time the one with which
    most patients agree with the commonest class of those who share their levels; where the set gives the class of 95 % of
    patients it is named, with every column that adds to it. Agreement is counted among at least two patients with the same levels, so that
    a set of many columns, which makes everybody unique, says nothing.
    """
    for modality, target, _ in view.pairs():
        if target.survival:
            continue
        table = view.tables[modality].loc[target.ids]
        codes = {
            str(name): pd.factorize(column)[0].astype(np.int64)
            for name, column in table.items()
            if column.nunique() <= MOST_LEVELS and (is_coded(column) or column.nunique() > 1)
        }
        chosen, share = _defining(codes, target.outcome)
        if share >= LEAST_SHARE:
            message = f"{modality}, {target.endpoint}: {', '.join(chosen)} give the class of {share:.0%} of patients"
            yield Finding("definition", view.severity(modality), message, tuple(f"{modality}.{name}" for name in chosen))
        elif codes:
            yield Finding("definition", "ok", f"{modality}, {target.endpoint}: no few coded columns define the class")


MISSING = " (missing)"


def _known_by_name(table: pd.DataFrame, target: Target, ranks: Floats, owner: list[str]) -> dict[str, float]:
    """Column → its concordance, the larger of the value's and of its being missing."""
    raise NotImplementedError
