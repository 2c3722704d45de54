"""TCGA glioma: the divisions of the patients that others published."""

from pathlib import Path

import pandas as pd

from benchmark.cohorts.cohort import SPLIT_COLUMNS
from benchmark.cohorts.formats.tcga_cdr import IDS
from benchmark.cohorts.formats.text import by_patient, read_text
from benchmark.errors import InputError

RANDOMIZATIONS = tuple(f"Randomization - {number}" for number in range(1, 16))


def read_pnas(path: Path) -> pd.DataFrame:
    """The 15 Monte Carlo divisions of Mobadersany et al. (2018), patients × folds 0 to 14, each cell ``train`` or ``test``.

    Either edition of the file will do: with "Train" and "Test", or in lower case; its first column is the patient.

    Raises:
        InputError: unreadable, a division is missing, a column too many, a patient comes twice, or a word is neither train nor test.
    """
    raw = read_text(path, required=RANDOMIZATIONS)
    if len(raw.columns) != 1 + len(RANDOMIZATIONS):
        raise InputError(f"{path}: {len(raw.columns)} columns, expected {1 + len(RANDOMIZATIONS)}; fetch the published file again")
    ids = raw.iloc[:, 0].rename("patient_id")
    roles: pd.DataFrame = by_patient(raw[list(RANDOMIZATIONS)], ids, path, IDS).apply(lambda column: column.str.lower())
    wrong = ~roles.isin(["train", "test"])
    if wrong.to_numpy().any():
        row, column = (int(places[0]) for places in wrong.to_numpy().nonzero())
        raise InputError(
            f"{path}, row {roles.index[row]}, column '{roles.columns[column]}': '{roles.iat[row, column]}' is neither train nor test; fetch the published file again"
        )
    return roles.set_axis(range(len(RANDOMIZATIONS)), axis=1)


def pnas_split(roles: pd.DataFrame) -> pd.DataFrame:
    """The divisions of :func:`read_pnas` as rows ``split, repeat, fold, patient_id, role``."""
    rows = roles.melt(ignore_index=False, var_name="fold", value_name="role").reset_index()
    table: pd.DataFrame = rows.assign(split="pnas15", repeat=0, fold=rows["fold"].astype("int64"))
    return table[SPLIT_COLUMNS]
