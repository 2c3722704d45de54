"""Adjusted p-values against R's p.adjust."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.errors import InputError
from benchmark.inference import benjamini_hochberg, holm

R = json.loads((Path(__file__).parents[1] / "golden" / "misc_stats.json").read_text())
ADJUST = {"holm": holm, "BH": benjamini_hochberg}


@pytest.mark.parametrize("case", ["p_adjust", "p_adjust_ties"])
@pytest.mark.parametrize("method", ADJUST)
def test_equals_r(case, method):
    np.testing.assert_allclose(ADJUST[method](R[case]["p"]), R[case][method], rtol=1e-10)


many = st.lists(st.floats(0, 1), min_size=1, max_size=20)


@settings(max_examples=80, deadline=None)
@given(many, st.randoms(use_true_random=False))
def test_properties(p, random):
    raw = np.array(p)
    order = random.sample(range(len(p)), len(p))
    for adjust in ADJUST.values():
        adjusted = adjust(raw)
        assert (adjusted >= raw).all()
        assert (adjusted <= 1).all()
        assert (np.diff(adjusted[np.argsort(raw)]) >= 0).all()
        np.testing.assert_allclose(adjust(raw[order]), adjusted[order])
    assert (holm(raw) >= benjamini_hochberg(raw) - 1e-12).all()
    assert (raw == np.array(p)).all()  # the argument is left alone


def test_what_was_not_tested_does_not_count():
    for adjust in ADJUST.values():
        np.testing.assert_array_equal(adjust([0.01, None, 0.04, np.nan])[[0, 2]], adjust([0.01, 0.04]))
        assert np.isnan(adjust([0.01, None])[1])
        assert np.isnan(adjust([np.nan, None])).all()
        assert adjust([]).shape == (0,)
        assert adjust([0.3]).tolist() == [0.3]


@pytest.mark.parametrize(("p", "message"), [([0.1, 1.2], "outside"), ([-0.1], "outside"), ([[0.1]], "shape"), (["a"], "not numbers")])
def test_bad_input(p, message):
    for adjust in ADJUST.values():
        with pytest.raises(InputError, match=message):
            adjust(p)
