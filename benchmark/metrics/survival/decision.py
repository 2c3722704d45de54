"""Decision value of predicted survival at a horizon."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmark.inference.concordance import Sample
from benchmark.metrics.checks import probabilities
from benchmark.metrics.checks import thresholds as checked_thresholds
from benchmark.metrics.survival.ipcw import horizon_weights


def net_benefit(
    event: ArrayLike,
    time: ArrayLike,
    survival: ArrayLike,
    horizon: float,
    thresholds: ArrayLike,
    *,
    train: Sample | None = None,
) -> NDArray[np.float64]:
    """Net benefit of treating whose predicted risk ``1 − survival`` is at or above a threshold: a decision curve.

    True positives per patient minus false positives per patient times ``threshold / (1 − threshold)``, both by IPCW with
    the weights of the Brier score, so that every threshold has a value however few patients lie above it. Vickers et al.
    take a Kaplan-Meier curve among those patients instead: the same without censoring, and the same for treating all
    when G comes from the rows themselves.

    Args:
        event: shape (n,).
        time: shape (n,), 0 or later.
        survival: predicted probability to be free of the event beyond the horizon, shape (n,). Zeros: treat all.
        horizon: in the unit of ``time``.
        thresholds: strictly inside (0, 1), shape (t,) or a number.
        train: the sample ``(event, time)`` that the censoring curve G is estimated on. Default: the rows themselves.

    Returns:
        Shape (t,). Treating nobody has 0.

    Raises:
        InputError: bad input, a threshold outside (0, 1), or G(horizon) = 0.

    References:
        Vickers, Cronin, Elkin & Gonen (2008) BMC Med Inform Decis Mak 8:53; Vickers & Elkin (2006) Med Decis Making 26:565.
    """
    cases, controls = horizon_weights(event, time, horizon, train)
    risk = 1 - probabilities("survival", survival, cases.shape)
    cuts = checked_thresholds(thresholds)
    treated = risk[:, None] >= cuts
    return np.asarray((cases @ treated - controls @ treated * (cuts / (1 - cuts))) / len(risk), float)
