"""The nursery that the folds of a model come from: started once in each process that runs folds."""

import io
import pickle
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from benchmark.cohorts.packaged import kept_back
from benchmark.errors import FaultError
from benchmark.models import baselines_folder, imported_libraries, own_place
from benchmark.runner.job import Job
from benchmark.runner.worker import Order
from benchmark.sandbox import CONFINED, Child, Isolation, Nursery
from benchmark.sandbox.environment import readable

PRELOAD = ("joblib.externals.loky", "benchmark.runner.worker", "baselines")
SEARCH = {"optuna", "sklearn.metrics", "sklearn.model_selection", "sksurv.metrics"}  # what a search needs beside the model
# What a confined model may have imported for it outside its walls. The names in its file are a stranger's choice, and to import a
# module is to run it: only these, which do nothing but define. Others it imports itself, inside.
TRUSTED = """
    imblearn imblearn.over_sampling imblearn.under_sampling joblib lightgbm numba numpy numpy.linalg numpy.random optuna pandas
    scipy scipy.cluster scipy.interpolate scipy.linalg scipy.optimize scipy.sparse scipy.spatial scipy.special scipy.stats
    sklearn sklearn.base sklearn.calibration sklearn.cluster sklearn.compose sklearn.covariance sklearn.cross_decomposition
    sklearn.decomposition sklearn.discriminant_analysis sklearn.ensemble sklearn.exceptions sklearn.feature_selection
    sklearn.gaussian_process sklearn.impute sklearn.kernel_approximation sklearn.kernel_ridge sklearn.linear_model sklearn.metrics
    sklearn.mixture sklearn.model_selection sklearn.multiclass sklearn.naive_bayes sklearn.neighbors sklearn.neural_network
    sklearn.pipeline sklearn.preprocessing sklearn.svm sklearn.tree sklearn.utils
    sksurv sksurv.ensemble sksurv.functions sksurv.linear_model sksurv.meta sksurv.metrics sksurv.nonparametric sksurv.preprocessing
    sksurv.svm sksurv.tree sksurv.util torch torch._dynamo torch.nn torch.nn.functional torch.optim xgboost
"""


def start(job: Job, order: Order, libraries: Collection[str]) -> Child:
    """A worker process for one fold, behind the walls that the job asks for.

    Args:
        libraries: what workers without walls find imported already.

    Raises:
        FaultError: no worker can be started, or the walls would not hide the checkout.
    """
    arguments = (
        "benchmark.runner.worker:serve",
        _pickled(order),
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


def _pickled(order: Order) -> bytes:
    """The order in the same bytes wherever it comes from.

    A pickle refers back to an object that it has seen; which equal strings are one object depends on the processes they have come through, and
    so on how many run folds.
    """
    file = io.BytesIO()
    pickler = pickle.Pickler(file, pickle.HIGHEST_PROTOCOL)
    pickler.fast = True  # refers back to nothing
    pickler.dump(order)
    return file.getvalue()


def _walls_of(job: Job) -> tuple[Isolation, frozenset[str], tuple[Path, ...], tuple[Path, ...]]:
    """What a confined model finds imported, what it may read, and what of that it may not.

    Raises:
        FaultError: the whole checkout lies in what it may read.
    """
    named = _trusted(imported_libraries(job.path))
    root, read = job.task_folder.parents[1].resolve(), (own_place(job.path), *baselines_folder())
    for place in (*readable(), *read):
        if root.is_relative_to(place.resolve()):
            raise FaultError(
                f"{root} lies in {place}, which a model behind walls may read, so outcomes and records would be open to it;"
                " move the checkout, or the model's file into a folder of its own"
            )
    # where a folder of the checkout is a link, or the mirror lies among what may be read
    hidden = (*kept_back(), job.cohort_folder.parents[1], job.task_folder.parent, root / "data" / "sources", root / "runs")
    return job.isolation, frozenset(named | (SEARCH if job.trials else set())), read, hidden


def _trusted(names: Iterable[str]) -> set[str]:
    """The modules on our list that are, or hold, the named ones."""
    known, found = {"", *TRUSTED.split()}, set()
    for name in names:
        while name not in known:
            name = name.rpartition(".")[0]
        found.add(name)
    return found - {""}


@cache
def _kept() -> dict[object, Nursery]:
    """The nurseries of this process: one without walls, and the last one with them. Each holds half a gibibyte at most."""
    return {}


def _plain(libraries: Collection[str]) -> Nursery:
    """That of this process; where a model brings another library, one that knows it too: to import torch in every fold is dearer."""
    kept = _kept().get(None)
    if kept and _roots(libraries) <= _roots(kept.libraries):
        return kept
    if kept:
        _kept().pop(None).close()
    _kept()[None] = Nursery("process", {*(kept.libraries if kept else PRELOAD), *libraries})
    return _kept()[None]


def _roots(libraries: Iterable[str]) -> set[str]:
    return {name.partition(".")[0] for name in libraries}


def _confined(*walls: Any) -> Nursery:
    if walls not in _kept():
        for key in [key for key in _kept() if key is not None]:  # runs come one model after the other
            _kept().pop(key).close()
        isolation, libraries, read, hidden = walls
        _kept()[walls] = Nursery(isolation, (*PRELOAD, *libraries), read, hidden)
    return _kept()[walls]
