"""Survival metrics: by hand, without censoring, by their properties, and on bad input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from benchmark.errors import InputError
from benchmark.metrics import survival

EVENT, TIME = np.array([1, 0, 1, 1, 0, 0], bool), np.array([1.0, 2, 3, 4, 5, 6])
RISK = np.array([0.9, 0.2, 0.4, 0.6, 0.5, 0.1])


@st.composite
def cohorts(draw, censored=True):
    n = draw(st.integers(6, 40))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    time = rng.integers(1, 10, n).astype(float)
    event = rng.uniform(size=n) < (0.6 if censored else 2)
    # one event before the horizon, one patient followed well beyond it
    time[:2], event[:2] = (1, 12), True
    return event, time, np.round(rng.uniform(0.05, 0.95, n), draw(st.sampled_from([1, 6])))


def test_by_hand():
    # horizon 3.5: cases at 1 (G− = 1) and 3 (G− = 4/5: the censoring at 2, five at risk), controls at 4, 5, 6 (G = 4/5)
    # case .9 beats all three; case .4 beats .1 only
    assert survival.time_dependent_auc(EVENT, TIME, RISK, 3.5) == pytest.approx((3 + 1.25 * 1) / (3 * 2.25))
    squares = 0.1**2 + 1.25 * 0.6**2 + 1.25 * (0.6**2 + 0.5**2 + 0.1**2)
    assert survival.brier_score(EVENT, TIME, 1 - RISK, 3.5) == pytest.approx(squares / 6)
    # treated at .5: .9 (case), .6 and .5 (controls): odds 1
    assert survival.net_benefit(EVENT, TIME, 1 - RISK, 3.5, 0.5) == pytest.approx([(1 - 2 * 1.25) / 6])


def test_a_case_takes_g_before_its_time_and_the_horizon_takes_g_at_it():
    """At time 2 an event and a censoring tie: the event comes first, so its weight is 1; the horizon 2 lies after both."""
    event, time = np.array([True, False, True, True]), np.array([2.0, 2, 3, 4])
    # G(2−) = 1; G(2) = 2/3: three at risk once the event is gone
    brier = survival.brier_score(event, time, [0.3, 0.5, 0.6, 0.7], 2.0)
    assert brier == pytest.approx((0.3**2 + 1.5 * (0.4**2 + 0.3**2)) / 4)


def test_g_of_the_training_part():
    train = (np.array([False, True, True, True]), np.array([0.5, 2, 3, 7]))
    # G = 3/4 from 0.5 on: all weights are 4/3, which the AUC does not see
    own = survival.time_dependent_auc(np.ones(6, bool), TIME, RISK, 3.5)
    assert survival.time_dependent_auc(np.ones(6, bool), TIME, RISK, 3.5, train=train) == pytest.approx(own)
    own = survival.brier_score(np.ones(6, bool), TIME, RISK, 3.5)
    assert survival.brier_score(np.ones(6, bool), TIME, RISK, 3.5, train=train) == pytest.approx(own * 4 / 3)
    null = survival.kaplan_meier(*train, 3.5)
    by_hand = survival.brier_score(EVENT, TIME, np.full(6, null), 3.5, train=train)
    assert survival.null_brier_score(EVENT, TIME, 3.5, train=train) == pytest.approx(by_hand)


@settings(max_examples=50, deadline=None)
@given(cohorts(censored=False))
def test_without_censoring_they_are_the_binary_metrics(cohort):
    event, time, free = cohort
    late = time > 5
    assert survival.time_dependent_auc(event, time, 1 - free, 5) == pytest.approx(roc_auc_score(~late, 1 - free))
    assert survival.brier_score(event, time, free, 5) == pytest.approx(((late - free) ** 2).mean())
    treated = 1 - free >= 0.4
    vickers = (treated & ~late).mean() - (treated & late).mean() * 0.4 / 0.6
    assert survival.net_benefit(event, time, free, 5, [0.4]) == pytest.approx([vickers])


@settings(max_examples=50, deadline=None)
@given(cohorts(), st.randoms(use_true_random=False))
def test_order_scale_and_inversion(cohort, random):
    event, time, free = cohort
    order = random.sample(range(len(time)), len(time))
    auc = survival.time_dependent_auc(event, time, -free, 5)
    assert 0 <= auc <= 1
    assert survival.time_dependent_auc(event[order], time[order], np.exp(-3 * free[order]), 5) == pytest.approx(auc)
    assert survival.time_dependent_auc(event, time, free, 5) == pytest.approx(1 - auc)
    for metric in (survival.brier_score, survival.null_brier_score):
        arguments = (free,) if metric is survival.brier_score else ()
        shuffled = (free[order],) if arguments else ()
        assert metric(event, time, *arguments, 5) == pytest.approx(metric(event[order], time[order], *shuffled, 5))


@settings(max_examples=50, deadline=None)
@given(cohorts())
def test_treating_all_is_worth_what_kaplan_meier_says(cohort):
    event, time, _ = cohort
    cuts = np.array([0.1, 0.3, 0.6])
    free = float(survival.kaplan_meier(event, time, 5))
    everybody = survival.net_benefit(event, time, np.zeros(len(time)), 5, cuts)
    np.testing.assert_allclose(everybody, (1 - free) - free * cuts / (1 - cuts), atol=1e-12)
    assert survival.net_benefit(event, time, np.ones(len(time)), 5, cuts).tolist() == [0, 0, 0]


@settings(max_examples=50, deadline=None)
@given(cohorts())
def test_kaplan_meier_is_the_best_constant(cohort):
    event, time, _ = cohort
    null = survival.null_brier_score(event, time, 5)
    for constant in (0.0, 0.25, 0.5, 0.75, 1.0):
        assert survival.brier_score(event, time, np.full(len(time), constant), 5) >= null - 1e-12


def test_integrated_brier_score():
    free = np.column_stack([1 - RISK, 1 - RISK])
    first, second = (survival.brier_score(EVENT, TIME, 1 - RISK, at) for at in (2.0, 4.0))
    assert survival.integrated_brier_score(EVENT, TIME, free, [2.0, 4.0]) == pytest.approx((first + second) / 2)
    assert survival.integrated_brier_score(EVENT, TIME, free, [2.0, 4.0], rule="step") == pytest.approx(first)
    nulls = [survival.null_brier_score(EVENT, TIME, at) for at in (2.0, 4.0)]
    assert survival.null_integrated_brier_score(EVENT, TIME, [2.0, 4.0]) == pytest.approx(sum(nulls) / 2)


def test_where_g_is_zero_the_answer_names_the_largest_horizon():
    for metric in (survival.time_dependent_auc, survival.brier_score):
        with pytest.raises(InputError, match="horizon 6: the censoring curve G is 0 from 6 on; the largest usable horizon is just below 6"):
            metric(EVENT, TIME, RISK, 6.0)
    assert survival.brier_score(EVENT, TIME, RISK, np.nextafter(6.0, 0)) > 0
    short = (np.array([True, False]), np.array([1.0, 2.0]))
    with pytest.raises(InputError, match="just below 2"):
        survival.net_benefit(EVENT, TIME, RISK, 3.0, [0.1], train=short)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"event": np.zeros(6, bool)}, "no event at or before it"),
        ({"horizon": 0.5}, "no event at or before it"),
        ({"horizon": 4.0, "time": np.array([1.0, 2, 3, 4, 4, 4]), "event": np.ones(6, bool)}, "nobody is followed beyond it"),
        ({"horizon": -1.0}, "not a positive time"),
        ({"horizon": np.nan}, "not a positive time"),
        ({"horizon": "a"}, "horizon: 'a' is not a positive time"),
        ({"horizon": [3.5]}, "not a positive time"),
        ({"train": (EVENT,)}, "train: expected a pair"),
        ({"train": 5}, "train: expected a pair"),
        ({"risk": np.ma.array(RISK, mask=RISK == 0.4)}, "risk: row 2 is masked"),
        ({"risk": RISK[:5]}, "risk: shape"),
        ({"risk": np.array(["a"] * 6)}, "risk: expected numbers, found text"),
        ({"risk": np.where(RISK == 0.4, np.nan, RISK)}, "risk: row 2 is NaN"),
        ({"time": TIME[:5]}, "differ in length"),
        ({"time": np.where(TIME == 2, np.inf, TIME)}, "time: row 1"),
        ({"time": -TIME}, "negative"),
        ({"event": np.array([0, 1, 2, 0, 1, 0])}, "event"),
    ],
)
def test_bad_input(change, message):
    arguments = {"event": EVENT, "time": TIME, "risk": RISK, "horizon": 3.5} | change
    with pytest.raises(InputError, match=message):
        survival.time_dependent_auc(**arguments)


def test_bad_predictions():
    with pytest.raises(InputError, match="survival: row 0 is not a probability"):
        survival.brier_score(EVENT, TIME, RISK * 3, 3.5)
    with pytest.raises(InputError, match="horizons"):
        survival.integrated_brier_score(EVENT, TIME, RISK[:, None], [3.0])
    with pytest.raises(InputError, match="horizons"):
        survival.null_integrated_brier_score(EVENT, TIME, [3.0, 2.0])
    with pytest.raises(InputError, match="survival: shape"):
        survival.integrated_brier_score(EVENT, TIME, RISK[:, None], [2.0, 3.0])
    with pytest.raises(InputError, match="thresholds"):
        survival.net_benefit(EVENT, TIME, RISK, 3.5, [0.2, 1.0])
    with pytest.raises(InputError, match="rule: 'foo' is neither"):
        survival.integrated_brier_score(EVENT, TIME, np.column_stack([RISK, RISK]), [2.0, 3.0], rule="foo")


@pytest.mark.parametrize("change", [{"horizon": "a"}, {"horizon": [3.5]}, {"horizon": np.nan}, {"train": (EVENT,)}])
def test_bad_horizon_or_train_of_a_brier_score(change):
    arguments = {"event": EVENT, "time": TIME, "horizon": 3.5} | change
    for score in (survival.null_brier_score, lambda **rest: survival.brier_score(survival=RISK, **rest)):
        with pytest.raises(InputError, match=r"horizon|train"):
            score(**arguments)


@pytest.mark.parametrize("at", [np.nan, [1.0, np.nan], ["a"], [[1.0], [1.0, 2.0]]])
def test_bad_times_of_a_curve(at):
    with pytest.raises(InputError, match="at: "):
        survival.kaplan_meier(EVENT, TIME, at)
