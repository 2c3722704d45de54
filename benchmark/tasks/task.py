"""A task as an immutable value, proven consistent when built: an invalid one cannot exist."""

import fnmatch
import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmark.cohorts import Cohort
from benchmark.errors import InputError, unknown
from benchmark.tasks.endpoints import MIN_POSITIVES, estimable_endpoints, labels, outcome_array, outcome_of, rarest
from benchmark.tasks.folds import digest_of, draw_folds, eligible, read_folds
from benchmark.tasks.spec import TaskSpec, check_names, load_spec


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
        check_names(self.spec)
        if (name := self.spec.instances) and self.missing(name) is None:
            sheet = self.cohort.datasheet.blocks.get(self.spec.modalities[name].block)
            if sheet is not None and sheet.bag is None:
                raise InputError(f"{self.id}/task.yaml, key instances: modality '{name}' is no bag")
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
        parts = self.spec.model_dump(include={"id", "cohort", "kind", "requires", "modalities", "default_modalities"})
        endpoints = [
            [name, endpoint.outcome, [*endpoint.classes.items()]] if endpoint.outcome or endpoint.classes else name
            for name, endpoint in self.spec.endpoints.items()
        ]
        return hashlib.sha256(json.dumps(parts | {"endpoints": endpoints}, sort_keys=True).encode()).hexdigest()

    @cached_property
    def cohort_digest(self) -> str:
        """sha256 of what the task takes from its cohort: the outcomes of its endpoints and the blocks of its modalities."""
        blocks = {modality.block for modality in self.spec.modalities.values()} & set(self.cohort.blocks)
        return self.cohort.digest_of(sorted({outcome_of(self.spec, name) for name in self.spec.endpoints}), blocks)

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
        if modality not in self.spec.modalities:
            raise unknown("modality", modality, self.spec.modalities, f"task {self.id}")
        return self.cohort.datasheet.absent.get(self.spec.modalities[modality].block)

    def table(self, modality: str, fold: int = 0) -> pd.DataFrame:
        """The permitted columns of a modality, one row per patient (or instance) that has it; of a fold-specific block those of ``fold``."""
        spec = self.spec.modalities[modality]
        table = self.cohort.blocks[spec.block][self.columns(modality)]
        if self.cohort.datasheet.blocks[spec.block].by_fold is None:
            return table
        own = [column for column in map(str, table) if column.endswith(f"@{fold}")]
        return table[own].set_axis([column.rpartition("@")[0] for column in own], axis=1)

    def confined_to(self, modality: str) -> str | None:
        """The published split whose folds the modality belongs to, if its values are outputs of models trained on them."""
        sheet = self.cohort.datasheet.blocks.get(self.spec.modalities[modality].block)
        return sheet.by_fold if sheet else None

    def outcome(self, ids: pd.Index, endpoint: str) -> np.ndarray[Any, Any]:
        """Outcomes of ``ids``: structured array ``(event, time)``, or class codes 0 … K − 1 (binary: 1 is positive), of shape (n,)."""
        return outcome_array(self.spec, self.cohort, endpoint, ids)

    def classes(self, endpoint: str) -> tuple[str, ...]:
        """The names of the classes in the order of their codes; empty for survival."""
        return tuple(self.spec.endpoints[endpoint].classes)

    def outputs(self, endpoint: str) -> tuple[str, ...]:
        """The columns that a predictions table has for an endpoint: risk, probability (of the positive class), or one per class."""
        if self.spec.kind == "multiclass":
            return tuple(f"probability_{name}" for name in self.classes(endpoint))
        return ("risk",) if self.spec.kind == "survival" else ("probability",)

    def eligible(self, protocol: str, endpoint: str | None = None) -> pd.Index:
        """Patients with every required block, a known outcome (of ``endpoint``, else of any; times > 0), and the protocol's conditions."""
        ids = eligible(self.spec, self.cohort, protocol)
        return ids if endpoint is None else ids[self._known[endpoint][ids]]

    def estimable(self, protocol: str) -> list[str]:
        """The endpoints that the eligible patients say anything about."""
        return estimable_endpoints(self.spec, self.cohort, self.eligible(protocol))

    def events(self, endpoint: str, ids: pd.Index) -> int | None:
        """Events, or patients of the positive one of two classes, among ``ids``; ``None`` for more classes."""
        if self.spec.kind == "multiclass":
            return None
        outcome = self.outcome(ids, endpoint)
        return int(outcome["event"].sum() if self.spec.kind == "survival" else outcome.sum())

    def not_estimable(self, protocol: str) -> dict[str, int]:
        """The other endpoints → how many events (or patients of the rarest class) there are."""
        ids, estimable = self.eligible(protocol), self.estimable(protocol)
        return {name: rarest(self.spec, self.cohort, name, ids) for name in self.spec.endpoints if name not in estimable}

    def why_not_estimable(self, endpoint: str, count: int) -> str:
        """In words, with the count that :meth:`not_estimable` gives."""
        what = "events" if self.spec.kind == "survival" else "patients of the rarest class"
        return f"not estimable, {count} {what}, {self.spec.endpoints[endpoint].not_estimable or f'fewer than {MIN_POSITIVES}'}"

    def require_estimable(self, protocol: str, endpoint: str) -> None:
        """Raise InputError for an endpoint that these patients say nothing about."""
        if (count := self.not_estimable(protocol).get(endpoint)) is not None:
            why = self.why_not_estimable(endpoint, count)
            raise InputError(f"task {self.id}, protocol {protocol}, endpoint {endpoint}: {why}; choose another endpoint")

    @cached_property
    def _known(self) -> dict[str, "pd.Series[bool]"]:
        return {name: labels(self.spec, self.cohort, name).notna() for name in self.spec.endpoints}

    def splits(self, protocol: str) -> list[tuple[int, int]]:
        """All (repeat, fold) of a protocol, in order."""
        rows = self.folds.loc[self.folds["protocol"] == protocol, ["repeat", "fold"]].drop_duplicates()
        return sorted((int(repeat), int(fold)) for repeat, fold in rows.itertuples(index=False))

    def roles(self, protocol: str, repeat: int, fold: int, endpoint: str) -> dict[str, pd.Index]:
        """Role → ids of the patients of one fold whose outcome is known, sorted."""
        rows = self.folds
        rows = rows[(rows["protocol"] == protocol) & (rows["repeat"] == repeat) & (rows["fold"] == fold)]
        rows = rows[self._known[endpoint][rows["patient_id"]].to_numpy()]
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
        if self.missing(name) is not None:
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
            raise InputError(
                f"{where}: patient {stray[0]} is not eligible (unknown, without a required block, or without a usable outcome)"
            )
        sizes = rows.groupby(["repeat", "fold"])["role"].value_counts().unstack(fill_value=0)
        roles = ["train", "valid", "test"] if spec.valid else ["train", "test"]
        for (repeat, fold), parts in zip(sizes.index, sizes.to_dict("records"), strict=True):
            fold_name = f"{where}: repeat {repeat}, fold {fold}"
            if spec.design != "published" and (held := sum(parts.values())) != len(expected):
                raise InputError(f"{fold_name} holds {held} of the {len(expected)} eligible patients; every one needs a role")
            if empty := [role for role in roles if not parts.get(role, 0)]:
                raise InputError(f"{fold_name} has no {empty[0]} part")
        tested = rows[rows["role"] == "test"]["patient_id"].value_counts().reindex(expected, fill_value=0)
        if spec.tests_each is not None and (uneven := tested[tested != spec.tests_each]).size:
            raise InputError(f"{where}: patient {uneven.index[0]} is tested {uneven.iloc[0]} times, expected {spec.tests_each}")


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
