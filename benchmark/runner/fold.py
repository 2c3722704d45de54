"""One fold: hand the parts to a worker process, watch it, and take back predictions."""

import math
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Collection, Mapping
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

from benchmark.cohorts import Cohort
from benchmark.models import Patients
from benchmark.runner.job import Job
from benchmark.runner.parts import split, without
from benchmark.runner.seeds import derive_seed
from benchmark.runner.worker import LIBRARIES, PRELOAD, Order, serve
from benchmark.tasks import Task, load_task


class _Search(TypedDict):
    chosen: dict[str, Any]
    inner_score: float
    trials: int
    failed_trials: int


class _Answer(TypedDict):
    status: str
    seconds: NotRequired[float]
    peak_memory: NotRequired[int]
    search: NotRequired[_Search]
    shape: NotRequired[tuple[int, ...]]
    reason: NotRequired[str]
    traceback: NotRequired[str]


ANSWER = TypeAdapter(_Answer)
SUM_TOLERANCE = 1e-4  # of probabilities over the classes: 32-bit models do not sum to 1 exactly


@dataclass(frozen=True)
class FoldResult:
    """What came of a fold: ``status`` ok or failed (with a reason); predictions as ``patient_id`` and the outputs, sorted.

    ``search`` is what a search chose (see :class:`benchmark.runner.search.Found`); ``None`` without one.
    """

    repeat: int
    fold: int
    status: str
    reason: str = ""
    traceback: str = ""
    fit_seconds: float = 0.0
    predict_seconds: float = 0.0
    peak_memory: int = 0
    search: Mapping[str, Any] | None = None
    predictions: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"patient_id": []}))


class FoldFailedError(Exception):
    """The fold failed for a reason that is the model's: recorded, not raised to the user."""

    def __init__(self, reason: str, trace: str = "") -> None:
        super().__init__(reason)
        self.trace = trace


def run_fold(job: Job, libraries: Collection[str] = ()) -> list[FoldResult]:
    """Run one fold in a fresh worker process: one fit, and a result for each of ``job.drops``; never raises for what the model does.

    Args:
        libraries: what the process that workers are forked from has imported already, if this is its first fold.
    """
    task = _task(job.task_folder, job.cohort_folder)
    parts, names = split(task, job)
    seed = derive_seed(task.id, job.protocol, job.repeat, job.fold, job.model, job.run_seed)
    filled = {"seed": seed, "modalities": job.modalities}
    parameters = {**job.parameters, **{name: filled[name] for name in job.accepts}}
    order = Order(job.path, parameters, seed, job.limits.memory, job.trials, job.searched, len(job.drops))
    context = _context(" ".join(sorted(libraries)))
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, order), daemon=True)
    start = time.monotonic()
    process.start()
    theirs.close()
    line, where = _Line(ours, process, job.limits.seconds), (job.repeat, job.fold)
    try:
        line.give((parts["train"], parts["valid"]))
        fitted = line.message("fitted")
        left = line.deadline - time.monotonic()
        results = []
        for drop in job.drops:
            line.deadline = time.monotonic() + left  # each set of predictions has what the fit left, however many there are
            measured = {"fit_seconds": fitted["seconds"], "search": fitted.get("search")}
            results.append(_predicted(line, without(parts["test"], drop), names, task.outputs(job.endpoint), where, measured))
        return results
    except FoldFailedError as failure:
        return [FoldResult(*where, "failed", str(failure), failure.trace, fit_seconds=time.monotonic() - start)] * len(job.drops)
    finally:
        _end(process)
        ours.close()


def _predicted(
    line: "_Line", test: Patients, names: pd.Series, outputs: tuple[str, ...], where: tuple[int, int], measured: dict[str, Any]
) -> FoldResult:
    try:
        line.give(test)
        answer = line.message("predicted")
        measured |= {"predict_seconds": answer["seconds"], "peak_memory": answer["peak_memory"]}
        raw = line.receive()
        if len(raw) != 8 * math.prod(answer["shape"]):
            raise line.broken("the worker's predictions do not have the size that it announced")
        values = _checked(np.frombuffer(raw, dtype=np.float64), tuple(answer["shape"]), len(test), outputs)
    except FoldFailedError as failure:
        return FoldResult(*where, "failed", str(failure), failure.trace, **measured)
    table = pd.DataFrame(values, columns=list(outputs))
    table.insert(0, "patient_id", names[test.ids].to_numpy())
    return FoldResult(*where, "ok", **measured, predictions=table.sort_values("patient_id", ignore_index=True))


class _Line:
    """The line to a worker process. Once it is out of step (a timeout, a death, nonsense), all that follows fails for the same reason."""

    def __init__(self, connection: Connection, process: ForkServerProcess, seconds: float) -> None:
        self._connection, self._process, self._seconds = connection, process, seconds
        self._fault: FoldFailedError | None = None
        self.deadline = time.monotonic() + seconds

    def broken(self, reason: str) -> FoldFailedError:
        """The error to raise where the line is of no more use."""
        self._fault = FoldFailedError(reason)
        return self._fault

    def give(self, value: object) -> None:
        # in a thread of its own: a worker that hangs before it reads would block the send, and the clock with it
        threading.Thread(target=self._send, args=(value,), daemon=True).start()

    def _send(self, value: object) -> None:
        try:
            self._connection.send(value)
        except OSError:
            return  # the worker has died; the receive that follows says how

    def message(self, expected: str) -> dict[str, Any]:
        """The worker's next message."""
        raw = self.receive()
        try:
            message = ANSWER.validate_json(raw)
        except ValidationError:
            raise self.broken("the worker sent something that is no answer; does the model write to its parent's connection?") from None
        if message["status"] == "failed":
            raise FoldFailedError(message.get("reason", "no reason given"), message.get("traceback", ""))
        if message["status"] != expected:
            raise self.broken(
                f"the worker sent '{message['status']}' where '{expected}' was due; does the model write to its parent's connection?"
            )
        return {"seconds": 0.0, "peak_memory": 0, "shape": (), **message}

    def receive(self) -> bytes:
        """The worker's next bytes."""
        if self._fault:
            raise self._fault
        while True:
            if time.monotonic() >= self.deadline:
                raise self.broken(f"timeout: not done after {self._seconds:g} s (--timeout)")
            ready = wait([self._connection, self._process.sentinel], timeout=max(0.0, self.deadline - time.monotonic()))
            if self._connection in ready:
                try:
                    return self._connection.recv_bytes()
                except (EOFError, OSError):
                    self._process.join(1)
            if ready and not self._process.is_alive():
                raise self.broken(_epitaph(self._process.exitcode))


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
def _context(libraries: str) -> multiprocessing.context.ForkServerContext:
    os.environ[LIBRARIES] = libraries
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    return context


@lru_cache(maxsize=8)
def _task(task_folder: Path, cohort_folder: Path) -> Task:
    return load_task(task_folder, Cohort.read(cohort_folder))
