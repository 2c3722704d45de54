"""S2's network for whole-slide images: a perceptron on a patient's pooled slide vectors (sections 5.3.3 and 5.4.1).

Source: Maqsood & Khan, MeD-3D, arXiv:2507.07839 (2025). Gated attention: Ilse, Tomczak & Welling (2018), "Attention-based deep multiple
instance learning", ICML, equation 9; S2 uses it inside CLAM.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import pandas as pd
import torch
from torch import Tensor, nn

from baselines.shared.balanced import SLIDES, BalancedNetwork
from baselines.shared.classifying import Recipe
from baselines.shared.instances import Bags, Instances
from benchmark.models import Between, Patients

HIDDEN = (256, 128)
ATTENTION = 128  # units of the attention: Ilse et al. use 128


class WsiMlp(BalancedNetwork):
    """Slides pooled to one vector per patient, then → 256 → 128 → 1 with ReLU and dropout.

    S2 pools twice: patches to a slide, slides to a patient. The public cohorts have one vector per slide, so that only the second
    pooling is left.

    Deviations: columns are z-scored by the training slides (MMIST's lie between 0.0 and 0.7, most with an SD near 0.01, from which a network
    starts too slowly). Where S2 is silent: class-weighted cross-entropy, Adam with 1e-4, weight decay 1e-4, steps of 32 patients,
    dropout 0.3; early stopping after 10 of at most 50 epochs without a better validation loss.

    Without ``modalities`` it takes the slides where a task offers them. A block with one row per patient counts as one slide.

    Args:
        modalities: one block.
        pooling: ``mean``, or ``gated``: a weighted mean with learned weights, wᵀ(tanh(V h) ⊙ σ(U h)) in a softmax over the slides.
        epochs, learning_rate, weight_decay, batch_size, dropout: of the training.
        seed: of initial weights, order and dropout.
    """

    max_modalities = 1
    search_space: ClassVar[Mapping[str, Between | tuple[Any, ...]]] = {
        "pooling": ("mean", "gated"),
        "learning_rate": Between(1e-5, 1e-2, log=True),
        "weight_decay": Between(1e-5, 1e-1, log=True),
        "dropout": Between(0.0, 0.6),
    }

    def __init__(
        self,
        modalities: tuple[str, ...] = (),
        pooling: Literal["mean", "gated"] = "mean",
        epochs: int = 50,
        learning_rate: float = 1e-4,
        weight_decay: float = 1e-4,
        batch_size: int = 32,
        dropout: float = 0.3,
        seed: int = 0,
    ) -> None:
        super().__init__(modalities, Recipe(epochs, batch_size, learning_rate, weight_decay, patience=10), seed)
        self.pooling = pooling
        self.dropout = dropout

    @classmethod
    def pick(cls, offered: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:  # noqa: ARG003 - slides or nothing
        return tuple(name for name in SLIDES if name in offered)[:1]

    def prepare(self, training: Patients) -> None:
        self.instances = Instances(self.used[0]).fit(training)

    def inputs(self, patients: Patients) -> tuple[Tensor | Bags, ...]:
        bags = self.instances.transform(patients)
        return (bags if self.pooling == "gated" else bags.means(),)

    def network(self, outputs: int) -> nn.Module:
        width = self.instances.width
        pooling: list[nn.Module] = [GatedAttention(width)] if self.pooling == "gated" else []
        layers = [layer for inputs, units in ((width, HIDDEN[0]), HIDDEN) for layer in _hidden(inputs, units, self.dropout)]
        return nn.Sequential(*pooling, *layers, nn.Linear(HIDDEN[1], outputs))

    def attention(self, patients: Patients) -> pd.Series:
        """The weight of every slide of these patients, by patient id; those of one patient sum to 1 and keep the order of the block.

        Raises:
            ValueError: the pooling is the mean.
        """
        if self.pooling != "gated":
            raise ValueError("only wsi_mlp[pooling=gated] has attention weights")
        bags = self.instances.transform(patients)
        with torch.no_grad():
            weights = self.fitted.network[0].weights(bags)  # type: ignore[index]
        return pd.Series(weights.numpy(), patients.ids[bags.owners.numpy()])


class GatedAttention(nn.Module):
    """Bags of vectors to one weighted mean each, of shape (n, width)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.content = nn.Linear(width, ATTENTION)
        self.gate = nn.Linear(width, ATTENTION)
        self.score = nn.Linear(ATTENTION, 1)

    def weights(self, bags: Bags) -> Tensor:
        """Of each instance, shape (N,)."""
        return bags.softmax(self.score(self.content(bags.values).tanh() * self.gate(bags.values).sigmoid())[:, 0])

    def forward(self, bags: Bags) -> Tensor:
        return bags.sums(self.weights(bags)[:, None] * bags.values)


def _hidden(inputs: int, units: int, dropout: float) -> tuple[nn.Module, ...]:
    return nn.Linear(inputs, units), nn.ReLU(), nn.Dropout(dropout)
