"""Graph attention over genes: the graph, one attention layer, and a vector for each patient.

Source: Veličković et al. (2018), "Graph attention networks", ICLR; for genes: Balaji et al. (2025), who say neither which graph nor how
many layers.
"""

from dataclasses import replace
from sys import maxsize
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from baselines.shared.features import Features, Matrix
from benchmark.models import Patients

SLOPE = 0.2  # of the leaky ReLU in the attention scores, as published


class MostVariableGenes:
    """The genes of a block with the largest SD in the training part, z-scored; a gap takes the training mean.

    Balaji et al. take 2,000 after a variance-stabilising transform; the public matrices come transformed (and those that are
    z-scored over the cohort leave little to choose by, see :class:`baselines.shared.features.Features`).
    """

    def __init__(self, modality: str, genes: int) -> None:
        self.features = Features(modality, maxsize, "zscore")
        self.genes = genes

    def fit(self, train: Patients) -> Self:
        """Choose and scale; raises ValueError if no training patient has the block or no gene of it varies."""
        self.kept = train.block(self.features.modality).std().nlargest(self.genes).index
        self.features.fit(self._selected(train))
        return self

    def transform(self, patients: Patients) -> Matrix:
        """The matrix of shape (n, genes)."""
        return self.features.transform(self._selected(patients))

    def _selected(self, patients: Patients) -> Patients:
        return replace(patients, blocks={self.features.modality: patients.block(self.features.modality)[self.kept]})


def correlation_graph(expression: Tensor, neighbours: int) -> Tensor:
    """Each gene with the genes that its expression follows most closely, itself first.

    Args:
        expression: of the training patients, of shape (n, genes).
        neighbours: how many others each gene attends to: those with the largest absolute Pearson correlation.

    Returns:
        Positions of shape (genes, 1 + neighbours), fewer where there are fewer genes.
    """
    centred = expression - expression.mean(dim=0)
    unit = centred / centred.norm(dim=0).clamp(min=1e-12)
    correlation = (unit.T @ unit).abs()
    correlation.fill_diagonal_(torch.inf)
    closest: Tensor = correlation.topk(min(1 + neighbours, len(correlation)), dim=1).indices
    return closest


class GeneAttention(nn.Module):
    """A graph with the patient's expression on its nodes → graph attention → the mean over the genes → ``size``.

    A gene's node holds its value times the gene's own learned vector, plus the gene's bias: without vectors of their own the genes would
    be exchangeable, and the mean over them would forget which one was high. One layer with one attention head: a second one
    would reach for neighbours of neighbours, on correlations from seventy patients.

    Args:
        graph: positions of shape (genes, edges), each gene's own among them.
        width: of a node.
        size: of the result.
        dropout: of the attention and in front of the last layer.
    """

    graph: Tensor

    def __init__(self, graph: Tensor, width: int, size: int, dropout: float) -> None:
        super().__init__()
        self.register_buffer("graph", graph)
        self.genes = nn.Parameter(torch.randn(len(graph), width))
        self.bias = nn.Parameter(torch.zeros(len(graph), width))
        self.sender = nn.Parameter(torch.randn(width) / width**0.5)
        self.receiver = nn.Parameter(torch.randn(width) / width**0.5)
        self.dropout = dropout
        self.out = nn.Sequential(nn.LayerNorm(width), nn.Dropout(dropout), nn.Linear(width, size))

    def forward(self, expression: Tensor) -> Tensor:
        """From expression of shape (n, genes) to vectors of shape (n, size)."""
        result: Tensor = self.out(functional.elu(self.attend(expression)).mean(dim=0))
        return result

    def attend(self, expression: Tensor) -> Tensor:
        """The attention layer: for each gene the weighted mean of its neighbours' nodes, of shape (genes, n, width)."""
        weights = functional.dropout(self.attention(expression), self.dropout, self.training)
        # Σ weight · (value · vector + bias) as one product per gene: the nodes themselves, (genes, n, width), are never gathered
        factors = torch.cat([weights * expression.T[self.graph], weights], dim=1)
        return factors.mT @ torch.cat([self.genes[self.graph], self.bias[self.graph]], dim=1)

    def attention(self, expression: Tensor) -> Tensor:
        """How much each gene attends to each of its neighbours, of shape (genes, edges, n); the edges of a gene sum to 1."""
        sent, received = (
            expression.T * (self.genes @ direction)[:, None] + (self.bias @ direction)[:, None]
            for direction in (self.sender, self.receiver)
        )
        return functional.leaky_relu(sent[self.graph] + received[:, None], SLOPE).softmax(dim=1)
