"""Rows in the order in which pairs are counted: by fold, then time, events before censorings."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmark.inference.compiled import compiled

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Layout:
    """n rows, sorted. A *group* is a run of rows without a pair among them: events at one time, or the censorings up to the next event.

    A counted event is comparable with every row of the later groups of its fold, and with no other.

    Attributes:
        order: input row at each place, shape (n,).
        start: first place of each fold, and n at the end, shape (folds + 1,).
        fold: fold at each place, shape (n,).
        counted: is it an event that counts, shape (n,).
        opens: does a group begin here, shape (n,).
    """

    order: NDArray[np.intp]
    start: Ints
    fold: Ints
    counted: Bools
    opens: Bools


def arrange(fold: Ints, time: Floats, counted: Bools) -> Layout:
    """Sort rows; all arguments have shape (n,), ``fold`` holds codes 0, 1, …"""
    order = np.lexsort((~counted, time, fold))
    fold, time, counted = fold[order], time[order], counted[order]
    opens = np.ones(len(order), np.bool_)
    other_kind, later = counted[1:] != counted[:-1], time[1:] != time[:-1]
    opens[1:] = (fold[1:] != fold[:-1]) | other_kind | (counted[1:] & later)
    start = np.searchsorted(fold, np.arange(fold[-1] + 2))
    return Layout(order, start.astype(np.int64), fold, counted, opens)


def rank(layout: Layout, risk: Floats) -> tuple[Ints, Ints]:
    """Order one model's risks within each fold.

    Args:
        risk: shape (n,), in input order.

    Returns:
        The places by fold, then risk, then place; and the dense rank of each place within its fold, equal risks equal.
    """
    placed = risk[layout.order]
    by_risk = np.lexsort((placed, layout.fold)) if len(layout.start) > 2 else np.argsort(placed, kind="stable")
    return by_risk, _dense(by_risk, placed, layout.fold)


@compiled
def _dense(by_risk: Ints, placed: Floats, fold: Ints) -> Ints:
    ranks = np.empty(len(by_risk), np.int64)
    last, current = by_risk[0], 0
    for place in by_risk:
        if fold[place] != fold[last]:
            current = 0
        elif placed[place] != placed[last]:
            current += 1
        ranks[place] = current
        last = place
    return ranks
