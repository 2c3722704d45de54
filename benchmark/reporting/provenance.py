"""Where an entry's numbers come from: which record, made in which walls, and whether somebody else made it again."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from benchmark.errors import InputError
from benchmark.files import write_atomically
from benchmark.recorded import Environment, Name, Short
from benchmark.records import KEYS, Record

Verdict = Literal["identical", "close", "compatible", "different"]
KEY = ["repeat", "fold", "patient_id"]
SANDBOXES = {"bubblewrap", "landlock"}
FOLDER = "verified"  # of the files of :class:`Verified`, in ``leaderboard/``
GIVEN = ("imported", "self-reported")  # provenance of predictions that no run here made
SHOWN = 12  # characters of a digest on a board

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{12,64}$")]
Number = Annotated[float, Field(allow_inf_nan=False)]
Pair = Annotated[list[Number], Field(min_length=2, max_length=2)]
Count = Annotated[int, Field(ge=0, lt=2**63)]


@with_config({"extra": "forbid"})
class SecondaryDocument(TypedDict):
    """A secondary metric of an :class:`EntryDocument`."""

    estimate: Number | None
    interval: Pair | None


@with_config({"extra": "forbid"})
class _Origin(TypedDict):
    digest: Digest
    seed: Annotated[int, Field(ge=0)]
    source_digest: Digest
    environment: Name
    predictions_sha256: Digest
    values_sha256: Digest
    isolation: Name


class EntryDocument(TypedDict):
    """What ``bench verify`` reads of an entry in ``board.json``; it has more, see :class:`benchmark.reporting.board.Entry`."""

    model: Short
    modalities: list[Name]
    estimate: Number
    interval: Pair
    fold_mean: Number
    fold_sd: Number | None
    secondary: dict[Name, SecondaryDocument]
    tied_risk: Count
    failed_folds: Count
    provenance: Short
    records: dict[Name, _Origin]


class _Cohort(TypedDict):
    data: Literal["real", "replica"]


class _Digests(TypedDict):
    task: Digest
    folds: Digest
    cohort: Digest


class BoardDocument(TypedDict):
    """What ``bench verify`` reads of a board in ``board.json``, as :func:`fold_environments` leaves it; others may have written it."""

    task: Name
    protocol: Name
    endpoint: Name
    cohort: _Cohort
    digests: _Digests
    environments: dict[Name, Environment]
    entries: list[EntryDocument]


BOARDS = TypeAdapter(list[BoardDocument])


@dataclass(frozen=True)
class Origin:
    """The record behind an entry, for one endpoint: enough to make it again and to see whether the same comes out.

    Attributes:
        digest, seed: of the record; ``bench verify DIGEST`` makes it again.
        source_digest: first characters of the sha256 of the model's source.
        environment: see :func:`bits_of`.
        predictions_sha256: of the record's file, as its ``run.json`` says.
        values_sha256: of the predictions in it, whichever version of a library wrote the file.
        isolation: in which walls it ran.
    """

    digest: str
    seed: int
    source_digest: str
    environment: Mapping[str, Any]
    predictions_sha256: str
    values_sha256: str
    isolation: str

    @classmethod
    def of(cls, record: Record) -> "Origin":
        """The origin of an entry made from this record."""
        info = record.info
        return cls(
            digest=info["digest"],
            seed=info["seed"],
            source_digest=info["source_digest"][:SHOWN],
            environment=bits_of(info["environment"]),
            predictions_sha256=info["predictions_sha256"],
            values_sha256=values_sha256(record.predictions),
            isolation=info["isolation"],
        )


@dataclass(frozen=True)
class Verified:
    """What ``bench verify --write`` leaves in ``leaderboard/verified/<digest>.json``: one file for each record, so that nobody edits a list.

    It is worth as much as the word of who commits it; ``bench verify DIGEST`` asks again.

    Attributes:
        values_sha256: of the predictions that were verified; a record with others has not been.
        environment: of the machine that made them again.
    """

    run: str
    digest: str
    values_sha256: str
    verdict: Literal["identical", "close", "compatible"]
    detail: str
    environment: Mapping[str, Any]

    def write(self, leaderboard: Path) -> None:
        """Add its file to the folder of boards."""
        write_atomically(
            leaderboard / FOLDER / f"{self.digest}.json", (json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n").encode()
        )


def read_verified(leaderboard: Path) -> dict[str, Verified]:
    """Digest of a record → how it was verified; empty where nothing was.

    Raises:
        InputError: a file is not what :meth:`Verified.write` writes, or does not bear the digest that it is about.
    """
    found = {}
    for path in sorted((leaderboard / FOLDER).glob("*.json")):
        try:
            item = TypeAdapter(Verified).validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            where, odd = "", str(error)
            if isinstance(error, ValidationError):
                where, odd = f", key {'.'.join(map(str, error.errors()[0]['loc']))[:100]}", error.errors()[0]["msg"].lower()
            raise InputError(f"{path}{where}: {odd}; 'bench verify --write' writes it anew, or remove it") from error
        if path.stem != item.digest:
            raise InputError(f"{path}: is about the record {item.digest}; name it {item.digest}.json")
        found[item.digest] = item
    return found


def provenance_of(origins: Iterable[Origin], verified: Mapping[str, Verified]) -> str:
    """``run here``, ``reproduced`` (made in a sandbox) or ``verified`` (made again by ``bench verify``, as a committed file says); of several records what holds for all.

    A record made without walls says so whatever else is known of it.
    """
    known = list(origins)
    if all(item.digest in verified and verified[item.digest].values_sha256 == item.values_sha256 for item in known):
        found = "verified"
    else:
        found = "reproduced" if all(item.isolation in SANDBOXES for item in known) else "run here"
    return f"{found}, not isolated" if any(item.isolation == "none" for item in known) else found


def values_sha256(predictions: pd.DataFrame) -> str:
    """sha256 of the predictions themselves: (repeat, fold, patient) and the outputs, in that order; the bytes of a file also hang on its writer."""
    table = predictions.sort_values(KEY, ignore_index=True)
    outputs = outputs_of(table)
    digest = hashlib.sha256(json.dumps([len(table), outputs]).encode())
    digest.update(table[["repeat", "fold"]].to_numpy("<i8").tobytes())
    digest.update("\n".join(table["patient_id"].astype(str)).encode())
    digest.update(np.ascontiguousarray(table[outputs].to_numpy("<f8")).tobytes())
    return digest.hexdigest()


def outputs_of(predictions: pd.DataFrame) -> list[str]:
    """The columns that hold predictions."""
    return [str(column) for column in predictions if column not in KEYS]


def bits_of(environment: Mapping[str, Any]) -> dict[str, Any]:
    """What the last digits of a prediction hang on: libraries, BLAS, threads, and the CPU, which is published by its sha256 only."""
    return {name: environment[name] for name in Environment.__annotations__} | {"cpu": _shown(environment["cpu"])}


def changed_bits(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What differs between two of :func:`bits_of`, in words; a library that only one of them names is passed over."""
    both = sorted(set(then["libraries"]) & set(now["libraries"]))
    pairs = [(name, then["libraries"][name], now["libraries"][name]) for name in both]
    pairs += [(name, then[name], now[name]) for name in ("python", "blas", "threads")]
    found = [f"{name} {old} → {new}" for name, old, new in pairs if old != new]
    return found if then["cpu"] == now["cpu"] else [*found, "another CPU"]


def fold_environments(document: dict[str, Any]) -> dict[str, Any]:
    """A board's document with every environment once, under ``environments``, and its key where it was."""
    environments = {}
    for entry in document["entries"]:
        for origin in entry["records"].values():
            key = _shown(origin["environment"])
            environments[key], origin["environment"] = origin["environment"], key
    return document | {"environments": environments}


def origins_of(entry: EntryDocument, board: BoardDocument) -> dict[str, Origin]:
    """The records behind an entry of such a document, by endpoint."""
    found = {}
    for endpoint, origin in entry["records"].items():
        fields: dict[str, Any] = {**origin, "environment": board["environments"][origin["environment"]]}
        found[endpoint] = Origin(**fields)
    return found


def _shown(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:SHOWN]
