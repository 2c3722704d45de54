"""What a cohort can resolve, before anybody has trained a model on it: from its events, times and folds alone."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from benchmark.inference import Concordance, concordance, contrast, mean_concordance, minimal_detectable_difference, patients_needed
from benchmark.scoring import Part, Predictions, expected_rows, meet
from benchmark.tasks import Task

STRENGTHS = (0.6, 0.7, 0.8)  # concordance of the two models compared
AGREEMENTS = (0.0, 0.5, 0.9)  # correlation of their scores beyond what the outcome explains
TARGET = 0.05  # the difference that `patients` asks for
STEEPEST = 5.0  # slope of a score over its noise, past which nothing changes
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
            errors = _errors(parts, fold, slopes, agreement, random)
            se, se_difference = (float(np.sqrt((error**2).mean())) for error in errors)
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
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Standard errors of one model's concordance and of the paired difference of two, one for each draw."""
    noise = [[_noise(len(fold), agreement, random) for _ in parts] for _ in range(DRAWS)]
    results = [
        _concordance(part, fold, slope * part.score + np.hstack(drawn))
        for part, slope, drawn in zip(parts, slopes, zip(*noise, strict=True), strict=True)
    ]
    result = results[0] if len(results) == 1 else mean_concordance(results, np.arange(len(fold)))
    differences = [contrast(result, 2 * draw, 2 * draw + 1).se for draw in range(DRAWS)]
    return np.sqrt(np.diag(result.covariance)[::2]), np.array(differences)


def _noise(patients: int, agreement: float, random: np.random.Generator) -> NDArray[np.float64]:
    """Of two models: shape (n, 2), each column of variance 1, correlated by the agreement."""
    shared, own = random.normal(size=(patients, 1)), random.normal(size=(patients, 2))
    return np.asarray(np.sqrt(agreement) * shared + np.sqrt(1 - agreement) * own)


def _slope(part: Part, fold: NDArray[Any], target: float, random: np.random.Generator) -> float:
    """The slope at which the score reaches the concordance, on fixed noise; the steepest, where the signal is too weak for it."""
    noise = random.normal(size=(len(fold), 200))

    def lacking(slope: float) -> float:
        return float(_concordance(part, fold, slope * part.score + noise).estimate.mean()) - target

    if lacking(STEEPEST) <= 0:
        return STEEPEST
    return float(brentq(lacking, 0, STEEPEST, xtol=1e-4)) if lacking(0) < 0 else 0.0


def _concordance(part: Part, fold: NDArray[Any], score: NDArray[np.float64]) -> Concordance:
    return concordance(part.event, part.time, score, fold=fold)
