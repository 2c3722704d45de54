"""Where folds run. One interface: a function over jobs, results in the order in which they are done."""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Protocol, TypeVar

from benchmark.errors import FaultError
from benchmark.numerics import pin_numerics

J = TypeVar("J")
R = TypeVar("R")
LOOK = 1.0  # seconds between two looks at whether the run is still there


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
        """See :class:`Executor`.

        Raises:
            FaultError: a process of the pool was killed.
        """
        from joblib import Parallel, delayed
        from joblib.externals.loky.process_executor import BrokenProcessPool

        pin_numerics()
        # batches of one: a killed run loses the fold in flight and nothing else
        parallel = Parallel(n_jobs=self.workers, backend="loky", batch_size=1, pre_dispatch="2*n_jobs", return_as="generator_unordered")
        try:
            yield from parallel(delayed(_in_pool)(function, job, os.getpid()) for job in jobs)
        except BrokenProcessPool as error:
            reason = "a process that ran folds was killed (out of memory?)"
            raise FaultError(f"{reason}; finished folds are kept and the same command resumes") from error


def _in_pool(function: Callable[[J], R], job: J, run: int) -> R:
    if os.getpid() != run:
        _leave_with(run)
    return function(job)


@cache  # one thread per run that this process works for
def _leave_with(run: int) -> None:
    """End this process soon after the run that it works for; loky alone would keep it for minutes."""

    def watch() -> None:
        while os.getppid() == run:
            time.sleep(LOOK)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
