"""Drawing folds: stratified divisions of patients from a seed."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from benchmark.errors import InputError

Parts = Mapping[tuple[int, int], "pd.Series[str]"]  # (repeat, fold) → role by patient id


def cross_validation(
    strata: pd.DataFrame, protocol: str, folds: int, repeats: int, valid: float, seed: int, sites: "pd.Series[Any] | None" = None
) -> Parts:
    """K folds, drawn ``repeats`` times; repeat ``r`` uses ``seed + r``.

    Several endpoints are stratified together (Sechidis et al. 2011, iterative stratification).

    Args:
        strata: one column per endpoint: the label of every patient, sorted by patient id.
        folds: test parts per repeat.
        valid: share of *all* patients in the validation part of a fold, taken from what is not tested.
        sites: patients of one site are tested together.

    Raises:
        InputError: a stratum (or there are fewer sites) has fewer patients than there are folds.
    """
    _check_smallest(strata, folds, protocol)
    if sites is not None and sites.nunique() < folds:
        raise InputError(f"protocol {protocol}: {sites.nunique()} sites, fewer than {folds} folds")
    parts = {}
    for repeat in range(repeats):
        for fold, test in enumerate(_divide(strata, folds, seed + repeat, sites)):
            roles = _roles(strata.index, test)
            parts[repeat, fold] = held_out(roles, strata, valid, seed + repeat, protocol)
    return parts


def holdout(strata: pd.DataFrame, protocol: str, test: float, repeats: int, valid: float, seed: int) -> Parts:
    """Stratified random splits with a tested share of ``test``; repeat ``r`` uses ``seed + r``."""
    _check_smallest(strata, 2, protocol)
    parts = {}
    for repeat in range(repeats):
        tested = _sample(strata, round(test * len(strata)), seed + repeat)
        parts[repeat, 0] = held_out(_roles(strata.index, tested), strata, valid, seed + repeat, protocol)
    return parts


def site_folds(strata: pd.DataFrame, protocol: str, sites: "pd.Series[Any]", valid: float, seed: int) -> Parts:
    """One fold per site, in alphabetical order, that tests all its patients."""
    names = sorted(sites.astype(str).unique())
    if len(names) < 2:
        raise InputError(f"protocol {protocol}: {len(names)} site; an external test needs two")
    parts = {}
    for fold, name in enumerate(names):
        tested = np.flatnonzero((sites.astype(str) == name).to_numpy())
        parts[0, fold] = held_out(_roles(strata.index, tested), strata, valid, seed, protocol)
    return parts


def held_out(roles: "pd.Series[str]", strata: pd.DataFrame, valid: float, seed: int, protocol: str) -> "pd.Series[str]":
    """``roles`` with a validation part of ``valid`` of all patients, taken from the training part, stratified."""
    rest = np.flatnonzero((roles == "train").to_numpy())
    held = round(valid * len(roles))
    if not held:
        return roles
    if held >= len(rest):
        raise InputError(f"protocol {protocol}: {len(rest)} patients are left to train on, and {held} of them should validate")
    changed = roles.copy()
    changed.iloc[rest[_sample(strata.iloc[rest], held, seed)]] = "valid"
    return changed


def _divide(strata: pd.DataFrame, folds: int, seed: int, sites: "pd.Series[Any] | None") -> list[np.ndarray[Any, Any]]:
    """The positions of every test part."""
    from iterstrat.ml_stratifiers import MultilabelStratifiedKFold  # a second of imports, and every command opens tasks
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    empty = np.zeros(len(strata))
    if sites is not None:
        # groups can be balanced on one label only: that of the first endpoint; the few of whom it is not known go with the most
        first = strata.iloc[:, 0].replace("unknown", strata.iloc[:, 0].mode().iloc[0])
        return [test for _, test in StratifiedGroupKFold(folds, shuffle=True, random_state=seed).split(empty, first, sites.astype(str))]
    if strata.shape[1] == 1:
        return [test for _, test in StratifiedKFold(folds, shuffle=True, random_state=seed).split(empty, strata.iloc[:, 0])]
    divide = MultilabelStratifiedKFold(n_splits=folds, shuffle=True, random_state=seed)
    return [test for _, test in divide.split(empty, _indicators(strata))]


def _sample(strata: pd.DataFrame, size: int, seed: int) -> np.ndarray[Any, Any]:
    """Positions of ``size`` patients, stratified."""
    from iterstrat.ml_stratifiers import MultilabelStratifiedShuffleSplit
    from sklearn.model_selection import train_test_split

    if strata.shape[1] == 1:
        label = strata.iloc[:, 0].to_numpy()
        _, chosen = train_test_split(np.arange(len(strata)), test_size=size, stratify=label, random_state=seed)
        return np.asarray(chosen)
    divide = MultilabelStratifiedShuffleSplit(n_splits=1, test_size=size / len(strata), random_state=seed)
    _, chosen = next(divide.split(np.zeros(len(strata)), _indicators(strata)))
    return np.asarray(chosen)


def _indicators(strata: pd.DataFrame) -> np.ndarray[Any, Any]:
    return np.asarray(pd.get_dummies(strata, dtype=int).to_numpy())


def _roles(ids: pd.Index, test: np.ndarray[Any, Any]) -> "pd.Series[str]":
    roles = np.full(len(ids), "train", dtype="<U5")
    roles[test] = "test"
    return pd.Series(roles, index=ids, dtype=str)


def _check_smallest(strata: pd.DataFrame, least: int, protocol: str) -> None:
    for endpoint, column in strata.items():
        smallest = column[column != "unknown"].value_counts().iloc[-1]
        if smallest < least:
            raise InputError(f"protocol {protocol}: endpoint {endpoint}: the smallest stratum has {smallest} patients, fewer than {least}")
