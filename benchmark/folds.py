"""Drawing the folds of a protocol: repeated, stratified K-fold cross-validation with a validation part."""

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold, train_test_split

from benchmark.errors import InputError

FOLD_COLUMNS = ["protocol", "repeat", "fold", "patient_id", "role"]


def make_folds(strata: pd.Series, protocol: str, *, folds: int, repeats: int, valid: float, seed: int) -> pd.DataFrame:
    """Draw the folds of one protocol.

    Args:
        strata: stratum of every eligible patient, by patient id.
        protocol: its name, for the first column.
        folds: test parts per repeat.
        repeats: how often the whole division is drawn.
        valid: share of *all* patients in the validation part of a fold, taken from what is not tested.
        seed: repeat ``r`` uses ``seed + r``.

    Returns:
        Columns ``protocol, repeat, fold, patient_id, role``; role is train, valid or test; sorted.

    Raises:
        InputError: a stratum has fewer patients than there are folds.
    """
    strata = strata.sort_index()
    smallest = strata.value_counts().iloc[-1] if len(strata) else 0
    if smallest < folds:
        raise InputError(f"protocol {protocol}: the smallest stratum has {smallest} patients, fewer than {folds} folds")
    ids, labels = strata.index.to_numpy(), strata.to_numpy()
    rows = []
    for repeat in range(repeats):
        divide = StratifiedKFold(folds, shuffle=True, random_state=seed + repeat)
        for fold, (rest, test) in enumerate(divide.split(ids, labels)):
            roles = np.full(len(ids), "train", dtype="<U5")
            roles[test] = "test"
            if held := round(valid * len(ids)):
                _, chosen = train_test_split(rest, test_size=held, stratify=labels[rest], random_state=seed + repeat)
                roles[chosen] = "valid"
            rows.append(pd.DataFrame({"protocol": protocol, "repeat": repeat, "fold": fold, "patient_id": ids, "role": roles}))
    return pd.concat(rows, ignore_index=True)[FOLD_COLUMNS]
