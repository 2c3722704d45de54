"""Survival metrics against R's riskRegression and pec; the curves beneath them against R's survival."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, mannwhitneyu, wilcoxon
from sksurv.compare import compare_survival
from sksurv.nonparametric import kaplan_meier_estimator
from sksurv.util import Surv

from benchmark.inference.concordance import censoring_survival
from benchmark.metrics import survival

GOLDEN = Path(__file__).parents[1] / "golden"
VETERAN = pd.read_csv(GOLDEN / "veteran_risk.csv", skipinitialspace=True)
LUNG = pd.read_csv(GOLDEN / "lung.csv", skipinitialspace=True)
RISK = json.loads((GOLDEN / "risk_scores.json").read_text())
CURVES = json.loads((GOLDEN / "km_ipcw.json").read_text())
MISC = json.loads((GOLDEN / "misc_stats.json").read_text())
OUTCOME = {"lung": (LUNG.status == 1, LUNG.time), "veteran": (VETERAN.status == 1, VETERAN.time)}
HORIZONS = (60, 120, 240)


def expected(measure, value, model, horizon):
    table = pd.DataFrame({key: RISK[measure][key] for key in ("model", "times", value)})
    return table.set_index(["model", "times"])[value][model, horizon]


@pytest.mark.parametrize("horizon", HORIZONS)
@pytest.mark.parametrize("model", ["m1", "m2"])
def test_auc_and_brier_equal_riskregression(model, horizon):
    risk = VETERAN[f"{model}_t{horizon}"]
    auc = survival.time_dependent_auc(*OUTCOME["veteran"], risk, horizon)
    np.testing.assert_allclose(auc, expected("auc", "AUC", model, horizon), rtol=1e-10)
    brier = survival.brier_score(*OUTCOME["veteran"], 1 - risk, horizon)
    np.testing.assert_allclose(brier, expected("brier", "Brier", model, horizon), rtol=1e-10)


@pytest.mark.parametrize("horizon", HORIZONS)
def test_the_null_equals_riskregression(horizon):
    null = survival.null_brier_score(*OUTCOME["veteran"], horizon)
    np.testing.assert_allclose(null, expected("brier", "Brier", "Null model", horizon), rtol=1e-10)


def test_integrated_null_equals_pec():
    times, curve = RISK["pec_ibs"]["times"], RISK["pec_ibs"]["app"]["Reference"]
    for at, value in list(zip(times, curve, strict=True))[1:]:
        np.testing.assert_allclose(survival.null_brier_score(*OUTCOME["veteran"], at), value, rtol=1e-10)
    # pec begins at time 0, where everybody is alive and every score is 0
    span = times[-1] - times[1]
    step = survival.null_integrated_brier_score(*OUTCOME["veteran"], times[1:], rule="step")
    np.testing.assert_allclose(step * span / times[-1], RISK["pec_ibs"]["ibs"][0], rtol=1e-10)


@pytest.mark.parametrize("model", ["m1", "m2"])
def test_the_models_points_lie_on_pecs_curve(model):
    table = dict(zip(RISK["pec_ibs"]["times"], RISK["pec_ibs"]["app"][model], strict=True))
    predicted = 1 - VETERAN[[f"{model}_t{at}" for at in HORIZONS]].to_numpy()
    scores = [table[at] for at in HORIZONS]
    ours = survival.integrated_brier_score(*OUTCOME["veteran"], predicted, HORIZONS)
    np.testing.assert_allclose(ours, np.trapezoid(scores, HORIZONS) / 180, rtol=1e-10)
    ours = survival.integrated_brier_score(*OUTCOME["veteran"], predicted, HORIZONS, rule="step")
    np.testing.assert_allclose(ours, (60 * scores[0] + 120 * scores[1]) / 180, rtol=1e-10)


@pytest.mark.parametrize("cohort", OUTCOME)
def test_curves_equal_r(cohort):
    event, time = OUTCOME[cohort]
    curve, censoring = CURVES[cohort], CURVES[f"{cohort}_censoring"]
    np.testing.assert_allclose(survival.kaplan_meier(event, time, curve["time"]), curve["surv"], rtol=1e-10, atol=1e-15)
    # this one takes censorings for events as they are; G, with events first at ties, is compared with pec's below
    np.testing.assert_allclose(survival.kaplan_meier(~event, time, curve["time"]), censoring["surv"], rtol=1e-10, atol=1e-15)
    with np.errstate(divide="ignore", invalid="ignore"):
        _, _, interval = kaplan_meier_estimator(event, time, conf_type="log-log")
    inside = (np.array(curve["surv"]) > 0) & (np.array(curve["surv"]) < 1)
    for ours, key in zip(interval, ("lower_loglog", "upper_loglog"), strict=True):
        np.testing.assert_allclose(ours[inside], np.array(curve[key], float)[inside], rtol=1e-10)


def test_censoring_curve_equals_pec():
    event, time = OUTCOME["lung"]
    pec = CURVES["pec_ipcw_lung"]
    np.testing.assert_allclose(censoring_survival(event, time, pec["subject_time_sorted"]), pec["G_subject_minus"], rtol=1e-10)
    np.testing.assert_allclose(censoring_survival(event, time, np.nextafter(pec["times"], np.inf)), pec["G_at_times"], rtol=1e-10)


def test_logrank_equals_r():
    event, time = OUTCOME["lung"]
    statistic, p, groups, *_ = compare_survival(Surv.from_arrays(event, time), LUNG.sex.to_numpy(), return_stats=True)
    expected_ = CURVES["logrank_lung_sex"]
    np.testing.assert_allclose([statistic, p], [expected_["chisq"], expected_["p"]], rtol=1e-10)
    np.testing.assert_allclose(groups["observed"], expected_["obs"])
    np.testing.assert_allclose(groups["expected"], expected_["exp"], rtol=1e-10)


def test_scipys_tests_and_intervals_equal_r():
    """Not used by a board; whoever reaches for them gets R's numbers."""
    wilcox, x, y = MISC["wilcox"], MISC["wilcox"]["x"], MISC["wilcox"]["y"]
    np.testing.assert_allclose(wilcoxon(x, y, method="exact").pvalue, wilcox["paired_exact"]["p"], rtol=1e-10)
    for name, correction in (("paired_normal_cc", True), ("paired_normal", False)):
        p = wilcoxon(x, y, method="asymptotic", correction=correction).pvalue
        np.testing.assert_allclose(p, wilcox[name]["p"], rtol=1e-10)
    p = mannwhitneyu(x, y, method="asymptotic").pvalue
    np.testing.assert_allclose(p, wilcox["ranksum_normal_cc"]["p"], rtol=1e-10)
    test = binomtest(MISC["wilson"]["x"], MISC["wilson"]["n"])
    np.testing.assert_allclose(test.proportion_ci(method="wilson"), MISC["wilson"]["wilson"], rtol=1e-10)
    np.testing.assert_allclose(test.proportion_ci(method="exact"), MISC["wilson"]["clopper_pearson"], rtol=1e-10)
