"""The layers that S1's networks have in common (Subramanian et al. 2020, section 4.1)."""

from torch import Tensor, nn

WIDE = 500  # columns: S1 puts 256 units between its 500 genes or 1,024 DenseNet features and the 64, none for 107
STREAM = 64


def hidden(inputs: int, outputs: int, dropout: float) -> nn.Sequential:
    """A fully connected layer with ReLU, S1's ``F^{in:out}``, and dropout behind it."""
    return nn.Sequential(nn.Linear(inputs, outputs), nn.ReLU(), nn.Dropout(dropout))


def stream(width: int, dropout: float) -> nn.Sequential:
    """f': one modality to 64 units: d → 256 → 64 for a wide block (500 columns or more), else d → 64."""
    if width >= WIDE:
        return nn.Sequential(hidden(width, 256, dropout), hidden(256, STREAM, dropout))
    return hidden(width, STREAM, dropout)


class RiskLayer(nn.Module):
    """A layer → 1 whose output is a risk, of shape (n, 1).

    S1 ends every layer with a ReLU, this one too. As soon as the risk is negative for all patients the gradient is zero and
    stays zero, and all patients tie: most likely what the printed rows ".50 .50 .50 .50 .50" are (on
    ``nsclc_recurrence`` about half of the initialisations of late and block fusion end so). Linear unless asked.
    """

    def __init__(self, inputs: int, relu: bool) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, 1)
        self.relu = relu

    def forward(self, values: Tensor) -> Tensor:
        risk: Tensor = self.linear(values)
        return risk.relu() if self.relu else risk
