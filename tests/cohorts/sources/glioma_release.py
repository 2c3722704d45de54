"""A made-up archive in the layout of Pathomic Fusion's repository: pickled lists of arrays, without patients."""

import pickle
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmark.cohorts.sources._glioma_archive import PATCHES
from benchmark.cohorts.sources._glioma_pathomic import BY_PATCH, BY_ROI, MODELS

ROOT = "PathomicFusion-0000000"
GRADES = {"path": list(BY_ROI[2:]), "graph": list(BY_PATCH)}


def write_archive(
    path: Path,
    table: pd.DataFrame,
    roles: pd.DataFrame,
    facts: pd.DataFrame,
    edit: Callable[[str, Any], Any] = lambda name, content: content,
) -> Path:
    """Write an archive whose pickles hold the values of ``table``.

    Args:
        table: as :func:`read_derived` gives it.
        roles: patients × folds.
        facts: ``time``, ``event``, ``grade`` (-1 unknown) by patient.
        edit: changes the content of a pickle, by its name; ``None`` leaves it out.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(f"{ROOT}/README.md", "made up")
        for name, content in _pickles(table.sort_values(["fold", "patient_id", "roi"]), roles, facts):
            if (content := edit(name, content)) is not None:
                archive.writestr(f"{ROOT}/checkpoints/TCGA_GBMLGG/{name}", pickle.dumps(content, protocol=3))
    return path


def _pickles(table: pd.DataFrame, roles: pd.DataFrame, facts: pd.DataFrame) -> Any:
    for fold in roles.columns:
        for role in ("train", "test"):
            rows = table[(table["fold"] == fold) & table["patient_id"].isin(roles.index[roles[fold] == role])].join(facts, on="patient_id")
            graded = rows[rows["grade"] >= 0]
            yield f"surv_15_rnaseq/path/path_{fold + 1}_pred_{role}.pkl", _survival(rows, BY_ROI[0], 1)
            yield f"surv_15_rnaseq/graph/graph_{fold + 1}_pred_{role}.pkl", _survival(rows, BY_ROI[1], 1)
            yield f"grad_15/path/path_{fold + 1}_pred_{role}.pkl", _grade(graded, GRADES["path"], 1)
            yield f"grad_15/graph/graph_{fold + 1}_patch_pred_{role}.pkl", _grade(graded, GRADES["graph"], PATCHES)
            omic = rows[rows["rna"]]
            yield f"surv_15_rnaseq/omic/omic_{fold + 1}_pred_{role}.pkl", _survival(omic, MODELS["pathomic_fusion_snn"], 1)
            if role == "test":
                for column in set(MODELS.values()) - {"omic_surv_hazard"}:
                    model = column.removesuffix("_patch9_mean").removesuffix("_surv_hazard")
                    patch, each = ("", 1) if model == "omicomic_fusion" else ("patch_", PATCHES)
                    who = omic if "omic" in model else rows
                    yield f"surv_15_rnaseq/{model}/{model}_{fold + 1}_{patch}pred_test.pkl", _survival(who, column, each)


def _survival(rows: pd.DataFrame, column: str, each: int) -> list[Any]:
    wiggle = np.linspace(-1, 1, each) if each > 1 else np.zeros(1)  # patches differ; their mean is the column's value
    hazards = (rows[column].fillna(0).to_numpy()[:, None] + wiggle).ravel()
    time, event, grade = (rows[name].to_numpy(float).repeat(each) for name in ("time", "event", "grade"))
    return [hazards, time, event, None, grade]


def _grade(rows: pd.DataFrame, columns: list[str], each: int) -> list[Any]:
    none = np.array([])
    return [none, none, none, rows[columns].to_numpy(np.float64).repeat(each, axis=0), rows["grade"].to_numpy(float).repeat(each)]


def made_up(people: Mapping[str, tuple[float, bool, int, int, bool]], roles: Mapping[str, str]) -> tuple[pd.DataFrame, ...]:
    """``table``, ``roles``, ``facts`` of patients → (time, event, grade, ROIs, RNA); roles: a letter (t, e) per fold."""
    words = {"t": "train", "e": "test"}
    divided = pd.DataFrame({patient: [words[letter] for letter in text] for patient, text in roles.items()}).T.rename_axis("patient_id")
    facts = pd.DataFrame.from_dict(people, orient="index", columns=["time", "event", "grade", "rois", "rna"]).rename_axis("patient_id")
    rng, rows = np.random.default_rng(1), []
    for fold in divided.columns:
        for patient, (_, _, grade, rois, rna) in people.items():
            for roi in range(1, rois + 1):
                row = {"fold": fold, "patient_id": patient, "roi": roi, "rna": rna}
                row |= dict(zip(BY_ROI[:2], rng.normal(size=2).round(6), strict=True))
                row |= dict(zip([*BY_ROI[2:], *BY_PATCH], rng.normal(size=6).round(6) if grade >= 0 else [np.nan] * 6, strict=True))
                tested = divided.at[patient, fold] == "test"
                row |= {
                    column: round(rng.normal(), 6) if tested and (rna or "omic" not in column) else np.nan for column in MODELS.values()
                }
                rows.append(row)
    return pd.DataFrame(rows), divided, facts[["time", "event", "grade"]]
