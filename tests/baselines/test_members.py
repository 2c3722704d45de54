"""Networks trained in one stack against the plain loop: every member is the network that it would have been alone."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from baselines.block_fusion import BlockFused
from baselines.intermediate_fusion import ConcatenatedStreams
from baselines.late_fusion import FusedRisks
from baselines.mfh_fusion import HighOrderPooled
from baselines.shared.members import Masks, Members
from baselines.shared.networks import Network
from baselines.shared.ranking import Part, ranking_gradient
from baselines.shared.rowspace import RowSpaceLinear
from tests.baselines import plain

WIDTHS = (60, 30)
GRID = [(0, 0.01), (0, 1.0), (1, 0.01), (1, 1.0)]
SEEDS = [11, 12]


def training_part(dtype: torch.dtype, widths: tuple[int, ...] = WIDTHS, n: int = 24, scale: float = 0.1) -> Part:
    rng = np.random.default_rng(0)
    inputs = tuple(torch.from_numpy(scale * rng.uniform(-1, 1, (n, width))).to(dtype) for width in widths)
    outcome = np.array([*zip(rng.random(n) < 0.4, rng.exponential(size=n), strict=True)], dtype=[("event", bool), ("time", float)])
    return Part.of(inputs, outcome)


def stacked(build: Callable[[], Network], part: Part, grid: list[tuple[int, float]] = GRID) -> tuple[list[Network], Members]:
    torch.manual_seed(1)
    starts = [build().to(part.inputs[0].dtype) for _ in SEEDS]
    return starts, Members(starts, SEEDS, grid, part.inputs, 1e-3)


def masks_of(network: Network, rows: int, number: int) -> Callable[[int], list[torch.Tensor]]:
    """What the stack hands out to one initialisation, drawn again."""
    masks = Masks(network, rows, SEEDS)

    def of_step(_: int) -> list[torch.Tensor]:
        masks.hand_out([number])
        return [layer.mask[0].clone() for layer in masks.layers]

    return of_step


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.float64, 1e-9)])
def test_a_thousand_steps_are_those_of_the_plain_loop(dtype: torch.dtype, tolerance: float) -> None:
    """Against ``nn.Linear`` and ``torch.optim.SGD``, with dropout and weight decay, on patients who did not train.

    Few patients and small blocks, for float32: at full scale a thousand steps magnify its rounding, and the plain loop in float32 is
    as far from itself in float64 as the stack is from either (``docs/performance.md``).
    """
    widths = (500, 107)
    part, others = training_part(dtype, widths, scale=0.02), training_part(dtype, widths, n=31, scale=0.02).inputs
    starts, members = stacked(lambda: ConcatenatedStreams(widths, 0.25, False), part, [(0, 0.01)])
    assert sum(isinstance(module, RowSpaceLinear) for module in members.network.modules()) == 2
    for _ in range(1000):
        members.step(lambda risk: ranking_gradient(risk, part))
    network = plain.PlainIntermediateFusion(widths).to(dtype)
    plain.copy_weights(starts[0], network)
    before = network.eval()(*others).detach()
    plain.train(network.train(), part, 1000, 0.01, masks=masks_of(starts[0], 24, 0))
    theirs = network(*others).detach()
    assert float((theirs - before).abs().max()) > 0.05  # it has learnt something
    torch.testing.assert_close(members.predict(others)[0], theirs, rtol=0, atol=tolerance)


@pytest.mark.parametrize("network", [FusedRisks, BlockFused, HighOrderPooled])
def test_every_network_is_what_it_would_have_been_alone(network: type[Network]) -> None:
    part, others = training_part(torch.float64), training_part(torch.float64, n=31).inputs
    starts, members = stacked(lambda: network(WIDTHS, 0.25, False), part)
    for _ in range(20):
        members.step(lambda risk: ranking_gradient(risk, part))
    alone = plain.train(starts[1], part, 20, 1.0, masks=masks_of(starts[1], 24, 1))
    torch.testing.assert_close(members.predict(others)[3], alone(*others)[0], rtol=0, atol=1e-9)
    again = network(WIDTHS, 0.25, False).double().eval()
    again.load_state_dict(members.state(3))
    torch.testing.assert_close(again(*others)[0], alone(*others)[0], rtol=0, atol=1e-9)


def test_dropped_members_do_not_change_the_others() -> None:
    part = training_part(torch.float64)
    both = [stacked(lambda: ConcatenatedStreams(WIDTHS, 0.25, False), part)[1] for _ in range(2)]
    for step in range(40):
        if step == 10:
            both[0].keep([1, 3])
        if step == 20:
            both[0].keep([1])
        for members in both:
            members.step(lambda risk: ranking_gradient(risk, part))
    assert both[0].grid == [(1, 1.0)]
    torch.testing.assert_close(both[0].predict(part.inputs)[0], both[1].predict(part.inputs)[3], rtol=0, atol=1e-12)


def test_masks() -> None:
    network = ConcatenatedStreams((600, 30), 0.25, False)
    masks = Masks(network, 50, SEEDS)
    masks.hand_out([0, 0, 1])
    assert [tuple(layer.mask.shape) for layer in masks.layers] == [(3, 50, 256), (3, 50, 64), (3, 50, 64), (3, 50, 64)]
    first = masks.layers[0].mask.clone()
    assert torch.equal(first[0], first[1])  # one initialisation, two weight decays
    assert not torch.equal(first[0], first[2])
    assert sorted(first.unique().tolist()) == [0.0, pytest.approx(4 / 3)]
    assert float((first > 0).double().mean()) == pytest.approx(0.75, abs=0.02)
    alone = Masks(network, 50, SEEDS)
    alone.hand_out([1])
    assert torch.equal(alone.layers[0].mask[0], first[2])
    alone.hand_out([1])
    assert not torch.equal(alone.layers[0].mask[0], first[2])  # a new one each step


def test_no_dropout_no_masks() -> None:
    assert not Masks(ConcatenatedStreams(WIDTHS, 0.0, False), 50, SEEDS).layers
