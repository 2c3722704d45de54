"""What a run leaves: ``predictions.parquet`` and ``run.json``, written fold by fold so that a kill loses one fold at most.

A record under way keeps each finished fold in ``folds/``; the JSON of a fold is renamed into place after its table, so a
fold is there or not. ``run.json`` is written last: a folder without it is never taken for a record.
"""

import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from benchmark.errors import InputError
from benchmark.files import write_atomically
from benchmark.recorded import INFO
from benchmark.untrusted import flat_table, plain_json, printable_json, printable_text, read_bytes

FORMAT = 1  # of the record; part of every digest: bump it when the runner changes what a fold's prediction depends on; older records are then refused
RUN, TABLE = "run.json", "predictions.parquet"
INFO_BYTES, TABLE_BYTES = 32 << 20, 64 << 20  # a thousand and four hundred times the largest; what fifty failed folds print fits in
KEYS = ("task", "protocol", "repeat", "fold", "endpoint", "patient_id")  # columns of the table; then come the outputs
LEADING = {name: "int16" if name in ("repeat", "fold") else "string" for name in KEYS}
AGAIN = "no run writes that, 'bench run --force' makes it again"
Split = tuple[int, int]


@dataclass(frozen=True)
class Identity:
    """All that a prediction depends on; its digest names the record.

    Attributes:
        task, protocol, endpoint, model: ids.
        parameters: every parameter of the model, defaults included.
        seed: the user's ``--seed``.
        search: trials of the search of hyper-parameters in each fold; those that it chooses are not among ``parameters``.
        drop: modalities that the test patients are handed over without.
        task_digest, folds_digest, cohort_digest, source_digest: sha256 of the contents.
    """

    task: str
    protocol: str
    endpoint: str
    model: str
    parameters: Mapping[str, Any]
    modalities: tuple[str, ...]
    seed: int
    task_digest: str
    folds_digest: str
    cohort_digest: str
    source_digest: str
    search: int = 0
    drop: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        text = json.dumps({"format": FORMAT, **self.as_dict()}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @classmethod
    def of(cls, info: Mapping[str, Any]) -> "Identity":
        """What a ``run.json`` says of it."""
        return cls(**{field.name: info[field.name] for field in fields(cls) if field.name in info})

    def as_dict(self) -> dict[str, Any]:
        """As ``run.json`` has it: without search and drop where there is none."""
        lists = {"modalities": list(self.modalities), "drop": list(self.drop)}
        fields = {**vars(self), "parameters": dict(self.parameters), **lists}
        return {name: value for name, value in fields.items() if value or name not in ("search", "drop")}

    def folder(self, runs: Path) -> Path:
        """``runs/<task>/<protocol>/<model>/<digest>``."""
        return runs / self.task / self.protocol / self.model / self.digest


@dataclass(frozen=True)
class Record:
    """A finished run: predictions, and ``run.json`` as ``info``."""

    folder: Path
    info: Mapping[str, Any]
    predictions: pd.DataFrame

    @property
    def label(self) -> str:
        return str(self.info["label"])

    @property
    def failed(self) -> list[Split]:
        """The folds that failed; they have no rows in ``predictions``."""
        return [(fold["repeat"], fold["fold"]) for fold in self.info["folds"] if fold["status"] != "ok"]

    @property
    def seconds(self) -> float:
        """Fit and predict seconds over all folds."""
        return float(sum(fold["fit_seconds"] + fold["predict_seconds"] for fold in self.info["folds"]))


def read_record(folder: Path) -> Record:
    """The finished record in ``folder``, whoever made it: every text in it is printable, and its table is what a run writes.

    Raises:
        InputError: it is not finished, not readable, says what no run says, its digest is another's, or its predictions were changed after the run.
    """
    where = printable_text(str(folder))
    try:
        info = plain_json(read_bytes(folder / RUN, INFO_BYTES))
        raw = read_bytes(folder / TABLE, TABLE_BYTES)
    except (OSError, ValueError) as error:
        raise InputError(f"{where}: no readable record ({error}); run again with --force") from error
    if not isinstance(info, dict) or info.pop("sha256", None) != _digest_of(info):
        raise InputError(f"{where}/{RUN}: does not match its own sha256; it was changed after the run; 'bench run --force' makes it again")
    said, info = info, printable_json(info)
    try:
        INFO.validate_python(info, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))[:200]
        raise InputError(f"{where}/{RUN}, key {key}: {first['msg'].lower()}; {AGAIN}") from error
    if Identity.of(said).digest != info["digest"]:  # of the bytes that stand there: a parameter may hold what is not printable
        raise InputError(f"{where}/{RUN}, key digest: is not that of its task, model, parameters, seed and sources; {AGAIN}")
    if hashlib.sha256(raw).hexdigest() != info["predictions_sha256"]:
        raise InputError(
            f"{where}/{TABLE}: does not match its sha256 in run.json; it was changed after the run; 'bench run --force' makes it again"
        )
    try:
        return Record(folder, info, _rows_of(info, flat_table(raw, LEADING)))
    except ValueError as error:
        raise InputError(f"{where}/{TABLE}: {error}; {AGAIN}") from error


def read_placed(folder: Path) -> Record:
    """:func:`read_record` of a folder among the runs, where task, protocol, model and digest of a record are its path.

    Raises:
        InputError: as there; or the record belongs into another folder.
    """
    record = read_record(folder)
    if folder.parts[-4:] != (own := tuple(record.info[name] for name in ("task", "protocol", "model", "digest"))):
        raise InputError(f"{printable_text(str(folder))}: holds the record {'/'.join(own)}; move it to that folder, or remove it")
    return record


def _rows_of(info: Mapping[str, Any], table: pd.DataFrame) -> pd.DataFrame:
    """The table, if it is of the folds that the run says it finished."""
    states = {(fold["repeat"], fold["fold"]): fold["status"] for fold in info["folds"]}
    done = [split for split, status in states.items() if status == "ok"]
    if len(states) < len(info["folds"]) or not pd.MultiIndex.from_frame(table[["repeat", "fold"]]).isin(done).all():
        raise ValueError("it has rows of folds that run.json does not have, or has as failed, or twice")
    if any((table[name] != info[name]).any() for name in ("task", "protocol", "endpoint")):
        raise ValueError("it is of another task, protocol or endpoint than run.json says")
    return table


def find_records(runs: Path, task: str, protocol: str) -> tuple[list[Record], list[str]]:
    """All finished records of a task and protocol in the order of their folders, and what is wrong with those that cannot be read or lie in the wrong place."""
    records, problems = [], []
    for path in sorted((runs / task / protocol).glob("*/*/run.json")):
        try:
            records.append(read_placed(path.parent))
        except InputError as error:
            problems.append(str(error))
    return records, problems


def _digest_of(info: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(info, sort_keys=True).encode()).hexdigest()


class Draft:
    """A record under way.

    Args:
        folder: where it is written.
        splits: every (repeat, fold) that it must hold.
    """

    def __init__(self, folder: Path, splits: Iterable[Split]) -> None:
        self.folder = folder
        self.splits = list(splits)

    @property
    def finished(self) -> bool:
        return (self.folder / "run.json").is_file()

    def states(self) -> dict[Split, dict[str, Any]]:
        """What is known of each fold: from ``run.json`` if it stands, else from the pieces."""
        if self.finished:
            folds = read_record(self.folder).info["folds"]
        else:
            pieces = [_read_piece(path) for path in sorted((self.folder / "folds").glob("*.json"))]
            folds = [piece for piece in pieces if piece]
        states = {(fold["repeat"], fold["fold"]): fold for fold in folds}
        return {split: states[split] for split in self.splits if split in states}

    def forget_failed(self) -> None:
        """Make the failed folds pending again (``--retry-failed``); a finished record is taken apart for that."""
        if self.finished:
            self._reopen()
        for path in sorted((self.folder / "folds").glob("*.json")):
            if _read_piece(path).get("status") != "ok":
                path.unlink()

    def _reopen(self) -> None:
        record = read_record(self.folder)
        if not record.failed:
            return
        self.clean()
        for (repeat, fold), rows in record.predictions.groupby(["repeat", "fold"]):
            state = next(item for item in record.info["folds"] if (item["repeat"], item["fold"]) == (repeat, fold))
            self.add(state, rows.drop(columns=[name for name in KEYS if name != "patient_id"]))
        (self.folder / "run.json").unlink()

    def discard(self) -> None:
        """Forget everything (``--force``)."""
        (self.folder / "run.json").unlink(missing_ok=True)
        shutil.rmtree(self.folder / "folds", ignore_errors=True)

    def add(self, state: Mapping[str, Any], predictions: pd.DataFrame) -> None:
        """Keep one finished fold: ``state`` (repeat, fold, status, …) and its rows: ``patient_id`` and the outputs."""
        name = _piece(state["repeat"], state["fold"])
        write_atomically(self.folder / "folds" / f"{name}.parquet", predictions.to_parquet())
        write_atomically(self.folder / "folds" / f"{name}.json", json.dumps(state).encode())

    def finish(self, header: Mapping[str, Any], columns: Mapping[str, Any], outputs: Sequence[str]) -> Record:
        """Merge the folds into ``predictions.parquet``, then write ``run.json``.

        Args:
            header: what ``run.json`` says beside the folds.
            columns: constant columns to lead the predictions table (task, protocol, endpoint).
            outputs: its last columns, the predictions.
        """
        states = self.states()
        tables = [self._rows(split) for split in self.splits if states[split]["status"] == "ok"]
        rows = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["repeat", "fold", "patient_id", *outputs])
        rows = rows.assign(**columns)[[*KEYS, *outputs]]
        table = rows.astype({"repeat": "int16", "fold": "int16"}).to_parquet(index=False)
        info = {
            **header,
            "predictions_sha256": hashlib.sha256(table).hexdigest(),
            "folds": [states[split] for split in self.splits],
        }
        info["sha256"] = _digest_of(json.loads(json.dumps(info)))  # of what a reader will see
        write_atomically(self.folder / "predictions.parquet", table)
        write_atomically(self.folder / "run.json", (json.dumps(info, indent=1) + "\n").encode())
        self.clean()
        return read_record(self.folder)

    def clean(self) -> None:
        """Remove the pieces of a finished record."""
        shutil.rmtree(self.folder / "folds", ignore_errors=True)

    def _rows(self, split: Split) -> pd.DataFrame:
        return pd.read_parquet(self.folder / "folds" / f"{_piece(*split)}.parquet").assign(repeat=split[0], fold=split[1])


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a record's folder for writing; the lock goes with the process, however it ends.

    Raises:
        InputError: another process is writing it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{folder}: another 'bench run' is writing this record; wait for it") from None
        yield


def _read_piece(path: Path) -> dict[str, Any]:
    """One fold's state; a file that is no such thing counts as not there."""
    try:
        piece = plain_json(read_bytes(path, INFO_BYTES))
    except ValueError:
        return {}
    return piece if isinstance(piece, dict) and {"repeat", "fold", "status"} <= set(piece) else {}


def _piece(repeat: int, fold: int) -> str:
    return f"r{repeat:03d}f{fold:03d}"
