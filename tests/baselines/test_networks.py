"""S1's layers: shapes, parameter counts, and what the fusions compute."""

import pytest
import torch
from torch import nn

from baselines.block_fusion import BLOCKS, RANK, WIDTH, BlockFused, BlockTensor
from baselines.intermediate_fusion import ConcatenatedStreams
from baselines.late_fusion import FusedRisks
from baselines.mlp import SingleStream
from baselines.shared.networks import RiskLayer, stream

GENES, DENSENET, RADIOMICS = 500, 1024, 107
F_G = 500 * 256 + 256 + 256 * 64 + 64
F_P = 107 * 64 + 64


def layers(network: nn.Module) -> list[tuple[int, int]]:
    return [(layer.in_features, layer.out_features) for layer in network.modules() if isinstance(layer, nn.Linear)]


def size(network: nn.Module) -> int:
    return sum(weights.numel() for weights in network.parameters())


def test_streams() -> None:
    assert layers(stream(GENES, 0.25)) == [(500, 256), (256, 64)]
    assert layers(stream(DENSENET, 0.25)) == [(1024, 256), (256, 64)]
    assert layers(stream(RADIOMICS, 0.25)) == [(107, 64)]
    assert [layer.p for layer in stream(GENES, 0.25).modules() if isinstance(layer, nn.Dropout)] == [0.25, 0.25]


def test_parameter_counts() -> None:
    assert size(SingleStream(GENES, 0.25, False)) == F_G + 65
    assert size(ConcatenatedStreams((GENES, RADIOMICS), 0.25, False)) == F_G + F_P + 128 * 64 + 64 + 65
    assert size(FusedRisks((GENES, RADIOMICS), 0.25, False)) == F_G + F_P + 2 * 65 + 3
    projected = BLOCKS * WIDTH
    tensor = 2 * (64 * projected + projected) + 2 * BLOCKS * WIDTH * WIDTH * RANK + projected * 64 + 64
    assert size(BlockFused((GENES, RADIOMICS), 0.25, False)) == F_G + F_P + tensor + 65


@pytest.mark.parametrize("network", [ConcatenatedStreams, FusedRisks])
def test_three_streams(network: type[nn.Module]) -> None:
    widths = (GENES, RADIOMICS, DENSENET)
    assert network(widths, 0.25, False)(*(torch.zeros(4, width) for width in widths)).shape == (4,)


def test_block_tensor_is_the_sum_of_its_blocks() -> None:
    torch.manual_seed(0)
    tensor, x, y = BlockTensor(6, 3).double(), torch.randn(2, 6).double(), torch.randn(2, 6).double()
    total = tensor.output.bias.detach().expand(2, 3).clone()
    for r in range(BLOCKS):
        here = slice(r * WIDTH, (r + 1) * WIDTH)
        a = x @ tensor.project_x.weight[here].T + tensor.project_x.bias[here]
        b = y @ tensor.project_y.weight[here].T + tensor.project_y.bias[here]
        core_x, core_y = (core[r].reshape(WIDTH, RANK, WIDTH) for core in (tensor.core_x, tensor.core_y))
        core = torch.einsum("isk,jsk->ijk", core_x, core_y)  # D_r: every slice k is a sum of RANK outer products
        total += torch.einsum("ni,nj,ijk,ok->no", a, b, core, tensor.output.weight[:, here])
    torch.testing.assert_close(tensor(x, y), total)


def test_risk_is_linear_unless_asked() -> None:
    values = torch.randn(50, 64)
    assert (RiskLayer(64, False)(values) < 0).any()
    assert (RiskLayer(64, True)(values) >= 0).all()
