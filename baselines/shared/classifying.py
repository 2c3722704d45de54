"""Training of neural classifiers: any network from inputs to class scores, Adam, and weights kept by a validation quantity.

Knows nothing of modalities, and no paper: a model brings its network, its loss and its :class:`Recipe`::

    training = Examples((features, ages), codes)
    loss = cross_entropy(balanced_weights(codes, classes))
    fitted = train(lambda: Network(width, classes), training, validation, loss, Recipe(patience=15, watch="macro_f1"), seed)
    table = probabilities(fitted.network, (features, ages), fitted.present)

A network returns scores (logits) of shape (n, classes), or of shape (n, 1) for the positive one of two classes. What it does in
training only (dropout, noise on its inputs) it does by its own mode.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol, Self, TypeAlias

import numpy as np
import torch
import torch._dynamo  # the first optimiser of a process imports it, for a second: named here, it is there before the folds start
from torch import Tensor, nn
from torch.nn import functional

Loss: TypeAlias = Callable[[Tensor, Tensor], Tensor]  # scores as the network returns them, codes of shape (n,) → a mean over patients
Watch: TypeAlias = Literal["loss", "balanced_accuracy", "macro_f1"]


class Rows(Protocol):
    """Something with patients on its first axis that a tensor of positions can index: a tensor, or bags of any sizes."""

    def __getitem__(self, positions: Tensor, /) -> Self: ...


@dataclass(frozen=True)
class Examples:
    """Patients as a network sees them: its arguments, and their class codes, int64 of shape (n,)."""

    inputs: tuple[Rows, ...]
    codes: Tensor

    def __len__(self) -> int:
        return len(self.codes)

    def at(self, positions: Tensor) -> "Examples":
        return Examples(tuple(rows[positions] for rows in self.inputs), self.codes[positions])


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Attributes:
        epochs: the most passes over the training part.
        batch_size: patients in a step, about: an epoch is cut into equal steps, so that no step is left with one patient.
            0: all of them in one step.
        learning_rate, weight_decay: of Adam; the decay is an L2 penalty.
        decay: whether the rate stays, or falls to zero over ``epochs`` along half a cosine.
        patience: stop after so many epochs without a better validation part; 0: run all of them.
        watch: which validation quantity keeps the weights of the best epoch (of equal ones the first). Where the validation
            part has one class only, its loss: the others could not tell a network from a constant. Where it is empty, the last
            epoch's weights are kept.
        balanced: draw as many patients as there are with replacement, each class as often as any other (instead of everybody once).
    """

    epochs: int = 50
    batch_size: int = 32
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    decay: Literal["constant", "cosine"] = "constant"
    patience: int = 0
    watch: Watch = "loss"
    balanced: bool = False


@dataclass(frozen=True)
class Fitted:
    """A trained network in evaluation mode.

    Attributes:
        network: with the weights of the best epoch.
        present: the class codes that the training part had.
        epoch: the best one, from 1.
        scores: the watched quantity after each epoch, higher = better (a loss is negated); empty without a validation part.
    """

    network: nn.Module
    present: Tensor
    epoch: int
    scores: tuple[float, ...]


def cross_entropy(weights: Tensor | None = None, smoothing: float = 0.0) -> Loss:
    """Softmax cross-entropy over scores of shape (n, classes): a mean in which a patient counts as his class's weight."""

    def loss(scores: Tensor, codes: Tensor) -> Tensor:
        return functional.cross_entropy(scores, codes, weights, label_smoothing=smoothing)

    return loss


def binary_cross_entropy(positive_weight: float = 1.0) -> Loss:
    """Cross-entropy over one score for each patient, of shape (n, 1); a positive one's term counts ``positive_weight``-fold."""

    def loss(scores: Tensor, codes: Tensor) -> Tensor:
        weight = torch.tensor(positive_weight, dtype=scores.dtype)
        return functional.binary_cross_entropy_with_logits(scores[:, 0], codes.to(scores.dtype), pos_weight=weight)

    return loss


def balanced_weights(codes: Tensor, classes: int) -> Tensor:
    """n / (classes present · n of the class) for each class, of shape (classes,): all weigh the same in total. Absent: 0."""
    counts = torch.bincount(codes, minlength=classes).float()
    return torch.where(counts > 0, len(codes) / ((counts > 0).sum() * counts.clamp(min=1)), 0.0)


def negatives_per_positive(codes: Tensor) -> float:
    """The weight of a positive patient that lets both classes of a binary outcome weigh the same; 1 if one is absent."""
    positive = int(codes.sum())
    return (len(codes) - positive) / positive if 0 < positive < len(codes) else 1.0


def train(
    build: Callable[[], nn.Module],
    training: Examples,
    validation: Examples,
    loss: Loss,
    recipe: Recipe,
    seed: int,
    validation_loss: Loss | None = None,
) -> Fitted:
    """Train a fresh network; the same seed gives the same weights, and other random numbers of this process stay as they were.

    Args:
        build: makes the network; its initial weights come from ``seed``.
        training, validation: two patients at least, and any number. Who has a class that the training part lacks does not validate.
        loss: what is minimised.
        recipe: how.
        seed: of initial weights, order of patients, dropout and noise.
        validation_loss: where it is another one: after oversampling the training loss has no weights, but the validation part,
            as imbalanced as it came, needs them.

    Raises:
        ArithmeticError: the validation quantity was never finite.
    """
    present = _classes(training.codes)
    validation = validation.at(torch.isin(validation.codes, present).nonzero()[:, 0])
    watch = recipe.watch if len(_classes(validation.codes)) > 1 else "loss"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = build()
        optimiser = torch.optim.Adam(network.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True)
        best, best_epoch, state = -np.inf, 0, {}
        scores: list[float] = []
        for epoch in range(1, recipe.epochs + 1):
            network.train()
            for batch in _batches(training, recipe):
                optimiser.zero_grad()
                loss(network(*batch.inputs), batch.codes).backward()  # type: ignore[no-untyped-call]
                optimiser.step()
            if recipe.decay == "cosine":
                optimiser.param_groups[0]["lr"] = recipe.learning_rate * (1 + np.cos(np.pi * epoch / recipe.epochs)) / 2
            if len(validation):
                scores.append(_score(network, validation, validation_loss or loss, watch))
            score = scores[-1] if scores else epoch
            if score > best:
                best, best_epoch = score, epoch
                state = {name: value.detach().clone() for name, value in network.state_dict().items()}
            elif recipe.patience and epoch - best_epoch >= recipe.patience:
                break
    if not state:
        raise ArithmeticError("the loss diverged from the first epoch on; lower the learning rate")
    network.load_state_dict(state)
    return Fitted(network.eval(), present, best_epoch, tuple(scores))


def scores_of(network: nn.Module, inputs: tuple[Rows, ...]) -> Tensor:
    """The network's scores in evaluation mode; its mode is left as it was."""
    mode = network.training
    network.eval()
    with torch.no_grad():
        scores: Tensor = network(*inputs)
    network.train(mode)
    return scores


def probabilities(network: nn.Module, inputs: tuple[Rows, ...], present: Tensor | None = None) -> np.ndarray[Any, Any]:
    """Probabilities of shape (n, classes), float64, rows summing to 1; if ``present`` codes are given, the other classes have 0."""
    scores = scores_of(network, inputs).double()
    if scores.shape[1] == 1:
        scores = torch.cat([torch.zeros_like(scores), scores], 1)  # the softmax of (0, s) is the sigmoid of s
    if present is not None:
        absent = torch.ones(scores.shape[1], dtype=torch.bool)
        absent[present] = False
        scores = scores.masked_fill(absent, -torch.inf)
    return scores.softmax(1).numpy()


def balanced_accuracy(predicted: Tensor, codes: Tensor) -> float:
    """The mean recall of the classes that ``codes`` has."""
    hit = predicted == codes
    return float(torch.stack([hit[codes == code].double().mean() for code in _classes(codes)]).mean())


def macro_f1(predicted: Tensor, codes: Tensor) -> float:
    """The mean F1 of the classes among the codes or the predictions."""
    classes = _classes(torch.cat([predicted, codes]))
    both = torch.stack([((predicted == code) & (codes == code)).sum() for code in classes])
    either = torch.stack([(predicted == code).sum() + (codes == code).sum() for code in classes])
    return float((2 * both / either).mean())


def _classes(codes: Tensor) -> Tensor:
    return torch.bincount(codes).nonzero()[:, 0]


def _score(network: nn.Module, validation: Examples, loss: Loss, watch: Watch) -> float:
    scores = scores_of(network, validation.inputs)
    if watch == "loss":
        return -float(loss(scores, validation.codes).detach())
    predicted = scores.argmax(1) if scores.shape[1] > 1 else (scores[:, 0] > 0).long()
    return (balanced_accuracy if watch == "balanced_accuracy" else macro_f1)(predicted, validation.codes)


def _batches(training: Examples, recipe: Recipe) -> Iterator[Examples]:
    if recipe.balanced:
        chances = balanced_weights(training.codes, int(training.codes.max()) + 1)[training.codes]
        order = torch.multinomial(chances, len(training), replacement=True)
    else:
        order = torch.randperm(len(training))
    steps = max(round(len(training) / recipe.batch_size), 1) if recipe.batch_size else 1
    for positions in order.tensor_split(steps):
        yield training.at(positions)
