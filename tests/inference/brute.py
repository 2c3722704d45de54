"""Concordance by looking at every pair: slow, and plain enough to be believed."""

import numpy as np


def brute_concordance(event, time, risk, fold, weight, tau=np.inf):
    """Estimate (k,), influence (n, k), pairs, tied risks (k,): the formulae of the page of statistics, over an n × n table."""
    counted = event & (time <= tau)
    later = (time[:, None] < time[None, :]) | ((time[:, None] == time[None, :]) & ~event[None, :])
    comparable = counted[:, None] & later & (fold[:, None] == fold[None, :])
    score = 0.5 * (1 + np.sign(risk[:, None, :] - risk[None, :, :]))
    pair_weight = comparable * weight[:, None]
    weighted = pair_weight[:, :, None] * score
    estimate = weighted.sum(axis=(0, 1)) / pair_weight.sum()
    above = weighted.sum(axis=0) + weighted.sum(axis=1)
    below = pair_weight.sum(axis=0) + pair_weight.sum(axis=1)
    influence = (above - below[:, None] * estimate) / pair_weight.sum()
    return estimate, influence, comparable.sum(), ((score == 0.5) & comparable[:, :, None]).sum(axis=(0, 1))
