"""pytest-benchmark of S1's training; not collected by default: ``pytest tests/benchmarks/bench_training.py``."""

import pytest
import torch

from baselines.shared.ranking import ranking_gradient
from tests.baselines import plain
from tests.benchmarks import training


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("widths", training.BLOCKS.values(), ids=training.BLOCKS)
def test_plain_loop_ten_steps(benchmark, widths):
    part, network = training.cohort(widths), plain.PlainIntermediateFusion(widths, plain.quarter)
    benchmark(lambda: plain.train(network.train(), part, 10, 0.01))


@pytest.mark.parametrize("widths", training.BLOCKS.values(), ids=training.BLOCKS)
@pytest.mark.parametrize("grid", training.GRIDS.values(), ids=training.GRIDS)
def test_stack_ten_steps_of_all_members(benchmark, widths, grid):
    part = training.cohort(widths)
    _, members = training.stack(widths, part, *grid)

    def ten_steps():
        for _ in range(10):
            members.step(lambda risk: ranking_gradient(risk, part))

    benchmark(ten_steps)
    assert members.predict(part.inputs).isfinite().all()
