"""Where folds run. One interface: a function over jobs, results in the order in which they are done."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from benchmark.threads import pin_threads

J = TypeVar("J")
R = TypeVar("R")


class Executor(Protocol):
    """Runs ``function`` on every job; yields each result as soon as it is there."""

    def map(self, function: Callable[[J], R], jobs: Iterable[J]) -> Iterator[R]: ...


class LocalProcesses:
    """``workers`` processes on this machine, by joblib's loky; one worker runs in this process.

    The same joblib code reaches a cluster through ``joblib.parallel_config("dask")``.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def map(self, function: Callable[[J], R], jobs: Iterable[J]) -> Iterator[R]:
        from joblib import Parallel, delayed

        pin_threads()
        # batches of one: a killed run loses the fold in flight and nothing else
        parallel = Parallel(n_jobs=self.workers, backend="loky", batch_size=1, pre_dispatch="2*n_jobs", return_as="generator_unordered")
        results: Iterator[R] = parallel(delayed(function)(job) for job in jobs)
        return results
