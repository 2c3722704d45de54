"""DeLong against pROC, by hand, with folds and clusters, and by its properties."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from benchmark.errors import InputError
from benchmark.inference import concordance, contrast, delong

GOLDEN = Path(__file__).parents[1] / "golden"
ASAH = pd.read_csv(GOLDEN / "asah.csv", skipinitialspace=True)
R = json.loads((GOLDEN / "proc_asah.json").read_text())


def sample(seed, n=60, k=3):
    rng = np.random.default_rng(seed)
    return rng.random(n) < 0.4, np.round(rng.normal(size=(n, k)), 1), rng.integers(0, 3, n)


def test_equals_proc():
    models = R["joint"]["models"]
    result = delong(ASAH.outcome, ASAH[models])
    np.testing.assert_allclose(result.estimate, [R["single"][model]["auc"] for model in models], rtol=1e-12)
    np.testing.assert_allclose(np.diag(result.covariance), [R["single"][model]["var_delong"] for model in models], rtol=1e-10)
    np.testing.assert_allclose(result.covariance, R["joint"]["cov"], rtol=1e-10)
    assert (result.positives, result.negatives, result.pairs) == (41, 72, 41 * 72)


@pytest.mark.parametrize("pair", R["paired"])
def test_paired_tests_equal_proc(pair):
    first, second = pair.split("_vs_")
    test, expected = contrast(delong(ASAH.outcome, ASAH[[first, second]]), 0, 1), R["paired"][pair]
    np.testing.assert_allclose([test.z, test.p, *test.interval], [expected["z"], expected["p"], *expected["ci_diff"]], rtol=1e-10)


def test_folds_are_added():
    y, scores, fold = sample(1)
    result, parts = delong(y, scores, fold=fold), [delong(y[fold == f], scores[fold == f]) for f in range(3)]
    weight = np.array([part.pairs for part in parts]) / result.pairs
    np.testing.assert_allclose(result.estimate, sum(w * part.estimate for w, part in zip(weight, parts, strict=True)))
    np.testing.assert_allclose(result.covariance, sum(w**2 * part.covariance for w, part in zip(weight, parts, strict=True)))


def test_a_row_is_a_cluster():
    y, scores, fold = sample(2)
    for labels in (None, fold):
        alone, clustered = delong(y, scores, fold=labels), delong(y, scores, fold=labels, cluster=np.arange(len(y)))
        np.testing.assert_allclose(clustered.covariance, alone.covariance, rtol=1e-12)


def test_clusters_by_the_formulae_of_obuchowski():
    y, scores, _ = sample(3, n=40, k=2)
    cluster = np.random.default_rng(0).integers(0, 15, 40)
    auc = np.array([roc_auc_score(y, column) for column in scores.T])
    wins = 0.5 * (1 + np.sign(scores[y][:, None] - scores[~y][None]))
    v10, v01 = wins.mean(axis=1) - auc, wins.mean(axis=0) - auc
    m, n, names = y.sum(), (~y).sum(), np.unique(cluster)
    sums10 = np.array([v10[cluster[y] == c].sum(axis=0) for c in names])
    sums01 = np.array([v01[cluster[~y] == c].sum(axis=0) for c in names])
    i10, i01, i = len(np.unique(cluster[y])), len(np.unique(cluster[~y])), len(names)
    s10 = i10 / ((i10 - 1) * m) * sums10.T @ sums10
    s01 = i01 / ((i01 - 1) * n) * sums01.T @ sums01
    s11 = i / (i - 1) * sums10.T @ sums01
    np.testing.assert_allclose(delong(y, scores, cluster=cluster).covariance, s10 / m + s01 / n + (s11 + s11.T) / (m * n), rtol=1e-12)


def test_it_is_concordance_up_to_the_unbiased_divisor():
    y, scores, _ = sample(4)
    jackknife = concordance(y, np.where(y, 1, 2), scores)
    np.testing.assert_allclose(delong(y, scores).estimate, jackknife.estimate, rtol=1e-14)
    np.testing.assert_allclose(delong(y, scores).influence, jackknife.influence, atol=1e-15)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_properties(seed, random):
    y, scores, _ = sample(seed)
    y[:6] = [True, True, True, False, False, False]
    base = delong(y, scores)
    order = list(range(len(y)))
    random.shuffle(order)
    twice = delong(np.tile(y, 2), np.tile(scores, (2, 1)), cluster=np.tile(np.arange(len(y)), 2))
    repeats = delong(np.tile(y, 2), np.tile(scores, (2, 1)), fold=np.repeat([0, 1], len(y)), cluster=np.tile(np.arange(len(y)), 2))
    for same in (delong(y[order], scores[order]), delong(y, np.exp(scores / 2)), twice, repeats):
        np.testing.assert_allclose(same.estimate, base.estimate, atol=1e-13)
        np.testing.assert_allclose(same.covariance, base.covariance, atol=1e-13)
    np.testing.assert_allclose(delong(y, -scores).estimate, 1 - base.estimate, atol=1e-13)
    test = contrast(delong(y, np.column_stack([scores[:, 0], 3 * scores[:, 0] - 1])), 0, 1)
    assert (test.difference, test.se, test.p) == (0, 0, 1)


@pytest.mark.parametrize(
    ("y", "scores", "options", "message"),
    [
        ([1, 1, 1], [1, 2, 3], {}, "no fold has both"),
        ([1, 0], [1, 2], {}, "a class with one patient"),
        ([1, 1, 0, 0], [1, 2, 3, 4], {"fold": [0, 0, 1, 1]}, "no fold has both"),
        ([1, 1, 0, 0], [1, 2, 3, 4], {"cluster": [0, 0, 1, 2]}, "a class with one patient"),
        ([1, 1, 0, 0], [1, 2, 3], {}, "differ in length: 4, 3"),
        ([1, 1, 0, 0], [1, 2, np.nan, 3], {}, "scores: row 2"),
        (["a", "b"], [1, 2], {}, "y_true: expected true/false"),
        ([0.2, 1], [1, 2], {}, "y_true: row 0 is 0.2"),
        ([1, 1, 0, 0], list("abcd"), {}, "scores: expected numbers"),
    ],
)
def test_bad_input(y, scores, options, message):
    with pytest.raises(InputError, match=message):
        delong(y, scores, **options)


@pytest.mark.filterwarnings("error")
def test_tied_scores_and_perfect_scores():
    result = delong([1, 1, 0, 0], np.array([[5, 1], [5, 1], [5, 0], [5, 0]]))
    assert result.estimate.tolist() == [0.5, 1]
    assert (result.covariance == 0).all()
