"""What a cohort can resolve, before anybody has trained a model on it: from its events, times and folds alone."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.inference import concordance, contrast, minimal_detectable_difference, patients_needed
from benchmark.scoring import expected_rows
from benchmark.tasks import Task

STRENGTHS = (0.6, 0.7, 0.8)  # concordance of the two models compared
AGREEMENTS = (0.0, 0.5, 0.9)  # correlation of their scores beyond what the outcome explains
TARGET = 0.05  # the difference that `patients` asks for
DRAWS = 40
SEED = 0


@dataclass(frozen=True)
class Resolution:
    """Two models of equal strength on the patients of a task.

    Attributes:
        concordance: of each of them, about.
        agreement: correlation of what their scores have beside the outcome: two variants of one model are near 0.9.
        se: standard error of one model's concordance; se_difference: of their paired difference.
        detectable: smallest true difference found with 80 % power.
        patients_for_target: patients needed to find a difference of 0.05.
    """

    concordance: float
    agreement: float
    se: float
    se_difference: float
    detectable: float
    patients_for_target: int


def resolution(task: Task, protocol: str, endpoint: str) -> list[Resolution]:
    """Simulate pairs of scores on the real events and times, and measure the standard error of their difference.

    A score is ``−s · z(time rank) + noise``, s chosen so that it reaches the concordance; every patient is scored once, and pairs are
    counted within the folds of the first repeat. This is what the *patients* can resolve between fitted models; training again adds to it.
    """
    rows = expected_rows(task, protocol).query("repeat == 0")
    outcome, fold = task.outcome(pd.Index(rows["patient_id"]), endpoint), rows["fold"].to_numpy()
    random = np.random.default_rng(SEED)
    order = outcome["time"].argsort().argsort()
    signal = -(order - order.mean()) / order.std()
    found = []
    for strength in STRENGTHS:
        slope = _slope(outcome, fold, signal, strength, random)
        for agreement in AGREEMENTS:
            errors = np.array([_errors(outcome, fold, slope * signal, agreement, random) for _ in range(DRAWS)])
            se, se_difference = (float(value) for value in np.sqrt((errors**2).mean(axis=0)))
            needed = patients_needed(TARGET, se_difference, len(outcome))
            found.append(Resolution(strength, agreement, se, se_difference, minimal_detectable_difference(se_difference), int(needed)))
    return found


def as_rows(found: list[Resolution]) -> list[dict[str, Any]]:
    """The JSON document."""
    return [asdict(row) for row in found]


def _errors(
    outcome: NDArray[Any], fold: NDArray[Any], mean: NDArray[np.float64], agreement: float, random: np.random.Generator
) -> tuple[float, float]:
    shared, own = random.normal(size=(len(mean), 1)), random.normal(size=(len(mean), 2))
    noise = np.sqrt(agreement) * shared + np.sqrt(1 - agreement) * own
    result = concordance(outcome["event"], outcome["time"], mean[:, None] + noise, fold=fold)
    return float(np.sqrt(result.covariance[0, 0])), contrast(result, 0, 1).se


def _slope(outcome: NDArray[Any], fold: NDArray[Any], signal: NDArray[np.float64], target: float, random: np.random.Generator) -> float:
    """The slope at which the score reaches the concordance, by bisection on fixed noise."""
    noise = random.normal(size=(len(signal), 200))
    low, high = 0.0, 5.0
    for _ in range(20):
        middle = (low + high) / 2
        reached = concordance(outcome["event"], outcome["time"], middle * signal[:, None] + noise, fold=fold).estimate.mean()
        low, high = (middle, high) if reached < target else (low, middle)
    return (low + high) / 2
