"""Folds are stratified, keep sites together, and say when they cannot be drawn."""

import numpy as np
import pandas as pd
import pytest

from benchmark.errors import InputError
from benchmark.tasks.draw import cross_validation, held_out, holdout, site_folds

IDS = [f"P{k:02d}" for k in range(30)]
ONE = pd.DataFrame({"death": ["a"] * 20 + ["b"] * 10}, index=IDS)
TWO = ONE.assign(mutation=(["x", "y", "unknown"] * 10))


def counted(strata: pd.DataFrame, roles: "pd.Series[str]", role: str, endpoint: str) -> dict[str, int]:
    return strata.loc[roles.index[roles == role], endpoint].value_counts().to_dict()


def test_one_endpoint_is_stratified_exactly_and_everybody_is_tested_once_a_repeat() -> None:
    parts = cross_validation(ONE, "p", folds=5, repeats=2, valid=0.1, seed=3)
    assert list(parts) == [(repeat, fold) for repeat in range(2) for fold in range(5)]
    for roles in parts.values():
        assert counted(ONE, roles, "test", "death") == {"a": 4, "b": 2}
        assert (roles == "valid").sum() == 3
    tested = pd.concat([roles[roles == "test"] for roles in parts.values()])
    assert (tested.index.value_counts() == 2).all()
    assert not parts[0, 0].equals(parts[1, 0])


def test_several_endpoints_are_stratified_together() -> None:
    for roles in cross_validation(TWO, "p", folds=5, repeats=1, valid=0.1, seed=0).values():
        assert counted(TWO, roles, "test", "death") == {"a": 4, "b": 2}
        assert set(counted(TWO, roles, "test", "mutation").values()) == {2}


def test_sites_stay_together() -> None:
    sites = pd.Series([f"s{k % 7}" for k in range(30)], index=IDS)
    parts = cross_validation(ONE, "p", folds=3, repeats=1, valid=0.1, seed=0, sites=sites)
    for roles in parts.values():
        assert not set(sites[roles == "test"]) & set(sites[roles != "test"])
    with pytest.raises(InputError, match="7 sites, fewer than 8 folds"):
        cross_validation(ONE, "p", folds=8, repeats=1, valid=0.1, seed=0, sites=sites)


def test_a_holdout_has_its_share_and_each_repeat_another() -> None:
    parts = holdout(TWO, "p", test=0.3, repeats=2, valid=0.1, seed=0)
    assert [(roles == "test").sum() for roles in parts.values()] == [9, 9]
    assert [(roles == "valid").sum() for roles in parts.values()] == [3, 3]
    assert not parts[0, 0].equals(parts[1, 0])


def test_every_site_is_the_test_part_once() -> None:
    sites = pd.Series(np.where(np.arange(30) < 12, "here", "there"), index=IDS)
    parts = site_folds(ONE, "p", sites, valid=0.1, seed=0)
    assert [(roles == "test").sum() for roles in parts.values()] == [12, 18]
    assert set(sites[parts[0, 0] == "test"]) == {"here"}
    with pytest.raises(InputError, match="1 site; an external test needs two"):
        site_folds(ONE, "p", pd.Series("here", index=IDS), valid=0.1, seed=0)


def test_too_few() -> None:
    few = pd.DataFrame({"death": ["a"] * 9 + ["b"] * 2}, index=IDS[:11])
    with pytest.raises(InputError, match="endpoint death: the smallest stratum has 2 patients, fewer than 3"):
        cross_validation(few, "p", folds=3, repeats=1, valid=0.1, seed=0)
    roles = pd.Series(["train"] * 2 + ["test"] * 28, index=IDS)
    with pytest.raises(InputError, match="2 patients are left to train on, and 3 of them should validate"):
        held_out(roles, ONE, 0.1, 0, "p")
