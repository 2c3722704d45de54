"""One fold: hand the parts to a worker process, watch it, and take back predictions."""

import math
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, NotRequired

import numpy as np
import pandas as pd
from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from benchmark.cohorts import Cohort, patients_of
from benchmark.models import Patients
from benchmark.runner.seeds import derive_seed
from benchmark.runner.worker import PRELOAD, Order, serve
from benchmark.tasks import Task, load_task


class _Answer(TypedDict):
    status: str
    seconds: NotRequired[float]
    peak_memory: NotRequired[int]
    shape: NotRequired[tuple[int, ...]]
    reason: NotRequired[str]
    traceback: NotRequired[str]


ANSWER = TypeAdapter(_Answer)
SUM_TOLERANCE = 1e-4  # of probabilities over the classes: 32-bit models do not sum to 1 exactly


@dataclass(frozen=True)
class Limits:
    """What one fold may use: wall seconds (fit and predict together) and bytes of memory."""

    seconds: float
    memory: int


@dataclass(frozen=True)
class Job:
    """One fold of one model: all that a process on another machine would need.

    Attributes:
        task_folder, cohort_folder: where task and cohort lie.
        model, path: the model's id and file.
        parameters: without seed and modalities; ``accepts`` says which of the two its constructor has.
        modalities: what the model is shown.
        run_seed: the user's ``--seed``.
    """

    task_folder: Path
    cohort_folder: Path
    protocol: str
    repeat: int
    fold: int
    endpoint: str
    model: str
    path: Path
    parameters: Mapping[str, Any]
    modalities: tuple[str, ...]
    accepts: tuple[str, ...]
    run_seed: int
    limits: Limits


@dataclass(frozen=True)
class FoldResult:
    """What came of a fold: ``status`` ok or failed (with a reason); predictions as ``patient_id`` and the outputs, sorted."""

    repeat: int
    fold: int
    status: str
    reason: str = ""
    traceback: str = ""
    fit_seconds: float = 0.0
    predict_seconds: float = 0.0
    peak_memory: int = 0
    predictions: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"patient_id": []}))


class FoldFailedError(Exception):
    """The fold failed for a reason that is the model's: recorded, not raised to the user."""


def run_fold(job: Job) -> FoldResult:
    """Run one fold in a fresh worker process; never raises for what the model does."""
    task = _task(job.task_folder, job.cohort_folder)
    parts, names = split(task, job)
    seed = derive_seed(task.id, job.protocol, job.repeat, job.fold, job.model, job.run_seed)
    filled = {"seed": seed, "modalities": job.modalities}
    order = Order(job.path, {**job.parameters, **{name: filled[name] for name in job.accepts}}, seed, job.limits.memory)
    context = _context()
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, order), daemon=True)
    start = time.monotonic()
    process.start()
    theirs.close()
    measured: dict[str, Any] = {}
    try:
        values = _converse(ours, process, parts, task.outputs(job.endpoint), job.limits.seconds, measured)
    except FoldFailedError as failure:
        trace = measured.pop("traceback", "")
        measured.setdefault("fit_seconds", time.monotonic() - start)
        return FoldResult(job.repeat, job.fold, "failed", str(failure), trace, **measured)
    finally:
        _end(process)
        ours.close()
    table = pd.DataFrame(values, columns=list(task.outputs(job.endpoint)))
    table.insert(0, "patient_id", names[parts["test"].ids].to_numpy())
    return FoldResult(job.repeat, job.fold, "ok", **measured, predictions=table.sort_values("patient_id", ignore_index=True))


def split(task: Task, job: Job) -> tuple[dict[str, Patients], pd.Series]:
    """The train, valid and test parts under opaque ids, and the real id of each opaque one.

    Ids and row order come from a seed that does not depend on the model, so all models see the same order. The test part
    has no outcome.
    """
    roles = task.roles(job.protocol, job.repeat, job.fold, job.endpoint)
    everyone = pd.Index(sorted(set().union(*roles.values())))
    order = np.random.default_rng(derive_seed("ids", task.id, job.protocol, job.repeat, job.fold, job.run_seed)).permutation(len(everyone))
    opaque = pd.Series([f"p{number:05d}" for number in order], index=everyone)
    tables = {name: task.table(name, job.fold) for name in job.modalities}
    parts = {}
    for role, ids in roles.items():
        shuffled = opaque[ids].sort_values()
        real = pd.Index(shuffled.index)
        outcome = None if role == "test" else task.outcome(real, job.endpoint)
        blocks = {name: _under(table, real, opaque) for name, table in tables.items()}
        parts[role] = Patients(pd.Index(shuffled.to_numpy(), name="patient_id"), blocks, outcome, task.classes(job.endpoint))
    return parts, pd.Series(opaque.index, index=opaque.to_numpy())


def _under(table: pd.DataFrame, ids: pd.Index, names: pd.Series) -> pd.DataFrame:
    """The rows of ``ids``, in their order, under opaque names; instances become numbers, for their names tell patients and sites."""
    if table.index.nlevels == 1:
        table = table.loc[ids.intersection(table.index, sort=False)]
        return table.set_axis(pd.Index(names[table.index].to_numpy(), name="patient_id"), axis=0)
    place = pd.Series(np.arange(len(ids)), index=ids)
    rows = table[patients_of(table).isin(ids)]
    rows = rows.iloc[np.argsort(place[patients_of(rows)].to_numpy(), kind="stable")]
    numbers = rows.groupby(level=0).cumcount().to_numpy()
    return rows.set_axis(
        pd.MultiIndex.from_arrays([names[patients_of(rows)].to_numpy(), numbers], names=["patient_id", "instance"]), axis=0
    )


def _converse(
    connection: Connection,
    process: ForkServerProcess,
    parts: Mapping[str, Patients],
    outputs: tuple[str, ...],
    seconds: float,
    measured: dict[str, Any],
) -> np.ndarray[Any, Any]:
    deadline = time.monotonic() + seconds
    _give(connection, (parts["train"], parts["valid"]))
    measured["fit_seconds"] = _message("fitted", connection, process, deadline, seconds, measured)["seconds"]
    _give(connection, parts["test"])
    answer = _message("predicted", connection, process, deadline, seconds, measured)
    measured |= {"predict_seconds": answer["seconds"], "peak_memory": answer["peak_memory"]}
    raw = _receive(connection, process, deadline, seconds)
    if len(raw) != 8 * math.prod(answer["shape"]):
        raise FoldFailedError("the worker's predictions do not have the size that it announced")
    return _checked(np.frombuffer(raw, dtype=np.float64), tuple(answer["shape"]), len(parts["test"]), outputs)


def _give(connection: Connection, value: object) -> None:
    # in a thread of its own: a worker that hangs before it reads would block the send, and the clock with it
    threading.Thread(target=_send, args=(connection, value), daemon=True).start()


def _send(connection: Connection, value: object) -> None:
    try:
        connection.send(value)
    except OSError:
        return  # the worker has died; the receive that follows says how


def _message(
    expected: str, connection: Connection, process: ForkServerProcess, deadline: float, seconds: float, measured: dict[str, Any]
) -> dict[str, Any]:
    raw = _receive(connection, process, deadline, seconds)
    try:
        message = ANSWER.validate_json(raw)
    except ValidationError:
        raise FoldFailedError("the worker sent something that is no answer; does the model write to its parent's connection?") from None
    if message["status"] == "failed":
        measured["traceback"] = message.get("traceback", "")
        raise FoldFailedError(message.get("reason", "no reason given"))
    if message["status"] != expected:
        raise FoldFailedError(
            f"the worker sent '{message['status']}' where '{expected}' was due; does the model write to its parent's connection?"
        )
    return {"seconds": 0.0, "peak_memory": 0, "shape": (), **message}


def _receive(connection: Connection, process: ForkServerProcess, deadline: float, seconds: float) -> bytes:
    while True:
        if time.monotonic() >= deadline:
            raise FoldFailedError(f"timeout: not done after {seconds:g} s (--timeout)")
        ready = wait([connection, process.sentinel], timeout=max(0.0, deadline - time.monotonic()))
        if connection in ready:
            try:
                return connection.recv_bytes()
            except (EOFError, OSError):
                process.join(1)
        if ready and not process.is_alive():
            raise FoldFailedError(_epitaph(process.exitcode))


def _epitaph(code: int | None) -> str:
    if code is not None and code < 0:
        return f"the worker process was killed by {signal.Signals(-code).name} (out of memory, or a crash in native code)"
    return f"the worker process ended with exit code {code} before it had predicted"


def _end(process: ForkServerProcess) -> None:
    if process.pid is not None:
        try:
            os.killpg(process.pid, signal.SIGKILL)  # the worker leads its group: its own children go with it
        except (ProcessLookupError, PermissionError):
            process.kill()
    process.join()


def _checked(values: np.ndarray[Any, Any], shape: tuple[int, ...], patients: int, outputs: tuple[str, ...]) -> np.ndarray[Any, Any]:
    """The predictions as (patients, outputs), if they are what the contract asks for."""
    expected = (patients,) if len(outputs) == 1 else (patients, len(outputs))
    if shape not in {expected, (patients, len(outputs))}:
        raise FoldFailedError(f"predict returned an array of shape {shape} for {patients} patients; expected {expected}")
    table = values.reshape(patients, len(outputs))
    if bad := int((~np.isfinite(table)).any(axis=1).sum()):
        raise FoldFailedError(f"predict returned NaN or infinite {outputs[0].partition('_')[0]} for {bad} of {patients} patients")
    if outputs == ("risk",):
        return table
    if bad := int(((table < 0) | (table > 1)).any(axis=1).sum()):
        raise FoldFailedError(f"predict returned a probability outside [0, 1] for {bad} of {patients} patients")
    if len(outputs) > 1 and (bad := int((abs(table.sum(axis=1) - 1) > SUM_TOLERANCE).sum())):
        raise FoldFailedError(f"predict returned probabilities that do not sum to 1 for {bad} of {patients} patients")
    return table


@lru_cache(maxsize=1)
def _context() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    return context


@lru_cache(maxsize=8)
def _task(task_folder: Path, cohort_folder: Path) -> Task:
    return load_task(task_folder, Cohort.read(cohort_folder))
