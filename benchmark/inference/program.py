"""The concordant pairs of one model as a list of additions, to be replayed for every resample.

Time order and risk order do not change from resample to resample; only multiplicities do. So the merge sort that counts concordant pairs is
done once and leaves a program: halve the places at a group boundary, walk a half-pair in order of risk, add the multiplicity of each later
place to a running sum, and add the running sum to each event of the earlier half. Halves are cut down until none holds a pair.
What is left for a resample is about ¾ n log2 n additions of whole rows of lanes, without a comparison.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmark.inference.compiled import compiled

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Slots = NDArray[np.uint32]


@dataclass(frozen=True)
class Program:
    """Additions ``work[target] += work[source]`` on a table of 2 n + 1 rows: multiplicities, counts of less risky later places, running sum.

    Attributes:
        target, source: row of the table, shape (additions,).
        begin: before which addition a new running sum begins, shape (sums,).
        first, second: the two places that it begins with, shape (sums,).
    """

    target: Slots
    source: Slots
    begin: Ints
    first: Slots
    second: Slots


def write_program(start: Ints, opens: Bools, counted: Bools, by_risk: Ints) -> Program:
    """The program of one model; arguments are of ``Layout`` and ``layout.rank``."""
    depth = 2 * int(np.ceil(np.log2(max(2, int(np.diff(start).max()))))) + 2
    return Program(*_write(start, *_extents(opens), counted, by_risk.astype(np.int64), depth))


@compiled
def _extents(opens: Bools) -> tuple[Ints, Ints]:
    """First place of the group each place is in, and the first place after it."""
    rows = len(opens)
    begin, end = np.empty(rows, np.int64), np.empty(rows, np.int64)
    for place in range(rows):
        begin[place] = place if opens[place] else begin[place - 1]
    for place in range(rows - 1, -1, -1):
        end[place] = place + 1 if place == rows - 1 or opens[place + 1] else end[place + 1]
    return begin, end


@compiled
def _write(
    start: Ints, group_begin: Ints, group_end: Ints, counted: Bools, by_risk: Ints, depth: int
) -> tuple[Slots, Slots, Ints, Slots, Slots]:
    rows = len(by_risk)
    room = rows * depth
    target, source = np.empty(room, np.uint32), np.empty(room, np.uint32)
    begin, first, second = np.empty(rows, np.int64), np.empty(rows, np.uint32), np.empty(rows, np.uint32)
    current, spare = by_risk.copy(), np.empty(rows, np.int64)
    additions, sums = 0, 0
    for fold in range(len(start) - 1):
        todo = [(start[fold], start[fold + 1])]
        while len(todo) > 0:
            low, high = todo.pop()
            middle = _boundary(low, high, group_begin, group_end)
            if middle == low:
                continue
            additions, sums = _merge(low, middle, high, counted, current, target, source, begin, first, second, additions, sums)
            _part(low, middle, high, current, spare)
            todo.append((middle, high))
            todo.append((low, middle))
    return target[:additions].copy(), source[:additions].copy(), begin[:sums].copy(), first[:sums].copy(), second[:sums].copy()


@compiled
def _boundary(low: int, high: int, group_begin: Ints, group_end: Ints) -> int:
    """The group boundary next to the middle; ``low`` if there is one group."""
    if high - low < 2:
        return low
    middle = (low + high) // 2
    before, after = int(group_begin[middle]), int(group_end[middle])
    if before > low and (middle - before <= after - middle or after >= high):
        return before
    return after if after < high else low


@compiled
def _merge(
    low: int,
    middle: int,
    high: int,
    counted: Bools,
    current: Ints,
    target: Slots,
    source: Slots,
    begin: Ints,
    first: Slots,
    second: Slots,
    additions: int,
    sums: int,
) -> tuple[int, int]:
    """Walk places low … high in order of risk; at equal risk the earlier come first and so do not count the later."""
    rows, running = len(current), 2 * len(current)
    last_event = -1
    for step in range(low, high):
        if current[step] < middle and counted[current[step]]:
            last_event = step
    met, only = 0, 0
    for step in range(low, last_event + 1):
        place = current[step]
        if place >= middle:
            met += 1
            if met == 1:
                only = place
            elif met == 2:
                begin[sums], first[sums], second[sums] = additions, only, place
                sums += 1
            else:
                target[additions], source[additions] = running, place
                additions += 1
        elif counted[place] and met > 0:
            target[additions], source[additions] = rows + place, only if met == 1 else running
            additions += 1
    return additions, sums


@compiled
def _part(low: int, middle: int, high: int, current: Ints, spare: Ints) -> None:
    """Places before ``middle`` first, each half still in order of risk."""
    earlier, later = low, 0
    for step in range(low, high):
        place = current[step]
        if place < middle:
            current[earlier] = place
            earlier += 1
        else:
            spare[later] = place
            later += 1
    current[middle:high] = spare[:later]
