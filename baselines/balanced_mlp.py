"""S2's network for health records: a multilayer perceptron after SMOTE or ADASYN (sections 5.1.1 to 5.1.3).

Source: Maqsood & Khan, MeD-3D, arXiv:2507.07839 (2025). SMOTE: Chawla et al. (2002), JAIR 16:321. ADASYN: He et al. (2008), IJCNN.
Both from imbalanced-learn.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from imblearn.over_sampling import ADASYN, SMOTE, RandomOverSampler
from torch import Tensor, nn

from baselines.shared.balanced import RECORDS, BalancedNetwork
from baselines.shared.classifying import Examples, Recipe
from baselines.shared.records import Records
from benchmark.models import Between, Patients

HIDDEN = (256, 128, 64)
NEIGHBOURS = 5  # imbalanced-learn's default; S2 prints none


class BalancedMlp(BalancedNetwork):
    """Input → 256 → 128 → 64 → 1, ReLU, batch normalisation after each hidden layer, dropout on the first two.

    The rarer classes of the training part are oversampled, after imputation and scaling and never before a split. S2's printed test
    sets have 109 patients of each class: there the oversampling came first (see ``tasks/ccrcc_alive_12m``).

    Where S2 is silent: batch normalisation stands before the ReLU; rate 1e-3, weight decay 1e-4, half a cosine as the schedule, steps
    of 64 patients. Deviations: of at most 50 epochs the one with the lowest balanced validation loss is kept, and 15 without a better
    one end the training. S2 runs all 50 (and keeps the best epoch of another network only, by a balanced accuracy that half a dozen
    deaths make very coarse): on ``ccrcc_alive_12m`` the fiftieth epoch's AUC after SMOTE is lower by 0.05, over ten folds.
    More classes than two have a softmax.

    Without ``modalities`` it takes S2's table: the clinical block, and mutations where a task offers them.

    Args:
        modalities: the blocks, side by side; the rows of a bag are averaged.
        sampler: ``smote`` draws new patients between neighbours of a class, up to the size of the largest one; ``adasyn``
            about as many, more of them where other classes are near; ``none`` leaves it to the weights of the cross-entropy (which are about 1
            after the others). A class of five patients or fewer has fewer than five neighbours; if one has a single patient, all
            rarer classes are filled up with copies. Where ADASYN has no answer (no neighbour of another class, or nothing to
            add), SMOTE is used.
        epochs, learning_rate, weight_decay, batch_size, dropout: of the training.
        seed: of initial weights, order, dropout and oversampling.
    """

    search_space: ClassVar[Mapping[str, Between | tuple[Any, ...]]] = {
        "sampler": ("smote", "adasyn", "none"),
        "learning_rate": Between(1e-4, 1e-2, log=True),
        "weight_decay": Between(1e-5, 1e-1, log=True),
        "dropout": Between(0.0, 0.6),
    }

    def __init__(
        self,
        modalities: tuple[str, ...] = (),
        sampler: Literal["smote", "adasyn", "none"] = "smote",
        epochs: int = 50,
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-4,
        batch_size: int = 64,
        dropout: float = 0.3,
        seed: int = 0,
    ) -> None:
        super().__init__(modalities, Recipe(epochs, batch_size, learning_rate, weight_decay, "cosine", patience=15), seed)
        self.sampler = sampler
        self.dropout = dropout

    @classmethod
    def pick(cls, offered: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in offered if name in RECORDS) or default

    def prepare(self, training: Patients) -> None:
        self.records = Records(self.used).fit(training)

    def inputs(self, patients: Patients) -> tuple[Tensor, ...]:
        return (torch.from_numpy(self.records.transform(patients)).float(),)

    def network(self, outputs: int) -> nn.Module:
        return nn.Sequential(records_encoder(self.records.width, self.dropout), nn.Linear(HIDDEN[-1], outputs))

    def oversampled(self, training: Examples) -> Examples:
        matrix, codes = (np.asarray(tensor) for tensor in (training.inputs[0], training.codes))
        matrix, codes = oversampled(matrix, codes, self.sampler, self.seed)
        return Examples((torch.from_numpy(matrix).float(),), torch.from_numpy(codes))


def records_encoder(width: int, dropout: float, hidden: Sequence[int] = HIDDEN) -> nn.Sequential:
    """width → 256 → 128 → 64 with batch normalisation and ReLU after each; dropout after the first two."""
    layers: list[nn.Module] = []
    for number, (inputs, outputs) in enumerate(zip((width, *hidden), hidden, strict=False)):
        layers += [nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.ReLU()]
        layers += [nn.Dropout(dropout)] if number < 2 else []
    return nn.Sequential(*layers)


def oversampled(
    matrix: np.ndarray[Any, Any], codes: np.ndarray[Any, Any], sampler: Literal["smote", "adasyn", "none"], seed: int
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The rows and codes, and new ones of the rarer classes behind them; the rules are those of :class:`BalancedMlp`."""
    if sampler == "none":
        return matrix, codes
    counts = np.unique(codes, return_counts=True)[1]
    neighbours, state = min(NEIGHBOURS, int(counts.min()) - 1), seed % 2**32  # scikit-learn's seeds have 32 bits
    more: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]
    if not neighbours:
        more = RandomOverSampler(random_state=state).fit_resample(matrix, codes)
        return more
    if sampler == "adasyn":
        try:
            more = ADASYN(n_neighbors=neighbours, random_state=state).fit_resample(matrix, codes)
        except (ValueError, RuntimeError):  # how it says that it has no neighbours of another class, or nothing to add
            sampler = "smote"
    if sampler == "smote":
        more = SMOTE(k_neighbors=neighbours, random_state=state).fit_resample(matrix, codes)
    return more
