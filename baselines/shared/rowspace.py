"""A first layer trained in the row space of its training block: the same trajectory for a fraction of the arithmetic.

The block X is (n, p) with more columns than rows, the layer h = X W + 1 b. Whatever lies behind it, the gradient of W is Xᵀ G with
G = ∂L/∂h of shape (n, units): a combination of the n training patients. Gradient descent, momentum and weight
decay are linear in W and its gradient, so after t steps

    W_t = s_t W_0 + Xᵀ A_t,    b_t = s_t b_0 + 1ᵀ A_t,

where the coefficients A (n, units) start at zero and are stepped as if G were their gradient, and the share s, which is left of the start,
begins at one and has no gradient: weight decay alone shrinks it, by (1 − lr · decay) a step without momentum. What the layers behind see is

    h_t = s_t h_0 + (X Xᵀ + 1) A_t :

one product of (n, n) with (n, units) forward and none backward, instead of two of (n, p) with (p, units). The part of W_0 that is orthogonal
to all training patients is never touched; it matters for everybody else, and is in s_t W_0. (Rotating X into an
orthonormal basis of its rows, by a thin QR, gives the same trajectory, but still needs a product backward.)

Exact, up to rounding, for full batches and mini-batches (``layer(block)[:, rows]``: the other rows get no gradient), momentum,
Nesterov's too, weight decay and anything behind the layer, dropout included; members may have their own decay.

It does not hold where the step is not linear in the gradient of W, or leaves the rows: Adam, RMSprop and their like (each weight is
divided by its own history), clipping by the norm of the gradient (A's is not W's), L1 and other penalties on the
weights themselves, decay or learning rates that differ between columns, and dropout, noise or learned scaling on
the *inputs* (the rows would change from step to step).
"""

from typing import Any

import torch
from torch import Tensor, nn

from baselines.shared.networks import Linear


class _TrainingRows(torch.autograd.Function):
    """h = s h_0 + (X Xᵀ + 1) A, with G as A's gradient (module docstring), and zero as that of s."""

    @staticmethod
    def forward(context: Any, share: Tensor, coefficients: Tensor, start: Tensor, gram: Tensor) -> Tensor:
        context.save_for_backward(share)
        return (share.to(start) * start).baddbmm_(gram.expand(len(start), -1, -1), coefficients)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None, None]:
        (share,) = context.saved_tensors
        return torch.zeros_like(share), gradients[0], None, None


class RowSpaceLinear(nn.Module):
    """A :class:`~baselines.shared.networks.Linear` on one training block, and with it on any other patients.

    ``share`` (E, 1, 1) and ``coefficients`` (E, n, units) are its parameters; any optimiser for which the module
    docstring holds may step them. ``torch.optim.SGD`` does, with one decay for all members.

    Args:
        layer: where training starts.
        block: the training block, (n, p). Gradients flow for this tensor alone.
    """

    weight: Tensor
    bias: Tensor
    start: Tensor

    def __init__(self, layer: Linear, block: Tensor) -> None:
        super().__init__()
        self.block = block
        self.gram = block @ block.T + 1
        self.register_buffer("weight", layer.weight.detach().clone())
        self.register_buffer("bias", layer.bias.detach().clone())
        self.register_buffer("start", layer(block).detach())
        # in float64: the 1e-5 that a step may take from it would be rounded the same way a thousand times
        self.share = nn.Parameter(block.new_ones(len(self.start), 1, 1, dtype=torch.float64))
        self.coefficients = nn.Parameter(torch.zeros_like(self.start))

    def forward(self, block: Tensor) -> Tensor:
        if block is self.block:
            hidden: Tensor = _TrainingRows.apply(self.share, self.coefficients, self.start, self.gram)  # type: ignore[no-untyped-call]
            return hidden
        with torch.no_grad():
            members = len(self.weight)
            start = torch.baddbmm(self.bias, block.expand(members, -1, -1), self.weight)
            gram = block @ self.block.T + 1
            return torch.baddbmm(self.share.to(start) * start, gram.expand(members, -1, -1), self.coefficients)

    def plain(self, member: int) -> dict[str, Tensor]:
        """``weight`` and ``bias`` that a plain layer of one member would have now."""
        with torch.no_grad():
            share, coefficients = self.share[member].to(self.weight), self.coefficients[member]
            weight = torch.addmm(share * self.weight[member], self.block.T, coefficients)
            bias = share * self.bias[member] + coefficients.sum(0, keepdim=True)
        return {"weight": weight[None], "bias": bias[None]}


def pays(block: Tensor) -> bool:
    """Whether the row space is smaller: more columns than training patients."""
    return block.shape[1] > block.shape[0]
