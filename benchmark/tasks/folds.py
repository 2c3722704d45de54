"""Folds: who may take part, how the parts are drawn, and the frozen ``folds.csv``."""

import hashlib
import io
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold, train_test_split

from benchmark.cohorts import Cohort
from benchmark.errors import InputError, unknown
from benchmark.tasks.spec import TaskSpec

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


def draw_folds(spec: TaskSpec, cohort: Cohort) -> pd.DataFrame:
    """The folds of every protocol, drawn from the protocols' seeds, stratified on the first endpoint."""
    endpoint = next(iter(spec.endpoints))
    tables = []
    for name, protocol in spec.protocols.items():
        strata = cohort.outcomes.loc[eligible(spec, cohort, name), f"{endpoint}_event"].astype(str)
        tables.append(make_folds(strata, name, folds=protocol.folds, repeats=protocol.repeats, valid=protocol.valid, seed=protocol.seed))
    return pd.concat(tables, ignore_index=True)


def read_folds(folder: Path, spec: TaskSpec) -> pd.DataFrame:
    """The frozen ``folds.csv``, checked against its digest in ``task.yaml``."""
    path = folder / "folds.csv"
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); 'bench task new' writes it") from error
    if (found := hashlib.sha256(raw).hexdigest()) != spec.folds_sha256:
        raise InputError(
            f"{path}: sha256 {found[:12]}… is not the {spec.folds_sha256[:12]}… in task.yaml: the frozen folds were edited; restore the file from git"
        )
    folds = pd.read_csv(io.BytesIO(raw), dtype=str)
    if list(folds.columns) != FOLD_COLUMNS:
        raise InputError(f"{path}: columns {list(folds.columns)}, expected {FOLD_COLUMNS}")
    for column in ("repeat", "fold"):
        if (wrong := folds[~folds[column].str.fullmatch(r"\d+").fillna(False).astype(bool)]).size:
            raise InputError(f"{path}: line {wrong.index[0] + 2}: {column} '{wrong[column].iloc[0]}' is not a whole number")
    return folds.astype({"repeat": "int64", "fold": "int64"})


def eligible(spec: TaskSpec, cohort: Cohort, protocol: str) -> pd.Index:
    """Sorted ids of the patients that may take part under ``protocol``; see :meth:`Task.eligible`."""
    ids: pd.Index = cohort.outcomes.index
    for endpoint in spec.endpoints:
        ids = ids[cohort.outcomes.loc[ids, f"{endpoint}_time"] > 0]
    for block in spec.requires:
        ids = ids.intersection(cohort.blocks[_block(cohort, block, spec)].index)
    for condition, values in spec.protocols[protocol].where.items():
        block, _, column = condition.partition(".")
        table = cohort.blocks[_block(cohort, block, spec)]
        if column not in table:
            raise unknown("column", column, table.columns, f"{spec.id}/task.yaml, protocol {protocol}, where {block}")
        ids = ids.intersection(table.index[table[column].astype(str).isin(values)])
    return pd.Index(sorted(ids), dtype=str)


def digest_of(table: pd.DataFrame) -> str:
    """sha256 of a table's CSV text."""
    return hashlib.sha256(table.to_csv(index=False, lineterminator="\n").encode()).hexdigest()


def _block(cohort: Cohort, block: str, spec: TaskSpec) -> str:
    if block not in cohort.blocks:
        raise unknown("block", block, cohort.blocks, f"{spec.id}/task.yaml")
    return block
