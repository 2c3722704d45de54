"""The exact bootstrap: every draw against scikit-survival and scikit-learn, strata, clusters, threads, bad input."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score
from sksurv.metrics import concordance_index_censored

from benchmark.errors import InputError
from benchmark.inference import bootstrap_auc, bootstrap_concordance, bootstrap_metric, concordance
from benchmark.inference.concordance import censoring_survival
from benchmark.inference.resampling import multiplicities, units
from tests.inference.brute import brute_concordance

SOME = [0, 7, 8, 127, 128, 299]


def cohort(seed, n, ties=True):
    rng = np.random.default_rng(seed)
    event, time = rng.random(n) < 0.5, rng.exponential(size=n)
    risk = rng.normal(size=(n, 3)) - time[:, None]
    if ties:
        time, risk = np.ceil(5 * time), np.round(risk, 1)
    return event, time, risk


def rows_of(counts):
    return np.repeat(np.arange(len(counts)), counts)


@pytest.mark.parametrize(("n", "ties"), [(5, True), (60, True), (201, False), (1000, True)])
def test_every_draw_is_scikit_survivals(n, ties):
    event, time, risk = cohort(n, n, ties)
    event[time.argmin()], time[time.argmin()] = True, 0.01
    result = bootstrap_concordance(event, time, risk, resamples=300, seed=3)
    drawn = units(n, None, None)
    for resample in SOME:
        counts = [multiplicities(drawn, 3, resample, attempt) for attempt in range(20)]
        rows = next(rows for rows in map(rows_of, counts) if exists(event[rows], time[rows]))
        for model in range(3):
            expected = concordance_index_censored(event[rows], time[rows], risk[rows, model], tied_tol=0)[0]
            assert result.draws[resample, model] == expected


def exists(event, time):
    return any(((time > t) | ((time == t) & ~event)).any() for t in time[event])


def test_above_32767_rows_the_counts_are_wider():
    event, time, risk = cohort(0, 33_000)
    result = bootstrap_concordance(event, time, risk[:, 0], resamples=2, seed=5)
    rows = rows_of(multiplicities(units(33_000, None, None), 5, 1))
    np.testing.assert_equal(result.draws[1], concordance(event[rows], time[rows], risk[rows, 0]).estimate)


@pytest.mark.parametrize("clusters", [None, "within folds", "across folds"])
@pytest.mark.parametrize("weights", ["harrell", "uno"])
def test_folds_clusters_and_fixed_weights(clusters, weights):
    event, time, risk = cohort(2, 120)
    fold = np.random.default_rng(0).permutation(np.arange(120) % 4)
    cluster = {None: None, "within folds": fold * 100 + np.arange(120) % 9, "across folds": np.arange(120) % 40}[clusters]
    train = (event, time + 2)
    options = {"fold": fold, "cluster": cluster, "weights": weights, "tau": 12.0, "train": train}
    result = bootstrap_concordance(event, time, risk, **options, resamples=150, seed=1)
    np.testing.assert_array_equal(result.estimate, concordance(event, time, risk, **options).estimate)
    weight = np.ones(120) if weights == "harrell" else 1 / censoring_survival(*train, time) ** 2
    drawn = units(120, fold, cluster)
    for resample in (0, 149):
        counts = multiplicities(drawn, 1, resample)
        rows = rows_of(counts)
        estimate = brute_concordance(event[rows], time[rows], risk[rows], fold[rows], weight[rows], 12.0)[0]
        np.testing.assert_allclose(result.draws[resample], estimate, rtol=1e-13)
        if cluster is None:
            np.testing.assert_array_equal(np.bincount(fold[rows]), np.bincount(fold))
        else:
            assert all(len(set(counts[cluster == name])) == 1 for name in np.unique(cluster))
        if clusters == "within folds":
            assert [len(set(cluster[rows][fold[rows] == f])) <= 9 for f in range(4)] == [True] * 4


def test_auc_draws_are_scikit_learns():
    event, _, score = cohort(4, 150)
    result = bootstrap_auc(event, score, resamples=200, seed=9)
    for resample in (0, 130, 199):
        rows = rows_of(multiplicities(units(150, None, None), 9, resample))
        expected = [roc_auc_score(event[rows], score[rows, model]) for model in range(3)]
        np.testing.assert_allclose(result.draws[resample], expected, rtol=1e-13)


def test_resamples_are_uniform_and_of_full_size():
    counts = np.array([multiplicities(units(50, None, None), 0, resample) for resample in range(4000)])
    assert (counts.sum(axis=1) == 50).all()
    # variance of a multinomial count: n p (1 − p); χ² of the totals has 49 degrees of freedom
    np.testing.assert_allclose(counts.var(axis=0), 0.98, rtol=0.15)
    assert ((counts.sum(axis=0) - 4000) ** 2 / 4000).sum() < 95
    assert abs(np.corrcoef(counts[:-1].ravel(), counts[1:].ravel())[0, 1]) < 0.01


def test_draws_do_not_depend_on_threads_blocks_or_other_models():
    code = (
        "import numpy as np, hashlib; from tests.inference.test_bootstrap import cohort; from benchmark.inference import bootstrap_concordance as b;"
        "e, t, r = cohort(1, 300); f = np.arange(300) % 3;"
        "d = [b(e, t, r, fold=f, resamples=1000).draws, b(e, t, r, weights='uno', tau=10, resamples=1000).draws];"
        "print(hashlib.sha256(np.stack(d).tobytes()).hexdigest())"
    )
    digests = set()
    for threads in ("1", "2"):
        environment = os.environ | {"NUMBA_NUM_THREADS": threads}
        digests.add(subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True).stdout)
    assert len(digests) == 1
    event, time, risk = cohort(1, 300)
    many, few = bootstrap_concordance(event, time, risk, resamples=1000), bootstrap_concordance(event, time, risk[:, 1], resamples=130)
    np.testing.assert_array_equal(many.draws[:130, 1], few.draws[:, 0])
    assert not np.array_equal(few.draws, bootstrap_concordance(event, time, risk[:, 1], resamples=130, seed=1).draws)


def test_resamples_without_a_pair_are_drawn_again_and_counted():
    result = bootstrap_concordance([True, False], [1, 2], [2, 1], resamples=2000)
    assert (result.draws == 1).all()
    # half of the resamples of two rows hold both; a redraw is needed once more with probability ½: 2,000 in the mean
    assert 1800 < result.redrawn < 2200
    one_positive = bootstrap_auc([1, 0, 0, 0], [1, 2, 0, 3], resamples=500)
    assert np.isfinite(one_positive.draws).all()
    assert one_positive.redrawn > 0
    for method in ("percentile", "basic", "bca"):
        np.testing.assert_array_equal(result.interval(0.9, method), [[1, 1]])


@pytest.mark.parametrize("method", ["percentile", "basic", "bca"])
def test_intervals_agree_with_the_jackknife(method):
    event, time, risk = cohort(8, 400)
    result, jackknife = bootstrap_concordance(event, time, risk), concordance(event, time, risk)
    se = np.sqrt(np.diag(jackknife.covariance))
    np.testing.assert_allclose(result.draws.std(axis=0), se, rtol=0.05)
    np.testing.assert_allclose(result.interval(0.95, method), jackknife.estimate[:, None] + 1.96 * np.outer(se, [-1, 1]), atol=0.006)
    wide, narrow = result.interval(0.99, method), result.interval(0.8, method)
    assert ((wide[:, 0] < narrow[:, 0]) & (narrow[:, 1] < wide[:, 1])).all()


def test_any_metric_sees_the_same_resamples():
    event, time, risk = cohort(5, 80)
    fold = np.arange(80) % 2
    auc = bootstrap_auc(event, risk, resamples=40, seed=2)
    slow = bootstrap_metric(lambda y, s: [roc_auc_score(y, column) for column in s.T], event, risk, resamples=40, seed=2)
    np.testing.assert_allclose(slow.draws, auc.draws, rtol=1e-12)
    np.testing.assert_allclose(slow.interval(0.9, "bca"), auc.interval(0.9, "bca"), atol=0.004)
    fast = bootstrap_concordance(event, time, risk, fold=fold, cluster=np.arange(80) // 2, resamples=25)
    again = bootstrap_metric(
        lambda e, t, r, f: concordance(e, t, r, fold=f).estimate,
        event,
        time,
        risk,
        fold,
        fold=fold,
        cluster=np.arange(80) // 2,
        resamples=25,
    )
    np.testing.assert_array_equal(again.draws, fast.draws)
    assert again.redrawn == fast.redrawn


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_properties(seed):
    event, time, risk = cohort(seed, 40)
    event[time.argmin()], time[time.argmin()] = True, 0.01
    base = bootstrap_concordance(event, time, risk, resamples=200)
    np.testing.assert_array_equal(bootstrap_concordance(event, time, np.exp(risk), resamples=200).draws, base.draws)
    np.testing.assert_allclose(bootstrap_concordance(event, time, -risk, resamples=200).draws, 1 - base.draws, atol=1e-15)
    twice = bootstrap_concordance(
        *(np.concatenate([column, column]) for column in (event, time, risk)),
        fold=np.repeat([0, 1], 40),
        cluster=np.tile(np.arange(40), 2),
        resamples=200,
    )
    np.testing.assert_array_equal(twice.draws, base.draws)
    for method in ("percentile", "bca"):
        np.testing.assert_allclose(twice.interval(0.9, method), base.interval(0.9, method), atol=1e-12)
    same = bootstrap_concordance(event, time, np.column_stack([risk[:, 0], 2 * risk[:, 0]]), resamples=200).difference(0, 1)
    assert (same.draws == 0).all()
    assert (same.interval(0.95, "bca") == 0).all()


@pytest.mark.filterwarnings("error")
def test_all_risks_tied():
    result = bootstrap_concordance([True, True, False], [1, 2, 3], [0, 0, 0], resamples=100)
    assert (result.draws == 0.5).all()
    assert (result.interval(0.95, "bca") == 0.5).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"resamples": 0}, "resamples: 0 is not a whole number of 1 or more"),
        ({"resamples": 10.5}, "resamples: 10.5"),
        ({"resamples": True}, "resamples: True"),
        ({"seed": -1}, "seed: -1 is not a whole number from 0"),
        ({"seed": "a"}, "seed: 'a'"),
        ({"event": [0, 0, 0]}, "no comparable pair"),
        ({"cluster": [1, 2]}, "cluster: 2 labels"),
        ({"cluster": [7, 7, 7]}, "one patient: no variance between patients"),
        ({"fold": [0, 1, 2]}, "no comparable pair"),
        ({"risk": [1, 2, np.nan]}, "risk: row 2"),
    ],
)
def test_bad_input(change, message):
    arguments = {"event": [True, True, False], "time": [1.0, 2, 3], "risk": [3.0, 2, 1]} | change
    with pytest.raises(InputError, match=message):
        bootstrap_concordance(**arguments)


def test_bad_metrics():
    with pytest.raises(InputError, match="at least one array"):
        bootstrap_metric(np.mean)
    with pytest.raises(InputError, match="finite numbers"):
        bootstrap_metric(lambda x: np.nan, [1, 2, 3])
    with pytest.raises(InputError, match="100 resamples in a row"):
        bootstrap_metric(lambda x: 1.0 if len(set(x)) == 30 else np.nan, np.arange(30), resamples=3)
    with pytest.raises(InputError, match="y_true: one class only"):
        bootstrap_auc([1, 1], [1, 2])
    with pytest.raises(InputError, match="without one of the patients"):
        bootstrap_metric(lambda y: y.mean() if y.any() else np.nan, [1, 0, 0], resamples=20).interval(method="bca")
    with pytest.raises(InputError, match="the metric: expected numbers, found text"):
        bootstrap_metric(lambda x: "a", [1, 2, 3])
    with pytest.raises(InputError, match="numbers; it must give as many"):
        bootstrap_metric(lambda x: np.unique(x).astype(float), np.arange(9))
    with pytest.raises(InputError, match="row 1 is masked"):
        bootstrap_metric(np.mean, np.ma.array([1, 2, 3], mask=[0, 1, 0]))
    # no value at all may be a single NaN, however many models there are
    assert bootstrap_metric(lambda x: [x[0], x[1]] if len(set(x)) > 1 else np.nan, [1.0, 2, 3], resamples=50).redrawn > 0


@pytest.mark.parametrize("level", ["a", 2, np.nan, None, [0.9]])
def test_bad_level(level):
    with pytest.raises(InputError, match="level"):
        bootstrap_concordance([True, True, False], [1, 2, 3], [3, 2, 1], resamples=5).interval(level)


@pytest.mark.parametrize("pair", [(0, 1), (-1, 0), (0, 0.5)])
def test_bad_pair(pair):
    with pytest.raises(InputError, match="is not a whole number from 0 to 0"):
        bootstrap_concordance([True, True, False], [1, 2, 3], [3, 2, 1], resamples=5).difference(*pair)
