"""One thread, and it stays one; and the kernels that the processor is given."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from benchmark.inference import bootstrap_concordance
from benchmark.numerics import pin_numerics

PRODUCT = """
from benchmark.numerics import pin_numerics
pin_numerics()
import torch
torch.manual_seed(0)
print(torch.randn(64, 64).matmul(torch.randn(64, 64)).numpy().tobytes().hex())
"""


def test_a_bootstrap_on_all_cores_leaves_torch_on_one() -> None:
    random = np.random.default_rng(0)
    event, time = random.random(60) < 0.5, random.exponential(size=60)
    bootstrap_concordance(event, time, random.normal(size=(60, 2)), resamples=1000, seed=1)
    assert torch.get_num_threads() == 1


def test_only_variables_that_choose_kernels_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = {
        "MKL_CBWR": "COMPATIBLE",
        "OPENBLAS_CORETYPE": "Haswell",
        "ATEN_CPU_CAPABILITY": "default",
        "NPY_DISABLE_CPU_FEATURES": "AVX2",
    }
    for name, value in {**chosen, "MKL_NUM_THREADS": "8", "KMP_DUPLICATE_LIB_OK": "TRUE"}.items():
        monkeypatch.setenv(name, value)
    pin_numerics()
    assert not set(chosen) & set(os.environ)
    assert (os.environ["MKL_NUM_THREADS"], os.environ["KMP_DUPLICATE_LIB_OK"]) == ("1", "TRUE")


def test_a_variable_of_the_shell_changes_no_bit() -> None:
    def product(**variables: str) -> str:
        return subprocess.check_output([sys.executable, "-c", PRODUCT], env={**os.environ, **variables}, text=True)

    assert product(MKL_CBWR="COMPATIBLE", ATEN_CPU_CAPABILITY="default") == product()
