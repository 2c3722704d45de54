"""The statistics of the canaries hold their rates, with few events too."""

import numpy as np
import pytest

from benchmark.conformance.chance import above, by_fold, exact_p, lower_bound, pooled
from benchmark.scoring import Part, parts_of


def part(seed: int, folds: int = 10, size: int = 23, share: float = 0.25, signal: float = 0.0) -> tuple[Part, np.ndarray]:
    random = np.random.default_rng(seed)
    score = random.normal(size=folds * size)
    time = random.exponential(np.exp(-signal * score))
    return Part(random.random(len(score)) < share, time, score[:, None]), np.repeat(np.arange(folds), size)


@pytest.mark.parametrize(("size", "share"), [(23, 0.25), (8, 0.15)])
def test_the_permutation_test_is_exact_with_few_events(monkeypatch: pytest.MonkeyPatch, size: int, share: float) -> None:
    monkeypatch.setattr("benchmark.conformance.chance.DRAWS", 99)
    p = []
    for seed in range(120):
        one, fold = part(seed, 5, size, share)
        p.append(exact_p((one,), fold, seed))
    assert min(p) >= 0.01
    # five standard errors of a binomial
    assert np.mean(np.array(p) <= 0.05) < 0.05 + 5 * np.sqrt(0.05 * 0.95 / 120)
    assert np.mean(np.array(p) <= 0.5) == pytest.approx(0.5, abs=0.23)


def test_the_permutation_test_sees_a_leak() -> None:
    one, fold = part(0, signal=1.0)
    assert exact_p((one,), fold) == 1 / 2000


def test_permuting_scores_within_folds_only_uses_pairs_within_folds() -> None:
    one, fold = part(3, folds=2, size=5, share=1.0)
    shifted = Part(one.event, one.time, one.score + 100 * fold[:, None])
    assert pooled((one,), fold) == pooled((shifted,), fold)
    assert exact_p((one,), fold) == exact_p((shifted,), fold)


def test_a_part_without_pairs_says_nothing() -> None:
    silent = Part(np.zeros(6, bool), np.ones(6), np.arange(6.0)[:, None])
    assert pooled((silent,), np.zeros(6, np.int64)) is None
    assert exact_p((silent,), np.zeros(6, np.int64)) == 1
    assert by_fold((silent,), np.zeros(6, np.int64)).size == 0


def test_classes_are_scored_one_against_the_rest() -> None:
    outcome = np.array([0, 1, 2, 0, 1, 2])
    values = np.eye(3)[outcome]
    parts = parts_of("multiclass", outcome, values[:, None])
    assert len(parts) == 3
    assert pooled(parts, np.zeros(6, np.int64)) == pytest.approx(1)
    binary = parts_of("binary", np.array([0, 1, 0, 1]), np.array([[0.1], [0.9], [0.2], [0.05]])[:, None])
    assert pooled(binary, np.zeros(4, np.int64)) == pytest.approx(0.5)


def test_the_mean_over_shuffles_is_judged_with_its_spread() -> None:
    assert above(np.array([0.95, 0.97, 0.9, 0.96, 0.94]), 0.55) < 0.0005
    assert above(np.array([0.95, 0.1, 0.9, 0.2, 0.8]), 0.55) > 0.1
    assert (above(np.full(5, 1.0), 0.55), above(np.full(5, 0.5), 0.55), above(np.array([0.9, 0.9]), 0.55)) == (0, 1, 1)


def test_the_bound_on_the_truth_is_one_sided_and_lower() -> None:
    one, fold = part(1, signal=1.0, share=1.0)
    patient = np.arange(len(fold))
    estimate = float(pooled((one,), fold)[0])
    assert lower_bound(one, fold, patient, 0.001) < lower_bound(one, fold, patient, 0.05) < estimate
    perfect = Part(one.event, one.time, -one.time[:, None])
    assert lower_bound(perfect, fold, patient, 0.001) == pytest.approx(0.001 ** (1 / len(fold)))
