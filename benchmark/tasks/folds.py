"""Folds: who may take part, how the parts are drawn, and the frozen ``folds.csv``."""

import hashlib
import io
from pathlib import Path

import pandas as pd

from benchmark.cohorts import Cohort, patients_of
from benchmark.errors import InputError, unknown
from benchmark.tasks.draw import Parts, cross_validation, held_out, holdout, site_folds
from benchmark.tasks.endpoints import estimable_endpoints, labels
from benchmark.tasks.spec import CrossValidation, External, Holdout, Published, TaskSpec

FOLD_COLUMNS = ["protocol", "repeat", "fold", "patient_id", "role"]


def draw_folds(spec: TaskSpec, cohort: Cohort) -> pd.DataFrame:
    """The folds of every protocol: drawn from the protocols' seeds and stratified on the outcomes, or taken from what was published.

    Returns:
        Columns ``protocol, repeat, fold, patient_id, role``; role is train, valid or test.

    Raises:
        InputError: a stratum is too small, or the cohort lacks a site or a published split.
    """
    return pd.concat([draw_protocol(spec, cohort, name) for name in spec.protocols], ignore_index=True)


def draw_protocol(spec: TaskSpec, cohort: Cohort, name: str) -> pd.DataFrame:
    """The folds of one protocol; see :func:`draw_folds`."""
    protocol, ids = spec.protocols[name], eligible(spec, cohort, name)
    strata = _strata(spec, cohort, name, ids)
    if isinstance(protocol, CrossValidation):
        sites = _column(spec, cohort, protocol.sites, name)[ids] if protocol.sites else None
        parts = cross_validation(strata, name, protocol.folds, protocol.repeats, protocol.valid, protocol.seed, sites)
    elif isinstance(protocol, Holdout):
        parts = holdout(strata, name, protocol.test, protocol.repeats, protocol.valid, protocol.seed)
    elif isinstance(protocol, External):
        parts = site_folds(strata, name, _column(spec, cohort, protocol.sites, name)[ids], protocol.valid, protocol.seed)
    else:
        parts = _published(spec, cohort, name, protocol, strata)
    tables = [
        pd.DataFrame({"protocol": name, "repeat": repeat, "fold": fold, "patient_id": roles.index, "role": roles.to_numpy()})
        for (repeat, fold), roles in parts.items()
    ]
    return pd.concat(tables, ignore_index=True)[FOLD_COLUMNS]


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
    rules = spec.protocols[protocol]
    known = pd.concat([labels(spec, cohort, endpoint).notna() for endpoint in spec.endpoints], axis=1).any(axis=1)
    ids: pd.Index = cohort.outcomes.index[known]
    for block in (*spec.requires, *rules.requires):
        ids = ids.intersection(patients_of(_block(spec, cohort, block)).unique())
    for condition, values in rules.where.items():
        column = _column(spec, cohort, condition, protocol)
        ids = ids.intersection(column.index[column.astype(str).isin(values)])
    if isinstance(rules, Published):
        ids = ids.intersection(pd.Index(_of_split(spec, cohort, protocol, rules)["patient_id"].unique()))
    if isinstance(rules, External) or (isinstance(rules, CrossValidation) and rules.sites):
        column = _column(spec, cohort, str(rules.sites), protocol)
        ids = ids.intersection(column.index[column.notna()])
    return pd.Index(sorted(ids), dtype=str)


def digest_of(table: pd.DataFrame) -> str:
    """sha256 of a table's CSV text."""
    return hashlib.sha256(table.to_csv(index=False, lineterminator="\n").encode()).hexdigest()


def _strata(spec: TaskSpec, cohort: Cohort, protocol: str, ids: pd.Index) -> pd.DataFrame:
    """Endpoint → label of every eligible patient, "unknown" where it is not known; endpoints that cannot be estimated are left out."""
    counted = estimable_endpoints(spec, cohort, ids)
    if not counted:
        raise InputError(
            f"{spec.id}/task.yaml, protocol {protocol}: no endpoint can be estimated on its {len(ids)} eligible patients (ten events, or patients of every class); "
            "group levels into larger classes"
        )
    return pd.DataFrame({name: labels(spec, cohort, name)[ids].fillna("unknown") for name in counted}, index=ids)


def _published(spec: TaskSpec, cohort: Cohort, name: str, protocol: Published, strata: pd.DataFrame) -> Parts:
    rows = _of_split(spec, cohort, name, protocol)
    rows = rows[rows["patient_id"].isin(strata.index)]
    parts = {}
    for number, (repeat, fold) in enumerate(sorted(set(zip(rows["repeat"], rows["fold"], strict=True)))):
        part = rows[(rows["repeat"] == repeat) & (rows["fold"] == fold)]
        roles = part.set_index("patient_id")["role"].sort_index().astype(str)
        if protocol.valid and not (roles == "valid").any():
            roles = held_out(roles, strata.loc[roles.index], protocol.valid, protocol.seed + number, name)
        parts[int(repeat), int(fold)] = roles
    return parts


def _of_split(spec: TaskSpec, cohort: Cohort, name: str, protocol: Published) -> pd.DataFrame:
    known = list(cohort.datasheet.splits)
    if protocol.splits not in known:
        raise unknown("published split", protocol.splits, known, f"{spec.id}/task.yaml, protocol {name}")
    return cohort.splits[cohort.splits["split"] == protocol.splits]


def _column(spec: TaskSpec, cohort: Cohort, where: str, protocol: str) -> "pd.Series[str]":
    block, _, column = where.partition(".")
    table = _block(spec, cohort, block)
    if column not in table:
        raise unknown("column", column, table.columns, f"{spec.id}/task.yaml, protocol {protocol}, {block}")
    return table[column].reindex(cohort.outcomes.index)


def _block(spec: TaskSpec, cohort: Cohort, block: str) -> pd.DataFrame:
    if block not in cohort.blocks:
        raise unknown("block", block, cohort.blocks, f"{spec.id}/task.yaml")
    return cohort.blocks[block]
