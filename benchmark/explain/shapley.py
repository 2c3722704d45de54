"""Shapley values of columns and of modalities.

Source: Lundberg & Lee (2017), "A unified approach to interpreting model predictions"; the library shap. Columns: one block at a time, the
others held at their training mean, as S0 does with genes. One permutation, forwards and backwards, of a wide block: exact for a
model that adds its columns up, and unbiased for any other.
"""

from dataclasses import dataclass
from math import factorial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.explain.game import average, is_bag, mixed, numbers, one_instance, patients, repeated
from benchmark.explain.refit import Refitted, outputs
from benchmark.models import Patients

Floats = NDArray[np.float64]
FEW = 8  # players up to whom all coalitions are tried
CELLS = 2_000_000  # of synthetic patients that are made at once
EVALUATIONS = 500  # of a narrow block: permutations until about so many


@dataclass(frozen=True)
class Contributions:
    """Of one fold, in units of the SD of the model's output over its test patients.

    Attributes:
        size: mean over patients and outputs of |contribution|, by column.
        direction: +1 where a higher value raises the output, −1 where it lowers it, 0 where nothing is known (labels, no
            contribution, several outputs), by column.
        patients: how many were explained.
        scale: that SD, to compare sizes with those of another fit.
    """

    size: "pd.Series[float]"
    direction: "pd.Series[float]"
    patients: int
    scale: float = 1.0


def of_columns(fitted: Refitted, block: str, most: int, seed: int) -> Contributions | None:
    """Contributions of a block's columns in the first ``most`` test patients who have it; ``None`` where nobody has, or for a bag."""
    table = fitted.test.blocks[block]
    if is_bag(table) or table.empty or fitted.train.blocks[block].empty:
        return None
    base = {name: average(fitted.train.blocks[name]) for name in fitted.test.blocks}
    scale = spread(fitted)
    values = [_values(fitted, base, block, table.iloc[[row]], seed) / scale for row in range(min(most, len(table)))]
    stacked = np.stack(values)  # patients, columns, outputs
    size = pd.Series(np.abs(stacked).mean(axis=(0, 2)), table.columns)
    return Contributions(size, _direction(stacked, table.iloc[: len(values)], base[block]), len(values), scale)


def of_blocks(fitted: Refitted, most: int) -> Contributions | None:
    """Contributions of whole modalities in the first ``most`` test patients, all coalitions tried; ``None`` for fewer than two.

    A modality that does not take part, or that the patient lacks, is the mean training patient's (of a bag: its mean instance).
    """
    names, test = list(fitted.test.blocks), fitted.test
    if len(names) < 2:
        return None
    base, ids = {name: average(fitted.train.blocks[name]) for name in names}, test.ids[:most]
    rows = np.array([[bool(number >> k & 1) for k in range(len(names))] for number in range(2 ** len(names))])
    predicted = outputs(fitted.model, _coalitions(fitted, base, ids, rows)).reshape(len(ids), len(rows), -1)
    values = np.stack([exact(of_patient) for of_patient in predicted]) / spread(fitted)
    return Contributions(pd.Series(np.abs(values).mean(axis=(0, 2)), names), pd.Series(0.0, names), len(ids))


def exact(predicted: Floats) -> Floats:
    """Shapley values, shape (players, outputs), from the outputs of all 2^k coalitions: row c has player j where bit j of c is 1."""
    players = int(np.log2(len(predicted)))
    values = np.zeros((players, predicted.shape[1]))
    for coalition in range(len(predicted)):
        size = coalition.bit_count()
        for player in range(players):
            if not coalition >> player & 1:
                weight = factorial(size) * factorial(players - size - 1) / factorial(players)
                values[player] += weight * (predicted[coalition | 1 << player] - predicted[coalition])
    return values


def spread(fitted: Refitted) -> float:
    """SD of the outputs over the test patients, mean over outputs; 1 where they are all the same."""
    found = float(outputs(fitted.model, fitted.test).std(axis=0).mean())
    return found if found > 0 else 1.0


def _values(fitted: Refitted, base: dict[str, pd.DataFrame], block: str, own: pd.DataFrame, seed: int) -> Floats:
    """Of one patient, shape (columns, outputs)."""
    import shap

    held = {name: table for name, table in base.items() if name != block}
    classes, width = fitted.test.classes, own.shape[1]

    def game(taking: Floats) -> Floats:
        tables = {block: mixed(base[block], own, taking > 0.5)} | {name: repeated(table, len(taking)) for name, table in held.items()}
        return outputs(fitted.model, _as_bags(patients(tables, classes), fitted.test))

    masker = shap.maskers.Independent(np.zeros((1, width)))
    if width <= FEW:
        found = shap.ExactExplainer(game, masker)(np.ones((1, width)), silent=True).values
    else:
        once = 2 * width + 1
        rounds = max(1, EVALUATIONS // once)
        explainer = shap.PermutationExplainer(game, masker, seed=seed)
        found = explainer(np.ones((1, width)), max_evals=rounds * once, batch_size=max(10, min(once, CELLS // width)), silent=True).values
    return np.asarray(found, np.float64).reshape(width, -1)


def _as_bags(made: Patients, like: Patients) -> Patients:
    """Blocks that are bags in ``like`` as bags of one instance."""
    blocks = {name: one_instance(table) if is_bag(like.blocks[name]) else table for name, table in made.blocks.items()}
    return Patients(made.ids, blocks, None, made.classes)


def _coalitions(fitted: Refitted, base: dict[str, pd.DataFrame], ids: pd.Index, rows: NDArray[np.bool_]) -> Patients:
    """Every patient once for each coalition: his own blocks as far as they take part, the mean training patient's for the rest."""
    made = pd.Index([f"q{number:06d}" for number in range(len(ids) * len(rows))], name="patient_id")
    blocks = {}
    for k, (name, table) in enumerate(fitted.test.blocks.items()):
        mean = one_instance(base[name]) if is_bag(table) else base[name]
        pieces = []
        for patient in ids:
            own = table[table.index.get_level_values(0) == patient]
            pieces += [own if taking and len(own) else mean for taking in rows[:, k]]
        names = made.repeat([len(piece) for piece in pieces])
        whole = pd.concat(pieces)
        instances = [names, whole.index.get_level_values(1)] if is_bag(table) else None
        blocks[name] = whole.set_axis(
            pd.MultiIndex.from_arrays(instances, names=["patient_id", "instance"]) if instances else names, axis=0
        )
    return Patients(made, blocks, None, fitted.test.classes)


def _direction(values: Floats, own: pd.DataFrame, base: pd.DataFrame) -> "pd.Series[float]":
    found = pd.Series(0.0, own.columns)
    if values.shape[2] > 1:
        return found
    both = pd.concat([base, own], ignore_index=True)
    for k, name in enumerate(own.columns):
        if (column := numbers(both.iloc[:, k])) is not None:
            found[name] = np.sign(np.nansum((column[1:] - column[0]) * values[:, k, 0]))
    return found
