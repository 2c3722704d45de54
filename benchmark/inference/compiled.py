"""The two ways a function here is compiled, typed so that callers are still checked."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Machine code on first call, kept on disk (see :func:`_cached`)."""
    return _cached(function, nogil=True)


def compiled_parallel(function: Function) -> Function:
    """The same, with ``numba.prange`` over threads (``NUMBA_NUM_THREADS``; apart from the pinned OMP and BLAS threads)."""
    return _cached(function, nogil=True, parallel=True)


def _cached(function: Function, **options: bool) -> Function:
    """Compile with a cache folder of its own for every state of this package's source.

    numba looks at the file of the calling function only: after a change in a kernel that it calls, its usual cache would
    go on running the old kernel.
    """
    usual = config.CACHE_DIR
    config.CACHE_DIR = str(Path(__file__).parent / "__pycache__" / f"numba-{_SOURCE}")
    try:
        return cast(Function, numba.njit(cache=True, **options)(function))
    finally:
        config.CACHE_DIR = usual


_SOURCE = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))).hexdigest()[:12]
