"""One fold of one model as data: all that a process on another machine would need."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Limits:
    """What one fold may use: wall seconds (fit and predict together) and bytes of memory."""

    seconds: float
    memory: int


@dataclass(frozen=True)
class Job:
    """What to fit, on which part of which fold, and what to predict.

    Attributes:
        task_folder, cohort_folder: where task and cohort lie.
        model, path: the model's id and file.
        parameters: without seed, modalities and what is searched; ``accepts`` says which of the first two its constructor has.
        modalities: what the model is shown.
        run_seed: the user's ``--seed``.
        trials, searched: of the search for hyper-parameters, and their names.
        drops: for each set of predictions, the modalities that the test patients do not have.
    """

    task_folder: Path
    cohort_folder: Path
    protocol: str
    repeat: int
    fold: int
    endpoint: str
    model: str
    path: Path
    parameters: Mapping[str, Any]
    modalities: tuple[str, ...]
    accepts: tuple[str, ...]
    run_seed: int
    limits: Limits
    trials: int = 0
    searched: tuple[str, ...] = ()
    drops: tuple[tuple[str, ...], ...] = ((),)
