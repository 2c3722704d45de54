"""What people write today, as fast as it is written: the other side of every ratio."""

import numpy as np
from sklearn.metrics import roc_auc_score
from sksurv.metrics import concordance_index_censored


def cohort(n, models=1, seed=0):
    """Half of the patients with an event, no ties; the risk knows something of the time."""
    rng = np.random.default_rng(seed)
    time = rng.exponential(size=n)
    return rng.random(n) < 0.5, time, rng.normal(size=(n, models)) - np.log(time)[:, None]


def loop_scikit_survival(event, time, risk, resamples):
    rng = np.random.default_rng(0)
    draws = np.empty(resamples)
    for b in range(resamples):
        rows = rng.integers(0, len(time), len(time))
        draws[b] = concordance_index_censored(event[rows], time[rows], risk[rows])[0]
    return draws


def loop_lifelines(event, time, risk, resamples):
    from lifelines.utils import concordance_index

    rng = np.random.default_rng(0)
    draws = np.empty(resamples)
    for b in range(resamples):
        rows = rng.integers(0, len(time), len(time))
        draws[b] = concordance_index(time[rows], -risk[rows], event[rows])
    return draws


def fast_cindex(event, time, risk, resamples):
    from fast_cindex import bootstrap_cindex

    return bootstrap_cindex(time, risk, event, n_bootstraps=resamples, seed=0)


def loop_scikit_learn(y_true, scores, resamples):
    rng = np.random.default_rng(0)
    draws = np.empty(resamples)
    for b in range(resamples):
        rows = rng.integers(0, len(y_true), len(y_true))
        draws[b] = roc_auc_score(y_true[rows], scores[rows])
    return draws


def _midranks(table):
    """Midranks of each row of ``table (k, m)``, without a Python loop over values."""
    order = np.argsort(table, axis=1)
    ordered = np.take_along_axis(table, order, axis=1)
    k, m = table.shape
    opens = np.ones((k, m), bool)
    opens[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    first = np.flatnonzero(opens.ravel())
    length = np.diff(np.append(first, k * m))
    middle = np.repeat(first % m + (length + 1) / 2, length).reshape(k, m)
    ranks = np.empty((k, m))
    np.put_along_axis(ranks, order, middle, axis=1)
    return ranks


def numpy_sun_xu(y_true, scores):
    """Sun & Xu's algorithm in vectorised numpy: AUC (k,) and covariance (k, k)."""
    positive, negative = scores[y_true].T.copy(), scores[~y_true].T.copy()
    m, n = positive.shape[1], negative.shape[1]
    pooled = _midranks(np.concatenate([positive, negative], axis=1))
    v10 = (pooled[:, :m] - _midranks(positive)) / n
    v01 = 1 - (pooled[:, m:] - _midranks(negative)) / m
    return v10.mean(axis=1), np.atleast_2d(np.cov(v10) / m + np.cov(v01) / n)
