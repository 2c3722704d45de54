"""From checked input to bootstrap draws: what is the same for all resamples is prepared here, once."""

import numba
import numpy as np
from numpy.typing import NDArray

from benchmark.errors import InputError
from benchmark.inference.concordance import Comparable
from benchmark.inference.lanes import Programs, Rows, Slots, Steps, replay, replay_blocks
from benchmark.inference.layout import Layout, rank
from benchmark.inference.program import write_program
from benchmark.inference.resampling import LANES, Units

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NARROW = 32_767  # largest int16


def concordance_draws(comparable: Comparable, unweighted: bool, drawn: Units, seed: np.uint64, resamples: int) -> tuple[Floats, int]:
    """The draws, shape (resamples, k), and how many resamples had to be drawn again."""
    models = comparable.risk.shape[1]
    rows, programs = _once(comparable, unweighted, drawn)
    draws, redrawn = np.empty((resamples, models)), 0
    ids, attempt = np.arange(resamples), 0
    while ids.size:  # a comparable pair is in a resample with probability of about ⅓ or more: this ends
        numerator, denominator = np.empty((models, ids.size)), np.empty(ids.size)
        threads = min(numba.get_num_threads(), -(-ids.size // LANES))
        if threads == 1:  # waking the other threads costs more than the few redraws
            replay_blocks(0, 1, seed, ids, attempt, rows, programs, numerator, denominator)
        else:
            replay(threads, seed, ids, attempt, rows, programs, numerator, denominator)
        exists = denominator > 0
        if exists.all():
            draws[ids] = (numerator / denominator).T
            break
        draws[ids[exists]] = (numerator[:, exists] / denominator[exists]).T
        ids, attempt = ids[~exists], attempt + 1
        redrawn += ids.size
    return draws, redrawn


def _once(comparable: Comparable, unweighted: bool, drawn: Units) -> tuple[Rows, Programs]:
    layout, weight = comparable.layout, comparable.weight
    unit = drawn.of_row[layout.order]
    # no sum of multiplicities can be larger than this: all draws fall on the unit with most rows
    largest = drawn.count * int(np.bincount(unit).max())
    if largest > np.iinfo(np.int32).max:
        raise InputError("too many rows of one patient to count in 32 bits; bootstrap a part of the rows")
    narrow = largest <= NARROW
    # Harrell: whole numbers, so that every draw is exact; the sum of pairs is below largest² / 2
    whole = layout.counted.astype(np.int32) if narrow else layout.counted.astype(np.int64)
    places, step = _backwards(layout)
    rows = Rows(
        unit_start=drawn.start,
        unit=unit,
        weight=whole if unweighted else np.where(layout.counted, weight, 0.0),
        events=np.flatnonzero(layout.counted).astype(np.uint32),
        comparable=places,
        step=step,
        like=np.empty(0, np.int16) if narrow else np.empty(0, np.int32),
    )
    return rows, _programs(comparable)


def _programs(comparable: Comparable) -> Programs:
    layout = comparable.layout
    programs, ties = [], []
    for risk in comparable.risk.T:
        by_risk, ranks = rank(layout, risk)
        programs.append(write_program(layout.start, layout.opens, layout.counted, by_risk))
        ties.append(_tied(layout, by_risk, ranks))
    return Programs(
        additions_of=_offsets([len(program.target) for program in programs]),
        begin_of=_offsets([len(program.begin) for program in programs]),
        ties_of=_offsets([len(places) for places, _ in ties]),
        target=np.concatenate([program.target for program in programs]),
        source=np.concatenate([program.source for program in programs]),
        begin=np.concatenate([program.begin for program in programs]),
        first=np.concatenate([program.first for program in programs]),
        second=np.concatenate([program.second for program in programs]),
        tied=np.concatenate([places for places, _ in ties]),
        step=np.concatenate([steps for _, steps in ties]),
    )


def _offsets(lengths: list[int]) -> Ints:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _backwards(layout: Layout) -> tuple[Slots, Steps]:
    """Places from the last to the first, and the steps of ``later_products``: a segment is a fold."""
    step = np.append(layout.opens[1:], True).astype(np.uint8)
    step[layout.start[1:] - 1] = 2
    return np.arange(len(step) - 1, -1, -1, dtype=np.uint32), step[::-1].copy()


def _tied(layout: Layout, by_risk: Ints, ranks: Ints) -> tuple[Slots, Steps]:
    """The places that share a risk with an event or another place of their fold, backwards: a segment is one risk in one fold."""
    new = np.ones(len(by_risk), np.bool_)
    new[1:] = (np.diff(ranks[by_risk]) != 0) | (np.diff(layout.fold[by_risk]) != 0)
    run = np.cumsum(new) - 1
    kept = ((np.bincount(run) > 1) & (np.bincount(run, layout.counted[by_risk]) > 0))[run]
    places, runs = by_risk[kept][::-1], run[kept][::-1]
    group = np.cumsum(layout.opens)[places]
    step = np.full(len(places), 2, np.uint8)
    same = runs[1:] == runs[:-1]
    step[1:][same] = (group[1:] != group[:-1])[same]
    return places.astype(np.uint32), step
