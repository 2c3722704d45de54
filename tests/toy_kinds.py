"""A made-up cohort with everything beside survival: classes, a bag, sites, a published split and published predictions."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from benchmark.cohorts import BlockSheet, Cohort, Datasheet, OutcomeSheet
from benchmark.tasks import Task, load_task
from benchmark.tasks.new import freeze_folds

PATIENTS = 90
LEVELS = ["I", "II", "III", "IV"]
BASE: dict[str, Any] = {
    "id": "toy",
    "title": "Made-up patients",
    "cohort": "toy",
    "modalities": {
        "genomics": {"block": "genomics"},
        "slides": {"block": "slides"},
        "outputs": {"block": "outputs"},
        "clinical": {"block": "clinical", "refused": {"site": "no property of the patient"}},
    },
    "default_modalities": ["genomics"],
    "protocols": {
        "paper": {"design": "cross_validation", "description": "one division", "folds": 3, "repeats": 1, "valid": 0.1, "seed": 1},
        "repeated": {"design": "cross_validation", "description": "two", "folds": 3, "repeats": 2, "valid": 0.1, "seed": 2},
        "single": {"design": "holdout", "description": "one split", "test": 0.3, "repeats": 1, "valid": 0.1, "seed": 3},
        "external": {"design": "external", "description": "both ways", "sites": "clinical.site", "valid": 0.05, "seed": 4},
        "sites": {
            "design": "cross_validation", "description": "sites", "sites": "clinical.site", "folds": 2, "repeats": 1, "valid": 0.1, "seed": 5
        },
        "others": {"design": "published", "description": "others'", "splits": "theirs", "valid": 0.1, "seed": 6},
    },
    "default_protocol": "paper",
    "reference": "right",
    "margin": 0.05,
    "folds_sha256": "pending",
}  # fmt: skip
KINDS: dict[str, dict[str, Any]] = {
    "survival": {
        "endpoints": {"death": {"title": "death", "tau": 50.0}},
        "instances": "slides",
        "metrics": {"primary": "harrell_c", "secondary": ["uno_c", "harrell_c_instances"]},
    },
    "binary": {
        "endpoints": {
            "mutation": {"title": "mutated", "classes": {"wildtype": ["wildtype"], "mutant": ["mutant"]}},
            "late": {"title": "late", "outcome": "stage", "classes": {"early": ["I", "II"], "late": ["III", "IV"]}},
            "rare": {"title": "rare", "classes": {"no": ["no"], "yes": ["yes"]}},
        },
        "metrics": {"primary": "auc", "secondary": ["average_precision", "balanced_accuracy", "brier"]},
    },
    "multiclass": {
        "endpoints": {"group": {"title": "group", "outcome": "stage", "classes": {"I": ["I"], "II": ["II"], "late": ["III", "IV"]}}},
        "metrics": {"primary": "macro_auc", "secondary": ["accuracy", "balanced_accuracy", "macro_f1"]},
    },
}


def make_cohort(data: str = "real") -> Cohort:
    """90 patients of two sites; ``gene_0`` drives every outcome; a third of the mutations are unknown; one to three slides each."""
    random = np.random.default_rng(1)
    ids = pd.Index([f"K-{number:03d}" for number in range(PATIENTS)], name="patient_id")
    genes = pd.DataFrame(random.normal(size=(PATIENTS, 4)), index=ids, columns=[f"gene_{k}" for k in range(4)])
    signal = genes["gene_0"] + random.normal(size=PATIENTS) * 0.5
    slides = pd.DataFrame(
        {"feature": np.repeat(signal.to_numpy(), 3), "stain": pd.Categorical(["a", "b", "b"] * PATIENTS)},
        index=pd.MultiIndex.from_product([ids, ["s1", "s2", "s3"]], names=["patient_id", "instance_id"]),
    )
    time = random.exponential(np.exp(-signal) * 20) + 0.5
    outcomes = pd.DataFrame({"death_event": pd.array(time < 40, "boolean"), "death_time": np.minimum(time, 40)}, index=ids)
    outcomes["mutation"] = pd.Categorical(np.where(signal > 0.3, "mutant", "wildtype"), categories=["wildtype", "mutant"])
    outcomes.loc[ids[::3], "mutation"] = np.nan
    outcomes["stage"] = pd.Categorical.from_codes(np.searchsorted([-0.5, 0.3, 1.0], signal).tolist(), categories=LEVELS, ordered=True)
    outcomes["rare"] = pd.Categorical(np.where(np.arange(PATIENTS) < 4, "yes", "no"), categories=["no", "yes"])
    clinical = pd.DataFrame({"age": 60.0, "site": pd.Categorical(np.where(np.arange(PATIENTS) % 9 < 4, "east", "west"))}, index=ids)
    outputs = pd.DataFrame({f"risk@{fold}": signal + fold for fold in range(2)}, index=ids)
    rows = [("theirs", 0, fold, name, "test" if number % 4 == fold else "train") for fold in range(2) for number, name in enumerate(ids)]
    splits = pd.DataFrame(rows, columns=["split", "repeat", "fold", "patient_id", "role"])
    tested = splits[splits["role"] == "test"].merge(slides.index.to_frame(index=False), on="patient_id")
    published = tested.assign(model="theirs_cnn", risk=signal[tested["patient_id"]].to_numpy())
    sheet = Datasheet(
        name="toy",
        version="1",
        title="Made-up patients",
        data=data,  # type: ignore[arg-type]
        source="none",
        licence="none",
        citation="none",
        blocks={
            "genomics": BlockSheet(description="made up"),
            "slides": BlockSheet(description="made up", bag="slide"),
            "outputs": BlockSheet(description="made up", by_fold="theirs"),
            "clinical": BlockSheet(description="made up"),
        },
        outcomes={
            "death": OutcomeSheet(description="made up", origin="start", unit="days"),
            **{name: OutcomeSheet(description="made up") for name in ("mutation", "stage", "rare")},
        },
        splits={"theirs": "made up"},
        published={"theirs_cnn": "made up"},
    )
    blocks = {"genomics": genes, "slides": slides[slides.index.get_level_values(0) > "K-004"], "outputs": outputs, "clinical": clinical}
    columns = ["model", "split", "repeat", "fold", "patient_id", "instance_id", "risk"]
    return Cohort(sheet, outcomes, blocks, splits, published[published["patient_id"] > "K-004"][columns].reset_index(drop=True))


def make_task(root: Path, kind: str, **changes: Any) -> Task:
    """The task of a kind, with frozen folds in ``root/tasks/toy`` and the cohort in ``root/data/cohorts/real/toy``."""
    cohort, folder = make_cohort(), root / "tasks" / "toy"
    folder.mkdir(parents=True)
    (folder / "task.yaml").write_text(yaml.safe_dump({**BASE, "kind": kind, **KINDS[kind], **changes}, sort_keys=False))
    cohort.write(root / "data" / "cohorts" / "real" / "toy")
    freeze_folds(folder, cohort)
    return load_task(folder, cohort)


RIGHT = '''
"""Knows the right column."""
import numpy as np
from benchmark.models import Model

class Right(Model):
    kinds = ("survival", "binary", "multiclass")
    def __init__(self, *, noise: float = 0.0, modalities: tuple[str, ...] = (), seed: int = 0):
        self.noise, self.modalities, self.seed = noise, modalities, seed
    def fit(self, train, valid):
        self.classes = train.classes
    def predict(self, patients):
        score = patients.block(self.modalities[0]).iloc[:, 0].to_numpy()
        score = np.nan_to_num(score) + self.noise * np.random.default_rng(self.seed).normal(size=len(score))
        if not self.classes:
            return score
        late = 1 / (1 + np.exp(-score))
        if len(self.classes) == 2:
            return late
        table = np.column_stack([(1 - late) ** 2, 2 * late * (1 - late), late**2])
        return table / table.sum(axis=1, keepdims=True)
'''
