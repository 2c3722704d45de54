"""pytest-benchmark of the statistics; not collected by default: ``pytest tests/benchmarks/bench_inference.py``."""

import numpy as np
import pytest

from benchmark.inference import bootstrap_auc, bootstrap_concordance, concordance, delong
from tests.benchmarks import peers

SIZES = [200, 1_000, 10_000]


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("models", [1, 6])
def test_bootstrap_concordance(benchmark, n, models):
    result = benchmark(bootstrap_concordance, *peers.cohort(n, models))
    assert result.draws.shape == (10_000, models)


@pytest.mark.parametrize("n", SIZES)
def test_bootstrap_auc(benchmark, n):
    event, _, risk = peers.cohort(n)
    assert np.isfinite(benchmark(bootstrap_auc, event, risk).draws).all()


@pytest.mark.parametrize("n", SIZES[:2])
def test_peer_scikit_survival_20_resamples(benchmark, n):
    event, time, risk = peers.cohort(n)
    benchmark.pedantic(peers.loop_scikit_survival, (event, time, risk[:, 0], 20), rounds=5)


@pytest.mark.parametrize("n", SIZES[:2])
def test_peer_fast_cindex(benchmark, n):
    pytest.importorskip("fast_cindex")
    event, time, risk = peers.cohort(n)
    benchmark.pedantic(peers.fast_cindex, (event, time, risk[:, 0], 10_000), rounds=3, warmup_rounds=1)


@pytest.mark.parametrize("function", [delong, peers.numpy_sun_xu])
def test_delong_100_000_rows(benchmark, function):
    event, _, risk = peers.cohort(100_000, 2)
    expected = peers.numpy_sun_xu(event, risk)
    result = benchmark(function, event, risk)
    found = result if isinstance(result, tuple) else (result.estimate, result.covariance)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9)


def test_concordance_100_000_rows(benchmark):
    assert benchmark(concordance, *peers.cohort(100_000)).pairs > 0
