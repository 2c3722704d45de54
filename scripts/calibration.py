"""Is 95 % ninety-five per cent? Coverage of every interval and error of every test, by simulation.

``python scripts/calibration.py [--simulations 2000] [--jobs 2]`` writes ``docs/calibration.md``. Every scenario has its own
seed, so the table does not depend on the number of jobs.
"""

import argparse
import sys
import time
import zlib
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm

from benchmark.errors import UndefinedError
from benchmark.inference import (
    bootstrap_auc,
    bootstrap_concordance,
    concordance,
    contrast,
    corrected_resampled_ttest,
    delong,
    logit_interval,
    pairwise_p_fitted,
    pairwise_p_retrained,
    tiers,
)
from benchmark.scoring.scored import UNDECIDED

Floats = NDArray[np.float64]
SIZES = (40, 100, 300, 1000)
STRENGTHS = (0.5, 0.7, 0.9)
CENSORED = (0.3, 0.7)
PREVALENCE = (0.1, 0.5)
METHODS = ("jackknife Wald", "jackknife logit", "percentile", "basic", "BCa")
RESAMPLES = 1000
LARGE = 100_000
ALPHA = 0.05
SHARE = 0.2 / 0.9  # tested / (tested + trained) in 70-10-20
Row = list[str]


def seeded(*parts: object) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(repr(parts).encode()))


def survival_sample(random: np.random.Generator, n: int, log_hazard: Floats, rate: float) -> tuple[NDArray[np.bool_], Floats]:
    """Exponential event times with the log-hazards, exponential censoring with the rate."""
    event_time, censoring = random.exponential(np.exp(-log_hazard)), random.exponential(1 / rate, n)
    return event_time <= censoring, np.minimum(event_time, censoring)


def survival_truth(strength: float, censored: float) -> tuple[float, float, float]:
    """Slope and censoring rate that give the concordance and the share censored, and the concordance they give (mean of five large samples)."""
    risk = np.linspace(1e-4, 1 - 1e-4, 4001)
    scores = norm.ppf(risk)

    def share(rate: float, slope: float) -> float:
        return float(np.mean(rate / (rate + np.exp(slope * scores))))

    def rate_of(slope: float) -> float:
        return float(brentq(lambda log_rate: share(np.exp(log_rate), slope) - censored, -30, 30))

    def reached(slope: float) -> float:
        random = np.random.default_rng(1)
        score = random.normal(size=LARGE)
        event, times = survival_sample(random, LARGE, slope * score, float(np.exp(rate_of(slope))))
        return float(concordance(event, times, score).estimate[0])

    slope = 0.0 if strength == 0.5 else float(brentq(lambda value: reached(value) - strength, 0.05, 12, xtol=1e-3))
    truth = 0.5 if strength == 0.5 else float(np.mean([_repeat_truth(seed, slope, float(np.exp(rate_of(slope)))) for seed in range(5)]))
    return slope, float(np.exp(rate_of(slope))), truth


def _repeat_truth(seed: int, slope: float, rate: float) -> float:
    random = np.random.default_rng(100 + seed)
    score = random.normal(size=LARGE)
    event, times = survival_sample(random, LARGE, slope * score, rate)
    return float(concordance(event, times, score).estimate[0])


def intervals(estimate: float, variance: float, bootstrap: Any) -> list[tuple[float, float]]:
    half = norm.ppf(0.975) * np.sqrt(variance)
    drawn = [tuple(map(float, bootstrap.interval(0.95, method=method)[0])) for method in ("percentile", "basic", "bca")]
    return [(estimate - half, estimate + half), logit_interval(estimate, variance), *drawn]


def c_index_coverage(n: int, strength: float, censored: float, simulations: int) -> Row:
    slope, rate, truth = survival_truth(strength, censored)

    def one(random: np.random.Generator, seed: int) -> tuple[list[tuple[float, float]], float] | None:
        score = random.normal(size=n)
        event, times = survival_sample(random, n, slope * score, rate)
        if event.sum() < 2:
            return None
        result = concordance(event, times, score)
        drawn = bootstrap_concordance(event, times, score, resamples=RESAMPLES, seed=seed)
        return intervals(float(result.estimate[0]), float(result.covariance[0, 0]), drawn), float(result.estimate[0])

    return [str(n), f"{strength:g}", f"{censored:.0%} censored", *coverage(one, truth, simulations, ("c", n, strength, censored))]


def auc_coverage(n: int, strength: float, prevalence: float, simulations: int) -> Row:
    shift = float(np.sqrt(2) * norm.ppf(strength))

    def one(random: np.random.Generator, seed: int) -> tuple[list[tuple[float, float]], float] | None:
        positive = random.random(n) < prevalence
        if min(positive.sum(), n - positive.sum()) < 2:
            return None
        score = random.normal(size=n) + shift * positive
        result = delong(positive, score)
        drawn = bootstrap_auc(positive, score, resamples=RESAMPLES, seed=seed)
        return intervals(float(result.estimate[0]), float(result.covariance[0, 0]), drawn), float(result.estimate[0])

    return [str(n), f"{strength:g}", f"{prevalence:.0%} positive", *coverage(one, strength, simulations, ("auc", n, strength, prevalence))]


def coverage(one: Callable[..., Any], truth: float, simulations: int, key: tuple[object, ...]) -> Row:
    random, hits, widths, used, skipped = seeded(*key), np.zeros(len(METHODS)), np.zeros(len(METHODS)), 0, 0
    for seed in range(simulations):
        if (found := one(random, seed)) is None:
            skipped += 1
            continue
        used += 1
        bounds = np.array(found[0])
        hits += (bounds[:, 0] <= truth) & (truth <= bounds[:, 1])
        widths += np.clip(bounds[:, 1], 0, 1) - np.clip(bounds[:, 0], 0, 1)
    return [*(f"{share:.3f}" for share in hits / used), f"{widths[1] / used:.2f}", str(skipped)]


def paired_error(n: int, censored: float, simulations: int) -> Row:
    """Two scores of equal strength: how often does the jackknife contrast, or DeLong's, reject?"""
    random, rejected = seeded("paired", n, censored), np.zeros(2)
    rate = float(
        np.exp(
            brentq(
                lambda value: float(np.mean(np.exp(value) / (np.exp(value) + np.exp(norm.ppf(np.linspace(0.001, 0.999, 999)))))) - censored,
                -20,
                20,
            )
        )
    )
    for _ in range(simulations):
        signal = random.normal(size=n)
        scores = signal[:, None] + random.normal(size=(n, 2))
        event, times = survival_sample(random, n, signal, rate)
        positive = random.random(n) < 1 / (1 + np.exp(-2 * signal))
        if event.sum() < 2 or min(positive.sum(), n - positive.sum()) < 2:
            continue
        rejected += contrast(concordance(event, times, scores), 0, 1).p < ALPHA, contrast(delong(positive, scores), 0, 1).p < ALPHA
    return [str(n), f"{censored:.0%}", *(f"{share:.3f}" for share in rejected / simulations)]


def retrained_error(n: int, models: int, signal: float, simulations: int) -> Row:
    """Exchangeable learners, each on features of its own: 5-fold × 10, trained anew in every fold."""
    random = seeded("retrained", n, models, signal)
    fitted = retrained = naive = split_fitted = split_retrained = 0
    reached = []
    for _ in range(simulations):
        features = random.normal(size=(n, models, 3))
        event, times = survival_sample(random, n, signal * features[:, :, 0].sum(axis=1) / np.sqrt(models), 0.6)
        pooled, splits = cross_validated(random, features, event, times)
        reached.append(pooled.estimate.mean())
        by_fitted, by_retrained = pairwise_p_fitted(pooled), pairwise_p_retrained(splits, SHARE)
        difference = splits[..., 0] - splits[..., 1]
        fitted += by_fitted[0, 1] < ALPHA
        retrained += corrected_resampled_ttest(difference, SHARE).p < ALPHA
        naive += abs(difference.mean()) > 2.01 * difference.std(ddof=1) / np.sqrt(difference.size)
        split_fitted += tiers(pooled.estimate, by_fitted).tier.max() > 1
        split_retrained += tiers(pooled.estimate, by_retrained).tier.max() > 1
    counts = (naive, fitted, retrained, split_fitted, split_retrained)
    return [
        str(n),
        str(models),
        "none" if signal == 0 else f"C ≈ {np.mean(reached):.2f}",
        *(f"{count / simulations:.3f}" for count in counts),
    ]


def cross_validated(random: np.random.Generator, features: Floats, event: NDArray[np.bool_], times: Floats) -> tuple[Any, Floats]:
    """Ridge regression on a log-rank score, in 10 times 5 folds, 70-10-20: pooled concordance and the value of every split."""
    n, models, _ = features.shape
    risk, fold, patient = [], [], []
    for repeat in range(10):
        part = np.argsort(random.permutation(n)) % 5
        for k in range(5):
            test = part == k
            train = ~test & (random.random(n) > 0.125)  # 70-10-20: what is held out for validation, nobody here looks at
            target = log_rank_score(event[train], times[train])
            columns = np.column_stack([ridge(features[train, m], target, features[test, m]) for m in range(models)])
            risk.append(columns)
            fold.append(np.full(test.sum(), repeat * 5 + k))
            patient.append(np.flatnonzero(test))
    risk_rows, fold_rows, rows = np.concatenate(risk), np.concatenate(fold), np.concatenate(patient)
    pooled = concordance(event[rows], times[rows], risk_rows, fold=fold_rows, cluster=rows)
    splits = [_in_fold(event[rows[inside]], times[rows[inside]], risk_rows[inside]) for inside in (fold_rows == k for k in range(50))]
    return pooled, np.array(splits).reshape(10, 5, models)


def _in_fold(event: NDArray[np.bool_], times: Floats, risk: Floats) -> Floats:
    try:
        return concordance(event, times, risk).estimate
    except UndefinedError:  # no comparable pair: what a board does with such a fold
        return np.full(risk.shape[1], UNDECIDED)


def log_rank_score(event: NDArray[np.bool_], times: Floats) -> Floats:
    """Event minus the Nelson-Aalen cumulative hazard: the martingale residual of a model without covariates."""
    order = np.argsort(times)
    hazard = np.empty(len(times))
    hazard[order] = np.cumsum(event[order] / np.arange(len(times), 0, -1))
    return event - hazard


def ridge(x: Floats, y: Floats, new: Floats) -> Floats:
    return new @ np.linalg.solve(x.T @ x + np.eye(x.shape[1]), x.T @ y)


def table(titles: list[str], rows: list[Row]) -> str:
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [titles, ["---"] * len(titles), *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    count, start = arguments.simulations, time.time()
    few = max(2, count // 5)

    def run(function: Callable[..., Row], scenarios: list[tuple[Any, ...]], simulations: int) -> list[Row]:
        rows: list[Row] = Parallel(n_jobs=arguments.jobs)(delayed(function)(*scenario, simulations) for scenario in scenarios)
        sys.stderr.write(f"{function.__name__}: {time.time() - start:.0f} s\n")
        return rows

    shared = [*METHODS, "width (logit)", "skipped"]
    sections = [
        "# Calibration by simulation",
        f"Made by `python scripts/calibration.py --simulations {count}`; do not edit. Nominal level 95 %; with {count} simulations a share of .95 has a "
        f"standard error of {np.sqrt(0.95 * 0.05 / count):.3f}. Bootstrap intervals use {RESAMPLES:,} resamples. Samples with fewer than two events (or two of a class) "
        "are skipped and counted. What follows from these tables is in [statistics.md](statistics.md).",
        "## Coverage: Harrell's C",
        table(["n", "C", "censoring", *shared], run(c_index_coverage, list(product(SIZES, STRENGTHS, CENSORED)), count)),
        "## Coverage: AUC (Wald and logit from DeLong's variance)",
        table(["n", "AUC", "prevalence", *shared], run(auc_coverage, list(product(SIZES, STRENGTHS, PREVALENCE)), count)),
        "## Rejections of the paired tests at 5 %, two fitted scores of equal strength",
        table(["n", "censored", "jackknife, C", "DeLong, AUC (half positive)"], run(paired_error, list(product(SIZES, CENSORED)), count)),
        f"## Rejections at 5 % when equal algorithms are trained again (5-fold × 10, 70-10-20, {few} simulations)",
        "The first three columns test one pair of models; the last two say how often the board would show more than one tier. "
        "*Naive* is the t-test on the 50 differences, which the package does not offer.",
        table(
            [
                "n",
                "models",
                "signal",
                "naive t",
                "jackknife (fitted)",
                "corrected t (retrained)",
                "> 1 tier, fitted",
                "> 1 tier, retrained",
            ],
            run(retrained_error, [(n, models, signal) for models in (2, 10) for n in (60, 120, 300) for signal in (0.0, 1.0)], few),
        ),
    ]
    path = Path(__file__).parents[1] / "docs" / "calibration.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n\n".join(sections) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
