"""S2's baseline for health records: a perceptron of two layers with dropout and label smoothing (section 5.4.1, Table 9).

Source: Maqsood & Khan, MeD-3D, arXiv:2507.07839 (2025). Label smoothing: Szegedy et al. (2016), "Rethinking the Inception architecture for
computer vision", CVPR.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from baselines.shared.balanced import RECORDS, BalancedNetwork
from baselines.shared.classifying import Recipe, balanced_weights, cross_entropy, train
from baselines.shared.records import Records
from benchmark.models import Between, Patients


class EhrMlp(BalancedNetwork):
    """Input → 64 → classes, ReLU and dropout between; the epoch with the best balanced accuracy of the validation part is kept, as in S2.

    Where S2 is silent: 64 hidden units (the width of its embedding of records), smoothing 0.1, dropout 0.3, class-weighted softmax
    cross-entropy, Adam with 5e-3, weight decay 1e-4, steps of 32 patients, 50 epochs. S2 chooses the epoch on the patients that it
    prints; here they are the validation part, and others are tested.

    Without ``modalities`` it takes S2's table: the clinical block, and mutations where a task offers them.

    Args:
        modalities: the blocks, side by side; the rows of a bag are averaged.
        hidden: units of the first layer.
        smoothing: share of a patient's target that is spread over all classes.
        epochs, learning_rate, weight_decay, batch_size, dropout: of the training.
        seed: of initial weights, order and dropout.
    """

    search_space: ClassVar[Mapping[str, Between | tuple[Any, ...]]] = {
        "hidden": (16, 32, 64, 128),
        "smoothing": (0.0, 0.05, 0.1, 0.2),
        "learning_rate": Between(1e-4, 1e-2, log=True),
        "weight_decay": Between(1e-5, 1e-1, log=True),
        "dropout": Between(0.0, 0.6),
    }

    def __init__(
        self,
        modalities: tuple[str, ...] = (),
        hidden: int = 64,
        smoothing: float = 0.1,
        epochs: int = 50,
        learning_rate: float = 5e-3,
        weight_decay: float = 1e-4,
        batch_size: int = 32,
        dropout: float = 0.3,
        seed: int = 0,
    ) -> None:
        super().__init__(modalities, Recipe(epochs, batch_size, learning_rate, weight_decay, watch="balanced_accuracy"), seed)
        self.hidden = hidden
        self.smoothing = smoothing
        self.dropout = dropout

    @classmethod
    def pick(cls, offered: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in offered if name in RECORDS) or default

    def prepare(self, training: Patients) -> None:
        self.records = Records(self.used).fit(training)

    def inputs(self, patients: Patients) -> tuple[Tensor, ...]:
        return (torch.from_numpy(self.records.transform(patients)).float(),)

    def network(self, outputs: int) -> nn.Module:
        return nn.Sequential(
            nn.Linear(self.records.width, self.hidden), nn.ReLU(), nn.Dropout(self.dropout), nn.Linear(self.hidden, outputs)
        )

    def learn(self, training: Patients, validation: Patients) -> None:
        """Two scores for two classes: a smoothed target is a distribution, which one score has no room for."""
        classes = len(training.classes)
        self.prepare(training)
        seen = self._examples(training)
        loss = cross_entropy(balanced_weights(seen.codes, classes), self.smoothing)
        self.fitted = train(lambda: self.network(classes), seen, self._examples(validation), loss, self.recipe, self.seed)
