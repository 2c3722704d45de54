"""Made-up patients: blocks with every kind of column, and survival times that follow a known risk (or nothing)."""

import numpy as np
import pandas as pd

from benchmark.models import Patients

STAGES = ["I", "II", "III", "IV"]
BLOCKS = ("genomics", "radiomics", "clinical")


def make_patients(n: int, seed: int = 0, *, genes: int = 30, signal: float = 0.0, missing: float = 0.0) -> Patients:
    """``n`` patients; ``signal`` is the log hazard ratio of the first gene and of the first radiomic column."""
    rng = np.random.default_rng(seed)
    ids = pd.Index([f"p{seed}_{number}" for number in range(n)])
    genomics = pd.DataFrame(rng.normal(size=(n, genes)), index=ids, columns=[f"g{number}" for number in range(genes)])
    radiomics = pd.DataFrame(rng.normal(size=(n, 8)), index=ids, columns=[f"r{number}" for number in range(8)])
    risk = signal * (genomics["g0"] + radiomics["r0"]).to_numpy()
    event_time, censoring = rng.exponential(np.exp(-risk)), rng.exponential(2.0, size=n)
    outcome = np.empty(n, dtype=[("event", bool), ("time", float)])
    outcome["event"], outcome["time"] = event_time <= censoring, np.minimum(event_time, censoring)
    genomics[rng.random(genomics.shape) < missing] = np.nan
    blocks = {"genomics": genomics, "radiomics": radiomics * 10.0 ** np.arange(8), "clinical": _clinical(rng, ids)}
    return Patients(ids, blocks, outcome)


def _clinical(rng: np.random.Generator, ids: pd.Index) -> pd.DataFrame:
    n = len(ids)
    return pd.DataFrame(
        {
            "age": rng.normal(65, 9, n),
            "sex": pd.Categorical(rng.choice(["female", "male"], n)),
            "smoking": pd.Categorical(rng.choice(["never", "former", "current"], n), categories=["never", "former", "current", "unknown"]),
            "stage": pd.Categorical(rng.choice(STAGES, n), categories=STAGES, ordered=True),
            "biopsied": rng.random(n) < 0.5,
            "centre": rng.choice(["north", "south"], n).astype(object),
        },
        index=ids,
    )


def changed(patients: Patients, block: str, table: pd.DataFrame) -> Patients:
    """The same patients with another table."""
    return Patients(patients.ids, {**patients.blocks, block: table}, patients.outcome)


def subset(patients: Patients, positions: list[int] | np.ndarray) -> Patients:
    """Some of the patients, in that order."""
    ids = patients.ids[positions]
    outcome = None if patients.outcome is None else patients.outcome[positions]
    return Patients(ids, {name: table.loc[table.index.intersection(ids)] for name, table in patients.blocks.items()}, outcome)
