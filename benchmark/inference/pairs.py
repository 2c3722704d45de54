"""Sums over comparable pairs in O(n log n), with a Fenwick tree over the ranks of the risk.

A Fenwick tree holds the sum of every prefix of an array in a way that adding to one entry and reading one prefix both touch log n numbers
(Fenwick 1994, Software: Practice and Experience 24:327). Newson (2006, Stata Journal 6:309) counts concordant pairs so.
"""

import numpy as np
from numpy.typing import NDArray

from benchmark.inference.compiled import compiled

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@compiled
def pairs_of_rows(start: Ints, opens: Bools, counted: Bools, weight: Floats) -> tuple[Floats, float, int]:
    """Comparable pairs, whatever the risk.

    Args:
        start, opens, counted: of the ``Layout``.
        weight: weight of the pairs of each event, shape (n,).

    Returns:
        The weight of the pairs each row is in, as the earlier or the later, shape (n,); the weight of all pairs; their number.
    """
    below = np.zeros(len(opens))
    denominator, pairs = 0.0, 0
    for fold in range(len(start) - 1):
        low, high = start[fold], start[fold + 1]
        earlier, open_group = 0.0, 0.0
        for place in range(low, high):
            if opens[place]:
                earlier += open_group
                open_group = 0.0
            below[place] += earlier
            if counted[place]:
                open_group += weight[place]
        first_later = high
        for place in range(high - 1, low - 1, -1):
            if counted[place]:
                below[place] += weight[place] * (high - first_later)
                denominator += weight[place] * (high - first_later)
                pairs += high - first_later
            if opens[place]:
                first_later = place
    return below, denominator, pairs


@compiled
def concordant_of_rows(start: Ints, opens: Bools, counted: Bools, weight: Floats, ranks: Ints) -> tuple[Floats, float, int]:
    """Concordant pairs of one model, tied risks counting ½.

    Args:
        ranks: of ``layout.rank``.

    Returns:
        The concordant weight of the pairs each row is in, shape (n,); of all pairs; the number of comparable pairs with equal risk.
    """
    above = np.zeros(len(opens))
    longest = 0
    for fold in range(len(start) - 1):
        longest = max(longest, start[fold + 1] - start[fold])
    tree, at_rank = np.zeros(longest + 1), np.zeros(longest)
    total, tied = 0.0, 0
    for fold in range(len(start) - 1):
        low, high = start[fold], start[fold + 1]
        size = high - low
        fold_total, fold_tied = _as_earlier(low, high, opens, counted, weight, ranks, tree[: size + 1], at_rank[:size], above)
        _as_later(low, high, opens, counted, weight, ranks, tree[: size + 1], at_rank[:size], above)
        total += fold_total
        tied += fold_tied
    return above, total, tied


@compiled
def _as_earlier(
    low: int, high: int, opens: Bools, counted: Bools, weight: Floats, ranks: Ints, tree: Floats, at_rank: Floats, above: Floats
) -> tuple[float, int]:
    """Backwards in time: each event against the rows after it."""
    tree[:] = 0
    at_rank[:] = 0
    total, tied, end = 0.0, 0, high
    while end > low:
        begin = end - 1
        while not opens[begin]:
            begin -= 1
        for place in range(begin, end):
            if counted[place]:
                score = weight[place] * (_below(tree, ranks[place]) + 0.5 * at_rank[ranks[place]])
                above[place] += score
                total += score
                tied += int(at_rank[ranks[place]])
        for place in range(begin, end):
            _add(tree, ranks[place], 1.0)
            at_rank[ranks[place]] += 1
        end = begin
    return total, tied


@compiled
def _as_later(
    low: int, high: int, opens: Bools, counted: Bools, weight: Floats, ranks: Ints, tree: Floats, at_rank: Floats, above: Floats
) -> None:
    """Forwards in time: each row against the events before it; ranks reversed, so that a prefix is 'riskier than this row'."""
    tree[:] = 0
    at_rank[:] = 0
    top, begin = high - low - 1, low
    while begin < high:
        end = begin + 1
        while end < high and not opens[end]:
            end += 1
        for place in range(begin, end):
            above[place] += _below(tree, top - ranks[place]) + 0.5 * at_rank[ranks[place]]
        for place in range(begin, end):
            if counted[place]:
                _add(tree, top - ranks[place], weight[place])
                at_rank[ranks[place]] += weight[place]
        begin = end


@compiled
def _add(tree: Floats, slot: int, amount: float) -> None:
    node = slot + 1
    while node < len(tree):
        tree[node] += amount
        node += node & -node


@compiled
def _below(tree: Floats, slot: int) -> float:
    """Sum over the slots before ``slot``."""
    total, node = 0.0, slot
    while node > 0:
        total += tree[node]
        node -= node & -node
    return total
