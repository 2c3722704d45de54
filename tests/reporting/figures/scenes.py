"""Boards of made-up predictions: better, worse and without any information."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmark.reporting.figures.scene import Scene
from benchmark.scoring import Predictions, expected_rows
from benchmark.tasks import Task
from tests.toy_kinds import make_task

STRENGTHS = {"strong": 2.0, "weak": 0.7, "none": 0.0}


def predictions(task: Task, protocol: str, endpoint: str, strength: float, seed: int) -> Predictions:
    """Outputs that know the outcome more or less; with strength 0 the same for everybody."""
    rows, random = expected_rows(task, protocol, endpoint), np.random.default_rng(seed)
    outcome = task.outcome(pd.Index(rows["patient_id"]), endpoint)
    if task.spec.kind == "survival":
        values = -strength * np.log(outcome["time"])[:, None] + (strength > 0) * random.normal(size=(len(rows), 1))
    else:
        classes = len(task.classes(endpoint))
        table = np.ones((len(rows), classes)) + (strength > 0) * random.random((len(rows), classes)) + strength * np.eye(classes)[outcome]
        table /= table.sum(axis=1, keepdims=True)
        values = table[:, 1:] if classes == 2 else table
    return Predictions(rows.assign(**dict(zip(task.outputs(endpoint), values.T, strict=True))))


def scene(root: Path, kind: str, protocol: str, *endpoints: str, **changes: Any) -> Scene:
    """Three models on a toy task."""
    task = make_task(root / kind, kind, **changes)
    made = [
        {endpoint: predictions(task, protocol, endpoint, strength, seed) for endpoint in endpoints}
        for seed, strength in enumerate(STRENGTHS.values())
    ]
    return Scene(task, protocol, endpoints, tuple(STRENGTHS), made)
