"""Columns for trees, the boosted models, the survival forest and the majority floor."""

import warnings
from dataclasses import replace

import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost
from scipy.stats import norm
from sksurv.ensemble import RandomSurvivalForest
from sksurv.metrics import concordance_index_censored

from baselines.lightgbm import LightGBM
from baselines.majority_class import MajorityClass
from baselines.random_survival_forest import SurvivalForest, grouped
from baselines.shared.trees import TreeColumns
from baselines.xgboost import XGBoost, aft_bounds, cox_label
from benchmark.models import Patients
from tests.baselines.every_block import make_patients, without

GENES = ("genomics",)
SURVIVAL = [("event", bool), ("time", float)]


def outcome(*pairs: tuple[bool, float]) -> np.ndarray:
    return np.array(list(pairs), dtype=SURVIVAL)


def table(**columns: object) -> Patients:
    frame = pd.DataFrame(columns)
    frame.index = pd.Index([f"p{number}" for number in range(len(frame))])
    return Patients(frame.index, {"clinical": frame})


def concordance(patients: Patients, risk: np.ndarray) -> float:
    return float(concordance_index_censored(patients.outcome["event"], patients.outcome["time"], risk)[0])


def test_a_file_may_have_the_name_of_the_package_that_it_uses() -> None:
    assert hasattr(xgboost, "DMatrix")
    assert hasattr(lightgbm, "Dataset")


def test_columns_keep_what_is_missing() -> None:
    train = table(
        age=[50.0, np.nan, 70.0],
        stage=pd.Categorical(["III", "I", None], categories=["I", "II", "III"], ordered=True),
        smoker=np.array([True, None, False], dtype=object),
        centre=pd.Categorical(["b", None, "a"], categories=["a", "b", "c"]),
        constant=[1.0, 1.0, np.nan],
    )
    columns = TreeColumns(("clinical",)).fit(train)
    nan = np.nan
    np.testing.assert_array_equal(columns.transform(train), [[50, 2, 1, 0, 1], [nan, 0, nan, nan, nan], [70, nan, 0, 1, 0]])
    unseen = table(age=[1.0], stage=train.blocks["clinical"]["stage"][1:2].array, smoker=[None], centre=["c"], constant=[2.0])
    np.testing.assert_array_equal(columns.transform(unseen), [[1, 0, nan, 0, 0]])
    nobody = replace(train, blocks={"clinical": train.blocks["clinical"].iloc[:0]})
    assert np.isnan(columns.transform(nobody)).all()


def test_columns_that_do_not_vary_are_refused() -> None:
    with pytest.raises(ValueError, match="clinical: no column varies in the training part"):
        TreeColumns(("clinical",)).fit(table(age=[50.0, 50.0, np.nan]))
    with pytest.raises(ValueError, match="there is no modality 'rna' here, only clinical"):
        TreeColumns(("rna",)).fit(table(age=[50.0, 60.0]))


def test_the_cox_label_is_negative_where_censored() -> None:
    label = cox_label(outcome((True, 30.0), (False, 10.0), (True, 10.0), (False, 0.0), (True, 0.0)))
    np.testing.assert_array_equal(label, [3, -2, 2, -1, 1])  # ranks: a time of 0 would have no sign


def test_xgboost_reads_the_label_as_meant() -> None:
    """Its loss at log hazard 0 is Breslow's by hand: events at 1 of 4, 2 of 3 at risk and 4 of 1; the one at 3 is censored."""
    label = cox_label(outcome((True, 5.0), (True, 7.5), (False, 8.0), (True, 9.0)))
    matrix = xgboost.DMatrix(np.zeros((4, 1)), label=label, base_margin=np.zeros(4))
    heard: dict[str, dict[str, list[float]]] = {}
    settings = {"objective": "survival:cox", "nthread": 1, "learning_rate": 0.0}
    xgboost.train(settings, matrix, 1, evals=[(matrix, "all")], evals_result=heard, verbose_eval=False)
    assert heard["all"]["cox-nloglik"][0] == pytest.approx((np.log(4) + np.log(3) + np.log(1)) / 3, abs=1e-6)


def test_aft_bounds() -> None:
    lower, upper = aft_bounds(outcome((True, 30.0), (False, 10.0), (True, 0.0)), unit=20.0)
    np.testing.assert_allclose(lower, [1.5, 0.5, 0.001])
    np.testing.assert_allclose(upper, [1.5, np.inf, 0.001])


def test_xgboost_reads_the_bounds_as_meant() -> None:
    """Its loss at log time 0: minus the log density of an event, minus the log survival of a censored patient."""
    lower, upper = aft_bounds(outcome((True, 2.0), (False, 3.0)), unit=1.0)
    matrix = xgboost.DMatrix(np.zeros((2, 1)), label_lower_bound=lower, label_upper_bound=upper)
    heard: dict[str, dict[str, list[float]]] = {}
    settings = {"objective": "survival:aft", "aft_loss_distribution": "normal", "base_score": 1.0, "nthread": 1, "learning_rate": 0.0}
    xgboost.train(settings, matrix, 1, evals=[(matrix, "all")], evals_result=heard, verbose_eval=False)
    expected = -(norm.logpdf(np.log(2)) - np.log(2) + norm.logsf(np.log(3))) / 2  # density of the time, not of its logarithm
    assert heard["all"]["aft-nloglik"][0] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("objective", ["cox", "aft"])
def test_a_higher_risk_is_an_earlier_event_and_the_unit_of_time_is_nothing(objective: str) -> None:
    train, valid, test = (make_patients("survival", n, seed) for seed, n in enumerate((60, 20, 60)))
    risks = []
    for unit in (1.0, 1 / 365.25):
        parts = []
        for part in (train, valid):
            scaled = part.outcome.copy()
            scaled["time"] *= unit
            parts.append(replace(part, outcome=scaled))
        model = XGBoost(GENES, objective=objective)  # type: ignore[arg-type]
        model.fit(*parts)
        risks.append(model.predict(test))
    assert concordance(test, risks[0]) > 0.85
    np.testing.assert_allclose(risks[0], risks[1], atol=1e-4)


@pytest.mark.parametrize("kind", ["survival", "binary", "multiclass"])
def test_xgboost_stops_when_validation_gains_no_more(kind: str) -> None:
    train, valid, _ = (make_patients(kind, n, seed) for seed, n in enumerate((60, 20, 60)))  # type: ignore[arg-type]
    noise = make_patients(kind, 20, 9, signal=False)  # type: ignore[arg-type]
    early, late, whole = (XGBoost(GENES, rounds=120) for _ in range(3))
    early.fit(train, noise)
    late.fit(train, valid)
    whole.fit(train, replace(valid, ids=valid.ids[:0], outcome=valid.outcome[:0]))
    assert 1 <= early.trees < late.trees <= 120
    assert early.booster.num_boosted_rounds() == early.trees + early.patience  # the rounds after the best one do not predict
    assert whole.trees == 120


def test_without_a_verdict_of_the_validation_part_all_rounds_are_kept() -> None:
    train, valid = make_patients("survival", 40, 1), make_patients("survival", 10, 2)
    censored = valid.outcome.copy()
    censored["event"] = False
    model = XGBoost(GENES, rounds=40)
    model.fit(train, replace(valid, outcome=censored))
    assert model.trees == 40
    nobody = train.outcome.copy()
    nobody["event"] = False
    with pytest.raises(ValueError, match="no event in the training part"):
        model.fit(replace(train, outcome=nobody), valid)


def test_lightgbm_stops_when_validation_gains_no_more_and_is_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    train, valid, noise = make_patients("binary", 60, 1), make_patients("binary", 20, 2), make_patients("binary", 20, 9, signal=False)
    early, late = LightGBM(GENES), LightGBM(GENES)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        early.fit(train, noise)
        late.fit(train, valid)
        early.predict(train)
    assert 1 <= early.booster.best_iteration < late.booster.best_iteration
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("model", [XGBoost(GENES), LightGBM(GENES)])
def test_one_class_teaches_its_frequency(model: XGBoost | LightGBM) -> None:
    train = make_patients("multiclass", 20, 1)
    model.fit(replace(train, outcome=np.full(20, 2)), train)
    np.testing.assert_array_equal(model.predict(train), np.tile([0, 0, 1], (20, 1)))


@pytest.mark.parametrize("model", [XGBoost(("clinical", "genomics")), LightGBM(("clinical", "genomics"))])
def test_whether_a_block_is_missing_is_learned(model: XGBoost | LightGBM) -> None:
    """As the docstring of the columns warns: nothing but the gap tells these patients apart."""
    train = make_patients("binary", 80, 1, signal=False)
    gap = without(train, "genomics", train.outcome == 1)
    model.fit(gap, gap)
    probability = model.predict(gap)
    assert probability[train.outcome == 1].min() > probability[train.outcome == 0].max()


def test_the_forest_is_scikit_survivals() -> None:
    train, test = make_patients("survival", 60, 1), make_patients("survival", 20, 2)
    model = SurvivalForest(GENES, trees=20, min_leaf=5, times=0, seed=3)
    model.fit(train, train)
    theirs = RandomSurvivalForest(20, min_samples_split=10, min_samples_leaf=5, max_features="sqrt", random_state=3)
    theirs.fit(train.blocks["genomics"].to_numpy(), train.outcome)
    np.testing.assert_allclose(model.predict(test), theirs.predict(test.blocks["genomics"].to_numpy()), rtol=1e-6)


def test_times_are_grouped_at_quantiles_of_the_event_times() -> None:
    times = outcome((True, 1), (True, 2), (True, 3), (True, 4), (False, 1.5), (False, 2), (False, 9), (False, 0.5))
    coarse = grouped(times, 2)  # ends at 3 (the higher of the two middle ones) and 4; what follows the last event is an interval, too
    np.testing.assert_array_equal(coarse["time"], [1, 1, 1, 2, 1, 1, 3, 1])
    np.testing.assert_array_equal(coarse["event"], times["event"])
    np.testing.assert_array_equal(times["time"][:2], [1, 2])  # the caller's own are as they were
    with pytest.raises(ValueError, match="no event in the training part"):
        grouped(times[4:], 2)


def test_grouping_hardly_changes_the_ranking() -> None:
    train, test = make_patients("survival", 100, 1), make_patients("survival", 60, 2)
    risks = []
    for times in (0, 30):
        model = SurvivalForest(GENES, trees=40, times=times)
        model.fit(train, train)
        risks.append(model.predict(test))
    assert np.corrcoef(*risks)[0, 1] > 0.98


def test_models_without_a_modality() -> None:
    train = make_patients("binary", 20, 1)
    for model in (XGBoost(), LightGBM(), SurvivalForest()):
        with pytest.raises(ValueError, match="needs at least one modality"):
            model.fit(train, train)


@pytest.mark.parametrize(("codes", "expected"), [([0, 1, 1], [0, 1, 0]), ([2, 0, 0, 2], [1, 0, 0]), ([2, 2, 1], [0, 0, 1])])
def test_the_majority_class_is_certain_and_the_first_of_equal_ones(codes: list[int], expected: list[int]) -> None:
    train = Patients(pd.Index(range(len(codes))), {}, np.array(codes), ("I", "II", "III"))
    model = MajorityClass()
    model.fit(train, train)
    np.testing.assert_array_equal(model.predict(train), np.tile(expected, (len(codes), 1)))


def test_always_positive_as_in_s2() -> None:
    """S2's validation part: 19 of 20 patients positive, F1 0.974 without a look at anybody."""
    train = Patients(pd.Index(range(20)), {}, np.repeat([1, 0], [19, 1]), ("no", "yes"))
    model = MajorityClass()
    model.fit(train, train)
    called = model.predict(train) > 0.5
    hits = (called & (train.outcome == 1)).sum()
    assert 2 * hits / (called.sum() + 19) == pytest.approx(0.974, abs=5e-4)
