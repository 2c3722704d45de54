"""Table 1 and the missingness map."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency, mannwhitneyu

from benchmark.reporting.figures.missingness import missingness
from benchmark.reporting.figures.table_one import table_one
from tests import toy
from tests.toy_kinds import make_cohort


@pytest.fixture
def cohort():
    made = make_cohort()
    random = np.random.default_rng(0)
    made.blocks["clinical"]["age"] = np.where(np.arange(90) % 9 < 4, 55, 65) + random.normal(size=90)
    made.blocks["clinical"].loc["K-000", "age"] = np.nan
    made.blocks["clinical"]["sex"] = pd.Categorical(random.choice(["f", "m"], 90))
    return made


def test_numbers_by_site(cohort):
    found = table_one(cohort)
    assert found.grouped_by == "site"
    assert found.groups == (("east", 40), ("west", 50))
    rows = {row.variable: row for row in found.rows}
    assert "site" not in rows
    age, table = rows["age"], cohort.blocks["clinical"]
    east, west = (table.loc[table["site"] == site, "age"].dropna() for site in ("east", "west"))
    assert (age.test, age.p, age.known) == ("Mann-Whitney", pytest.approx(mannwhitneyu(east, west).pvalue), (89, 39, 50))
    assert age.values["median"][1:] == pytest.approx((east.median(), west.median()))
    assert age.p_holm > age.p
    sex, counts = rows["sex"], pd.crosstab(table["sex"], table["site"])
    assert sex.p == pytest.approx(chi2_contingency(counts, correction=False).pvalue)
    assert sex.values["f"] == (counts.loc["f"].sum(), *counts.loc["f"])
    assert rows["rare"].test == "Fisher's exact"
    assert rows["death"].test == "log-rank"
    assert rows["death"].values["events"][0] == cohort.outcomes["death_event"].sum()


def test_an_outcome_that_is_a_clinical_column_stands_once(cohort):
    cohort.blocks["clinical"]["stage"] = cohort.outcomes["stage"].to_numpy()
    assert [row.variable for row in table_one(cohort).rows].count("stage") == 1


def test_without_sites_nothing_is_tested():
    found = table_one(toy.make_cohort())
    assert (found.grouped_by, found.groups) == (None, ())
    assert {row.test for row in found.rows} == {None}
    follow_up = next(row for row in found.rows if row.kind == "survival").values["median_follow_up"][0]
    assert 5 < follow_up < 60


def test_combinations_of_modalities():
    found = missingness(toy.make_cohort())
    assert found.blocks == ("clinical", "genomics")
    assert found.patterns == (((True, True), 55), ((True, False), 5))
    assert found.outcomes == {"relapse": 59}
    assert found.present == {"clinical": 60, "genomics": 55}
    assert found.table().rows == [(1, 1, 55), (1, 0, 5)]


def test_missing_columns_and_bags(cohort):
    found = missingness(cohort)
    assert ("clinical", "age", pytest.approx(1 / 90)) in found.columns
    assert sum(count for _, count in found.patterns) == 90
    assert found.present["slides"] == 85
    assert "K-0" not in str(found)
