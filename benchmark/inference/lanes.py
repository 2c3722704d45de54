"""The inner loops of the bootstrap: 128 resamples side by side, one addition for all of them."""

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from benchmark.inference.compiled import compiled, compiled_parallel
from benchmark.inference.resampling import LANES, WIDTH, stream, tally

Counts = NDArray[np.int16] | NDArray[np.int32]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Numbers = NDArray[np.int32] | NDArray[np.int64] | NDArray[np.float64]
Slots = NDArray[np.uint32]
Steps = NDArray[np.uint8]


class Rows(NamedTuple):
    """What all models share, by place of the ``Layout``.

    Attributes:
        unit_start, unit: strata and units as in ``Units``.
        weight: pair weight of the event at each place, 0 for other rows, in the type of the sums: integers for Harrell, float for Uno.
        events: places of the counted events.
        comparable, step: the places backwards in time, see ``later_products``.
        like: an empty array of the type of the counts: int16 while no sum of multiplicities can pass 32,767, else int32.
    """

    unit_start: Ints
    unit: Slots
    weight: Numbers
    events: Slots
    comparable: Slots
    step: Steps
    like: Counts


class Programs(NamedTuple):
    """The ``Program`` and the tied places of k models, one after the other.

    Attributes:
        additions_of, begin_of, ties_of: where each model begins in the arrays that follow, shape (k + 1,).
        target, source, begin, first, second: as in ``Program``.
        tied, step: places with equal risk, see ``later_products``.
    """

    additions_of: Ints
    begin_of: Ints
    ties_of: Ints
    target: Slots
    source: Slots
    begin: Ints
    first: Slots
    second: Slots
    tied: Slots
    step: Steps


@compiled_parallel
def replay(
    threads: int, seed: np.uint64, ids: Ints, attempt: int, rows: Rows, programs: Programs, numerator: Floats, denominator: Floats
) -> None:
    """Sum the concordant and the comparable pairs of the resamples ``ids`` into ``numerator (k, ids)`` and ``denominator (ids,)``."""
    for thread in numba.prange(threads):
        replay_blocks(thread, threads, seed, ids, attempt, rows, programs, numerator, denominator)


@compiled
def replay_blocks(
    thread: int,
    threads: int,
    seed: np.uint64,
    ids: Ints,
    attempt: int,
    rows: Rows,
    programs: Programs,
    numerator: Floats,
    denominator: Floats,
) -> None:
    """Every ``threads``-th block of 128 resamples; a lane's result depends on its resample alone."""
    work = np.zeros((2 * len(rows.unit) + 1, LANES), rows.like.dtype)
    sums = np.zeros((2, LANES), rows.like.dtype)
    counts, chosen = np.zeros(rows.unit_start[-1] * LANES, np.uint8), np.empty(rows.unit_start[-1] + 1, np.uint32)
    total, ties = np.zeros(LANES, rows.weight.dtype), np.zeros(LANES, rows.weight.dtype)
    for begun in range(thread * LANES, len(ids), threads * LANES):
        lanes = min(len(ids) - begun, LANES)
        draw(work, counts, chosen, rows.unit_start, rows.unit, seed, ids[begun : begun + lanes], attempt)
        later_products(work, rows.comparable, rows.step, rows.weight, sums, total)
        for lane in range(lanes):
            denominator[begun + lane] = total[lane]
        for model in range(len(numerator)):
            less_risky(work, rows, programs, model)
            products(work, rows.events, rows.weight, total)
            tied = slice(programs.ties_of[model], programs.ties_of[model + 1])
            later_products(work, programs.tied[tied], programs.step[tied], rows.weight, sums, ties)
            for lane in range(lanes):
                numerator[model, begun + lane] = total[lane] + 0.5 * ties[lane]


@compiled
def less_risky(work: Counts, rows: Rows, programs: Programs, model: int) -> None:
    """Count, for each event, the later places with less risk."""
    for place in rows.events:
        work[len(rows.unit) + place] = 0
    of = slice(programs.additions_of[model], programs.additions_of[model + 1])
    sums = slice(programs.begin_of[model], programs.begin_of[model + 1])
    add(work, programs.target[of], programs.source[of], programs.begin[sums], programs.first[sums], programs.second[sums])


@compiled
def draw(
    work: Counts, counts: NDArray[np.uint8], chosen: Slots, unit_start: Ints, unit: Slots, seed: np.uint64, ids: Ints, attempt: int
) -> None:
    """Multiplicities of every place in the resamples ``ids``, one per lane."""
    counts[:] = 0
    for lane in range(len(ids)):
        tally(counts, lane, unit_start, stream(seed, np.uint64(ids[lane]), np.uint64(attempt)), chosen)
    for place in range(len(unit)):
        at = np.uint64(unit[place]) * WIDTH  # unsigned: a signed index is tested for being negative, and the loop stays scalar
        for lane in range(LANES):
            work[place, lane] = counts[at + np.uint64(lane)]


@compiled
def add(work: Counts, target: Slots, source: Slots, begin: Ints, first: Slots, second: Slots) -> None:
    """Run a ``Program``."""
    running = len(work) - 1
    at = 0
    for segment in range(len(begin) + 1):
        end = begin[segment] if segment < len(begin) else len(target)
        for step in range(at, end):
            to, of = target[step], source[step]
            for lane in range(LANES):
                work[to, lane] += work[of, lane]
        at = end
        if segment < len(begin):
            one, other = first[segment], second[segment]
            for lane in range(LANES):
                work[running, lane] = work[one, lane] + work[other, lane]


@compiled
def products(work: Counts, events: Slots, weight: Numbers, total: Numbers) -> None:
    """Σ weight · multiplicity · count over events, into ``total (LANES,)``."""
    rows = len(weight)
    total[:] = 0
    for place in events:
        scale = weight[place]
        for lane in range(LANES):
            total[lane] += scale * (work[place, lane] * work[rows + place, lane])


@compiled
def later_products(work: Counts, places: Slots, step: Steps, weight: Numbers, sums: Counts, total: Numbers) -> None:
    """Σ weight · multiplicity · (sum of the multiplicities of later groups), into ``total (LANES,)``.

    Args:
        places: backwards in time within each segment.
        step: 2 where a segment begins, 1 where a group begins, else 0.
        sums: scratch: all places so far, and those of later groups.
    """
    total[:] = 0
    for at in range(len(places)):
        place, scale = places[at], weight[places[at]]
        if step[at] == 2:
            sums[:] = 0
        elif step[at] == 1:
            sums[1] = sums[0]
        for lane in range(LANES):
            total[lane] += scale * (work[place, lane] * sums[1, lane])
            sums[0, lane] += work[place, lane]
