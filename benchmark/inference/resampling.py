"""Which patients a resample holds: a counter-based draw, so that resample b is the same on any machine and any number of threads."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmark.inference.checks import groups, patients, whole
from benchmark.inference.compiled import compiled

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Units32 = NDArray[np.uint32]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
LANES = 128  # resamples side by side: 128 int16 are four AVX-512 registers, fewer lanes leave the adders idle
WIDTH, HALF = np.uint64(LANES), np.uint64(32)
LOW_HALF = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True)
class Units:
    """What is drawn with replacement: rows, or the patients that ``cluster`` names.

    Units are drawn within fold if each lies in one fold. Otherwise (repeated cross-validation tests a patient once per repeat, in other folds
    each time) no draw can keep the size of every fold, and units are drawn from all patients. A unit's rows share its multiplicity.

    Attributes:
        of_row: unit of each row, shape (n,); units of one stratum are neighbours.
        start: first unit of each stratum, and the number of units at the end.
    """

    of_row: Units32
    start: Ints

    @property
    def count(self) -> int:
        return int(self.start[-1])

    def stratum_means_removed(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """``values (units, k)`` minus the mean of their stratum: the influence on an estimate whose strata keep their sizes."""
        sizes = np.diff(self.start)
        means = np.add.reduceat(values, self.start[:-1], axis=0) / sizes[:, None]
        return values - np.repeat(means, sizes, axis=0)


def units(rows: int, fold: ArrayLike | None, cluster: ArrayLike | None) -> Units:
    """Units and strata of ``rows`` rows; labels as in ``bootstrap_concordance``."""
    folds, fold_labels = groups(fold, rows, "fold")
    if cluster is None:
        of_row, unit_fold = np.arange(rows), folds
    else:
        of_row = patients(cluster, rows)
        first = np.unique(of_row, return_index=True)[1]
        unit_fold = folds[first]
        if not np.array_equal(unit_fold[of_row], folds):
            unit_fold, fold_labels = np.zeros(len(first), np.int64), np.zeros(1)
    place = np.empty(len(unit_fold), np.uint32)
    place[np.argsort(unit_fold, kind="stable")] = np.arange(len(unit_fold), dtype=np.uint32)
    start = np.concatenate([[0], np.cumsum(np.bincount(unit_fold, minlength=len(fold_labels)))])
    return Units(place[of_row], start.astype(np.int64))


def checked_seed(seed: int, resamples: int) -> np.uint64:
    """The seed as 64 bits.

    Raises:
        InputError: the seed or the number of resamples is not a whole number, or there is no resample.
    """
    whole(resamples, "resamples", 1)
    return np.uint64(whole(seed, "seed", 0, 2**64 - 1))


def multiplicities(drawn: Units, seed: int, resample: int, attempt: int = 0) -> Ints:
    """How often each row is in one resample, shape (n,); ``attempt`` counts the redraws of this resample."""
    counts, chosen = np.zeros(drawn.count * LANES, np.uint8), np.empty(drawn.count + 1, np.uint32)
    key = np.uint64(stream(np.uint64(seed), np.uint64(resample), np.uint64(attempt)))
    tally(counts, 0, drawn.start, key, chosen)
    return counts[drawn.of_row * LANES].astype(np.int64)


@compiled
def mix(word: np.uint64) -> np.uint64:
    """The finaliser of splitmix64 (Steele, Lea & Flood 2014, doi 10.1145/2660193.2660195)."""
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@compiled
def stream(seed: np.uint64, resample: np.uint64, attempt: np.uint64) -> np.uint64:
    """Where the random words of one resample begin."""
    return mix(mix(mix(seed + GOLDEN) + attempt * GOLDEN) + resample * GOLDEN)


@compiled
def tally(counts: Bytes, lane: int, start: Ints, key: np.uint64, chosen: Units32) -> None:
    """Draw a resample and add it to ``counts[unit * LANES + lane]``, zero before.

    Each stratum of m units gets m draws. A 64-bit word gives two draws, each its 32-bit half times m, shifted: a unit's probability is off
    by less than m / 2^32 of itself. A count fits a byte: in a stratum of more than 255 units, 256 draws of one have probability < 1e-500.

    Args:
        chosen: scratch, at least units + 1.
    """
    counter = key
    for stratum in range(len(start) - 1):
        first, size = start[stratum], start[stratum + 1] - start[stratum]
        words, scale, origin = (size + 1) // 2, np.uint64(size), np.uint64(first * LANES + lane)
        for word in range(words):  # apart from the loop below, so that the compiler makes vector code of it
            bits = mix(counter + np.uint64(word + 1) * GOLDEN)
            chosen[word] = origin + (((bits >> HALF) * scale) >> HALF) * WIDTH
            chosen[words + word] = origin + (((bits & LOW_HALF) * scale) >> HALF) * WIDTH
        for draw in range(size):
            counts[chosen[draw]] += np.uint8(1)
        counter += np.uint64(words) * GOLDEN
