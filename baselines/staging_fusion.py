"""The staging system's proposal: image features, a graph of genes and a health record, fused by cross-modal attention.

Source: Balaji et al. (2025), "Advanced Biomarker Discovery and Tumor Microenvironment Analysis Through High-Dimensional Imaging and
Radiogenomics", sections III.B.4, III.C, IV and V.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from sys import maxsize
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from torch import Tensor, nn

from baselines.class_prior import by_kind, class_frequencies
from baselines.shared.classifying import Examples, Recipe, probabilities
from baselines.shared.classifying import train as train_network
from baselines.shared.features import Features
from baselines.shared.gene_graph import GeneAttention, MostVariableGenes, correlation_graph
from baselines.shared.health_record import HealthRecord
from baselines.shared.modality_attention import ModalityAttention, effective_number_weights, focal_loss
from benchmark.models import Between, Kind, Model, Patients

BRANCHES = ("image", "genes", "record")  # in the paper's order: CT, RNA, EHR
GENES = ("genomics", "rna")
RECORDS = ("clinical", "clinical_tnm", "semantic", "mutations", "mutations_cnv")
IMAGES = ("fmcib", "radiomics", "densenet", "ct", "mri", "wsi")  # the first of them that a task offers
SIZE = 32  # of each branch's vector
NODE = 8  # numbers on a gene's node
FEW = 2  # branches, at least: one alone has nothing to fuse


class StagingFusion(Model):
    """Three branches to vectors of the same size → cross-modal attention → classifier.

    * image: features → 64 → 32; :func:`image_encoder` is where a 3D CNN on volumes goes;
    * genes: the most variable ones, each a node with its value, in a graph attention network (:mod:`baselines.shared.gene_graph`). The
      paper does not say which graph. Here: each gene and the four that correlate most with it in the training part. A
      pathway graph needs a table of pathways that no cohort comes with, and would leave out the genes that it does not name;
    * record: clinical columns with median imputation and missing-mask tokens (:class:`baselines.shared.health_record.HealthRecord`) → 32.

    The vectors attend to each other (:class:`baselines.shared.modality_attention.ModalityAttention`), are weighted and put side by side,
    → ``hidden`` → classes. What a patient lacks is masked: he may lack any branch, in training, too; without all of them he gets the
    class frequencies. Class-balanced focal loss, Adam, cosine decay; the epoch with the best macro-F1 on the validation part is kept.

    T, N and M were among the paper's clinical columns: ``modalities=radiomics+genomics+clinical_tnm`` is its choice, and a leak.

    Deviations: image features in the place of a 3D CNN on restored CT volumes, hence no augmentation and no histogram harmonisation;
    hyper-parameters as printed and not searched (``bench run --search`` does that; ``search_space`` is the paper's list). Sizes, batch,
    the most epochs and the loss's β are not in the paper. Seconds grow with genes times patients times epochs.

    Args:
        modalities: two or three blocks, each of another branch: a genes block (genomics, rna), a record (clinical, clinical_tnm,
            semantic, mutations, mutations_cnv), and any other counts as image.
        genes: the most that enter, the most variable of the training part.
        neighbours: of each gene in the graph.
        hidden: width of the classifier's hidden layer.
        attention: ``simple``: modalities weigh the same; ``mod_weighted``: as ``modality_weights`` says.
        modality_weights: of image, genes and record; those of absent branches are shared out among the others.
        learning_rate, weight_decay, dropout, gamma: as in the paper.
        beta: of the effective number of patients in a class.
        batch_size: patients in a step, about.
        epochs, patience: when training ends.
        seed: of initial weights, batches and dropout.
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("binary", "multiclass")
    min_modalities: ClassVar[int] = FEW
    max_modalities: ClassVar[int] = len(BRANCHES)
    search_space: ClassVar[Mapping[str, Between | tuple[Any, ...]]] = {
        "hidden": (16, 32, 64, 128),
        "learning_rate": Between(1e-4, 3e-3, log=True),
        "dropout": Between(0.1, 0.6),
        "weight_decay": Between(1e-6, 1e-3, log=True),
        "batch_size": (4, 8, 16, 32),
        "attention": ("simple", "mod_weighted"),
        "modality_weights": ((0.4, 0.3, 0.3), (0.3, 0.4, 0.3), (0.3, 0.3, 0.4), (0.5, 0.25, 0.25)),
    }

    def __init__(
        self,
        modalities: tuple[str, ...] = (),
        genes: int = 2000,
        neighbours: int = 4,
        hidden: int = 64,
        attention: Literal["simple", "mod_weighted"] = "simple",
        modality_weights: tuple[float, ...] = (0.4, 0.3, 0.3),
        learning_rate: float = 3e-4,
        weight_decay: float = 1e-5,
        dropout: float = 0.3,
        gamma: float = 2.0,
        beta: float = 0.99,
        batch_size: int = 8,
        epochs: int = 100,
        patience: int = 15,
        seed: int = 0,
    ) -> None:
        self.modalities = modalities
        self.genes, self.neighbours = genes, neighbours
        self.hidden, self.dropout = hidden, dropout
        self.weights = modality_weights if attention == "mod_weighted" else (1.0,) * len(BRANCHES)
        self.gamma, self.beta = gamma, beta
        self.recipe = Recipe(epochs, batch_size, learning_rate, weight_decay, "cosine", patience, "macro_f1")
        self.seed = seed

    @classmethod
    def pick(cls, offered: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:  # noqa: ARG003 - one block of each branch
        """The first image block, the first genes block and the clinical block, as far as they are offered."""
        found = [[modality for modality in blocks if modality in offered][:1] for blocks in (IMAGES, GENES, ("clinical",))]
        return tuple(modality for modalities in found for modality in modalities)

    def fit(self, train: Patients, valid: Patients) -> None:
        """Train the network on the patients who have any of the blocks.

        Raises:
            ValueError: fewer than two branches, two blocks of one branch, weights that are not three positive numbers, or a block that
                no training patient has or no column of which varies.
        """
        self.blocks = _one_per_branch(self.modalities)
        if len(self.weights) != len(BRANCHES) or min(self.weights) <= 0:
            raise ValueError(f"staging_fusion: modality_weights are three positive numbers, for {', '.join(BRANCHES)}")
        self.prior = class_frequencies(train)
        self.columns = {branch: self._columns(branch, modality).fit(train) for branch, modality in self.blocks.items()}
        inputs = self._inputs(train)
        training, validation = _with_any_block(inputs, train), _with_any_block(self._inputs(valid), valid)
        loss = focal_loss(effective_number_weights(training.codes, len(train.classes), self.beta), self.gamma)
        build = partial(self.network, inputs, len(train.classes))
        self.fitted = train_network(build, training, validation, loss, self.recipe, self.seed)

    def predict(self, patients: Patients) -> np.ndarray[Any, Any]:
        inputs = self._inputs(patients)
        table = probabilities(self.fitted.network, inputs, self.fitted.present)
        return by_kind(np.where(inputs[-1].any(dim=1).numpy()[:, None], table, self.prior))

    def network(self, inputs: Sequence[Tensor], classes: int) -> "FusionNetwork":
        """A freshly initialised network for inputs like the training part's: one tensor per branch, then which are present."""
        make: dict[str, Callable[[Tensor], nn.Module]] = {
            "image": lambda features: image_encoder(features.shape[1], SIZE, self.dropout),
            "genes": lambda values: GeneAttention(correlation_graph(values, self.neighbours), NODE, SIZE, self.dropout),
            "record": lambda columns: nn.Sequential(nn.Linear(columns.shape[1], SIZE), nn.ReLU(), nn.Dropout(self.dropout)),
        }
        having = inputs[-1].T
        branches = [make[name](values[has]) for name, values, has in zip(self.blocks, inputs, having, strict=False)]
        weights = [self.weights[BRANCHES.index(name)] for name in self.blocks]
        return FusionNetwork(branches, weights, self.hidden, classes, self.dropout)

    def _columns(self, branch: str, modality: str) -> "Features | HealthRecord | MostVariableGenes":
        if branch == "genes":
            return MostVariableGenes(modality, self.genes)
        return HealthRecord(modality) if branch == "record" else Features(modality, maxsize, "zscore")

    def _inputs(self, patients: Patients) -> tuple[Tensor, ...]:
        values = [torch.from_numpy(columns.transform(patients)).float() for columns in self.columns.values()]
        present = [patients.block(modality).notna().any(axis=1).to_numpy() for modality in self.blocks.values()]
        return *values, torch.from_numpy(np.stack(present, axis=1))


class FusionNetwork(nn.Module):
    """Branches to vectors of 32, cross-modal attention, → hidden, ReLU, dropout → classes."""

    def __init__(self, branches: Sequence[nn.Module], weights: Sequence[float], hidden: int, classes: int, dropout: float) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)
        self.attention = ModalityAttention(SIZE, weights)
        self.classifier = nn.Sequential(nn.Linear(SIZE * len(branches), hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, classes))

    def forward(self, *inputs: Tensor) -> Tensor:
        """From one tensor per branch and a bool of shape (n, branches), which of them a patient has, to scores of shape (n, classes)."""
        *values, present = inputs
        vectors = torch.stack([branch(value) for branch, value in zip(self.branches, values, strict=True)], dim=1)
        result: Tensor = self.classifier(self.attention(vectors, present))
        return result


def image_encoder(width: int, size: int, dropout: float) -> nn.Module:
    """From image features of shape (n, width) to vectors of shape (n, size): width → 64 → size.

    The seam for a 3D CNN: a module that takes volumes of shape (n, 1, depth, height, width) goes here, with the volumes in the place of the
    features among the network's inputs; nothing else changes.
    """
    return nn.Sequential(nn.Linear(width, 64), nn.ReLU(), nn.Dropout(dropout), nn.Linear(64, size))


def _with_any_block(inputs: tuple[Tensor, ...], patients: Patients) -> Examples:
    return Examples(inputs, torch.as_tensor(patients.outcome).long()).at(inputs[-1].any(dim=1).nonzero()[:, 0])


def _one_per_branch(modalities: Sequence[str]) -> dict[str, str]:
    """Branch → block, in the order of ``BRANCHES``."""
    of = {modality: "genes" if modality in GENES else "record" if modality in RECORDS else "image" for modality in modalities}
    blocks = {branch: modality for branch in BRANCHES for modality in of if of[modality] == branch}
    if len(blocks) < max(FEW, len(modalities)):
        raise ValueError(
            f"staging_fusion needs two or three blocks of different branches ({', '.join(BRANCHES)}), got {'+'.join(modalities) or 'none'}"
        )
    return blocks
