"""A task as an immutable, validated value: an invalid one cannot be built."""

import fnmatch
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from benchmark.cohorts import Cohort
from benchmark.errors import InputError, unknown
from benchmark.folds import FOLD_COLUMNS, make_folds
from benchmark.models import Kind, check_id


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Modality(_Spec):
    """A modality of a task: a block of the cohort, all of it or a named subset, less the refused columns.

    Attributes:
        block: the cohort's block.
        subset: a column subset that the cohort's datasheet names.
        refused: column → why it must not be used (it encodes the label, or is not known in time).
    """

    block: str
    subset: str | None = None
    refused: dict[str, str] = {}


class Endpoint(_Spec):
    """What is predicted.

    Attributes:
        title: in words.
        tau: survival: horizon of Uno's C, in the cohort's unit of time.
    """

    title: str
    tau: float | None = Field(default=None, gt=0)


class Protocol(_Spec):
    """How patients are split: repeated, stratified K-fold cross-validation by patient.

    Attributes:
        folds, repeats: every eligible patient is tested once per repeat.
        valid: share of *all* patients held out for validation in each fold.
        where: ``block.column`` → the values that a patient must have (further eligibility).
        seed: of the splits.
    """

    description: str
    folds: int = Field(ge=2)
    repeats: int = Field(ge=1)
    valid: float = Field(ge=0, lt=0.5)
    where: dict[str, tuple[str, ...]] = {}
    seed: int


class Metrics(_Spec):
    primary: str
    secondary: tuple[str, ...] = ()


class TaskSpec(_Spec):
    """``task.yaml``.

    Attributes:
        requires: the blocks that an eligible patient must have.
        default_modalities: what a model uses when nobody says otherwise.
        reference: the model that every other one is compared with.
        margin: non-inferiority margin on the primary metric.
        folds_sha256: digest of ``folds.csv``.
    """

    id: str
    title: str
    cohort: str
    kind: Kind
    endpoints: dict[str, Endpoint] = Field(min_length=1)
    requires: tuple[str, ...] = ()
    modalities: dict[str, Modality] = Field(min_length=1)
    default_modalities: tuple[str, ...] = Field(min_length=1)
    protocols: dict[str, Protocol] = Field(min_length=1)
    default_protocol: str
    metrics: Metrics
    reference: str
    margin: float = Field(gt=0)
    folds_sha256: str


@dataclass(frozen=True)
class Task:
    """A task on a cohort, proven consistent when built.

    Attributes:
        spec: what ``task.yaml`` says.
        cohort: its patients.
        folds: protocol, repeat, fold, patient_id, role (train, valid, test).

    Raises:
        InputError: a rule is broken; the message names file, row and remedy.
    """

    spec: TaskSpec
    cohort: Cohort
    folds: pd.DataFrame

    def __post_init__(self) -> None:
        _check_names(self.spec)
        for name in self.spec.modalities:
            self._check_modality(name)
        for name in self.spec.protocols:
            self._check_folds(name)

    @property
    def id(self) -> str:
        return self.spec.id

    @property
    def endpoint(self) -> str:
        """The first endpoint: the one used when nobody says otherwise."""
        return next(iter(self.spec.endpoints))

    @cached_property
    def digest(self) -> str:
        """sha256 of what a prediction depends on: cohort, kind, endpoints, eligibility and modalities, not the prose."""
        parts = self.spec.model_dump(include={"id", "cohort", "kind", "requires", "modalities"})
        return hashlib.sha256(json.dumps(parts | {"endpoints": [*self.spec.endpoints]}, sort_keys=True).encode()).hexdigest()

    def folds_digest(self, protocol: str) -> str:
        """sha256 of one protocol's rows of the folds."""
        return digest_of(self.folds[self.folds["protocol"] == protocol])

    def protocol(self, name: str | None) -> str:
        """``name``, or the default protocol; refuses a name that the task does not have."""
        if name is not None and name not in self.spec.protocols:
            raise unknown("protocol", name, self.spec.protocols, f"task {self.id}")
        return name or self.spec.default_protocol

    def columns(self, modality: str) -> list[str]:
        """The columns that a model may use, in the cohort's order."""
        spec = self.spec.modalities[modality]
        table = self.cohort.blocks[spec.block]
        return [column for column in self._selected(modality, table) if column not in spec.refused]

    def missing(self, modality: str) -> str | None:
        """Why this cohort cannot serve the modality, or ``None``."""
        return self.cohort.datasheet.absent.get(self.spec.modalities[modality].block)

    def table(self, modality: str) -> pd.DataFrame:
        """The permitted columns of a modality, one row per patient that has it."""
        return self.cohort.blocks[self.spec.modalities[modality].block][self.columns(modality)]

    def outcome(self, ids: pd.Index, endpoint: str) -> np.ndarray[Any, Any]:
        """Outcomes of ``ids``: survival: structured ``(event, time)``, shape (n,); otherwise labels, shape (n,)."""
        rows = self.cohort.outcomes.loc[ids]
        if self.spec.kind != "survival":
            return rows[endpoint].to_numpy()
        outcome = np.empty(len(ids), dtype=[("event", bool), ("time", float)])
        outcome["event"] = rows[f"{endpoint}_event"].to_numpy(bool)
        outcome["time"] = rows[f"{endpoint}_time"].to_numpy(float)
        return outcome

    def eligible(self, protocol: str) -> pd.Index:
        """Patients with every required block, a known outcome (survival: time > 0), and the protocol's conditions."""
        return eligible(self.spec, self.cohort, protocol)

    def splits(self, protocol: str) -> list[tuple[int, int]]:
        """All (repeat, fold) of a protocol, in order."""
        rows = self.folds.loc[self.folds["protocol"] == protocol, ["repeat", "fold"]].drop_duplicates()
        return sorted((int(repeat), int(fold)) for repeat, fold in rows.itertuples(index=False))

    def roles(self, protocol: str, repeat: int, fold: int) -> dict[str, pd.Index]:
        """Role → patient ids of one fold, sorted."""
        rows = self.folds
        rows = rows[(rows["protocol"] == protocol) & (rows["repeat"] == repeat) & (rows["fold"] == fold)]
        return {role: pd.Index(sorted(rows.loc[rows["role"] == role, "patient_id"])) for role in ("train", "valid", "test")}

    def _selected(self, modality: str, table: pd.DataFrame) -> list[str]:
        spec = self.spec.modalities[modality]
        if spec.subset is None:
            return list(table.columns)
        subsets = self.cohort.datasheet.blocks[spec.block].subsets
        if spec.subset not in subsets:
            raise unknown("subset", spec.subset, subsets, f"{self.id}/task.yaml, modality {modality}")
        patterns = subsets[spec.subset]
        return [column for column in table.columns if any(fnmatch.fnmatchcase(column, pattern) for pattern in patterns)]

    def _check_modality(self, name: str) -> None:
        spec, where = self.spec.modalities[name], f"{self.id}/task.yaml, modality {name}"
        if self.missing(name):
            return
        if spec.block not in self.cohort.blocks:
            raise unknown("block", spec.block, self.cohort.blocks, where)
        selected = self._selected(name, self.cohort.blocks[spec.block])
        for column in spec.refused:
            if column not in selected:
                raise unknown("column", column, selected, f"{where}, refused")
        if not self.columns(name):
            raise InputError(f"{where}: no column is left; check subset and refused")

    def _check_folds(self, protocol: str) -> None:
        where = f"{self.id}/folds.csv, protocol {protocol}"
        rows = self.folds[self.folds["protocol"] == protocol]
        spec, expected = self.spec.protocols[protocol], self.eligible(protocol)
        if rows.empty:
            raise InputError(f"{where}: no rows; make the folds again with 'bench task new'")
        keys = ["repeat", "fold", "patient_id"]
        if (twice := rows[rows.duplicated(keys)]).size:
            first = twice.iloc[0]
            raise InputError(f"{where}: patient {first['patient_id']} has two roles in repeat {first['repeat']}, fold {first['fold']}")
        if wrong := set(rows["role"]) - {"train", "valid", "test"}:
            raise InputError(f"{where}: role '{min(wrong)}' is none of train, valid, test")
        if (stray := pd.Index(rows["patient_id"].unique()).difference(expected)).size:
            raise InputError(f"{where}: patient {stray[0]} is not eligible (unknown, without a required block, or without a usable outcome)")
        tested = rows[rows["role"] == "test"]["patient_id"].value_counts().reindex(expected, fill_value=0)
        if (uneven := tested[tested != spec.repeats]).size:
            raise InputError(f"{where}: patient {uneven.index[0]} is tested {uneven.iloc[0]} times, expected {spec.repeats}")


def load_spec(folder: Path) -> TaskSpec:
    """The validated ``task.yaml`` of a task folder.

    Raises:
        InputError: missing, not YAML, or a key is unknown, missing or of the wrong type.
    """
    path = folder / "task.yaml"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        spec = TaskSpec.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise InputError(f"{path}: not valid YAML ({str(error).splitlines()[0]})") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "top level"
        raise InputError(f"{path}, key {key}: {first['msg'].lower()}") from error
    if spec.id != folder.name:
        raise InputError(f"{path}, key id: '{spec.id}' differs from the folder's name '{folder.name}'")
    return spec


def load_task(folder: Path, cohort: Cohort) -> Task:
    """The task in ``folder`` on ``cohort``.

    The frozen folds hold real patients; on a replica the same protocols are drawn anew from their seeds.

    Raises:
        InputError: any rule of the task is broken.
    """
    spec = load_spec(folder)
    if cohort.name != spec.cohort:
        raise InputError(f"{folder}/task.yaml, key cohort: '{spec.cohort}', but the cohort given is '{cohort.name}'")
    return Task(spec, cohort, draw_folds(spec, cohort) if cohort.data == "replica" else read_folds(folder, spec))


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
    folds = pd.read_csv(io.BytesIO(raw), dtype={"protocol": str, "patient_id": str, "role": str})
    if list(folds.columns) != FOLD_COLUMNS:
        raise InputError(f"{path}: columns {list(folds.columns)}, expected {FOLD_COLUMNS}")
    return folds


def draw_folds(spec: TaskSpec, cohort: Cohort) -> pd.DataFrame:
    """The folds of every protocol, drawn from the protocols' seeds, stratified on the first endpoint."""
    endpoint = next(iter(spec.endpoints))
    column = f"{endpoint}_event" if spec.kind == "survival" else endpoint
    tables = []
    for name, protocol in spec.protocols.items():
        strata = cohort.outcomes.loc[eligible(spec, cohort, name), column].astype(str)
        tables.append(make_folds(strata, name, folds=protocol.folds, repeats=protocol.repeats, valid=protocol.valid, seed=protocol.seed))
    return pd.concat(tables, ignore_index=True)


def eligible(spec: TaskSpec, cohort: Cohort, protocol: str) -> pd.Index:
    """Sorted ids of the patients that may take part under ``protocol``; see :meth:`Task.eligible`."""
    ids = cohort.outcomes.index
    for endpoint in spec.endpoints:
        known = cohort.outcomes.loc[ids, f"{endpoint}_time" if spec.kind == "survival" else endpoint]
        ids = ids[(known > 0).fillna(False) if spec.kind == "survival" else known.notna()]
    for block in spec.requires:
        ids = ids.intersection(cohort.blocks[_block(cohort, block, spec)].index)
    for condition, values in spec.protocols[protocol].where.items():
        block, _, column = condition.partition(".")
        table = cohort.blocks[_block(cohort, block, spec)]
        if column not in table:
            raise unknown("column", column, table.columns, f"{spec.id}/task.yaml, protocol {protocol}, where {block}")
        ids = ids.intersection(table.index[table[column].astype(str).isin(values)])
    return pd.Index(sorted(ids))


def digest_of(table: pd.DataFrame) -> str:
    """sha256 of a table's CSV text."""
    return hashlib.sha256(table.to_csv(index=False, lineterminator="\n").encode()).hexdigest()


def _block(cohort: Cohort, block: str, spec: TaskSpec) -> str:
    if block not in cohort.blocks:
        raise unknown("block", block, cohort.blocks, f"{spec.id}/task.yaml")
    return block


def _check_names(spec: TaskSpec) -> None:
    where = f"{spec.id}/task.yaml"
    groups: Mapping[str, Any] = {"task": [spec.id], "protocol": spec.protocols, "modality": spec.modalities, "endpoint": spec.endpoints}
    for what, names in groups.items():
        for name in names:
            check_id(what, name, where)
    if spec.default_protocol not in spec.protocols:
        raise unknown("protocol", spec.default_protocol, spec.protocols, f"{where}, default_protocol")
    for name in spec.default_modalities:
        if name not in spec.modalities:
            raise unknown("modality", name, spec.modalities, f"{where}, default_modalities")
