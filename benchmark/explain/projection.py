"""The last hidden layer of a classifying network on two axes: principal components of the training part, the test patients projected.

S2 (Maqsood & Khan, arXiv:2507.07839, figures 16, 19 and 22) draws the same layer by UMAP. Principal components need no seed, and say how much
of the layer they leave out.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmark.explain.refit import Refitted, outputs
from benchmark.models import Model, Patients

Floats = NDArray[np.float64]
DECIMALS = 2  # of a coordinate: a hundredth of a standard deviation, finer than a mark is wide


@dataclass(frozen=True)
class Projection:
    """The test patients of one fold; no ids, ordered by their coordinates.

    Attributes:
        units: of the layer.
        explained: shares of the layer's variance over the training part, of either axis.
        tested: patients of the fold, also those whom the network does not see (they lack its modalities).
        classes: their names by code.
        balanced_accuracy: of the points.
        points: (x, y, class code, called right), in SDs of the training part along the first axis.
    """

    repeat: int
    fold: int
    units: int
    explained: tuple[float, float]
    tested: int
    classes: tuple[str, ...]
    balanced_accuracy: float
    points: tuple[tuple[float, float, int, bool], ...]


def project(fitted: Refitted, outcome: NDArray[Any], repeat: int, fold: int) -> Projection | None:
    """Two axes of the layer that the last linear one reads; ``None`` for a model without such a layer per patient, or with outcomes over time.

    A patient is called positive at the training part's share of positives, as on the boards (for a model of balanced classes this is its own
    0.5); of more classes the most probable one is called.

    Args:
        outcome: class codes of the test patients, shape (n,).
    """
    trained, tested = hidden_layer(fitted.model, fitted.train), hidden_layer(fitted.model, fitted.test)
    if trained is None or tested is None or not fitted.test.classes or not len(tested[0]):
        return None
    scores, explained = two_axes(trained[0], tested[0])
    predicted, codes = outputs(fitted.model, fitted.test)[tested[1]], np.asarray(outcome)[tested[1]]
    called = predicted.argmax(axis=1) if predicted.shape[1] > 1 else predicted[:, 0] >= np.asarray(fitted.train.outcome).mean()
    right = called == codes
    recalls = [right[codes == code].mean() for code in np.unique(codes)]
    rows = zip(*scores.round(DECIMALS).T.tolist(), codes.tolist(), right.tolist(), strict=True)
    points = tuple(sorted((x + 0.0, y + 0.0, int(code), bool(hit)) for x, y, code, hit in rows))
    return Projection(repeat, fold, trained[0].shape[1], explained, len(fitted.test), fitted.test.classes, float(np.mean(recalls)), points)


def hidden_layer(model: Model, patients: Patients) -> tuple[Floats, NDArray[np.bool_]] | None:
    """What the linear layer reads whose output is the network's, shape (known, units), and which patients are known to it, shape (n,).

    ``None`` if the model has no such network, or one that ends otherwise (of scans, say, the largest of whose scores counts).
    """
    network = getattr(getattr(model, "fitted", None), "network", None)
    if network is None:
        return None
    from torch import Tensor, nn

    seen: list[tuple[Tensor, Tensor]] = []  # of every linear layer in the order of its calls: what it reads, what it says
    said: list[Tensor] = []
    hooks = [
        layer.register_forward_hook(lambda _, read, written: seen.append((read[0], written)))
        for layer in network.modules()
        if isinstance(layer, nn.Linear)
    ]
    hooks.append(network.register_forward_hook(lambda _, __, written: said.append(written)))
    try:
        balanced = getattr(model, "balanced", None)  # of S2's classifiers: NaN for whom the network does not see
        table = balanced(patients) if balanced else model.predict(patients)
    finally:
        for hook in hooks:
            hook.remove()
    known = np.isfinite(np.asarray(table).reshape(len(patients), -1)).all(axis=1)
    if len(said) != 1 or not seen or not seen[-1][1].equal(said[0]) or len(said[0]) != known.sum():
        return None
    return seen[-1][0].detach().numpy().astype(np.float64), known


def two_axes(train: Floats, test: Floats) -> tuple[Floats, tuple[float, float]]:
    """The test rows on the first two principal components of the training rows, shape (n, 2), and their shares of the training variance.

    A component points to where its largest weight is positive. In SDs of the training rows along the first one.
    """
    middle = train.mean(axis=0)
    values, axes = np.linalg.svd(train - middle, full_matrices=False)[1:]
    axes = np.vstack([axes, np.zeros((2, train.shape[1]))])[:2]
    axes *= np.sign(axes[range(2), np.abs(axes).argmax(axis=1)])[:, None]
    variances = np.append(values**2, [0.0, 0.0])
    total, unit = variances.sum(), np.sqrt(variances[0] / len(train))
    if not total > 0:
        return np.zeros((len(test), 2)), (0.0, 0.0)
    return (test - middle) @ axes.T / unit, (float(variances[0] / total), float(variances[1] / total))
