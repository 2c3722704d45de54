"""Efron's partial likelihood: by hand, against R and lifelines, and what must leave it alone."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from lifelines import CoxPHFitter
from lifelines.datasets import load_lung
from torch import Tensor
from torch.nn.functional import softplus

from baselines.shared.cox_loss import cox_loss

relaxed = settings(deadline=None, max_examples=60)
Sample = tuple[np.ndarray, np.ndarray, np.ndarray]  # risk, event, time


def loss_of(sample: Sample) -> float:
    risk, event, time = map(torch.from_numpy, sample)
    return float(cox_loss(risk, event, time))


def term_by_term(sample: Sample, efron: bool = True) -> float:
    """The formula as it is printed: loops, no logarithms of sums."""
    risk, event, time = sample
    total = 0.0
    for moment in np.unique(time[event]):
        deaths = np.exp(risk[event & (time == moment)])
        at_risk = np.exp(risk[time >= moment]).sum()
        total -= np.log(deaths).sum()
        total += sum(math.log(at_risk - efron * number / len(deaths) * deaths.sum()) for number in range(len(deaths)))
    return total


def some(seed: int, n: int = 40, days: int = 12) -> Sample:
    rng = np.random.default_rng(seed)
    return rng.normal(size=n), rng.random(n) < 0.6, rng.integers(1, days, n).astype(float)


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    n = draw(st.integers(1, 25))
    risk = draw(arrays(np.float64, n, elements=st.floats(-8, 8)))
    event = draw(arrays(np.bool_, n))
    time = draw(arrays(np.float64, n, elements=st.integers(1, 9).map(float)))
    return risk, event, time


def test_two_deaths_on_one_day_by_hand() -> None:
    risk = torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.float64).log()
    event, time = torch.tensor([True, True, False, True]), torch.tensor([1.0, 1.0, 2.0, 3.0], dtype=torch.float64)
    # day 1: log 1 + log 2 - log 10 - log(10 - 3 / 2); day 3: log 4 - log 4
    assert float(cox_loss(risk, event, time)) == pytest.approx(math.log(10) + math.log(8.5) - math.log(2), rel=1e-14)


def test_censored_on_the_day_of_a_death_are_at_risk() -> None:
    event, time = torch.tensor([True, False]), torch.tensor([5.0, 5.0])
    assert float(cox_loss(torch.zeros(2), event, time)) == pytest.approx(math.log(2))


def test_log_likelihoods_that_r_prints_for_lung() -> None:
    """coxph(Surv(time, status) ~ age + sex, lung) of R's survival: loglik -749.9098 -742.8482; Efron is its default."""
    lung = load_lung()
    event, time = lung["status"].to_numpy() == lung["status"].max(), lung["time"].to_numpy(dtype=float)
    assert loss_of((np.zeros(len(lung)), event, time)) == pytest.approx(749.9098, abs=5e-5)
    fitted = (0.01704533 * lung["age"] - 0.5132185 * lung["sex"]).to_numpy()
    assert loss_of((fitted, event, time)) == pytest.approx(742.8482, abs=5e-5)


def test_lifelines_has_the_same_likelihood_under_heavy_ties() -> None:
    rng = np.random.default_rng(1)
    table = pd.DataFrame(rng.normal(size=(80, 2)), columns=["a", "b"]).assign(time=rng.integers(1, 10, 80), event=rng.random(80) < 0.7)
    fitted = CoxPHFitter().fit(table, "time", "event")
    risk = table[["a", "b"]].to_numpy() @ fitted.params_.to_numpy()
    expected = -fitted.log_likelihood_
    assert loss_of((risk, table["event"].to_numpy(), table["time"].to_numpy(dtype=float))) == pytest.approx(expected, rel=1e-9)


@relaxed
@given(samples())
def test_every_term_is_efrons(sample: Sample) -> None:
    assert loss_of(sample) == pytest.approx(term_by_term(sample), rel=1e-9, abs=1e-9)


@relaxed
@given(samples())
def test_without_ties_it_is_breslow(sample: Sample) -> None:
    risk, event, _ = sample
    untied = risk, event, np.random.default_rng(0).permutation(len(risk)).astype(float)
    assert loss_of(untied) == pytest.approx(term_by_term(untied, efron=False), rel=1e-9, abs=1e-9)


@relaxed
@given(samples(), st.randoms(use_true_random=False), st.floats(-50, 50))
def test_neither_order_nor_a_constant_matters(sample: Sample, random: "st.Random", constant: float) -> None:
    order = np.array(random.sample(range(len(sample[0])), len(sample[0])))
    risk, event, time = (part[order] for part in sample)
    assert loss_of((risk + constant, event, time)) == pytest.approx(loss_of(sample), rel=1e-9, abs=1e-9)


@relaxed
@given(samples(), st.sampled_from([0.5, 30.4375]))
def test_only_the_order_of_the_times_counts(sample: Sample, unit: float) -> None:
    risk, event, time = sample
    assert loss_of((risk, event, unit * time**2)) == pytest.approx(loss_of(sample), rel=1e-12, abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_gradient_is_that_of_finite_differences_and_sums_to_zero(seed: int) -> None:
    risk, event, time = map(torch.from_numpy, some(seed, n=12, days=5))
    risk.requires_grad_()
    assert torch.autograd.gradcheck(lambda values: cox_loss(values, event, time), (risk,))
    (gradient,) = torch.autograd.grad(cox_loss(risk, event, time), risk)
    assert abs(float(gradient.sum())) < 1e-9


@pytest.mark.parametrize("n", [1, 2, 30])
def test_a_batch_without_an_event_says_nothing(n: int) -> None:
    risk = torch.randn(n, requires_grad=True)
    loss = cox_loss(risk, torch.zeros(n, dtype=torch.bool), torch.arange(n, dtype=torch.float64))
    loss.backward()
    assert float(loss.detach()) == 0
    assert torch.equal(risk.grad, torch.zeros(n))


def test_far_apart_risks_stay_finite() -> None:
    event, time = torch.ones(6, dtype=torch.bool), torch.tensor([1.0, 1.0, 2.0, 2.0, 3.0, 4.0], dtype=torch.float64)
    risk = torch.tensor([-3e4, 3e4, -2e3, 0.0, 500.0, -500.0], requires_grad=True)
    loss = cox_loss(risk, event, time)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(risk.grad).all()


def test_months_a_32_bit_time_would_merge_stay_apart() -> None:
    near = torch.tensor([1e8, 1e8 + 1], dtype=torch.float64)
    assert float(cox_loss(torch.tensor([0.0, 5.0]), torch.tensor([True, True]), near)) == pytest.approx(float(softplus(torch.tensor(5.0))))


def cohort(n: int, truth: float) -> tuple[Tensor, Tensor, Tensor]:
    rng = np.random.default_rng(3)
    values = rng.normal(size=n)
    death, end = rng.exponential(np.exp(-truth * values)), rng.exponential(2.0, size=n)
    return torch.from_numpy(values), torch.from_numpy(death <= end), torch.from_numpy(np.minimum(death, end))


def test_a_batch_of_two_is_the_logistic_loss_of_the_pair() -> None:
    event, time = torch.tensor([True, False]), torch.tensor([1.0, 2.0])
    assert float(cox_loss(torch.tensor([0.3, -0.4]), event, time)) == pytest.approx(float(softplus(torch.tensor(-0.7))))
    assert float(cox_loss(torch.tensor([0.3, -0.4]), ~event, time)) == pytest.approx(0, abs=1e-7)  # nobody lived longer


@pytest.mark.parametrize("batch", [2, 16])
def test_small_batches_of_proportional_hazards_are_minimal_at_the_truth(batch: int) -> None:
    """What the docstring says of batches: the gradient at the true coefficient is zero on average, at another one it is not."""
    values, event, time = cohort(2000, truth=1.0)
    mean, error = {}, {}
    for coefficient in (1.0, 0.6):
        weight = torch.tensor(coefficient, dtype=torch.float64, requires_grad=True)
        losses = [cox_loss(weight * values[rows], event[rows], time[rows]) for rows in torch.arange(len(values)).split(batch)]
        gradients = np.array([float(torch.autograd.grad(loss, weight)[0]) for loss in losses])
        mean[coefficient], error[coefficient] = gradients.mean(), gradients.std() / len(gradients) ** 0.5
    assert abs(mean[1.0]) < 3 * error[1.0]
    assert mean[0.6] < -5 * error[0.6]
