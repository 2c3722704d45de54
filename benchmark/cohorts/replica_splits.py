"""Published splits in a replica: the sizes of the real ones, on simulated patients."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from benchmark.cohorts.cohort import SPLIT_COLUMNS


def simulate_splits(sizes: Mapping[str, Any], have: pd.DataFrame, generator: Callable[..., np.random.Generator]) -> pd.DataFrame:
    """Every published split with as many patients in every part as the real one has.

    Where the test parts of a repeat divide its patients (cross-validation), those of the replica do too; else they are drawn independently.

    Args:
        sizes: ``splits`` of a schema.
        have: patient × block: who has what.
        generator: of random numbers, by name.
    """
    tables = [_simulate(name, aims, have, generator) for name, aims in sizes.items()]
    return pd.concat(tables, ignore_index=True)[SPLIT_COLUMNS] if tables else pd.DataFrame(columns=SPLIT_COLUMNS)


def _simulate(name: str, aims: Mapping[str, Any], have: pd.DataFrame, generator: Callable[..., np.random.Generator]) -> pd.DataFrame:
    first = have[aims["block"]].to_numpy() + generator(name, "members").random(len(have))  # those with the block come first
    members = np.sort(np.argsort(-first)[: aims["patients"]])
    folds = pd.DataFrame(aims["folds"], columns=["repeat", "fold", "valid", "test"])
    tables = []
    for repeat, parts in folds.groupby("repeat"):
        rng = generator(name, str(repeat))
        order, start = rng.permutation(members), 0
        divided = len(parts) > 1 and parts["test"].sum() == len(members)
        for fold, valid, test in parts[["fold", "valid", "test"]].itertuples(index=False):
            if not divided:
                order, start = rng.permutation(members), 0
            roles = pd.Series("train", index=have.index[members])
            roles[have.index[order[start : start + test]]] = "test"
            rest = np.setdiff1d(members, order[start : start + test])
            roles[have.index[rng.permutation(rest)[:valid]]] = "valid"
            tables.append(
                pd.DataFrame({"split": name, "repeat": repeat, "fold": fold, "patient_id": roles.index, "role": roles.to_numpy()})
            )
            start += test
    return pd.concat(tables, ignore_index=True)
