"""One thread per process: parallelism is over folds, and the thread count changes the last bits of a sum."""

import os

_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def pin_threads() -> None:
    """Pin the numerical libraries of this process and its children; only works before numpy and torch are imported."""
    for name in _VARIABLES:
        os.environ[name] = "1"
