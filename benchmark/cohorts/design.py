"""How a cohort's replica is simulated: which latent factor reaches which block, and how strongly it drives the hazard."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Design:
    """The latent-factor design of a replica; see :mod:`benchmark.cohorts.replica`.

    Attributes:
        seed: of the simulation.
        factors: latent factor → its weight in the log-hazard (or log-odds) of each outcome (scaled to ``spread`` afterwards).
        sees: block → the factors that its columns may load on.
        spread: standard deviation of the log-hazard: how far patients differ; it fixes the attainable C-index.
        loads: block → column → (factor, share of the column's variance), for columns that must carry signal.
        terminal: the outcome whose event ends the follow-up of every other one (death), if there is one.
        informative: share of a block's columns that load on a factor; the others carry only noise and batch.
        extra: block that the real cohort lacks → (columns, one-sentence description).
        extra_like: block that an extra block accompanies: the same patients have it.
        copies: categorical outcome → (block, column) that it equals in the real cohort.
        reconcile: repairs a simulated block so that columns that define each other agree.
    """

    seed: int
    factors: Mapping[str, Mapping[str, float]]
    sees: Mapping[str, tuple[str, ...]]
    spread: float
    loads: Mapping[str, Mapping[str, tuple[str, float]]] = field(default_factory=dict)
    terminal: str | None = None
    informative: float = 0.4
    extra: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    extra_like: Mapping[str, str] = field(default_factory=dict)
    copies: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    reconcile: Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]] = field(default_factory=dict)
