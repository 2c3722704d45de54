"""Made-up tasks of 200 patients in which nothing is wrong, until a test plants it."""

import numpy as np
import pandas as pd

from benchmark.cohorts import BlockSheet, Cohort, Datasheet, OutcomeSheet
from benchmark.tasks.folds import digest_of, draw_folds
from benchmark.tasks.spec import TaskSpec
from benchmark.tasks.task import Task

PATIENTS = 200
IDS = pd.Index([f"P-{number:03d}" for number in range(PATIENTS)], name="patient_id")
LEVELS = {"binary": ["low", "high"], "multiclass": ["a", "b", "c"]}


def blocks(seed=0):
    """``genes``: 40 columns with two common factors; ``clinical``: age, sex, grade and site; none knows the outcome."""
    random = np.random.default_rng(seed)
    factors = random.normal(size=(PATIENTS, 2)) @ random.normal(size=(2, 40))
    genes = pd.DataFrame(factors + random.normal(size=(PATIENTS, 40)), index=IDS, columns=[f"g{k}" for k in range(40)])
    clinical = pd.DataFrame({"age": random.normal(60, 9, PATIENTS)}, index=IDS)
    for name, levels in (("sex", ["f", "m"]), ("grade", ["1", "2", "3"]), ("site", ["north", "south"])):
        clinical[name] = pd.Categorical(random.choice(levels, PATIENTS), categories=levels, ordered=name == "grade")
    return {"genes": genes, "clinical": clinical}


def outcomes(kind="survival", seed=1):
    """An outcome that no block knows."""
    random = np.random.default_rng(seed)
    if kind != "survival":
        levels = LEVELS[kind]
        return pd.DataFrame({"x": pd.Categorical(random.choice(levels, PATIENTS), categories=levels)}, index=IDS)
    time, end = random.exponential(20, PATIENTS) + 0.5, random.exponential(30, PATIENTS) + 0.5
    return pd.DataFrame({"x_event": pd.array(time <= end, "boolean"), "x_time": np.minimum(time, end)}, index=IDS)


def task(kind="survival", tables=None, outcome=None, sheets=None, splits=None, data="real", **changes):
    """A task on these tables; ``changes`` are keys of task.yaml, ``sheets`` of the blocks."""
    tables, outcome = tables or blocks(), outcomes(kind) if outcome is None else outcome
    sheet = Datasheet(
        name="made_up",
        version="1",
        title="Made-up patients",
        data=data,
        source="none",
        licence="none",
        citation="none",
        blocks={name: BlockSheet(description="made | up", **(sheets or {}).get(name, {})) for name in tables},
        outcomes={"x": OutcomeSheet(description="made up")},
        splits={} if splits is None else {"other": "made up"},
    )
    cohort = Cohort(sheet, outcome, tables, **({} if splits is None else {"splits": splits}))
    metrics = {"survival": "harrell_c", "binary": "auc", "multiclass": "macro_auc"}
    endpoint = {"title": "x", "tau": 30.0} if kind == "survival" else {"title": "x", "classes": {name: [name] for name in LEVELS[kind]}}
    spec = {
        "id": "made_up",
        "title": "Made-up patients",
        "cohort": "made_up",
        "kind": kind,
        "endpoints": {"x": endpoint},
        "modalities": {
            name: {"block": name, "refused": {"site": "no property of a patient"} if name == "clinical" else {}} for name in tables
        },
        "default_modalities": list(tables),
        "protocols": {"paper": {"design": "cross_validation", "description": "one", "folds": 3, "repeats": 1, "valid": 0.1, "seed": 1}},
        "default_protocol": "paper",
        "metrics": {"primary": metrics[kind]},
        "reference": "any",
        "margin": 0.05,
        "folds_sha256": "pending",
    }
    parsed = TaskSpec.model_validate(spec | changes)
    folds = draw_folds(parsed, cohort)
    return Task(parsed.model_copy(update={"folds_sha256": digest_of(folds)}), cohort, folds)
