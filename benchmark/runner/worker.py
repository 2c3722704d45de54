"""The worker process: it gets the training part, fits, and only then is sent the patients to predict.

It is forked from a process that has imported the libraries but never loaded a cohort, so a test outcome is nowhere in
its memory. What it sends back is JSON and raw numbers, never a pickle: the harness does not trust it.
"""

import json
import os
import pickle
import resource
import signal
import time
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmark.models import Model, Patients, load_model
from benchmark.runner.generators import set_generators
from benchmark.runner.search import search
from benchmark.sandbox import Wire


@dataclass(frozen=True)
class Order:
    """What a worker needs to know before it sees patients.

    Attributes:
        path: the model's file.
        parameters: keyword arguments of its constructor, seed and modalities included.
        seed: of the global generators of random, numpy and torch, for models that use them.
        trials: of the search for hyper-parameters before the fit; 0: none.
        searched: their names; the others are in ``parameters``.
        tests: how often it is sent patients to predict.
    """

    path: Path
    parameters: Mapping[str, Any]
    seed: int
    trials: int = 0
    searched: tuple[str, ...] = ()
    tests: int = 1


def serve(wire: Wire, raw: bytes) -> None:
    """Fit and predict one fold over ``wire``: ← (train, valid), → fitted, then as often as ordered ← patients, → predictions.

    Args:
        raw: the :class:`Order`, pickled; pickles go this way only, from the harness to the worker.
    """
    order: Order = pickle.loads(raw)
    set_generators(order.seed)
    worker = os.getpid()
    try:
        kind = load_model(order.path)
        model = kind(**order.parameters)
        train, valid = pickle.loads(wire.receive())
        start = time.perf_counter()
        found: dict[str, Any] = {}
        if order.trials:
            model, found["search"] = _chosen(kind, order, train, valid)
        model.fit(train, valid)
        _end_if_forked(worker)
        _send(wire, status="fitted", seconds=time.perf_counter() - start, **found)
    except Exception as error:  # the model is someone else's code: whatever it raises becomes the fold's recorded reason
        _end_if_forked(worker)
        _report(wire, error, order.path)
        return
    for _ in range(order.tests - 1):
        _answer_apart(wire, model, order.path)
    _answer(wire, model, order.path)


def _answer_apart(wire: Wire, model: Model, path: Path) -> None:
    """Predict in a copy of this process: whatever else is asked for, the model is met as ``fit`` left it."""
    copy = os.fork()
    if not copy:
        _answer(wire, model, path)
        os._exit(0)
    _, status = os.waitpid(copy, 0)
    if status:
        code = os.waitstatus_to_exitcode(status)
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        _send(wire, status="failed", reason=f"the worker process {how} before it had predicted")


def _answer(wire: Wire, model: Model, path: Path) -> None:
    worker = os.getpid()
    try:
        patients = pickle.loads(wire.receive())
        start = time.perf_counter()
        values = _numbers(model.predict(patients), patients)
        _end_if_forked(worker)
        _send(
            wire,
            status="predicted",
            seconds=time.perf_counter() - start,
            shape=values.shape,
            peak_memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        )
        wire.send(np.ascontiguousarray(values).tobytes())
    except Exception as error:  # as in fit
        _end_if_forked(worker)
        _report(wire, error, path)


def _chosen(kind: type[Model], order: Order, train: Patients, valid: Patients) -> tuple[Model, dict[str, Any]]:
    """The model with the hyper-parameters that a search on the training part chose, not fitted yet, and what the search says."""

    def make(chosen: Mapping[str, Any]) -> Model:
        set_generators(order.seed)
        return kind(**order.parameters, **chosen)

    space = {name: kind.search_space[name] for name in order.searched}
    found = search(make, space, train, len(valid) / (len(train) + len(valid)), order.trials, order.seed)
    return make(found.chosen), asdict(found)


def _end_if_forked(worker: int) -> None:
    """A model that forks and forgets its child would answer twice, in an order that depends on the clock: the child ends here."""
    if os.getpid() != worker:
        os._exit(0)


def _numbers(predicted: Any, patients: Patients) -> np.ndarray[Any, Any]:
    if isinstance(predicted, pd.Series | pd.DataFrame) and not isinstance(predicted.index, pd.RangeIndex):
        if len(predicted) != len(patients) or set(predicted.index) != set(patients.ids):
            raise ValueError("predict returned rows under ids that are not those of the patients, each once")
        predicted = predicted.loc[patients.ids]  # a model that labels its answers is taken at its word
    values = np.asarray(predicted)
    if values.dtype.kind not in "fiub":
        raise TypeError(f"predict returned {values.dtype} values; numbers are needed")
    return values.astype(np.float64)


def _send(wire: Wire, **message: Any) -> None:
    wire.send(json.dumps(message).encode())


def _report(wire: Wire, error: Exception, path: Path) -> None:
    _send(wire, status="failed", reason=_reason(error, path), traceback=_clean("".join(traceback.format_exception(error))[-4000:]))


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()  # an exception may hold half a character, which no file can


def _reason(error: Exception, path: Path) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == path]
    where = f" ({path.name}:{frames[-1].lineno})" if frames else ""
    text = " ".join(_clean(str(error)).split())[:300]
    return f"{type(error).__name__}: {text}{where}" if text else f"{type(error).__name__}{where}"
