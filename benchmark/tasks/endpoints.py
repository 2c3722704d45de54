"""Endpoints: a cohort's outcome as what a model learns, and which of them the patients can say anything about."""

from typing import Any

import numpy as np
import pandas as pd

from benchmark.cohorts import Cohort
from benchmark.errors import InputError, unknown
from benchmark.tasks.spec import TaskSpec

MIN_POSITIVES = 10  # fewer events, or fewer patients of a class: no metric means anything


def outcome_of(spec: TaskSpec, endpoint: str) -> str:
    """The cohort's outcome behind an endpoint."""
    return spec.endpoints[endpoint].outcome or endpoint


def labels(spec: TaskSpec, cohort: Cohort, endpoint: str) -> "pd.Series[Any]":
    """The label of every patient: "True" or "False" for the event, else the class; missing where it is not known or not usable.

    Raises:
        InputError: the cohort lacks the outcome, or the outcome a level.
    """
    name, where = outcome_of(spec, endpoint), f"{spec.id}/task.yaml, endpoint {endpoint}"
    outcomes = cohort.outcomes
    if name not in cohort.datasheet.outcomes:
        raise unknown("outcome", name, cohort.datasheet.outcomes, where)
    if (spec.kind == "survival") == (name in outcomes):
        raise InputError(
            f"{where}: the outcome '{name}' is {'not ' if name in outcomes else ''}a survival outcome; the task is {spec.kind}"
        )
    if spec.kind == "survival":
        return outcomes[f"{name}_event"].astype(object).map(str).where(outcomes[f"{name}_time"] > 0)
    levels = list(outcomes[name].cat.categories)
    classes = {level: label for label, group in spec.endpoints[endpoint].classes.items() for level in group}
    for level in classes:
        if level not in levels:
            raise unknown("level", level, levels, f"{where}, classes")
    return outcomes[name].astype(object).map(classes)


def rarest(spec: TaskSpec, cohort: Cohort, endpoint: str, ids: pd.Index) -> int:
    """Events, or patients of the smallest class, among ``ids``."""
    found = labels(spec, cohort, endpoint)[ids]
    wanted = ["True"] if spec.kind == "survival" else list(spec.endpoints[endpoint].classes)
    return min(int((found == label).sum()) for label in wanted)


def estimable_endpoints(spec: TaskSpec, cohort: Cohort, ids: pd.Index) -> list[str]:
    """The endpoints with enough events, or patients of every class, among ``ids``, and not declared otherwise."""
    candidates = [name for name, endpoint in spec.endpoints.items() if endpoint.not_estimable is None]
    return [name for name in candidates if rarest(spec, cohort, name, ids) >= MIN_POSITIVES]


def outcome_array(spec: TaskSpec, cohort: Cohort, endpoint: str, ids: pd.Index) -> np.ndarray[Any, Any]:
    """Outcomes of ``ids``, all known: structured array ``(event, time)``, or class codes 0 … K − 1, of shape (n,)."""
    if spec.kind != "survival":
        codes = {label: code for code, label in enumerate(spec.endpoints[endpoint].classes)}
        return labels(spec, cohort, endpoint)[ids].map(codes).to_numpy(np.int64)
    name, rows = outcome_of(spec, endpoint), cohort.outcomes.loc[ids]
    outcome = np.empty(len(ids), dtype=[("event", bool), ("time", float)])
    outcome["event"] = rows[f"{name}_event"].to_numpy(bool)
    outcome["time"] = rows[f"{name}_time"].to_numpy(float)
    return outcome
