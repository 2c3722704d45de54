"""The nursery that the folds of a model come from: started once in each process that runs folds."""

import pickle
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any

from benchmark.cohorts.packaged import packaged_data
from benchmark.errors import FaultError
from benchmark.models import baselines_folder, imported_libraries, own_place
from benchmark.runner.job import Job
from benchmark.runner.worker import Order
from benchmark.sandbox import CONFINED, Child, Isolation, Nursery

PRELOAD = (
    "torch",
    "sklearn.pipeline",
    "sksurv.linear_model",
    "sksurv.metrics",
    "joblib.externals.loky",
    "benchmark.runner.worker",
    "baselines",
)
# what a confined model may have imported for it outside its walls: the names in its file are a stranger's choice
TRUSTED = ("imblearn", "joblib", "lightgbm", "numba", "numpy", "optuna", "pandas", "scipy", "sklearn", "sksurv", "torch", "xgboost")


def start(job: Job, order: Order, libraries: Collection[str]) -> Child:
    """A worker process for one fold, behind the walls that the job asks for.

    Args:
        libraries: what workers without walls find imported already.

    Raises:
        FaultError: no worker can be started.
    """
    arguments = (
        "benchmark.runner.worker:serve",
        pickle.dumps(order),
        job.limits.policy(confined=job.isolation in CONFINED),
        job.limits.seconds,
    )
    for last_try in (False, True):
        nursery = _confined(*_walls_of(job)) if job.isolation in CONFINED else _plain(libraries)
        try:
            return nursery.spawn(*arguments)
        except FaultError:  # somebody killed the nursery: a new one
            _kept().clear()
            if last_try:
                raise
    raise AssertionError("unreachable")


def _walls_of(job: Job) -> tuple[Isolation, frozenset[str], tuple[Path, ...], tuple[Path, ...]]:
    """What a confined model finds imported, what it may read, and what of that it may not."""
    named = {name for name in imported_libraries(job.path) if name.partition(".")[0] in TRUSTED and "__" not in name}
    hidden = (*packaged_data(), job.cohort_folder.parents[1], job.task_folder.parent)
    return job.isolation, frozenset(named | ({"optuna"} if job.trials else set())), (own_place(job.path), *baselines_folder()), hidden


@cache
def _kept() -> dict[object, Nursery]:
    """The nurseries of this process: one without walls, and the last one with them. Each holds half a gibibyte."""
    return {}


def _plain(libraries: Collection[str]) -> Nursery:
    if None not in _kept():
        _kept()[None] = Nursery("process", (*PRELOAD, *libraries))
    return _kept()[None]


def _confined(*walls: Any) -> Nursery:
    if walls not in _kept():
        for key in [key for key in _kept() if key is not None]:  # runs come one model after the other
            _kept().pop(key).close()
        isolation, libraries, read, hidden = walls
        _kept()[walls] = Nursery(isolation, (*PRELOAD, *libraries), read, hidden)
    return _kept()[walls]
