"""Friedman and Nemenyi against R, scipy and Demšar's worked example."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import friedmanchisquare

from benchmark.errors import InputError
from benchmark.inference import friedman_nemenyi, task_ranks

R = json.loads((Path(__file__).parents[1] / "golden" / "misc_stats.json").read_text())["friedman"]

# Demšar (2006), table 6: AUC of C4.5, +m, +cf, +m+cf on 14 data sets
DEMSAR = np.array(
    [
        [0.763, 0.768, 0.771, 0.798],
        [0.599, 0.591, 0.590, 0.569],
        [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657],
        [0.882, 0.888, 0.886, 0.898],
        [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685],
        [0.583, 0.583, 0.563, 0.625],
        [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000],
        [0.940, 0.962, 0.965, 0.962],
        [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.975, 0.975],
        [0.957, 0.978, 0.946, 0.970],
    ]
)
VOTING = 12


def test_equals_r():
    result = friedman_nemenyi(task_ranks(-np.array(R["data"])))
    np.testing.assert_allclose([result.chi2, result.p], [R["chisq"], R["p"]], rtol=1e-10)
    assert result.df == R["df"]
    np.testing.assert_allclose(result.mean_ranks, R["mean_ranks"], rtol=1e-10)
    np.testing.assert_allclose(
        [result.nemenyi_p[int(pair[0]) - 1, int(pair[1]) - 1] for pair in R["nemenyi_p"]], list(R["nemenyi_p"].values()), rtol=1e-10
    )
    # R's qtukey stops its search at 1e-4: quadrature of the range distribution confirms our tenth digit, not R's
    np.testing.assert_allclose(result.critical_difference, R["nemenyi_q05_cd"], rtol=1e-9)


def test_demsar_table_6():
    ranks = task_ranks(DEMSAR)
    # "voting" ties at three digits; the paper ranks it by digits that it does not print
    assert ranks[VOTING].tolist() == [4, 1, 2.5, 2.5]
    ranks[VOTING] = [4, 1, 2, 3]
    result = friedman_nemenyi(ranks)
    assert np.round(result.mean_ranks, 3).tolist() == [3.143, 2.0, 2.893, 1.964]
    assert round(result.critical_difference, 2) == 1.25
    assert round(friedman_nemenyi(ranks, level=0.90).critical_difference, 2) == 1.12
    # the paper's χ² of 9.28 is the formula without the correction for ties
    assert round(12 * 14 / 20 * float((result.mean_ranks**2).sum() - 25), 2) == 9.28
    assert result.chi2 == pytest.approx(friedmanchisquare(*ranks.T).statistic)
    assert result.warning is None


def test_few_tasks_carry_the_warning():
    assert "9 tasks" in friedman_nemenyi(task_ranks(DEMSAR[:9])).warning


def test_the_critical_difference_is_where_p_crosses_the_level():
    ranks = np.tile([1.0, 2, 3, 4], (20, 1))
    result = friedman_nemenyi(ranks)
    apart = np.abs(np.subtract.outer(result.mean_ranks, result.mean_ranks)) > result.critical_difference
    assert (apart == (result.nemenyi_p < 0.05)).all()
    assert (np.diag(result.nemenyi_p) == 1).all()


def test_all_tied():
    result = friedman_nemenyi(np.full((12, 3), 2.0))
    assert (result.chi2, result.p) == (0, 1)
    assert (result.nemenyi_p == 1).all()


@pytest.mark.parametrize(
    ("ranks", "message"),
    [
        ([[1.0, 2.0]], "two or more"),
        ([[1.0], [1.0]], "two or more"),
        ([[1, 2], [0.7, 0.9]], "task 1 is not a ranking"),
        ([[1, 2], [1, np.nan]], "task 1"),
        ([["a", "b"], ["b", "a"]], "ranks: expected numbers"),
    ],
)
def test_bad_ranks(ranks, message):
    with pytest.raises(InputError, match=message):
        friedman_nemenyi(ranks)


def test_bad_scores():
    with pytest.raises(InputError, match="task 1, model 0 is NaN"):
        task_ranks([[0.1, 0.2], [np.nan, 0.3]])
    with pytest.raises(InputError, match="shape"):
        task_ranks([0.1, 0.2])
    with pytest.raises(InputError, match="scores: expected numbers"):
        task_ranks([["a", "b"]])
    with pytest.raises(InputError, match="level"):
        friedman_nemenyi([[1, 2], [2, 1]], "a")
