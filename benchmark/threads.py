"""One thread per process: parallelism is over folds, and the thread count changes the last bits of a sum."""

import os

_VARIABLES = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"),
    "NUMBA_THREADING_LAYER": "workqueue",  # its OpenMP layer would set torch, in the same process, to as many threads as it takes itself
}


def pin_threads() -> None:
    """Pin the numerical libraries of this process and its children; only works before numpy and torch are imported."""
    os.environ.update(_VARIABLES)
