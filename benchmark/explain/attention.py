"""Weights that a model with attention gives to the instances of a patient: how uneven, and whether another fit gives the same."""

from collections.abc import Iterable
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from benchmark.explain.refit import Refitted


def weights_of(fitted: Refitted) -> "pd.Series[float] | None":
    """The weight of every instance of the test patients, by (real patient id, place in the bag); ``None`` if the model has none."""
    attend = getattr(fitted.model, "attention", None)
    if attend is None:
        return None
    try:
        weights: pd.Series[float] = attend(fitted.test)
    except ValueError:  # a model that attends under other parameters only
        return None
    owner = pd.Index(fitted.real[weights.index.get_level_values(0)].to_numpy())
    place = pd.Series(owner).groupby(owner).cumcount()
    return pd.Series(weights.to_numpy(), pd.MultiIndex.from_arrays([owner, place], names=["patient", "place"]))


def summarise(fits: Iterable["pd.Series[float]"]) -> dict[str, Any]:
    """What all fits say together, without a patient's id or row.

    Returns:
        ``patients`` with two instances or more, ``instances`` (median of a bag); quartiles over patients and fits of ``effective_share`` (1 / Σ w²
        over the number of instances: 1 = all alike, 1/m = one alone) and of ``largest_over_uniform`` (m · max w); ``agreement``: mean Spearman
        correlation of a patient's weights between two fits that tested him, with ``compared``, how many such pairs there are.
    """
    bags: dict[Any, list[np.ndarray]] = {}
    for fit in fits:
        for patient, weights in fit.groupby(level=0):
            if len(weights) > 1:
                bags.setdefault(patient, []).append(weights.to_numpy(float))
    if not bags:
        return {"patients": 0, "instances": 1, "effective_share": None, "largest_over_uniform": None, "agreement": None, "compared": 0}
    every = [weights for group in bags.values() for weights in group]
    found = [value for group in bags.values() for pair in combinations(group, 2) if (value := _agreement(*pair)) is not None]
    return {
        "patients": len(bags),
        "instances": float(np.median([len(group[0]) for group in bags.values()])),
        "effective_share": _quartiles([1 / np.square(weights).sum() / len(weights) for weights in every]),
        "largest_over_uniform": _quartiles([weights.max() * len(weights) for weights in every]),
        "agreement": float(np.mean(found)) if found else None,
        "compared": len(found),
    }


def _agreement(a: np.ndarray, b: np.ndarray) -> float | None:
    first, second = pd.Series(a).rank(), pd.Series(b).rank()
    if first.nunique() < 2 or second.nunique() < 2:
        return None
    return float(first.corr(second))


def _quartiles(values: list[float]) -> list[float]:
    return [float(np.quantile(values, q)) for q in (0.25, 0.5, 0.75)]
