"""A cohort: patients × modality blocks + outcomes, with its datasheet; how it is checked, written and read."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from benchmark.errors import InputError

ID = "patient_id"


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
    """

    description: str
    units: dict[str, str] = {}
    coding: dict[str, str] = {}
    subsets: dict[str, tuple[str, ...]] = {}
    refuse: dict[str, str] = {}


class OutcomeSheet(_Sheet):
    """What an outcome is: its definition, time origin and unit of time (survival outcomes only)."""

    description: str
    origin: str | None = None
    unit: str | None = None


class Datasheet(_Sheet):
    """Where a cohort comes from and how it is coded.

    Attributes:
        files: name → sha256 of every source file that was read.
        absent: block → why the cohort does not have it (a task may still name it).
        truth: replica only: outcome → the C-index that the simulation's own risk attains.
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
    notes: tuple[str, ...] = ()
    truth: dict[str, float] | None = None


@dataclass(frozen=True)
class Cohort:
    """Patients with blocks and outcomes.

    Attributes:
        datasheet: provenance and coding.
        outcomes: one row per patient, index ``patient_id``. A survival outcome ``x`` has the columns
            ``x_event`` (boolean, nullable) and ``x_time`` (float, unit in the datasheet); any other outcome is one column.
        blocks: modality → table by ``patient_id``; a patient without the modality has no row.

    Raises:
        InputError: a rule is broken; the message names cohort, table and row.
    """

    datasheet: Datasheet
    outcomes: pd.DataFrame
    blocks: Mapping[str, pd.DataFrame]

    def __post_init__(self) -> None:
        self._check_tables()
        for name in self.datasheet.outcomes:
            self._check_outcome(name)

    @property
    def name(self) -> str:
        return self.datasheet.name

    @property
    def data(self) -> Literal["real", "replica"]:
        return self.datasheet.data

    @cached_property
    def digest(self) -> str:
        """sha256 of the content (ids, column names, types, values), independent of the file format's version."""
        sha = hashlib.sha256(f"{self.name}|{self.data}".encode())
        for name, table in [("outcomes", self.outcomes), *sorted(self.blocks.items())]:
            sha.update(f"#{name}".encode())
            _hash_table(sha, table)
        return sha.hexdigest()

    def counts(self) -> dict[str, int]:
        """Patients, patients per block, and events per survival outcome."""
        counts = {"patients": len(self.outcomes)}
        counts |= {f"patients with {name}": table.index.nunique() for name, table in self.blocks.items()}
        for name in self.datasheet.outcomes:
            column = f"{name}_event" if f"{name}_event" in self.outcomes else name
            counts[f"{name} known"] = int(self.outcomes[column].notna().sum())
            if column.endswith("_event"):
                counts[f"{name} events"] = int(self.outcomes[column].sum())
        return counts

    def write(self, folder: Path) -> None:
        """Write ``cohort.json``, ``outcomes.parquet`` and ``<block>.parquet``; the folder appears whole or not at all."""
        scratch = folder.with_name(f".{folder.name}.partial")
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        self.outcomes.to_parquet(scratch / "outcomes.parquet")
        for name, table in self.blocks.items():
            table.to_parquet(scratch / f"{name}.parquet")
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
        except (OSError, ValueError, KeyError, ValidationError) as error:
            reason = str(error).splitlines()[0]
            raise InputError(f"{folder}: not a readable cohort ({reason}); delete the folder and build it again") from error
        cohort = cls(datasheet, outcomes, blocks)
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
            if table.index.name != ID:
                raise InputError(f"{where}: the index is '{table.index.name}', expected '{ID}'")
            if (duplicated := table.index[table.index.duplicated()]).size:
                raise InputError(f"{where}: patient {duplicated[0]} has more than one row")
            if (stray := table.index.difference(self.outcomes.index)).size:
                raise InputError(f"{where}: patient {stray[0]} is not in the outcomes table")
            numbers = table.select_dtypes("float").to_numpy()
            if np.isinf(numbers).any():
                row = table.index[np.isinf(numbers).any(axis=1)][0]
                raise InputError(f"{where}: patient {row} has an infinite value")

    def _check_outcome(self, name: str) -> None:
        where = f"cohort {self.name}, outcome {name}"
        if name in self.outcomes:
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


def _hash_table(sha: "hashlib._Hash", table: pd.DataFrame) -> None:
    for name, column in [(ID, table.index.to_series()), *table.items()]:
        if pd.api.types.is_float_dtype(column.dtype):
            kind, values = "number", np.ascontiguousarray(column.to_numpy(float)).tobytes()
        else:
            kind = "category" if isinstance(column.dtype, pd.CategoricalDtype) else "value"
            levels = [str(level) for level in column.cat.categories] if kind == "category" else []
            cells = ["\x00" if missing else str(cell) for cell, missing in zip(column, column.isna(), strict=True)]
            values = "\x1f".join([*levels, "\x1e", *cells]).encode()
        sha.update(f"\x1d{name}\x1f{kind}\x1f{len(values)}\x1d".encode())
        sha.update(values)
