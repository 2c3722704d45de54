"""The negative log partial likelihood of Cox's model with Efron's ties, as a loss for networks.

Sources: Cox (1972), J R Stat Soc B 34:187; Efron (1977), J Am Stat Assoc 72:557 (ties).

In a mini-batch the risk set of an event is that part of it which is in the batch: the loss is that of a smaller study. What follows:

- Where hazards are proportional, the right risks minimise its expectation for any batch of two patients or more (Tarkhan & Simon 2024,
  Biostatistics 25:134); two are the logistic loss of the one who dies against the one who lives on. Where they are not, the minimum moves
  with the batch size.
- It is no unbiased estimate of the loss of all n: log Σ exp(risk) is too small by log(n / b), a constant, and by more, as the logarithm
  of a mean is not the mean of the logarithms. So losses of different batch sizes cannot be compared, and a validation part is one batch.
- It is noisy: of the pairs (event, at risk) only a share of about b / n enters a pass, and an event whose batch holds nobody who lived
  longer has no gradient.

Hence batches as large as the papers' (128, 256), one to four for most training parts here, and of equal size: a last one of fourteen
patients would be three events against next to nobody.
"""

import torch
from torch import Tensor


def cox_loss(risk: Tensor, event: Tensor, time: Tensor) -> Tensor:
    """−log L of the patients given, a sum over their events; 0 with a gradient of 0 where none has one.

    For the d events at time t, with R the sum of exp(risk) over all who are followed until t or longer (also those censored at t)
    and D that over the d themselves, Efron's term is Σ risk − Σ_{k<d} log(R − k/d · D). Without ties (d = 1) it is Breslow's.

    Args:
        risk: shape (n,), log hazard ratios; a constant added to all changes nothing.
        event: shape (n,), boolean.
        time: shape (n,), any unit; 64-bit, lest days that differ become equal.
    """
    time, order = torch.sort(time, descending=True)
    risk, event = risk[order], event[order]
    _, group, size = torch.unique_consecutive(time, return_inverse=True, return_counts=True)
    last = size.cumsum(0) - 1  # the risk set of a time ends with the last of those who share it
    log_risk_set = torch.logcumsumexp(risk, 0)[last][group][event]
    group, risk = group[event], risk[event]
    share = torch.zeros(len(size), dtype=risk.dtype).index_add(0, group, torch.exp(risk - log_risk_set))  # D / R, at most 1
    ties = torch.bincount(group, minlength=len(size))
    number = torch.arange(len(group)) - (ties.cumsum(0) - ties)[group]  # k = 0 … d − 1 within the events of a time
    return (log_risk_set + torch.log1p(-share[group] * number / ties[group]) - risk).sum()
