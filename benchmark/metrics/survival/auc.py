"""Discrimination at a horizon."""

import numpy as np
from numpy.typing import ArrayLike

from benchmark.errors import InputError
from benchmark.inference.concordance import Sample
from benchmark.metrics.checks import numbers
from benchmark.metrics.survival.ipcw import horizon_weights


def time_dependent_auc(event: ArrayLike, time: ArrayLike, risk: ArrayLike, horizon: float, *, train: Sample | None = None) -> float:
    """Cumulative/dynamic AUC: does a patient with the event by the horizon have a higher risk than one still free of it?

    Cases weigh 1 / G(time−); the controls' common weight cancels. Tied risks count ½.

    Args:
        event: shape (n,).
        time: shape (n,), 0 or later.
        risk: shape (n,), higher = earlier event; any scale.
        horizon: in the unit of ``time``.
        train: the sample ``(event, time)`` that G is estimated on. Default: the rows themselves.

    Raises:
        InputError: bad input, G(horizon) = 0, no case, or no control.

    References:
        Uno et al. (2007) JASA 102:527; Hung & Chiang (2010) Can J Stat 38:8; Blanche et al. (2013) Stat Med 32:5381.
        Equals ``riskRegression::Score(…, metrics="auc")`` with marginal censoring weights and timeROC.
    """
    cases, controls = horizon_weights(event, time, horizon, train)
    risks = numbers("risk", risk, cases.shape)
    if not cases.any():
        raise InputError(f"horizon {horizon:g}: no event at or before it, so there is no case")
    if not controls.any():
        raise InputError(f"horizon {horizon:g}: nobody is followed beyond it, so there is no control")
    case, control = cases > 0, np.sort(risks[controls > 0])
    below = np.searchsorted(control, risks[case], side="left")
    not_above = np.searchsorted(control, risks[case], side="right")
    return float(cases[case] @ (below + not_above) / (2 * cases.sum() * len(control)))
