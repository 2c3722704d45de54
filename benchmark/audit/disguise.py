"""Labels in disguise: a column that predicts the outcome too well."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.audit.finding import Finding, some
from benchmark.audit.permutation import SEED
from benchmark.audit.view import Columns, Target, View, is_coded
from benchmark.errors import UndefinedError
from benchmark.inference import concordance

Floats = NDArray[np.float64]
TOO_WELL = 0.90  # C or AUC of one column
FOLDS = 5
MISSING = " (missing)"


def check_columns(view: View) -> Iterator[Finding]:
    """Every permitted column's own concordance with every endpoint: C for survival, else the AUC, or the largest of a class against the rest.

    Numbers and ordered levels count in the better direction; other levels by the mean outcome of their level in the other four of five
    folds; whether a value is missing counts as a column of its own.

    The threshold is 0.90. The best honest columns of the tasks here reach 0.81 for survival (IDH in glioma, stage in renal carcinoma), 0.84 for
    a mutation (one gene of 1,555) and 0.80 for T2 or more (a texture that measures size); of 1,000 columns of noise the luckiest has an AUC of
    about 0.85 where a class has ten patients. What is above is nearly always the label, a part of its definition, or known
    only after it. A part of a definition can be below (N for a stage group: 0.87): see ``check_definition``.
    """
    for modality, target, columns in view.pairs():
        table = view.tables[modality].loc[target.ids]
        known = _best_of(_candidates(table, columns), target)
        where, metric = f"{modality}, {target.endpoint}", "C" if target.survival else "AUC"
        ranked = sorted(known.items(), key=lambda item: (-item[1], item[0]))
        found = [(name, value) for name, value in ranked if value >= TOO_WELL]
        if found:
            named = some([f"{name} ({value:.2f})" for name, value in found])
            owners = dict.fromkeys(f"{modality}.{name.removesuffix(MISSING)}" for name, _ in found)
            message = f"{where}: too good for one column, {metric} of {TOO_WELL:.2f} or more: {named}"
            yield Finding("column", view.severity(modality), message, tuple(owners))
        else:
            name, value = ranked[0]
            yield Finding("column", "ok", f"{where}: the best single column is {name} with {metric} {value:.2f}")


def _candidates(table: pd.DataFrame, columns: Columns) -> tuple[Columns, dict[str, "pd.Series[Any]"]]:
    """What has a direction (values, and whether they are missing), and the coded columns whose levels have none."""
    loose = {str(name): column for name, column in table.items() if is_coded(column) and not _ordered(column)}
    kept = [number for number, name in enumerate(columns.owner) if name not in loose]
    gaps = table.loc[:, table.isna().any()]
    values = np.column_stack([columns.ranks[:, kept], gaps.isna().to_numpy(float)])
    return Columns(values, [columns.owner[number] for number in kept] + [f"{name}{MISSING}" for name in gaps]), loose


def _ordered(column: "pd.Series[Any]") -> bool:
    levels = column.astype("category").cat
    return bool(levels.ordered or len(levels.categories) <= 2)


def _best_of(candidates: tuple[Columns, dict[str, "pd.Series[Any]"]], target: Target) -> dict[str, float]:
    """Column → its largest concordance with any of the target's comparisons."""
    numbers, loose = candidates
    best: dict[str, float] = {}
    fold = np.random.default_rng(SEED).permutation(len(target.ids)) % FOLDS
    for number, (event, time) in enumerate(target.comparisons().values()):
        if numbers.owner:
            values = concordance(event, time, numbers.values).estimate
            for name, value in zip(numbers.owner, np.maximum(values, 1 - values), strict=True):
                best[name] = max(best.get(name, 0.5), float(value))
        residual = target.residuals()[:, number]
        for name, column in loose.items():
            best[name] = max(best.get(name, 0.5), _of_levels(column, residual, event, time, fold))
    return best


def _of_levels(column: "pd.Series[Any]", residual: Floats, event: NDArray[np.bool_], time: Floats, fold: NDArray[np.int64]) -> float:
    """Concordance within folds of the mean residual that a patient's level has in the other folds."""
    level = pd.factorize(column)[0] + 1  # missing is a level
    score = np.zeros(len(level))
    for number in range(FOLDS):
        train = fold != number
        total = np.bincount(level[train], residual[train], level.max() + 1)
        score[~train] = (total / np.maximum(np.bincount(level[train], minlength=level.max() + 1), 1))[level[~train]]
    try:
        return float(concordance(event, time, score, fold=fold).estimate[0])
    except UndefinedError:
        return 0.5
