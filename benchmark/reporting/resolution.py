"""What a cohort can resolve, before anybody has trained a model on it: from its events, times and folds alone."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmark.inference import Concordance, concordance, contrast, mean_concordance, minimal_detectable_difference, patients_needed
from benchmark.scoring import Part, Predictions, expected_rows, meet
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
    """Simulate pairs of scores on the real outcomes, and measure the standard error of their difference.

    A score is ``s · signal + noise``, s chosen so that it reaches the concordance; the signal is minus the rank of the time, or 1 for a
    patient of the class and 0 for another. Every patient is scored once, and pairs are counted within the folds of the first repeat. This
    is what the *patients* can resolve between fitted models; training again adds to it.
    """
    parts, fold = _first_repeat(task, protocol, endpoint)
    random = np.random.default_rng(SEED)
    patients, found = len(fold), []
    for strength in STRENGTHS:
        slopes = [_slope(part, fold, strength, random) for part in parts]
        for agreement in AGREEMENTS:
            errors = np.array([_errors(parts, fold, slopes, agreement, random) for _ in range(DRAWS)])
            se, se_difference = (float(value) for value in np.sqrt((errors**2).mean(axis=0)))
            needed = patients_needed(TARGET, se_difference, patients)
            found.append(Resolution(strength, agreement, se, se_difference, minimal_detectable_difference(se_difference), int(needed)))
    return found


def as_rows(found: list[Resolution]) -> list[dict[str, Any]]:
    """The JSON document."""
    return [asdict(row) for row in found]


def _first_repeat(task: Task, protocol: str, endpoint: str) -> tuple[list[Part], NDArray[Any]]:
    """The pairs of the first repeat, with the signal in the place of a score, shape (n, 1); every patient once."""
    rows = expected_rows(task, protocol, endpoint)
    blank = Predictions(rows.assign(**dict.fromkeys(task.outputs(endpoint), 0.5)))
    parts = meet(task, protocol, endpoint, [blank]).parts
    kept = (rows["repeat"] == rows["repeat"].min()) & ~rows.duplicated(["repeat", "patient_id"])
    chosen = np.flatnonzero(kept)
    narrowed = []
    for part in parts:
        order = part.time[chosen].argsort().argsort()
        signal = -(order - order.mean()) / order.std() if task.spec.kind == "survival" else part.event[chosen].astype(float)
        narrowed.append(Part(part.event[chosen], part.time[chosen], signal[:, None]))
    return narrowed, rows["fold"].to_numpy()[chosen]


def _errors(
    parts: list[Part], fold: NDArray[Any], slopes: list[float], agreement: float, random: np.random.Generator
) -> tuple[float, float]:
    results = []
    for part, slope in zip(parts, slopes, strict=True):
        shared, own = random.normal(size=(len(fold), 1)), random.normal(size=(len(fold), 2))
        noise = np.sqrt(agreement) * shared + np.sqrt(1 - agreement) * own
        results.append(_concordance(part, fold, slope * part.score + noise))
    result = results[0] if len(results) == 1 else mean_concordance(results, np.arange(len(fold)))
    return float(np.sqrt(result.covariance[0, 0])), contrast(result, 0, 1).se


def _slope(part: Part, fold: NDArray[Any], target: float, random: np.random.Generator) -> float:
    """The slope at which the score reaches the concordance, by bisection on fixed noise."""
    noise = random.normal(size=(len(fold), 200))
    low, high = 0.0, 5.0
    for _ in range(20):
        middle = (low + high) / 2
        reached = _concordance(part, fold, middle * part.score + noise).estimate.mean()
        low, high = (middle, high) if reached < target else (low, middle)
    return (low + high) / 2


def _concordance(part: Part, fold: NDArray[Any], score: NDArray[np.float64]) -> Concordance:
    return concordance(part.event, part.time, score, fold=fold)
