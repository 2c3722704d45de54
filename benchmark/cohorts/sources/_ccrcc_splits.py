"""ccRCC: the divisions of the patients that others published."""

from pathlib import Path

import pandas as pd

from benchmark.cohorts.cohort import SPLIT_COLUMNS
from benchmark.cohorts.formats.coding import category
from benchmark.cohorts.formats.tcga_cdr import IDS
from benchmark.cohorts.formats.text import by_patient, read_text
from benchmark.errors import InputError

REPEATS, FOLDS = 10, 5


def mmist_split(raw: pd.DataFrame, path: Path) -> pd.DataFrame:
    """MMIST's train and test patients (column ``Split``) as rows ``split, repeat, fold, patient_id, role``.

    Raises:
        InputError: a patient is in neither part.
    """
    role = category(raw["Split"], {"train": "train", "test": "test"}, path, missing=()).astype(str)
    return _rows("mmist", 0, 0, role)


def read_pfi10x5(path: Path) -> pd.DataFrame:
    """Five folds of the TCGA patients, drawn ten times, as rows ``split, repeat, fold, patient_id, role``.

    Raises:
        InputError: unreadable, a column is missing or unknown, other repeats or folds than 1 to 10 and 1 to 5, or a patient is not in
            exactly one fold of every repeat.
    """
    raw = read_text(path, required=["Repeat", "Fold", "Case ID"], others=["PFI_event", "PFI_time"])
    tables, everybody = [], set(raw["Case ID"])
    for repeat in range(REPEATS):
        part = raw[raw["Repeat"] == str(repeat + 1)]
        fold = by_patient(part[["Fold"]], part["Case ID"], path, IDS)["Fold"]
        if absent := sorted(everybody - set(fold.index)):
            raise InputError(f"{path}: patient {absent[0]} is in no fold of repeat {repeat + 1}; fetch the published file again")
        numbers = category(fold, {str(number + 1): str(number) for number in range(FOLDS)}, path, missing=()).astype("int64")
        tables += [_rows("pfi10x5", repeat, number, (numbers == number).map({True: "test", False: "train"})) for number in range(FOLDS)]
    if len(raw) != REPEATS * len(everybody):
        raise InputError(f"{path}: repeats other than 1 to {REPEATS}; fetch the published file again")
    return pd.concat(tables, ignore_index=True)


def _rows(split: str, repeat: int, fold: int, role: pd.Series) -> pd.DataFrame:
    table = pd.DataFrame({"patient_id": role.index, "role": role.to_numpy()})
    return table.assign(split=split, repeat=repeat, fold=fold)[SPLIT_COLUMNS]
