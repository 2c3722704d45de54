"""A made-up cohort and task: small, quick, with a signal in one column."""

from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from benchmark.cohorts import BlockSheet, Cohort, Datasheet, OutcomeSheet
from benchmark.tasks.new import freeze_folds

PATIENTS = 60

TASK = {
    "id": "toy",
    "title": "Made-up patients",
    "cohort": "toy",
    "kind": "survival",
    "endpoints": {"relapse": {"title": "relapse", "tau": 50.0}},
    "requires": ["genomics"],
    "modalities": {
        "genomics": {"block": "genomics"},
        "few_genes": {"block": "genomics", "subset": "few"},
        "clinical": {"block": "clinical", "refused": {"treated": "decided after the outcome"}},
        "deep": {"block": "deep"},
    },
    "default_modalities": ["genomics", "clinical"],
    "protocols": {
        "paper": {"design": "cross_validation", "description": "one division", "folds": 3, "repeats": 1, "valid": 0.1, "seed": 1},
        "repeated": {"design": "cross_validation", "description": "two divisions", "folds": 3, "repeats": 2, "valid": 0.1, "seed": 2},
        "untreated": {
            "design": "cross_validation",
            "description": "some",
            "folds": 2,
            "repeats": 1,
            "valid": 0.1,
            "seed": 3,
            "where": {"clinical.treated": ["no"]},
        },
    },
    "default_protocol": "paper",
    "metrics": {"primary": "harrell_c", "secondary": ["uno_c"]},
    "reference": "signal",
    "margin": 0.05,
    "folds_sha256": "pending",
}


def make_cohort() -> Cohort:
    """60 patients; ``gene_0`` drives the hazard; five lack the genomics block, one outcome is unknown, one is at time 0."""
    random = np.random.default_rng(0)
    ids = pd.Index([f"T-{number:03d}" for number in range(PATIENTS)], name="patient_id")
    genes = pd.DataFrame(random.normal(size=(PATIENTS, 8)), index=ids, columns=[f"gene_{k}" for k in range(8)])
    time = random.exponential(np.exp(-1.5 * genes["gene_0"]) * 20) + 0.5
    censored = random.exponential(40, PATIENTS) + 0.5
    outcomes = pd.DataFrame({"relapse_event": pd.array(time <= censored, "boolean"), "relapse_time": np.minimum(time, censored)}, index=ids)
    outcomes.loc["T-010"] = [pd.NA, np.nan]
    outcomes.loc["T-011", "relapse_time"] = 0.0
    clinical = pd.DataFrame({"age": random.normal(60, 9, PATIENTS), "treated": random.choice(["yes", "no"], PATIENTS)}, index=ids)
    clinical["sex"] = pd.Categorical(random.choice(["female", "male"], PATIENTS), categories=["female", "male"])
    sheet = Datasheet(
        name="toy",
        version="1",
        title="Made-up patients",
        data="real",
        source="none",
        licence="none",
        citation="none",
        blocks={
            "genomics": BlockSheet(description="made up", subsets={"few": ("gene_0", "gene_1")}),
            "clinical": BlockSheet(description="made up", refuse={"treated": "decided later"}),
        },
        absent={"deep": "was never made"},
        outcomes={"relapse": OutcomeSheet(description="made up", origin="start", unit="days")},
    )
    return Cohort(sheet, outcomes, {"genomics": genes.drop(ids[:5]), "clinical": clinical})


def write_task(root: Path, cohort: Cohort, **changes: object) -> Path:
    """``root/tasks/toy`` with frozen folds."""
    folder = root / "tasks" / "toy"
    folder.mkdir(parents=True)
    (folder / "task.yaml").write_text(yaml.safe_dump(TASK | changes, sort_keys=False))
    freeze_folds(folder, cohort)
    return folder


SIGNAL = '''
"""Knows the right column."""
from benchmark.models import Model

class Signal(Model):
    def __init__(self, *, sign: float = 1.0, modalities: tuple[str, ...] = (), seed: int = 0):
        self.sign = sign
    def fit(self, train, valid):
        self.mean = train.block("genomics")["gene_0"].mean()
    def predict(self, patients):
        return self.sign * (patients.block("genomics")["gene_0"].to_numpy() - self.mean)
'''


def write_model(root: Path, name: str, body: str = SIGNAL) -> Path:
    """``root/baselines/<name>.py``."""
    path = root / "baselines" / f"{name}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body)
    return path


def misbehaving(fit: str = "pass", predict: str = "return patients.block('genomics')['gene_0'].to_numpy()") -> str:
    """The source of a model whose ``fit`` and ``predict`` are the given statements."""
    return f"""
import os, time
import numpy as np
from benchmark.models import Model

class Misbehaving(Model):
    needs = ("genomics",)
    def __init__(self, *, seed: int = 0):
        self.seed = seed
    def fit(self, train, valid):
        {fit}
    def predict(self, patients):
        {predict}
"""
