"""Made-up patients with S2's blocks: health records, and slides, CT and MRI as bags."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import torch

from baselines.shared.instances import Bags
from benchmark.models import Model, Patients

TWO, THREE = ("alive", "dead"), ("I", "II", "III")


def patients(
    n: int, seed: int, *, classes: tuple[str, ...] = TWO, signal: float = 2.0, lacking: float = 0.0, rare: float = 0.5
) -> Patients:
    """Made-up patients with S2's blocks; ``signal`` in SDs per class; each image block is ``lacking`` in that share of them."""
    rng = np.random.default_rng(seed)
    ids = pd.Index([f"p{seed}_{number}" for number in range(n)])
    codes = rng.permutation(np.arange(n) % len(classes)) if len(classes) > 2 else rng.permutation((np.arange(n) < rare * n).astype(int))
    clinical = pd.DataFrame(
        {
            "age": 60 + 8 * rng.normal(size=n) + 8 * signal * codes,
            "sex": pd.Categorical(rng.choice(["female", "male"], n)),
            "stage": pd.Categorical(rng.choice(["I", "II", "III"], n), ["I", "II", "III"], ordered=True),
        },
        index=ids,
    )
    mutations = pd.DataFrame(rng.integers(0, 2, (n, 2)), ids, ["VHL", "TTN"])[rng.random(n) >= lacking]
    images = {name: _bag(rng, ids[rng.random(n) >= lacking], signal * pd.Series(codes, ids)) for name in ("wsi", "ct", "mri")}
    return Patients(ids, {"clinical": clinical, "mutations": mutations, **images}, codes, classes)


def _bag(rng: np.random.Generator, ids: pd.Index, shift: "pd.Series[Any]") -> pd.DataFrame:
    sizes = rng.integers(1, 5, len(ids))
    number = np.concatenate([np.arange(size) for size in sizes])
    index = pd.MultiIndex.from_arrays([ids.repeat(sizes), number], names=["patient_id", "instance"])
    values = rng.normal(size=(len(index), 12))
    values[:, :3] += shift[index.get_level_values(0)].to_numpy()[:, None]
    return pd.DataFrame(values, index, [f"c{column}" for column in range(12)])


def blind(known: Patients) -> Patients:
    return replace(known, outcome=None)


def fitted(model: Model, train: Patients, valid: Patients) -> Any:
    model.fit(train, valid)
    return model


def of_sizes(*sizes: int, seed: int = 0, width: int = 4) -> Bags:
    values = torch.randn(sum(sizes), width, generator=torch.Generator().manual_seed(seed))
    return Bags(values, torch.tensor(sizes))
