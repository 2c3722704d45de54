"""Time-dependent AUC within folds: against the single-fold function (which equals riskRegression), scikit-survival, and the bootstrap."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sksurv.metrics import cumulative_dynamic_auc
from sksurv.util import Surv

from benchmark.errors import InputError
from benchmark.inference import bootstrap_metric, concordance
from benchmark.metrics.survival import time_dependent_auc
from benchmark.metrics.survival.auc_over_time import auc_over_time

GOLDEN = Path(__file__).parents[1] / "golden"
VETERAN = pd.read_csv(GOLDEN / "veteran_risk.csv", skipinitialspace=True)
RISK = json.loads((GOLDEN / "risk_scores.json").read_text())


def cohort(n=120, seed=0):
    random = np.random.default_rng(seed)
    event, time = random.random(n) < 0.5, random.exponential(10, n) + 0.1
    return event, time, np.round(random.normal(size=(n, 2)) - 0.1 * time[:, None] * [1, 0], 1)


def test_equals_riskregression():
    table = pd.DataFrame({key: RISK["auc"][key] for key in ("model", "times", "AUC")}).set_index(["model", "times"])["AUC"]
    for at in (60, 120, 240):
        found = auc_over_time(VETERAN.status == 1, VETERAN.time, VETERAN[f"m1_t{at}"], [at])
        np.testing.assert_allclose(found.estimate[0, 0], table["m1", at], rtol=1e-10)


def test_one_fold_equals_the_single_horizon_and_scikit_survival():
    event, time, risk = cohort()
    found = auc_over_time(event, time, risk, [3.0, 6, 9])
    expected = [[time_dependent_auc(event, time, risk[:, k], at) for k in range(2)] for at in (3, 6, 9)]
    np.testing.assert_allclose(found.estimate, expected, rtol=1e-12)
    outcome = Surv.from_arrays(event, time)
    np.testing.assert_allclose(found.estimate[:, 0], cumulative_dynamic_auc(outcome, outcome, risk[:, 0], [3.0, 6, 9])[0], rtol=1e-10)


def test_counts_and_folds_by_hand():
    event, time = np.array([1, 0, 1, 1, 0, 0], bool), np.array([1.0, 2, 3, 4, 5, 6])
    risk = np.array([0.9, 0.2, 0.4, 0.6, 0.5, 0.1])
    whole = auc_over_time(event, time, risk, [3.5])
    assert (whole.cases[0], whole.controls[0]) == (2, 3)
    assert whole.estimate[0, 0] == pytest.approx((3 + 1.25 * 1) / (3 * 2.25))
    # two folds, no censoring before the horizon in the training part: .9 beats .6 and .1; .4 loses to .5
    apart = auc_over_time(event, time, risk, [3.5], fold=[0, 0, 1, 0, 1, 0], train=(np.ones(3, bool), [1.0, 2, 9]))
    assert apart.estimate[0, 0] == pytest.approx(2 / 3)


def test_without_censoring_the_variance_is_that_of_the_concordance():
    random = np.random.default_rng(1)
    time, risk, fold = random.exponential(10, 90), random.normal(size=(90, 3)), np.arange(90) % 3
    case = time <= 7
    found = auc_over_time(np.ones(90, bool), time, risk, [7.0], fold=fold)
    expected = concordance(case, np.where(case, 1.0, 2.0), risk, fold=fold)
    np.testing.assert_allclose(found.estimate[0], expected.estimate)
    np.testing.assert_allclose(found.covariance[0], expected.covariance)


def test_the_standard_error_is_that_of_the_bootstrap():
    event, time, risk = cohort(200)
    found = auc_over_time(event, time, risk, [6.0])

    def auc(*data):
        return auc_over_time(*data, [6.0]).estimate[0]

    draws = bootstrap_metric(auc, event, time, risk, resamples=300).draws
    np.testing.assert_allclose(np.sqrt(np.diag(found.covariance[0])), draws.std(axis=0), rtol=0.15)


def test_rows_of_one_patient_are_one_cluster():
    event, time, risk = cohort(60)
    once = auc_over_time(event, time, risk, [6.0])
    twice = [np.concatenate([values, values]) for values in (event, time, risk)]
    again = auc_over_time(*twice, [6.0], fold=np.repeat([0, 1], 60), cluster=np.tile(np.arange(60), 2), train=(event, time))
    np.testing.assert_allclose(again.covariance, once.covariance)
    assert again.cases[0] == once.cases[0]


def test_no_pair_and_bad_input():
    event, time, risk = cohort(20)
    assert np.isnan(auc_over_time(event, time, risk, [1e-9]).estimate).all()
    with pytest.raises(InputError, match="horizons: rising"):
        auc_over_time(event, time, risk, [3.0, 2.0])
