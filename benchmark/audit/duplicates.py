"""The same patient under two names: rows that are equal, or nearer to each other than to anybody else."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.audit.finding import Finding, some
from benchmark.audit.view import View, as_numbers, is_coded
from benchmark.cohorts import patients_of

Floats = NDArray[np.float64]
LEAST_COLUMNS = 5  # measured columns below which two patients may well agree by chance
LEAST_FOR_NEAR = 20  # below which they may well lie close to each other
DISTINCT = 0.5  # a measured column: as many different values as half of its patients, so that equality means something
NEAR = 0.25  # of the distance at which a patient's nearest neighbour lies, by the median
NEXT = 0.5  # of the distance of both to whoever comes next: crowds of like patients are no duplicates


def check_duplicates(view: View) -> Iterator[Finding]:
    """Patients who share a row of a block, and patients who nearly do.

    Looked at are measured columns only: those with about as many values as patients. Levels, counts and flags repeat among
    strangers. Equal rows are equal in all of them (of a bag: an instance that two patients share). Near ones are two patients
    whose standardised rows lie closer than a quarter of the usual distance to the nearest neighbour, and than half of that to anybody
    else (the same tumour segmented twice, one sample sequenced twice); blocks of fewer than 20 measured columns are not asked.
    """
    for modality, table in view.tables.items():
        block = view.task.spec.modalities[modality].block
        rows = view.task.cohort.blocks[block]
        rows = rows.loc[patients_of(rows).isin(view.ids), [name for name in view.task.columns(modality) if not is_coded(rows[name])]]
        rows = rows.loc[:, rows.nunique() >= DISTINCT * rows.notna().sum().clip(lower=1)]
        if rows.shape[1] < LEAST_COLUMNS:
            yield Finding(
                "duplicates",
                "ok",
                f"{modality}: {rows.shape[1]} column(s) of measurements, too few to tell a duplicate from chance",
                (modality,),
            )
            continue
        if same := _equal(rows):
            yield Finding("duplicates", "fail", f"{modality}: equal rows under different patients: {some(same)}", (modality,))
        elif near := _near(table) if min(rows.shape[1], table.shape[1]) >= LEAST_FOR_NEAR else []:
            yield Finding("duplicates", "note", f"{modality}: rows far closer than neighbours are: {some(near)}", (modality,))
        else:
            yield Finding(
                "duplicates", "ok", f"{modality}: no equal and no nearly equal rows in {rows.shape[1]} measured columns", (modality,)
            )


def _equal(rows: pd.DataFrame) -> list[str]:
    keys = pd.util.hash_pandas_object(rows, index=False)
    groups = pd.Series(patients_of(rows).astype(str), index=keys.to_numpy()).groupby(level=0).unique()
    return sorted(" = ".join(sorted(patients)) for patients in groups if len(patients) > 1)


def _near(table: pd.DataFrame) -> list[str]:
    numbers = as_numbers(table).values
    spread = np.nanstd(numbers, axis=0)
    # a value of another world (1e9 among ones) must not be all there is of a distance
    standard = np.clip(np.nan_to_num((numbers - np.nanmean(numbers, axis=0)) / np.where(spread > 0, spread, 1)), -5, 5)
    square = (standard**2).sum(axis=1)
    distance = np.sqrt(np.maximum(square[:, None] + square - 2 * standard @ standard.T, 0))
    np.fill_diagonal(distance, np.inf)
    usual = float(np.median(distance.min(axis=1)))
    following = np.partition(distance, 1, axis=1)[:, 1] if len(table) > 2 else np.full(len(table), np.inf)
    close = (distance < NEAR * usual) & (distance < NEXT * np.minimum(following[:, None], following))
    left, right = np.nonzero(np.triu(close, 1))
    names = table.index.astype(str).to_list()
    return [f"{names[i]} ~ {names[j]} ({distance[i, j] / usual:.2f})" for i, j in zip(left.tolist(), right.tolist(), strict=True)]
