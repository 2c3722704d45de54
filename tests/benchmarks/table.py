"""Print the tables of ``docs/performance.md``: ``python -m tests.benchmarks.table [--one-core]`` (two minutes each; needs the dev extra).

Every time is the best of several, ours and theirs alike, so that a busy machine does not favour one side. Loops are timed on chunks of few
resamples and scaled to 10,000. ``--one-core`` takes CPU seconds of one thread on both sides: the measure to use on a machine with other work.
"""

import importlib.util
import sys
import time

import numba

from benchmark.inference import bootstrap_auc, bootstrap_concordance, delong
from tests.benchmarks import peers

RESAMPLES = 10_000
ROUNDS = {200: 200, 1_000: 100, 10_000: 12}
ONE_CORE = "--one-core" in sys.argv


def best(function, rounds):
    """Seconds of the fastest call, after one call that compiles."""
    clock = time.process_time if ONE_CORE else time.perf_counter
    function()
    seconds = []
    for _ in range(rounds):
        begun = clock()
        function()
        seconds.append(clock() - begun)
    return min(seconds)


def scaled(function, chunk, rounds):
    """Seconds for 10,000 resamples, from ``rounds`` chunks; ``function`` takes the number of resamples."""
    return best(lambda: function(chunk), rounds) * RESAMPLES / chunk


def words(seconds):
    return f"{seconds * 1e3:.2g} ms" if seconds < 0.1 else f"{seconds:.3g} s"


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def harrell():
    others = {"scikit-survival loop": (peers.loop_scikit_survival, 20, 10)}
    if importlib.util.find_spec("lifelines"):
        others["lifelines loop"] = (peers.loop_lifelines, 20, 5)
    if importlib.util.find_spec("fast_cindex"):
        others["fast-cindex"] = (peers.fast_cindex, 1_000, 5)
    row("n", "here", *(cell for name in others for cell in (name, "ratio")), "each further model", "of the first")
    row(*["---:"] * (4 + 2 * len(others)))
    for n in (200, 1_000, 10_000):
        event, when, risk = peers.cohort(n, 6)
        rounds = ROUNDS[n]
        ours = best(lambda e=event, t=when, r=risk: bootstrap_concordance(e, t, r[:, 0]), rounds)
        six = best(lambda e=event, t=when, r=risk: bootstrap_concordance(e, t, r), rounds)
        cells = []
        for function, chunk, chunks in others.values():
            chunk, chunks = (max(2, chunk // 10), chunks) if n > 1_000 else (chunk, chunks)
            theirs = scaled(lambda b, f=function, e=event, t=when, r=risk: f(e, t, r[:, 0], b), chunk, chunks)
            cells += [words(theirs), f"{theirs / ours:,.0f}×"]
        row(f"{n:,}", words(ours), *cells, words((six - ours) / 5), f"{(six - ours) / 5 / ours:.0%}")


def auc():
    row("n", "here", "scikit-learn loop", "ratio")
    row(*["---:"] * 4)
    for n in (200, 1_000, 10_000):
        event, _, risk = peers.cohort(n)
        ours = best(lambda e=event, r=risk: bootstrap_auc(e, r[:, 0]), ROUNDS[n])
        theirs = scaled(lambda b, e=event, r=risk: peers.loop_scikit_learn(e, r[:, 0], b), 20, 10)
        row(f"{n:,}", words(ours), words(theirs), f"{theirs / ours:,.0f}×")


def two_models():
    row("n", "here", "vectorised numpy", "ratio")
    row(*["---:"] * 4)
    for n in (1_000, 10_000, 100_000):
        event, _, risk = peers.cohort(n, 2)
        ours, theirs = best(lambda e=event, r=risk: delong(e, r), 30), best(lambda e=event, r=risk: peers.numpy_sun_xu(e, r), 30)
        row(f"{n:,}", words(ours), words(theirs), f"{theirs / ours:.1f}×")


def board():
    event, when, risk = peers.cohort(200, 20)
    rows = [index for _ in range(10) for index in range(200)]
    fold = [5 * repeat + index % 5 for repeat in range(10) for index in range(200)]
    seconds = best(lambda: bootstrap_concordance(event[rows], when[rows], risk[rows], fold=fold, cluster=rows), 3)
    print(f"\n20 models × 50 folds (10 repeats of 5 folds, 200 patients) × 10,000 resamples: {words(seconds)}", flush=True)


def main():
    if ONE_CORE:
        numba.set_num_threads(1)
    print(f"{numba.get_num_threads()} threads, {'CPU' if ONE_CORE else 'wall'} time, {RESAMPLES:,} resamples\n\nHarrell's C\n")
    harrell()
    print("\nAUC\n")
    auc()
    print("\nDeLong, two models\n")
    two_models()
    board()


if __name__ == "__main__":
    main()
