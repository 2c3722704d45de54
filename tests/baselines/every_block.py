"""Made-up patients with every block that a task can offer and an outcome of any kind, which all blocks know, or none."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from benchmark.models import Kind, Patients

TABLES = {
    "genomics": 20, "rna": 20, "radiomics": 12, "radiomics_all": 16, "semantic": 6, "densenet": 16,
    "mutations": 8, "mutations_cnv": 10, "mri_radiomics": 10, "shape": 6, "deep": 1,
}  # fmt: skip
BAGS = {"wsi": 16, "ct": 12, "mri": 12, "histology": 8}
BLOCKS = ("clinical", "clinical_tnm", *TABLES, *BAGS)
DEFAULT = ("clinical", "genomics", "radiomics")
CLASSES: dict[Kind, tuple[str, ...]] = {"survival": (), "binary": ("no", "yes"), "multiclass": ("I", "II", "III")}
LEVELS = ["I", "II", "III", "IV"]


def make_patients(kind: Kind, n: int, seed: int, *, signal: bool = True) -> Patients:
    """``n`` patients whose outcome follows one number that half the columns of each block show; without signal, another number."""
    rng = np.random.default_rng(seed)
    ids = pd.Index([f"p{seed}_{number:03d}" for number in range(n)], name="patient_id")
    shown = rng.permutation(np.linspace(-1.7, 1.7, n))
    hidden = shown if signal else rng.permutation(shown)
    clinical = _clinical(rng, ids, shown)
    blocks = {"clinical": clinical, "clinical_tnm": clinical.assign(t_stage=_ordered(shown + rng.normal(0, 0.1, n)))}
    blocks |= {name: _numbers(rng, name, ids, shown, width) for name, width in TABLES.items()}
    for name, width in BAGS.items():
        scans = rng.integers(1, 4, n)
        patient = np.repeat(np.arange(n), scans)
        index = pd.MultiIndex.from_arrays([ids[patient], np.concatenate([np.arange(k) for k in scans])], names=["patient_id", "instance"])
        blocks[name] = _numbers(rng, name, index, shown[patient], width)
    return Patients(ids, blocks, _outcome(kind, rng, hidden), CLASSES[kind])


def _numbers(rng: np.random.Generator, name: str, index: pd.Index, shown: np.ndarray, width: int) -> pd.DataFrame:
    table = rng.normal(size=(len(index), width))
    half = (width + 1) // 2
    table[:, :half] = shown[:, None] * (-1.0) ** np.arange(half) + 0.2 * table[:, :half]
    return pd.DataFrame(table, index=index, columns=[f"{name}_{number}" for number in range(width)])


def _clinical(rng: np.random.Generator, ids: pd.Index, shown: np.ndarray) -> pd.DataFrame:
    n = len(ids)
    return pd.DataFrame(
        {
            "age": 65 + 9 * shown,
            "sex": pd.Categorical(rng.choice(["female", "male"], n), categories=["female", "male"]),
            "smoking": pd.Categorical(rng.choice(["never", "former", "current"], n), categories=["never", "former", "current", "unknown"]),
            "stage": _ordered(shown),
            "biopsied": rng.random(n) < 0.5,
            "centre": rng.choice(["north", "south"], n).astype(object),
            "weight": np.where(rng.random(n) < 0.2, np.nan, 75 + 12 * shown + rng.normal(0, 3, n)),
        },
        index=ids,
    )


def _ordered(shown: np.ndarray) -> pd.Categorical:
    return pd.Categorical.from_codes(np.searchsorted([-0.8, 0.0, 0.8], shown).tolist(), categories=LEVELS, ordered=True)


def _outcome(kind: Kind, rng: np.random.Generator, hidden: np.ndarray) -> np.ndarray:
    if kind == "binary":
        return (hidden > 0).astype(np.int64)
    if kind == "multiclass":
        return np.searchsorted([-0.57, 0.57], hidden)
    outcome = np.empty(len(hidden), dtype=[("event", bool), ("time", float)])
    outcome["event"], outcome["time"] = rng.random(len(hidden)) < 0.8, np.round(900 * np.exp(-hidden)) + 1
    return outcome


def without(patients: Patients, block: str, positions: Any = slice(None)) -> Patients:
    """The same patients; those at ``positions`` have no row in one block."""
    table = patients.blocks[block]
    kept = table[~table.index.get_level_values(0).isin(patients.ids[positions])]
    return replace(patients, blocks={**patients.blocks, block: kept})
