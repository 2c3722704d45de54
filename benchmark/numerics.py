"""What numerical libraries take from the environment, made the same for every run: the bits of a sum hang on it.

One thread per process, as parallelism is over folds; and the kernels that a library chooses for the processor, as the record names the
processor and not a user's variables.
"""

import os

_VARIABLES = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"),
    "NUMBA_THREADING_LAYER": "workqueue",  # its OpenMP layer would set torch, in the same process, to as many threads as it takes itself
}
_OF_KERNELS = ("ATEN_", "DNNL_", "MKL_", "NPY_", "NUMBA_CPU_", "ONEDNN_", "OPENBLAS_", "TORCH_MKLDNN_")


def pin_numerics() -> None:
    """Set the variables of this process and its children; only works before numpy and torch are imported."""
    for name in [name for name in os.environ if name.startswith(_OF_KERNELS)]:
        del os.environ[name]
    os.environ.update(_VARIABLES)
