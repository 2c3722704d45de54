"""TCGA glioma: Pathomic Fusion's released predictions from the archive of its official repository.

Every pickle is a list of five: hazards, times, events, log-probabilities of the grades, grades; one row per ROI, or nine per
ROI where patches were predicted, and no patient. Rows follow the patients' order in the published divisions, and times and
events are TCGA-CDR's: rows in sequence with the same time and event are one patient, or a few neighbours with the same
outcome, whom another division parts. The models with genomics know fewer patients: those for whom, in every division, the
rows with their time, event and grade are accounted for. Where either has not exactly one solution, reading stops.
"""

import pickle
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby, product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmark.cohorts.sources._glioma_pathomic import BY_PATCH, BY_ROI, KEYS, MODELS, VALUES
from benchmark.errors import InputError

PATCHES = 9
ROLES = ("train", "test")
_ARRAY_PARTS = {("multiarray", "_reconstruct"), ("numpy", "ndarray"), ("numpy", "dtype")}
_FUSED_PATCHES = ("pathpath_fusion", "graphgraph_fusion", "pathomic_fusion", "graphomic_fusion", "pathgraphomic_fusion")


class _ArrayUnpickler(pickle.Unpickler):
    """Builds numpy arrays and nothing else: a pickle may otherwise run any code."""

    def find_class(self, module: str, name: str) -> Any:
        place = module.removeprefix("numpy.core.").removeprefix("numpy._core.")
        if (place, name) not in _ARRAY_PARTS:
            raise pickle.UnpicklingError(f"it holds {module}.{name}, which is no part of an array")
        return super().find_class(module.replace("numpy.core.", "numpy._core."), name)


@dataclass(frozen=True)
class _Rows:
    """The rows of one pickle; ``values`` holds hazards (n,) or log-probabilities of the grades (n, 3)."""

    name: str
    values: np.ndarray[Any, Any]
    times: np.ndarray[Any, Any]
    events: np.ndarray[Any, Any]
    grades: np.ndarray[Any, Any]


@dataclass(frozen=True)
class _Release:
    """The archive with what its pickles leave out: who is in which part, and everybody's outcome."""

    archive: zipfile.ZipFile
    path: Path
    roles: pd.DataFrame
    outcome: pd.DataFrame

    def ids(self, fold: int, role: str) -> pd.Index:
        return self.roles.index[self.roles[fold] == role]

    def parts(self) -> list[tuple[int, str]]:
        return [(int(fold), role) for fold in self.roles.columns for role in ROLES]

    def rows(self, model: str, fold: int, role: str, *, patches: bool = False, task: str = "surv_15_rnaseq") -> _Rows:
        name = f"checkpoints/TCGA_GBMLGG/{task}/{model}/{model}_{fold + 1}_{'patch_' if patches else ''}pred_{role}.pkl"
        survival = task != "grad_15"
        try:
            inside = f"{self.archive.namelist()[0].split('/')[0]}/{name}"
            content = _ArrayUnpickler(BytesIO(self.archive.read(inside))).load()
            hazards, times, events, grade_logp, grades = content
            values = np.asarray(hazards if survival else grade_logp, float)
            rows = _Rows(name, values, *(np.asarray(part, float) for part in (times, events, grades)))
            lengths = {len(values), len(rows.grades)} | ({len(rows.times), len(rows.events)} if survival else set())
        except (KeyError, IndexError, zipfile.BadZipFile, zlib.error, EOFError, pickle.UnpicklingError) as error:
            raise self.error(name, str(error).splitlines()[0] or type(error).__name__) from error
        except (TypeError, ValueError, AttributeError) as error:
            raise self.error(name, "not a list of five arrays") from error
        if len(lengths) != 1 or values.shape[1:] != (() if survival else (3,)) or not np.isfinite(values).all():
            raise self.error(name, "its arrays differ in length or hold no numbers")
        return rows

    def error(self, name: str, reason: str) -> InputError:
        return InputError(f"{self.path}, {name}: {reason}; fetch the archive of the stated commit again")


def read_archive(path: Path, roles: pd.DataFrame, outcome: pd.DataFrame) -> pd.DataFrame:
    """The released outputs as one table, like :func:`~benchmark.cohorts.sources._glioma_pathomic.read_derived`.

    Args:
        path: zip archive of the repository.
        roles: patients × folds, ``train`` or ``test``, in the published order.
        outcome: columns ``event``, ``time``, of at least these patients.

    Raises:
        InputError: unreadable, a pickle is missing or holds anything but arrays, or rows and patients do not match one to one.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: cannot be read as a zip archive ({str(error).splitlines()[0]}); fetch the file again") from error
    with archive:
        release = _Release(archive, path, roles, outcome.loc[roles.index].astype(float))
        patients = _rois(release)
        patients["rna"] = _with_genomics(release, patients)
        parts = [_part(release, patients, fold, role) for fold, role in release.parts()]
    table = pd.concat(parts, ignore_index=True)
    return table[[*KEYS, "rna", *VALUES]].sort_values(KEYS, ignore_index=True)


def _rois(release: _Release) -> pd.DataFrame:
    """Patient → ``rois`` (how many) and ``grade`` (0, 1, 2; -1 unknown)."""
    found: dict[str, tuple[int, float]] = {}
    for fold, role in release.parts():
        rows = release.rows("path", fold, role)
        ids = release.ids(fold, role)
        outcomes = list(release.outcome.loc[ids, ["time", "event"]].itertuples(index=False, name=None))
        runs = [(key, list(run)) for key, run in groupby(zip(rows.times, rows.events, rows.grades, strict=True), lambda row: row[:2])]
        neighbours = [(key, [patient for _, patient in run]) for key, run in groupby(zip(outcomes, ids, strict=True), lambda pair: pair[0])]
        if [key for key, _ in runs] != [key for key, _ in neighbours]:
            raise release.error(rows.name, "its times and events are not those of the patients of this division")
        found |= {same[0]: (len(run), run[0][2]) for (_, run), (_, same) in zip(runs, neighbours, strict=True) if len(same) == 1}
    if lacking := sorted(set(release.roles.index) - set(found)):
        raise InputError(
            f"{release.path}: nothing tells the ROIs of {lacking[0]} from those of a neighbour with the same outcome; fetch it again"
        )
    return pd.DataFrame.from_dict(found, orient="index", columns=["rois", "grade"]).loc[release.roles.index]


def _with_genomics(release: _Release, patients: pd.DataFrame) -> pd.Series:
    """Patient → whether the models with genomics know the patient."""
    seen: dict[tuple[int, str], Counter[Any]] = {}
    for fold, role in release.parts():
        rows = release.rows("omic", fold, role)
        seen[fold, role] = Counter(zip(rows.times, rows.events, rows.grades, strict=True))
    known: list[str] = []
    for key, same in release.outcome.join(patients).groupby(["time", "event", "grade"]):
        roles, rois = release.roles.loc[same.index], same["rois"].to_numpy()
        shares = [(np.where(roles[fold] == role, rois, 0), rows[key]) for (fold, role), rows in seen.items()]
        choices = [np.array(choice) for choice in product((False, True), repeat=len(same))]
        fitting = [choice for choice in choices if all(share[choice].sum() == count for share, count in shares)]
        if len(fitting) != 1:
            raise InputError(
                f"{release.path}: {len(fitting)} ways, expected one, to tell who has genomics of those with the outcome of {same.index[0]}; fetch it again"
            )
        known += same.index[fitting[0]].tolist()
    return pd.Series(patients.index.isin(known), index=patients.index)


def _part(release: _Release, patients: pd.DataFrame, fold: int, role: str) -> pd.DataFrame:
    """The rows of one part of one fold."""
    people = patients.loc[release.ids(fold, role)]
    rows = people.loc[people.index.repeat(people["rois"])]
    table = pd.DataFrame({"fold": fold, "patient_id": rows.index, "rna": rows["rna"].to_numpy()})
    table["roi"] = table.groupby("patient_id").cumcount() + 1
    everybody, graded, genomics = np.ones(len(rows), bool), rows["grade"].to_numpy() >= 0, rows["rna"].to_numpy()

    def fill(columns: list[str], who: np.ndarray[Any, Any], source: _Rows) -> None:
        each = PATCHES if len(source.values) == PATCHES * who.sum() else 1
        _check_rows(release, rows[who], source, each)
        values = source.values.reshape(who.sum(), each, -1).mean(axis=1).round(6)
        table[columns] = np.nan
        table.loc[who, columns] = values

    fill([BY_ROI[0]], everybody, release.rows("path", fold, role))
    fill([BY_ROI[1]], everybody, release.rows("graph", fold, role))
    fill([*BY_ROI[2:]], graded, release.rows("path", fold, role, task="grad_15"))
    fill([*BY_PATCH], graded, release.rows("graph", fold, role, patches=True, task="grad_15"))
    if role == "test":
        for column in MODELS.values():
            model = column.removesuffix("_patch9_mean").removesuffix("_surv_hazard")
            patches = model in ("path", "graph", *_FUSED_PATCHES)
            who = genomics if "omic" in model else everybody
            fill([column], who, release.rows(model, fold, role, patches=patches))
    return table


def _check_rows(release: _Release, rows: pd.DataFrame, source: _Rows, each: int) -> None:
    grades = np.repeat(rows["grade"].to_numpy(float), each)
    same = np.array_equal(grades, source.grades)
    if len(source.times):  # the models of the grade released no times
        outcome = release.outcome.loc[rows.index, ["time", "event"]].to_numpy().repeat(each, axis=0)
        same = same and np.array_equal(outcome, np.column_stack([source.times, source.events]))
    if not same:
        raise release.error(source.name, "its rows are not those of the patients of this division")
