"""TCGA glioma: what Pathomic Fusion released, as the bag ``histology`` and as published predictions.

Chen R.J. et al., Pathomic Fusion: an integrated framework for fusing histopathology and genomic features for cancer
diagnosis and prognosis, IEEE Trans Med Imaging 41:757 (2022).

The networks were trained anew on each of 15 divisions. Of every histology region of interest (ROI, 1,024 px) the outputs
on nine overlapping patches (512 px) were released in the order in which the file system listed them, which mixes a
patient's ROIs. An average over nine of them belongs to a patient, not to an ROI; over all of a patient's it is right.
"""

from pathlib import Path

import pandas as pd

from benchmark.cohorts.formats.text import numbers, read_text
from benchmark.errors import InputError

KEYS = ["fold", "patient_id", "roi"]
BY_ROI = ("path_surv_hazard", "graph_surv_hazard", "path_grade_logp0", "path_grade_logp1", "path_grade_logp2")
BY_PATCH = tuple(f"graph_grade_logp{level}_patch9_mean" for level in range(3))
MODELS = {
    "pathomic_fusion_cnn": "path_surv_hazard_patch9_mean",
    "pathomic_fusion_gcn": "graph_surv_hazard_patch9_mean",
    "pathomic_fusion_snn": "omic_surv_hazard",
    "pathomic_fusion_cnn_cnn": "pathpath_fusion_surv_hazard",
    "pathomic_fusion_gcn_gcn": "graphgraph_fusion_surv_hazard",
    "pathomic_fusion_snn_snn": "omicomic_fusion_surv_hazard",
    "pathomic_fusion_cnn_snn": "pathomic_fusion_surv_hazard",
    "pathomic_fusion_gcn_snn": "graphomic_fusion_surv_hazard",
    "pathomic_fusion_cnn_gcn_snn": "pathgraphomic_fusion_surv_hazard",
}
VALUES = [*BY_ROI, *BY_PATCH, *MODELS.values()]
_NOT_READ = ("n_roi", "grade_code", "*_surv_hazard_patch9_max", "path_grade_logp?_patch9_mean")
_FACTS = {"os_days_pf": "time", "os_event": "event", "in_rnaseq_subset": "rna"}


def read_derived(path: Path, roles: pd.DataFrame, outcome: pd.DataFrame) -> pd.DataFrame:
    """The released outputs as one table, from the table that others derived from the release.

    Args:
        path: CSV with one row per fold and ROI.
        roles: patients × folds, ``train`` or ``test``.
        outcome: columns ``event``, ``time``, of at least these patients.

    Returns:
        Rows by ``fold`` (0-based), ``patient_id``, ``roi`` (1-based), sorted; ``rna``: whether the patient is one of those on
        whom the results were printed; and the columns :data:`VALUES`, the models' in test rows only.

    Raises:
        InputError: unreadable, a column or a row is missing, a column is unknown, or roles or outcomes are not the given ones.
    """
    raw = read_text(path, required=["fold", "split", "case_id", "roi", *_FACTS, *VALUES], others=_NOT_READ)
    for row, patient in enumerate(raw["case_id"], start=2):
        if patient not in roles.index:
            raise InputError(f"{path}, row {row}: patient '{patient}' is not in the published divisions; fetch the files again")
    table = numbers(raw[["fold", "roi", *_FACTS, *VALUES]], path).rename(columns=_FACTS)
    printed = (raw["split"] == "test") & (table["rna"] == 1)
    lacking = table.drop(columns=[*BY_ROI[2:], *BY_PATCH, *MODELS.values()]).isna().any(axis=1)
    lacking |= printed & table[[*MODELS.values()]].isna().any(axis=1)
    if lacking.any():
        raise InputError(f"{path}, row {int(lacking.idxmax()) + 2}: an empty cell where a value is needed; fetch the published file again")
    table = table.assign(fold=table["fold"].astype(int) - 1, roi=table["roi"].astype(int), patient_id=raw["case_id"], role=raw["split"])
    _check(table, roles, outcome, path)
    return table.assign(rna=table["rna"] == 1)[[*KEYS, "rna", *VALUES]].sort_values(KEYS, ignore_index=True)


def _check(table: pd.DataFrame, roles: pd.DataFrame, outcome: pd.DataFrame, path: Path) -> None:
    stated = pd.Series(roles.stack(), name="stated")
    found = table.join(stated, on=["patient_id", "fold"]).join(outcome.astype(float), on="patient_id", rsuffix="_cdr")
    same = (found["role"] == found["stated"]) & (found["event"] == found["event_cdr"]) & (found["time"] == found["time_cdr"])
    if not same.all():
        row = found[~same].iloc[0]
        raise InputError(
            f"{path}, fold {row['fold'] + 1}, patient {row['patient_id']}: role or outcome is not that of the published divisions and TCGA-CDR; fetch the files again"
        )
    ordered = table.sort_values(KEYS)
    numbered = ordered["roi"] == ordered.groupby(["fold", "patient_id"]).cumcount() + 1
    folds = [ordered.loc[ordered["fold"] == fold, ["patient_id", "roi"]].to_numpy().tolist() for fold in roles.columns]
    sound = (
        numbered.all(),
        table["fold"].isin(roles.columns).all(),
        set(table["patient_id"]) == set(roles.index),
        table.groupby("patient_id")["rna"].nunique().eq(1).all(),
        all(rows == folds[0] for rows in folds),
    )
    if not all(sound):
        raise InputError(f"{path}: a patient, fold or ROI is missing, comes twice or contradicts itself; fetch the published file again")


def histology_block(table: pd.DataFrame) -> pd.DataFrame:
    """Outputs of the networks that saw images only, ROIs × ``<feature>@<fold>``.

    The graph network's grades were released by patch: every ROI of a patient gets their mean over all of the patient's.
    """
    short = {name: name.removesuffix("_patch9_mean") for name in BY_PATCH}
    means = table.groupby(["fold", "patient_id"])[list(BY_PATCH)].transform("mean").round(6).rename(columns=short)
    rows = pd.concat([_instances(table), table[["fold", *BY_ROI]], means], axis=1)
    features = [*BY_ROI, *short.values()]
    wide = rows.pivot(index=["patient_id", "instance_id"], columns="fold", values=features)
    wide.columns = pd.Index([f"{feature}@{fold}" for feature in features for fold in sorted(set(table["fold"]))])
    return wide + 0.0  # no negative zeros: a log-probability of -0.0 is 0


def published(table: pd.DataFrame, roles: pd.DataFrame) -> pd.DataFrame:
    """The released test hazards of every model on the patients of the printed results: ``model, split, …, risk``."""
    role = table.join(pd.Series(roles.stack(), name="role"), on=["patient_id", "fold"])["role"]
    rows = table[(role == "test") & table["rna"]]
    parts = [
        _instances(rows).assign(model=model, split="pnas15", repeat=0, fold=rows["fold"].astype("int64"), risk=rows[column])
        for model, column in MODELS.items()
    ]
    columns = ["model", "split", "repeat", "fold", "patient_id", "instance_id", "risk"]
    return pd.concat(parts, ignore_index=True)[columns]


def _instances(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[["patient_id"]].assign(instance_id="roi" + rows["roi"].astype(str).str.zfill(2))
