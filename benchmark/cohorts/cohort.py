"""A cohort: patients × modality blocks + outcomes, with its datasheet; how it is checked, written and read."""

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from benchmark.errors import InputError

ID = "patient_id"
INSTANCE = "instance_id"
SPLIT_COLUMNS = ["split", "repeat", "fold", "patient_id", "role"]
PUBLISHED_COLUMNS = ["model", "split", "repeat", "fold", "patient_id", "instance_id", "risk"]


class _Sheet(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BlockSheet(_Sheet):
    """What a modality block holds.

    Attributes:
        description: one sentence: what was measured, how, by whom.
        units: column → unit; a column that is not named is dimensionless.
        coding: column → what its values mean and which raw values became missing.
        subsets: named column subsets: name → glob patterns.
        refuse: column → why a task should refuse it (not known when the prediction is made, or no property of the patient).
        bag: what an instance is ("slide", "CT volume"), where a patient has several rows; ``None``: one row per patient.
        by_fold: the published split on whose folds the models were trained that made these values; each column is
            ``<feature>@<fold>`` and may be shown in that fold only.
    """

    description: str
    units: dict[str, str] = {}
    coding: dict[str, str] = {}
    subsets: dict[str, tuple[str, ...]] = {}
    refuse: dict[str, str] = {}
    bag: str | None = None
    by_fold: str | None = None


class OutcomeSheet(_Sheet):
    """What an outcome is: its definition and levels; time origin and unit of time (survival outcomes only)."""

    description: str
    origin: str | None = None
    unit: str | None = None


class Datasheet(_Sheet):
    """Where a cohort comes from and how it is coded.

    Attributes:
        files: name → sha256 of every source file that was read.
        absent: block → why the cohort does not have it (a task may still name it).
        splits: name of a published split → what it is and who published it.
        published: id of a model whose predictions were published → what it is and who published it.
        truth: replica only: outcome → the concordance (C-index, AUC) that the simulation's own risk attains.
    """

    name: str
    version: str
    title: str
    data: Literal["real", "replica"]
    source: str
    licence: str
    citation: str
    files: dict[str, str] = {}
    blocks: dict[str, BlockSheet]
    absent: dict[str, str] = {}
    outcomes: dict[str, OutcomeSheet]
    splits: dict[str, str] = {}
    published: dict[str, str] = {}
    notes: tuple[str, ...] = ()
    truth: dict[str, float] | None = None


@dataclass(frozen=True)
class Cohort:
    """Patients with blocks and outcomes.

    Attributes:
        datasheet: provenance and coding.
        outcomes: one row per patient, index ``patient_id``. A survival outcome ``x`` has the columns
            ``x_event`` (boolean, nullable) and ``x_time`` (float, unit in the datasheet); any other outcome is one category.
        blocks: modality → table by ``patient_id``, or by (``patient_id``, ``instance_id``) for a bag; a patient without the
            modality has no row.
        splits: published divisions, ``split, repeat, fold, patient_id, role``; role is train, valid or test.
        published: predictions that others published for the test parts of a split,
            ``model, split, repeat, fold, patient_id, instance_id, risk``.

    Raises:
        InputError: a rule is broken; the message names cohort, table and row.
    """

    datasheet: Datasheet
    outcomes: pd.DataFrame
    blocks: Mapping[str, pd.DataFrame]
    splits: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=SPLIT_COLUMNS))
    published: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=PUBLISHED_COLUMNS))

    def __post_init__(self) -> None:
        self._check_tables()
        for name in self.datasheet.outcomes:
            self._check_outcome(name)
        self._check_published()

    @property
    def name(self) -> str:
        return self.datasheet.name

    @property
    def data(self) -> Literal["real", "replica"]:
        return self.datasheet.data

    @cached_property
    def digest(self) -> str:
        """sha256 of the content (ids, column names, types, values), independent of the file format's version."""
        extra = {
            name: table
            for name, table in (("splits", self.splits), ("published", self.published.sort_values("model", kind="stable")))
            if len(table)
        }
        return self._digest(self.outcomes, {**self.blocks, **extra})

    def digest_of(self, outcomes: Iterable[str], blocks: Iterable[str]) -> str:
        """sha256 of a part of the content: what a task on these outcomes and blocks depends on."""
        columns = [column for name in outcomes for column in self.columns_of(name)]
        return self._digest(self.outcomes[columns], {name: self.blocks[name] for name in blocks})

    def columns_of(self, outcome: str) -> list[str]:
        """The columns of the outcomes table that hold an outcome: one, or event and time."""
        return [outcome] if outcome in self.outcomes else [f"{outcome}_event", f"{outcome}_time"]

    def _digest(self, outcomes: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> str:
        sha = hashlib.sha256(f"{self.name}|{self.data}".encode())
        for name, table in [("outcomes", outcomes), *sorted(tables.items())]:
            sha.update(f"#{name}".encode())
            _hash_table(sha, table)
        return sha.hexdigest()

    def counts(self) -> dict[str, int]:
        """Patients, patients (and instances) per block, and what is known of every outcome: events, or patients per level."""
        counts = {"patients": len(self.outcomes)}
        for name, table in self.blocks.items():
            counts[f"patients with {name}"] = patients_of(table).nunique()
            if bag := self.datasheet.blocks[name].bag:
                counts[f"{name}: instances ({bag})"] = len(table)
        for name in self.datasheet.outcomes:
            column = self.outcomes[self.columns_of(name)[0]]
            counts[f"{name} known"] = int(column.notna().sum())
            if name in self.outcomes:
                counts |= {f"{name} {level}": int(count) for level, count in column.value_counts(sort=False).items()}
            else:
                counts[f"{name} events"] = int(column.sum())
        return counts

    def write(self, folder: Path) -> None:
        """Write ``cohort.json``, ``outcomes.parquet`` and ``<block>.parquet``; the folder appears whole or not at all."""
        scratch = folder.with_name(f".{folder.name}.partial")
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        self.outcomes.to_parquet(scratch / "outcomes.parquet")
        for name, table in self.blocks.items():
            table.to_parquet(scratch / f"{name}.parquet")
        if len(self.splits):
            self.splits.to_parquet(scratch / "splits.parquet")
        for model, rows in self.published.groupby("model"):  # in the form that 'bench score' reads
            (scratch / "published").mkdir(exist_ok=True)
            rows.drop(columns="model").rename(columns={"split": "protocol"}).to_parquet(
                scratch / "published" / f"{model}.parquet", index=False
            )
        sheet: dict[str, Any] = {"digest": self.digest, "counts": self.counts(), **self.datasheet.model_dump()}
        (scratch / "cohort.json").write_text(json.dumps(sheet, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        scratch.rename(folder)

    @classmethod
    def read(cls, folder: Path) -> "Cohort":
        """The cohort written at ``folder``.

        Raises:
            InputError: a file is missing or unreadable, or the content does not match the recorded digest.
        """
        try:
            sheet = json.loads((folder / "cohort.json").read_text(encoding="utf-8"))
            recorded = sheet.pop("digest")
            sheet.pop("counts")
            datasheet = Datasheet.model_validate(sheet)
            blocks = {name: pd.read_parquet(folder / f"{name}.parquet") for name in datasheet.blocks}
            outcomes = pd.read_parquet(folder / "outcomes.parquet")
            splits = pd.read_parquet(folder / "splits.parquet") if datasheet.splits else pd.DataFrame(columns=SPLIT_COLUMNS)
            published = _read_published(folder / "published", datasheet)
        except (OSError, ValueError, KeyError, ValidationError) as error:
            reason = str(error).splitlines()[0]
            raise InputError(f"{folder}: not a readable cohort ({reason}); delete the folder and build it again") from error
        cohort = cls(datasheet, outcomes, blocks, splits, published)
        if cohort.digest != recorded:
            raise InputError(f"{folder}: tables do not match the digest in cohort.json; delete the folder and build it again")
        return cohort

    def _check_tables(self) -> None:
        if set(self.blocks) != set(self.datasheet.blocks):
            raise InputError(
                f"cohort {self.name}: blocks {sorted(self.blocks)} differ from the datasheet's {sorted(self.datasheet.blocks)}"
            )
        for name, table in [("outcomes", self.outcomes), *self.blocks.items()]:
            where = f"cohort {self.name}, table {name}"
            expected = [ID, INSTANCE] if name in self.blocks and self.datasheet.blocks[name].bag else [ID]
            if list(table.index.names) != expected:
                raise InputError(f"{where}: the index is {list(table.index.names)}, expected {expected}")
            if (duplicated := table.index[table.index.duplicated()]).size:
                raise InputError(f"{where}: {_spoken(duplicated[0])} has more than one row")
            if (stray := patients_of(table).difference(self.outcomes.index)).size:
                raise InputError(f"{where}: patient {stray[0]} is not in the outcomes table")
            numbers = table.select_dtypes("float").to_numpy()
            if np.isinf(numbers).any():
                row = table.index[np.isinf(numbers).any(axis=1)][0]
                raise InputError(f"{where}: {_spoken(row)} has an infinite value")

    def _check_published(self) -> None:
        for name, table, key, sheet in (
            ("splits", self.splits, "split", self.datasheet.splits),
            ("published", self.published, "model", self.datasheet.published),
        ):
            where = f"cohort {self.name}, table {name}"
            expected = SPLIT_COLUMNS if name == "splits" else PUBLISHED_COLUMNS
            if list(table.columns) != expected:
                raise InputError(f"{where}: columns {list(table.columns)}, expected {expected}")
            if set(table[key]) != set(sheet):
                raise InputError(f"{where}: {key}s {sorted(set(table[key]))} differ from the datasheet's {sorted(sheet)}")
            if (stray := pd.Index(table["patient_id"].unique()).difference(self.outcomes.index)).size:
                raise InputError(f"{where}: patient {stray[0]} is not in the outcomes table")
        if wrong := set(self.splits["role"]) - {"train", "valid", "test"}:
            raise InputError(f"cohort {self.name}, table splits: role '{min(wrong)}' is none of train, valid, test")
        keys = ["split", "repeat", "fold", "patient_id"]
        if (twice := self.splits[self.splits.duplicated(keys)]).size:
            raise InputError(f"cohort {self.name}, table splits: patient {twice['patient_id'].iloc[0]} has two roles in one fold")

    def _check_outcome(self, name: str) -> None:
        where = f"cohort {self.name}, outcome {name}"
        if name in self.outcomes:
            if not isinstance(self.outcomes[name].dtype, pd.CategoricalDtype):
                raise InputError(f"{where}: its column holds {self.outcomes[name].dtype} values; a category with all levels is needed")
            return
        if not {f"{name}_event", f"{name}_time"} <= set(self.outcomes):
            raise InputError(f"{where}: neither a column '{name}' nor '{name}_event' and '{name}_time' in the outcomes table")
        event, time = self.outcomes[f"{name}_event"], self.outcomes[f"{name}_time"]
        half = self.outcomes.index[event.isna() != time.isna()]
        if half.size:
            raise InputError(f"{where}: patient {half[0]} has an event without a time or a time without an event")
        negative = self.outcomes.index[time < 0]
        if negative.size:
            raise InputError(f"{where}: patient {negative[0]} has a negative time ({time[negative[0]]:g})")


def patients_of(table: pd.DataFrame) -> pd.Index:
    """The patient id of every row of a block."""
    return table.index.get_level_values(ID) if ID in table.index.names else table.index


def _read_published(folder: Path, datasheet: Datasheet) -> pd.DataFrame:
    tables = [pd.read_parquet(folder / f"{model}.parquet").assign(model=model) for model in sorted(datasheet.published)]
    if not tables:
        return pd.DataFrame(columns=PUBLISHED_COLUMNS)
    return pd.concat(tables, ignore_index=True).rename(columns={"protocol": "split"})[PUBLISHED_COLUMNS]


def _spoken(row: Any) -> str:
    return f"patient {row[0]}, instance {row[1]}" if isinstance(row, tuple) else f"patient {row}"


def _hash_table(sha: "hashlib._Hash", table: pd.DataFrame) -> None:
    # the index as columns: one for patients, two for a bag, none for a table of splits
    ids = [(str(name), table.index.get_level_values(str(name)).to_series()) for name in table.index.names if name is not None]
    for name, column in [*ids, *table.items()]:
        if pd.api.types.is_float_dtype(column.dtype):
            kind, values = "number", np.ascontiguousarray(column.to_numpy(float)).tobytes()
        else:
            kind = "category" if isinstance(column.dtype, pd.CategoricalDtype) else "value"
            levels = [str(level) for level in column.cat.categories] if kind == "category" else []
            cells = ["\x00" if missing else str(cell) for cell, missing in zip(column, column.isna(), strict=True)]
            values = "\x1f".join([*levels, "\x1e", *cells]).encode()
        sha.update(f"\x1d{name}\x1f{kind}\x1f{len(values)}\x1d".encode())
        sha.update(values)
