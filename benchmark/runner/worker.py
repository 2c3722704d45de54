"""The worker process: it gets the training part, fits, and only then is sent the patients to predict.

It is forked from a process that has imported the libraries but never loaded a cohort, so a test outcome is nowhere in
its memory. What it sends back is JSON and raw numbers, never a pickle: the harness does not trust it.
"""

import ctypes
import json
import os
import random
import resource
import signal
import sys
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmark.models import Patients, load_model

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
PRELOAD = ["torch", "sklearn.pipeline", "sksurv.linear_model", "sksurv.metrics", "joblib.externals.loky", "benchmark.runner.worker"]


@dataclass(frozen=True)
class Order:
    """What a worker needs to know before it sees patients.

    Attributes:
        path: the model's file.
        parameters: keyword arguments of its constructor, seed and modalities included.
        seed: of the global generators of random, numpy and torch, for models that use them.
        memory: limit on the memory that the process may allocate, bytes.
    """

    path: Path
    parameters: Mapping[str, Any]
    seed: int
    memory: int


def serve(connection: Connection, order: Order) -> None:
    """Fit and predict one fold over ``connection``: ← (train, valid), → fitted, ← patients, → predictions."""
    _prepare(order)
    worker = os.getpid()
    try:
        model = load_model(order.path)(**order.parameters)
        train, valid = connection.recv()
        start = time.perf_counter()
        model.fit(train, valid)
        _end_if_forked(worker)
        _send(connection, status="fitted", seconds=time.perf_counter() - start)
        patients = connection.recv()
        start = time.perf_counter()
        values = _numbers(model.predict(patients), patients)
        _end_if_forked(worker)
        _send(
            connection,
            status="predicted",
            seconds=time.perf_counter() - start,
            shape=values.shape,
            peak_memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        )
        connection.send_bytes(np.ascontiguousarray(values).tobytes())
    except Exception as error:  # the model is someone else's code: whatever it raises becomes the fold's recorded reason
        _end_if_forked(worker)
        _send(connection, status="failed", reason=_reason(error, order.path), traceback=_clean(traceback.format_exc()[-4000:]))


def _end_if_forked(worker: int) -> None:
    """A model that forks and forgets its child would answer twice, in an order that depends on the clock: the child ends here."""
    if os.getpid() != worker:
        os._exit(0)


def _prepare(order: Order) -> None:
    os.setsid()  # a group of its own, so that a model's own children die with it
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # nobody waits for a worker whose parent is gone
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_DATA, (order.memory, order.memory))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # a model's prints must not reach a stream that a caller parses
    random.seed(order.seed)
    np.random.seed(order.seed % 2**32)
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)
        torch.manual_seed(order.seed)


def _numbers(predicted: Any, patients: Patients) -> np.ndarray[Any, Any]:
    if isinstance(predicted, pd.Series | pd.DataFrame) and set(predicted.index) == set(patients.ids):
        predicted = predicted.loc[patients.ids]  # a model that labels its answers is taken at its word
    values = np.asarray(predicted)
    if values.dtype.kind not in "fiub":
        raise TypeError(f"predict returned {values.dtype} values; numbers are needed")
    return values.astype(np.float64)


def _send(connection: Connection, **message: Any) -> None:
    connection.send_bytes(json.dumps(message).encode())


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()  # an exception may hold half a character, which no file can


def _reason(error: Exception, path: Path) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == path]
    where = f" ({path.name}:{frames[-1].lineno})" if frames else ""
    text = " ".join(_clean(str(error)).split())[:300]
    return f"{type(error).__name__}: {text}{where}" if text else f"{type(error).__name__}{where}"
