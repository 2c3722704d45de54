"""The layers that S1's networks have in common (Subramanian et al. 2020, section 4.1).

Every tensor has a leading axis of *members*: networks of one architecture that are trained side by side, each with its own
weights (E members; one at birth, and one again in a fitted model). Activations are (E, n, units), weights (E, inputs, outputs).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

WIDE = 500  # columns: S1 puts 256 units between its 500 genes or 1,024 DenseNet features and the 64, none for 107
STREAM = 64


class Linear(nn.Module):
    """A fully connected layer, one for each member; starts like ``nn.Linear``: uniform within ± inputs^−½."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        bound = inputs**-0.5
        self.weight = nn.Parameter(torch.empty(1, inputs, outputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(1, 1, outputs).uniform_(-bound, bound))

    def forward(self, values: Tensor) -> Tensor:
        """(E, n, inputs), or a block (n, inputs) that all members share, to (E, n, outputs)."""
        return torch.baddbmm(self.bias, values.expand(len(self.weight), -1, -1), self.weight)


class Rectified(nn.Module):
    """ReLU, then dropout with a mask that is handed in, so that it depends on nothing but the initialisation.

    ``mask`` is (E, n, units), zero or 1 / (1 − probability); see :class:`baselines.shared.members.Masks`. Without one, and in
    evaluation mode, nothing is dropped. Both happen in place: at this size a step is bound by memory as much as by arithmetic.
    """

    def __init__(self, units: int, probability: float) -> None:
        super().__init__()
        if not 0 <= probability < 1:
            raise ValueError(f"dropout must be at least 0 and less than 1, got {probability}")
        self.units = units
        self.probability = probability
        self.mask: Tensor | None = None

    def forward(self, values: Tensor) -> Tensor:
        if self.training and self.mask is not None:
            values = values.mul_(self.mask)  # no mask is negative: before the ReLU or behind it is the same
        return values.relu_()


def hidden(inputs: int, outputs: int, dropout: float) -> nn.Sequential:
    """A fully connected layer with ReLU, S1's ``F^{in:out}``, and dropout behind it."""
    return nn.Sequential(Linear(inputs, outputs), Rectified(outputs, dropout))


def stream(width: int, dropout: float) -> nn.Sequential:
    """f': one modality to 64 units: d → 256 → 64 for a wide block (500 columns or more), else d → 64."""
    if width >= WIDE:
        return nn.Sequential(*hidden(width, 256, dropout), *hidden(256, STREAM, dropout))
    return hidden(width, STREAM, dropout)


class RiskLayer(nn.Module):
    """A layer → 1 whose output is a risk, of shape (E, n, 1).

    S1 ends every layer with a ReLU, this one too. As soon as the risk is negative for all patients the gradient is zero and
    stays zero, and all patients tie: most likely what the printed rows ".50 .50 .50 .50 .50" are (on
    ``nsclc_recurrence`` about half of the initialisations of late and block fusion end so). Linear unless asked.
    """

    def __init__(self, inputs: int, relu: bool) -> None:
        super().__init__()
        self.linear = Linear(inputs, 1)
        self.relu = relu

    def forward(self, values: Tensor) -> Tensor:
        risk: Tensor = self.linear(values)
        return risk.relu() if self.relu else risk


class Network(nn.Module):
    """Streams, one for each modality; a subclass says what becomes of their 64 units.

    ``forward`` takes one block (n, width) per modality and returns risks of shape (E, n). The first layer of
    ``streams[m]`` is ``streams[m][0]``: the only one that sees a block.
    """

    def __init__(self, widths: Sequence[int], dropout: float) -> None:
        super().__init__()
        self.streams = nn.ModuleList(stream(width, dropout) for width in widths)

    def embed(self, blocks: Sequence[Tensor]) -> list[Tensor]:
        """f' of every modality, (E, n, 64) each."""
        return [stream(block) for stream, block in zip(self.streams, blocks, strict=True)]
