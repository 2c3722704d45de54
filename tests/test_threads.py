"""One thread, and it stays one."""

import numpy as np
import torch

from benchmark.inference import bootstrap_concordance


def test_a_bootstrap_on_all_cores_leaves_torch_on_one() -> None:
    random = np.random.default_rng(0)
    event, time = random.random(60) < 0.5, random.exponential(size=60)
    bootstrap_concordance(event, time, random.normal(size=(60, 2)), resamples=1000, seed=1)
    assert torch.get_num_threads() == 1
