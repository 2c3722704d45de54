"""Cross-modal attention over one vector per modality, with masks for what a patient lacks (Balaji et al. 2025), and the focal loss."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from baselines.shared.classifying import Loss


class ModalityAttention(nn.Module):
    """Each modality's vector attends to all that the patient has; the results are weighted and put side by side.

    Scaled dot products, one head; the result is added to the vector that asked. A modality that the patient lacks is asked by nobody
    and is zero in the result; the weights of the others are scaled up to sum to 1.

    Args:
        size: of the vectors.
        weights: one for each modality, positive; scaled to sum to 1.
    """

    weights: Tensor

    def __init__(self, size: int, weights: Sequence[float]) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(size, size, bias=False) for _ in range(3))
        self.norm = nn.LayerNorm(size)
        self.register_buffer("weights", torch.tensor(weights) / sum(weights))

    def forward(self, vectors: Tensor, present: Tensor) -> Tensor:
        """From vectors of shape (n, modalities, size) and a bool of shape (n, modalities) to (n, modalities · size).

        A patient without any modality has all zeros.
        """
        scores = self.query(vectors) @ self.key(vectors).mT / vectors.shape[2] ** 0.5
        # a finite number: where nothing is present, a softmax of infinities would be NaN, and so would its gradient
        attention = scores.masked_fill(~present[:, None, :], torch.finfo(scores.dtype).min).softmax(dim=2)
        attended = self.norm(vectors + attention @ self.value(vectors))
        shares = self.weights * present
        shares = shares / shares.sum(dim=1, keepdim=True).clamp(min=1e-9)
        # times their number, so that equal weights leave the vectors as they are
        result: Tensor = (attended * (shares * present.shape[1])[:, :, None]).flatten(1)
        return result


def effective_number_weights(codes: Tensor, classes: int, beta: float) -> Tensor:
    """(1 − β) / (1 − β^n) for each class, scaled to sum to the classes present, of shape (classes,); absent: 0.

    Source: Cui et al. (2019), "Class-balanced loss based on effective number of samples", CVPR, equation 9.
    """
    counts = torch.bincount(codes, minlength=classes).double()
    weights = torch.where(counts > 0, (1 - beta) / (1 - beta ** counts.clamp(min=1)), 0.0)
    return (weights / weights.sum() * (counts > 0).sum()).float()


def focal_loss(weights: Tensor, gamma: float) -> Loss:
    """Mean over the patients of −w · (1 − p)^γ · log p, p the softmax probability of a patient's class and w its weight.

    Source: Lin et al. (2017), "Focal loss for dense object detection", ICCV, in its softmax form.
    """

    def loss(scores: Tensor, codes: Tensor) -> Tensor:
        own = functional.log_softmax(scores, dim=1).gather(1, codes[:, None])[:, 0]
        return -(weights[codes] * (1 - own.exp()) ** gamma * own).mean()

    return loss
