"""Row-space training against plain training: the same trajectory, whatever gradient descent does with it."""

import numpy as np
import pytest
import torch
from torch import nn

from baselines.shared.networks import Linear
from baselines.shared.rowspace import RowSpaceLinear, pays

N, P, UNITS, STEPS = 12, 40, 5, 200


def made_up(members: int = 1, dtype: torch.dtype = torch.float64) -> tuple[torch.Tensor, torch.Tensor, Linear]:
    torch.manual_seed(3)
    block, others, layer = torch.randn(N, P, dtype=dtype) / 3, torch.randn(6, P, dtype=dtype) / 3, Linear(P, UNITS).to(dtype)
    for weights in layer.parameters():
        weights.data = torch.cat([weights.data + 0.1 * number for number in range(members)])
    return block, others, layer


def trained(layer: nn.Module, block: torch.Tensor, batch: int | None = None, **sgd: float) -> nn.Module:
    """Steps on a loss that is not linear in the layer, with dropout behind it; the same draws for every layer."""
    optimiser = torch.optim.SGD(layer.parameters(), lr=0.02, **sgd)
    rng = torch.Generator().manual_seed(0)
    target = torch.linspace(-1, 1, N, dtype=block.dtype)
    for _ in range(STEPS):
        rows = torch.randperm(N, generator=rng)[:batch] if batch else torch.arange(N)
        hidden = layer(block)[:, rows].relu()
        hidden = hidden * (torch.rand(len(rows), UNITS, generator=rng) > 0.25)
        optimiser.zero_grad()
        (hidden.sum(2) - target[rows]).pow(2).sum().backward()
        optimiser.step()
    return layer


@pytest.mark.parametrize("batch", [None, 4])
@pytest.mark.parametrize(
    "sgd",
    [{}, {"weight_decay": 0.3}, {"momentum": 0.9}, {"momentum": 0.8, "weight_decay": 0.1, "nesterov": True}],
    ids=["plain", "decay", "momentum", "nesterov"],
)
def test_the_same_trajectory(sgd: dict[str, float], batch: int | None) -> None:
    block, others, layer = made_up()
    start = others @ layer.weight[0].detach()
    ours = trained(RowSpaceLinear(layer, block), block, batch, **sgd)
    plain = trained(layer, block, batch, **sgd)
    assert not torch.allclose(others @ plain.weight[0], start, atol=0.01)  # it has learnt something
    for patients in (block, others):
        torch.testing.assert_close(ours(patients), plain(patients), rtol=0, atol=1e-12)
    folded = ours.plain(0)
    torch.testing.assert_close(folded["weight"], plain.weight.data, rtol=0, atol=1e-12)
    torch.testing.assert_close(folded["bias"], plain.bias.data, rtol=0, atol=1e-12)


def test_what_no_training_patient_sees_only_decays() -> None:
    block, _, layer = made_up()
    beyond = torch.linalg.svd(block)[2][N:]  # an orthonormal basis of what is orthogonal to all training rows
    start = beyond @ layer.weight[0].detach()
    ours = trained(RowSpaceLinear(layer, block), block, weight_decay=0.3)
    torch.testing.assert_close(beyond @ ours.plain(0)["weight"][0], (1 - 0.02 * 0.3) ** STEPS * start, rtol=0, atol=1e-12)


def test_members_do_not_meet() -> None:
    block, others, layer = made_up(members=3)
    together = trained(RowSpaceLinear(layer, block), block, weight_decay=0.1)
    for number in range(3):
        alone = made_up(members=3)[2]
        for weights in alone.parameters():
            weights.data = weights.data[number : number + 1]
        torch.testing.assert_close(trained(alone, block, weight_decay=0.1)(others)[0], together(others)[number], rtol=0, atol=1e-12)


def test_it_does_not_hold_for_adam() -> None:
    """The docstring's warning: steps that are not linear in the gradient leave the row space."""
    block, others, layer = made_up()
    ours, moved = RowSpaceLinear(layer, block), []
    for network in (ours, layer):
        optimiser = torch.optim.Adam(network.parameters(), lr=0.02)
        for _ in range(20):
            optimiser.zero_grad()
            network(block).pow(2).sum().backward()
            optimiser.step()
        moved.append(network(others).detach())
    assert not torch.allclose(*moved, atol=0.01)


def test_other_patients_give_no_gradient() -> None:
    block, others, layer = made_up()
    ours = RowSpaceLinear(layer, block)
    assert ours(block).requires_grad
    assert not ours(others).requires_grad


@pytest.mark.parametrize(("rows", "columns", "expected"), [(75, 500, True), (75, 75, False), (372, 11, False)])
def test_it_pays_with_more_columns_than_patients(rows: int, columns: int, expected: bool) -> None:
    assert pays(torch.zeros(rows, columns)) is expected


def test_float32_stays_close() -> None:
    block, others, layer = made_up(dtype=torch.float32)
    ours, plain = trained(RowSpaceLinear(layer, block), block, weight_decay=0.1), trained(layer, block, weight_decay=0.1)
    np.testing.assert_allclose(ours(others).detach().numpy(), plain(others).detach().numpy(), rtol=0, atol=1e-5)
