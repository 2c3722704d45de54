"""S1's layers: shapes, parameter counts, and what the fusions compute."""

import pytest
import torch
from torch import nn

from baselines.block_fusion import BLOCKS, RANK, WIDTH, BlockFused, BlockTensor
from baselines.intermediate_fusion import ConcatenatedStreams
from baselines.late_fusion import FusedRisks
from baselines.mfh_fusion import POOLED, HighOrderPooled, Pooling
from baselines.mlp import SingleStream
from baselines.shared.networks import Linear, Network, Rectified, RiskLayer, stream

GENES, DENSENET, RADIOMICS = 500, 1024, 107
F_G = 500 * 256 + 256 + 256 * 64 + 64
F_P = 107 * 64 + 64


def layers(network: nn.Module) -> list[tuple[int, int]]:
    return [tuple(layer.weight.shape[1:]) for layer in network.modules() if isinstance(layer, Linear)]


def size(network: nn.Module) -> int:
    return sum(weights.numel() for weights in network.parameters())


def test_streams() -> None:
    assert layers(stream(GENES, 0.25)) == [(500, 256), (256, 64)]
    assert layers(stream(DENSENET, 0.25)) == [(1024, 256), (256, 64)]
    assert layers(stream(RADIOMICS, 0.25)) == [(107, 64)]
    rectified = [layer for layer in stream(GENES, 0.25).modules() if isinstance(layer, Rectified)]
    assert [(layer.units, layer.probability) for layer in rectified] == [(256, 0.25), (64, 0.25)]


def test_parameter_counts() -> None:
    assert size(SingleStream(GENES, 0.25, False)) == F_G + 65
    assert size(ConcatenatedStreams((GENES, RADIOMICS), 0.25, False)) == F_G + F_P + 128 * 64 + 64 + 65
    assert size(FusedRisks((GENES, RADIOMICS), 0.25, False)) == F_G + F_P + 2 * 65 + 3
    projected = BLOCKS * WIDTH
    tensor = 2 * (64 * projected + projected) + 2 * BLOCKS * WIDTH * WIDTH * RANK + projected * 64 + 64
    assert size(BlockFused((GENES, RADIOMICS), 0.25, False)) == F_G + F_P + tensor + 65


def test_parameter_count_of_mfh() -> None:
    assert POOLED == 1200  # l of S1
    projections = 4 * (64 * POOLED + POOLED)
    assert size(HighOrderPooled((GENES, RADIOMICS), 0.25, False)) == F_G + F_P + projections + 2 * POOLED * 64 + 64 + 65


@pytest.mark.parametrize("network", [ConcatenatedStreams, FusedRisks, BlockFused, HighOrderPooled])
def test_three_streams(network: type[Network]) -> None:
    widths = (GENES, RADIOMICS, DENSENET)
    assert network(widths, 0.25, False)(*(torch.zeros(4, width) for width in widths)).shape == (1, 4)


def test_a_layer_starts_and_computes_like_torch() -> None:
    torch.manual_seed(0)
    ours, theirs, values = Linear(40, 3), nn.Linear(40, 3), torch.randn(7, 40)
    for weights in ours.parameters():
        assert 0.3 * 40**-0.5 < float(weights.detach().abs().max()) < 40**-0.5
    with torch.no_grad():
        theirs.weight.copy_(ours.weight[0].T)
        theirs.bias.copy_(ours.bias[0, 0])
    torch.testing.assert_close(ours(values)[0], theirs(values))


def test_dropout_only_in_training_and_only_with_a_mask() -> None:
    layer, values = Rectified(3, 0.5), torch.tensor([[[-1.0, 1.0, 2.0]]])
    layer.mask = torch.tensor([[[2.0, 2.0, 0.0]]])
    assert layer(values.clone()).tolist() == [[[0.0, 2.0, 0.0]]]
    assert layer.eval()(values.clone()).tolist() == [[[0.0, 1.0, 2.0]]]
    with pytest.raises(ValueError, match="less than 1, got 1"):
        Rectified(3, 1)


@pytest.mark.parametrize("vectors", [2, 3])
def test_block_tensor_is_the_sum_of_its_blocks(vectors: int) -> None:
    torch.manual_seed(0)
    tensor = BlockTensor(vectors, 6, 3).double()
    values = [torch.randn(2, 6).double() for _ in range(vectors)]
    total = tensor.output.bias.detach()[0].expand(2, 3).clone()
    for r in range(BLOCKS):
        here = slice(r * WIDTH, (r + 1) * WIDTH)
        parts = zip(values, tensor.projections, strict=True)
        projected = [value @ layer.weight[0, :, here] + layer.bias[0, :, here] for value, layer in parts]
        factors = [core[0, r].reshape(WIDTH, RANK, WIDTH) for core in tensor.cores]
        if vectors == 2:
            core = torch.einsum("isk,jsk->ijk", *factors)  # D_r: every slice k is a sum of RANK outer products
            product = torch.einsum("ni,nj,ijk->nk", *projected, core)
        else:
            core = torch.einsum("isk,jsk,hsk->ijhk", *factors)
            product = torch.einsum("ni,nj,nh,ijhk->nk", *projected, core)
        total += product @ tensor.output.weight[0, here]
    torch.testing.assert_close(tensor(*(value[None] for value in values))[0], total)


def test_pooling_multiplies_rectified_projections() -> None:
    torch.manual_seed(0)
    pool, x, y = Pooling(2, 6, 9), torch.randn(1, 2, 6), torch.randn(1, 2, 6)
    by_hand = torch.ones(2, 9)
    for layer, value in zip(pool.projections, (x, y), strict=True):
        by_hand *= (value[0] @ layer.weight[0] + layer.bias[0]).clamp(min=0)
    torch.testing.assert_close(pool(x, y)[0], by_hand)


def test_mfh_pools_the_product_of_both_orders() -> None:
    torch.manual_seed(0)
    network, blocks = HighOrderPooled((5, 4), 0.25, False).eval(), (torch.randn(3, 5), torch.randn(3, 4))
    first, second = (pool(*network.embed(blocks)) for pool in network.poolings)
    joint = (torch.cat([first, first * second], 2)[0] @ network.joint[0].weight[0] + network.joint[0].bias[0]).clamp(min=0)
    torch.testing.assert_close(network(*blocks)[0], (joint @ network.risk.linear.weight[0] + network.risk.linear.bias[0])[:, 0])


def test_risk_is_linear_unless_asked() -> None:
    values = torch.randn(1, 50, 64)
    assert (RiskLayer(64, False)(values) < 0).any()
    assert (RiskLayer(64, True)(values) >= 0).all()
