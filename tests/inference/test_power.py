"""What a cohort can resolve."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from benchmark.errors import InputError
from benchmark.inference import minimal_detectable_difference, patients_needed


def test_by_hand():
    assert minimal_detectable_difference(0.01) == pytest.approx(0.01 * (1.959963984540054 + 0.8416212335729143))
    assert minimal_detectable_difference(0) == 0
    # twice the detectable difference needs a quarter of the patients
    assert patients_needed(2 * minimal_detectable_difference(0.02), 0.02, 400) == pytest.approx(100, abs=1)
    assert patients_needed(0.0, 0.02, 400) == math.inf
    assert patients_needed(0.5, 0.0, 400) == 2
    assert patients_needed(1e-300, 0.1, 100) == patients_needed(5e-324, 0.1, 100) == math.inf


def test_the_difference_is_found_with_that_power():
    se, rng = 0.03, np.random.default_rng(3)
    z = (minimal_detectable_difference(se) + se * rng.standard_normal(200_000)) / se
    assert (np.abs(z) > norm.ppf(0.975)).mean() == pytest.approx(0.8, abs=0.005)


@given(st.floats(0.001, 0.5), st.floats(0.001, 0.2), st.integers(2, 5000))
def test_that_many_patients_separate(difference, se, patients):
    needed = patients_needed(difference, se, patients)
    assert needed == patients_needed(-difference, se, patients)
    assert minimal_detectable_difference(se * math.sqrt(patients / needed)) <= difference * (1 + 1e-9)


@pytest.mark.parametrize(
    "bad",
    [
        {"se": -1},
        {"se": math.nan},
        {"se": 1, "power": 0.2},
        {"se": 1, "power": 1},
        {"se": 1, "level": 1},
        {"se": "a"},
        {"se": 1, "power": "a"},
        {"se": 1, "level": "a"},
    ],
)
def test_bad_input(bad):
    with pytest.raises(InputError):
        minimal_detectable_difference(**bad)
    with pytest.raises(InputError):
        patients_needed(0.1, patients=10, **bad)


@pytest.mark.parametrize(("difference", "patients"), [(math.nan, 10), (math.inf, 10), ("a", 10), (0.1, 1), (0.1, math.nan), (0.1, "a")])
def test_bad_cohort(difference, patients):
    with pytest.raises(InputError):
        patients_needed(difference, 0.1, patients)
