"""The joint test against pROC's covariance and by its properties."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.errors import InputError
from benchmark.inference import contrast, joint_test, logit_interval

ASAH = json.loads((Path(__file__).parents[1] / "golden" / "proc_asah.json").read_text())


def estimates(estimate, covariance):
    return SimpleNamespace(estimate=np.asarray(estimate, float), covariance=np.asarray(covariance, float))


def asah():
    joint = ASAH["joint"]
    return estimates([ASAH["single"][name]["auc"] for name in joint["models"]], joint["cov"])


@st.composite
def k_models(draw):
    k = draw(st.integers(2, 6))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    influence = rng.standard_normal((50, k)) / 100
    return rng.uniform(0.5, 0.8, k), influence.T @ influence


def test_joint_equals_r():
    result, expected = joint_test(asah()), ASAH["joint"]
    np.testing.assert_allclose(result.chi2, expected["chisq"], rtol=1e-10)
    np.testing.assert_allclose(result.p, expected["p"], rtol=1e-10)
    assert result.df == expected["df"]


@pytest.mark.parametrize("pair", ASAH["paired"])
def test_contrast_equals_r(pair):
    first, second = (ASAH["joint"]["models"].index(name) for name in pair.split("_vs_"))
    result, expected = contrast(asah(), first, second), ASAH["paired"][pair]
    np.testing.assert_allclose([result.z, result.p], [expected["z"], expected["p"]], rtol=1e-10)
    np.testing.assert_allclose(result.interval, expected["ci_diff"], rtol=1e-10)


@settings(max_examples=60, deadline=None)
@given(k_models())
def test_two_models_are_the_square_of_the_contrast(models):
    both = estimates(models[0][:2], models[1][:2, :2])
    np.testing.assert_allclose(joint_test(both).chi2, contrast(both, 0, 1).z ** 2, rtol=1e-8)
    np.testing.assert_allclose(joint_test(both).p, contrast(both, 0, 1).p, rtol=1e-8)


@settings(max_examples=60, deadline=None)
@given(k_models(), st.integers(0, 5))
def test_a_repeated_model_drops_out(models, which):
    estimate, covariance = models
    again = [*range(len(estimate)), which % len(estimate)]
    base = joint_test(estimates(estimate, covariance))
    repeated = joint_test(estimates(estimate[again], covariance[np.ix_(again, again)]))
    assert repeated.df == base.df == len(estimate) - 1
    np.testing.assert_allclose(repeated.chi2, base.chi2, rtol=1e-7)


def test_identical_models_and_one_model():
    for k in (1, 3):
        result = joint_test(estimates([0.7] * k, np.full((k, k), 1e-3)))
        assert (result.chi2, result.df, result.p) == (0, 0, 1)


def test_a_difference_without_variance_is_certain():
    result = joint_test(estimates([1.0, 0.0], np.zeros((2, 2))))
    assert (result.chi2, result.p) == (np.inf, 0)
    assert contrast(estimates([1.0, 0.0], np.zeros((2, 2))), 0, 1).p == 0


def test_bad_input():
    with pytest.raises(InputError, match="NaN"):
        joint_test(estimates([0.5, np.nan], np.eye(2)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 1, 1.5), "level: 1.5 is not between 0 and 1"),
        ((0, 1, 0), "level"),
        ((0, 1, np.nan), "level: nan"),
        ((0, 1, "a"), "level: 'a'"),
        ((0, 9), "j: 9 is not a whole number from 0 to 1"),
        ((-1, 0), "i: -1"),
        ((0.0, 1), "i: 0.0"),
    ],
)
def test_bad_contrast(arguments, message):
    with pytest.raises(InputError, match=message):
        contrast(estimates([0.5, 0.6], np.eye(2)), *arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((0.7, 0.01, 2), "level"), ((np.nan, 0.01), "estimate: nan"), ((0.7, np.nan), "variance: nan"), ((0.7, "a"), "variance: 'a'")],
)
def test_bad_logit_interval(arguments, message):
    with pytest.raises(InputError, match=message):
        logit_interval(*arguments)
