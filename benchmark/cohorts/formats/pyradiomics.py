"""Feature tables written by PyRadiomics: one row per image, ``diagnostics_*`` columns about the extraction, then features."""

from pathlib import Path

import pandas as pd

from benchmark.cohorts.formats.text import by_patient, numbers, read_text
from benchmark.errors import InputError


def read_pyradiomics(path: Path, ids: str, features: int) -> pd.DataFrame:
    """The features by patient, without the diagnostics.

    Args:
        path: CSV; the patient id is what stands before the first ``_`` of the column ``Image``.
        ids: pattern of a patient id.
        features: how many features there must be.

    Raises:
        InputError: unreadable, another column, a feature is missing or empty, a cell is not a number, or a patient comes twice.
    """
    raw = read_text(path, required=["Image"], others=["Mask", "diagnostics_*", "original_*", "wavelet-*"])
    columns = [name for name in raw.columns if name.startswith(("original_", "wavelet-"))]
    if len(columns) != features or len(set(columns)) != features:
        raise InputError(f"{path}: {len(columns)} feature columns, expected {features} different ones; fetch the published file again")
    table = numbers(by_patient(raw[columns], raw["Image"].str.split("_").str[0], path, ids), path)
    if table.isna().to_numpy().any():
        row = table.index[table.isna().any(axis=1)][0]
        raise InputError(f"{path}, row {row}: a feature is empty; fetch the published file again")
    return table
