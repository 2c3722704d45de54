"""Labels in disguise: a few coded columns that together define the class."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.audit.finding import Finding
from benchmark.audit.permutation import SEED
from benchmark.audit.view import View

Codes = NDArray[np.int64]
EXPLAINED = 0.8  # of what the commonest class leaves open
MOST_LEVELS = 12
MOST_COLUMNS = 4
CANDIDATES = 6  # tried by permutation at each step
DRAWS = 199
LEVEL = 0.05


def check_definition(view: View) -> Iterator[Finding]:
    """Coded columns whose levels together define the class: T, N and M of a stage group.

    Each may look weak alone: four patients with M1 hardly move an AUC. Columns are added one by one, that which leaves fewest patients
    in disagreement with the commonest class among those who share their levels, as long as it does better than its own permutations
    (p ≤ 0.05); so a column that only makes everybody unique is not added. The set is named where it gives the class of 80 % of the
    patients that guessing the commonest class gets wrong, counted among patients who share their levels with somebody.
    """
    for modality, target, _ in view.pairs():
        if target.survival:
            continue
        table = view.tables[modality].loc[target.ids]
        codes = {str(name): pd.factorize(column)[0] + 1 for name, column in table.items() if 1 < column.nunique() <= MOST_LEVELS}
        chosen, explained = _defining(codes, target.outcome)
        where = f"{modality}, {target.endpoint}"
        if explained >= EXPLAINED:
            message = (
                f"{where}: {', '.join(chosen)} define the class: of what the commonest class gets wrong they get {explained:.0%} right"
            )
            yield Finding("definition", view.severity(modality), message, tuple(f"{modality}.{name}" for name in chosen))
        elif codes:
            yield Finding("definition", "ok", f"{where}: no few of its {len(codes)} coded columns define the class")


def _defining(codes: dict[str, Codes], outcome: Codes) -> tuple[list[str], float]:
    """The columns chosen step by step, and the share of otherwise wrong patients that they get right."""
    random = np.random.default_rng(SEED)
    cells, chosen = np.zeros(len(outcome), np.int64), list[str]()
    left = wrong = _disagreeing(cells, outcome)
    while left and len(chosen) < MOST_COLUMNS:
        after = {name: _disagreeing(_joined(cells, code), outcome) for name, code in codes.items() if name not in chosen}
        gains = {}
        for name in sorted(after, key=lambda name: after[name])[:CANDIDATES]:
            draws = np.array([_disagreeing(_joined(cells, random.permutation(codes[name])), outcome) for _ in range(DRAWS)])
            if (1 + (draws <= after[name]).sum()) / (1 + DRAWS) <= LEVEL:
                gains[name] = float(draws.mean()) - after[name]
        if not gains:
            break
        best = max(gains, key=lambda name: gains[name])
        chosen.append(best)
        cells, left = _joined(cells, codes[best]), after[best]
    alone = np.bincount(cells)[cells] == 1
    return chosen, 1 - (left + int(alone.sum())) / wrong if chosen else 0.0


def _joined(cells: Codes, codes: Codes) -> Codes:
    joined: Codes = np.unique(cells * (int(codes.max()) + 1) + codes, return_inverse=True)[1]
    return joined


def _disagreeing(cells: Codes, outcome: Codes) -> int:
    """Patients who are not of the commonest class of their cell."""
    classes = int(outcome.max()) + 1
    counts = np.bincount(cells * classes + outcome, minlength=(int(cells.max()) + 1) * classes).reshape(-1, classes)
    return int(len(outcome) - counts.max(axis=1).sum())
