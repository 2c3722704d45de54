"""What S3's two models share: genes and a bag in, Cox's partial likelihood, risks out; a model adds its network.

Sources: S3 and its code (github.com/revacholiere/MultiModalBrainSurvival_coms672), which changes that of Steyaert, Qiu, Zheng et al.
(2023), "Multimodal deep learning to predict prognosis in adult and pediatric brain tumors", Commun Med 3:44
(github.com/gevaertlab/MultiModalBrainSurvival). The texts give few numbers; what they leave open is from the code.
"""

import math
from abc import abstractmethod
from collections.abc import Mapping
from copy import deepcopy
from sys import maxsize
from typing import Any, ClassVar, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Adam

from baselines.shared.bags import BagFeatures, Bags
from baselines.shared.cox_loss import cox_loss
from baselines.shared.zscores import LIMIT, z_scores
from benchmark.models import Between, Model, Patients

Inputs: TypeAlias = tuple[Tensor, Bags]
Outcome: TypeAlias = tuple[Tensor, Tensor]  # event, time

GENES = ("rna", "genomics")
BAGS = ("histology", "wsi", "ct", "mri")
STEPS = 6  # of an epoch, at least: the batches of S3's (its log), where a slide is not one bag but four
AT_ONCE = 32  # patients to predict at a time: bags are padded to the largest of them


class CoxFusion(Model):
    """Two blocks to one risk: gene expression, and a bag of instances (a block with one row per patient makes bags of one).

    Trained as in S3's code: Adam with weight decay, batches in random order, of all epochs the one with the lowest validation loss.
    Without an event in the validation part that loss is always 0, and the last epoch is kept.

    A patient without one of the blocks has zeros in its place, that is, the mean training patient or instance; so in training, too.

    Deviations: ties after Efron, and the risk of equal times is that of all who share them (the code's depends on the order of the rows).
    Batches of equal size, see :mod:`baselines.shared.cox_loss`. One learning rate: the codes have one for each part (1e-6 for the RNA
    network), meant for parts that were trained on one block before. z-scores are cut off at ±5: with the public ones, which reach 3,515,
    joint fusion's C on four trial divisions of ``glioma_survival`` was 0.03 lower. Where a training part has fewer than six batches, an
    epoch passes through it several times, so that 20 epochs are as many steps as S3's.

    Args:
        modalities: the two blocks. The genes are the one called ``rna`` or ``genomics``, else the first.
        hidden: width of the RNA network g → hidden → hidden / 2. A sixteenth of the code's 12,778 → 4,096 → 2,048, for a task here has
            1,544 genes; 512 predicted no better on trial folds.
        dropout: before the risk layer.
        batch_size: patients of a batch, at most.
        epochs, learning_rate, weight_decay: of Adam.
        seed: of initial weights, dropout, batches and bags.
    """

    min_modalities: ClassVar[int] = 2
    max_modalities: ClassVar[int] = 2
    search_space: ClassVar[Mapping[str, Between | tuple[Any, ...]]] = {
        "learning_rate": Between(1e-4, 1e-2, log=True),
        "weight_decay": Between(1e-6, 1e-1, log=True),
        "dropout": Between(0.0, 0.8),
        "hidden": (64, 256, 1024),
    }
    bag_size: int = maxsize  # instances of a patient that a training batch sees

    def __init__(
        self,
        modalities: tuple[str, ...] = (),
        hidden: int = 256,
        dropout: float = 0.0,
        batch_size: int = 128,
        epochs: int = 20,
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-5,
        seed: int = 0,
    ) -> None:
        self.modalities = modalities
        self.hidden = hidden
        self.dropout = dropout
        self.batch_size = batch_size
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.seed = seed

    @classmethod
    def pick(cls, offered: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:  # noqa: ARG003 - the sorts of blocks decide
        """RNA and the first bag there is, of histology, slides, CT, MRI."""
        return tuple(name for sort in (GENES, BAGS) for name in [name for name in sort if name in offered][:1])

    @abstractmethod
    def build(self, genes: int, features: int) -> nn.Module:
        """A freshly initialised network from (n, genes), (n, m, features) and a mask (n, m) to risks of shape (n,)."""

    def fit(self, train: Patients, valid: Patients) -> None:
        """Train the network.

        Raises:
            ValueError: not two modalities, one that no training patient has or no column of which varies, or no event in training.
            ArithmeticError: the loss diverges.
        """
        if len(self.modalities) != 2:
            raise ValueError(f"exactly 2 modalities needed, got {'+'.join(self.modalities) or 'none'}")
        genes, bag = sorted(self.modalities, key=lambda name: name not in GENES)
        outcomes = _outcome(train), _outcome(valid)
        if not outcomes[0][0].any():
            raise ValueError("the training part has no event, and without one the partial likelihood says nothing")
        self.genes, self.bags = z_scores(genes, train), BagFeatures(bag).fit(train)
        with torch.random.fork_rng(devices=[]):  # what else is random in this process stays as it was
            torch.manual_seed(self.seed)
            network = self.build(self.genes.width, self.bags.width)
            self.network = self._best(network, (self.inputs(train), self.inputs(valid)), outcomes)

    def predict(self, patients: Patients) -> np.ndarray[Any, Any]:
        return _risk(self.network, self.inputs(patients)).numpy().astype(np.float64)

    def inputs(self, patients: Patients) -> Inputs:
        """The genes, shape (n, g), and the bags as the network sees them."""
        genes = self.genes.transform(patients).clip(-LIMIT, LIMIT)
        return torch.from_numpy(genes).float(), self.bags.transform(patients)

    def _best(self, network: nn.Module, inputs: tuple[Inputs, Inputs], outcomes: tuple[Outcome, Outcome]) -> nn.Module:
        """The network after the epoch with the lowest validation loss."""
        (train, valid), (known, (event, time)) = inputs, outcomes
        optimiser = Adam(network.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay, fused=True)
        generator = torch.Generator().manual_seed(self.seed)
        best, lowest = None, math.inf
        for _ in range(self.epochs):
            self._epoch(network, optimiser, train, known, generator)
            loss = float(cox_loss(_risk(network, valid), event, time))
            if loss < lowest or (not event.any() and math.isfinite(loss)):
                best, lowest = deepcopy(network.state_dict()), loss
        if best is None:
            raise ArithmeticError("the partial likelihood diverged in the first epoch; lower the learning rate")
        network.load_state_dict(best)
        return network.eval()

    def _epoch(self, network: nn.Module, optimiser: Adam, inputs: Inputs, outcome: Outcome, generator: torch.Generator) -> None:
        (genes, bags), (event, time) = inputs, outcome
        batches = math.ceil(len(genes) / self.batch_size)
        network.train()
        for _ in range(math.ceil(STEPS / batches)):
            drawn = bags.sampled(self.bag_size, generator)
            for rows in torch.randperm(len(genes), generator=generator).tensor_split(batches):
                optimiser.zero_grad()
                risk = network(genes[rows], *drawn.rows(rows).padded())
                loss = cox_loss(risk, event[rows], time[rows]) / len(rows)
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()


def rna_network(genes: int, hidden: int, dropout: float) -> nn.Sequential:
    """g → hidden → hidden / 2, the embedding: ReLU between the layers, dropout before each."""
    return nn.Sequential(nn.Dropout(dropout), nn.Linear(genes, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, hidden // 2))


def _risk(network: nn.Module, inputs: Inputs) -> Tensor:
    genes, bags = inputs
    network.eval()
    with torch.no_grad():
        return torch.cat([network(genes[rows], *bags.rows(rows).padded()) for rows in torch.split(torch.arange(len(genes)), AT_ONCE)])


def _outcome(patients: Patients) -> Outcome:
    if patients.outcome is None:
        raise ValueError("the training and validation parts need outcomes")
    return torch.from_numpy(patients.outcome["event"].copy()), torch.from_numpy(patients.outcome["time"].astype(np.float64))
