"""Inverse-probability-of-censoring weights at a horizon: who counts as a case, who as a control, and for how much."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmark.errors import InputError
from benchmark.inference.concordance import Sample, censoring_survival
from benchmark.metrics.checks import positive_time, survival_outcome, training_part

Floats = NDArray[np.float64]


def horizon_weights(event: ArrayLike, time: ArrayLike, horizon: float, train: Sample | None) -> tuple[Floats, Floats]:
    """Weights of cases and of controls, each of shape (n,), 0 for everybody else.

    A case had the event at ``time <= horizon`` and weighs 1 / G(time−); a control has ``time > horizon`` and weighs
    1 / G(horizon). Who is censored at or before the horizon counts through the others' weights. G is the Kaplan-Meier
    curve of the censoring time with events before censorings at ties; the left limit for a case, because a patient
    censored at that very moment would still have shown the event, and the right-continuous value at the horizon. These
    are the conventions of R's riskRegression, timeROC and pec. (scikit-survival takes G(time) for a case: another number
    where an event and a censoring tie.) After the last training time G stays at its last value.

    Args:
        event: shape (n,).
        time: shape (n,), 0 or later.
        horizon: positive, in the unit of ``time``.
        train: the sample ``(event, time)`` that G is estimated on. Default: the rows themselves.

    Raises:
        InputError: bad input, or G(horizon) = 0.

    References:
        Graf et al. (1999) Stat Med 18:2529; Uno et al. (2007) JASA 102:527; Gerds & Schumacher (2006) Biom J 48:1029.
    """
    events, times = survival_outcome(event, time)
    horizon = positive_time(horizon)
    train_event, train_time = training_part(train, events, times)
    # the left limit just after the horizon is the value at the horizon
    at_horizon = float(censoring_survival(train_event, train_time, [np.nextafter(horizon, np.inf)])[0])
    if at_horizon == 0:
        last = train_time.max()
        raise InputError(
            f"horizon {horizon:g}: the censoring curve G is 0 from {last:g} on; the largest usable horizon is just below {last:g}"
        )
    case = events & (times <= horizon)
    before = censoring_survival(train_event, train_time, times)
    return np.where(case, 1 / np.where(case, before, 1), 0.0), np.where(times > horizon, 1 / at_horizon, 0.0)
