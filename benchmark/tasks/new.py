"""Making a task: the folder, its ``task.yaml`` and the frozen folds."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmark.cohorts import Cohort
from benchmark.errors import InputError, unknown
from benchmark.models import Kind
from benchmark.tasks.folds import draw_folds, eligible
from benchmark.tasks.spec import METRICS_OF, TaskSpec, check_names, load_spec

PENDING = "pending"


def new_task(folder: Path, cohort: Cohort, endpoint: str, blocks: tuple[str, ...]) -> TaskSpec:
    """Write ``task.yaml``, ``folds.csv`` and ``README.md`` of a task with the repeated protocol.

    Args:
        folder: ``tasks/<id>``; must not exist.
        endpoint: an outcome of the cohort: times make a survival task, two levels a binary one, more a multiclass one.
        blocks: the modalities; an eligible patient has all of them.

    Raises:
        InputError: the folder exists, or the cohort lacks the endpoint or a block.
    """
    if folder.exists():
        raise InputError(f"{folder} exists; choose another id, or delete its folds.csv to draw the folds again from its task.yaml")
    if endpoint not in cohort.datasheet.outcomes:
        raise unknown("outcome", endpoint, cohort.datasheet.outcomes, f"cohort {cohort.name}")
    for block in blocks:
        if block not in cohort.blocks:
            raise unknown("block", block, cohort.blocks, f"cohort {cohort.name}")
    content = _content(folder.name, cohort, endpoint, blocks)
    spec = TaskSpec.model_validate(content)
    folds = draw_folds(spec, cohort)  # before anything is written: it fails where a stratum is too small
    folder.mkdir(parents=True)
    (folder / "task.yaml").write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=140), encoding="utf-8")
    (folder / "README.md").write_text(_readme(spec, cohort), encoding="utf-8")
    return _freeze(folder, folds.to_csv(index=False, lineterminator="\n").encode())


def freeze_folds(folder: Path, cohort: Cohort) -> TaskSpec:
    """Draw the folds that ``task.yaml`` describes, write ``folds.csv``, and its sha256 into ``task.yaml``.

    Raises:
        InputError: there is a ``folds.csv`` already (frozen folds are never overwritten), or the cohort is a replica.
    """
    spec = load_spec(folder)
    check_names(spec)
    if (folder / "folds.csv").exists():
        raise InputError(f"{folder}/folds.csv exists: frozen folds are not drawn again; delete it first if no result depends on it")
    return _freeze(folder, draw_folds(spec, cohort).to_csv(index=False, lineterminator="\n").encode())


def _freeze(folder: Path, folds: bytes) -> TaskSpec:
    (folder / "folds.csv").write_bytes(folds)
    path = folder / "task.yaml"
    text = path.read_text(encoding="utf-8")
    digest = hashlib.sha256(folds).hexdigest()
    path.write_text(re.sub(r"(?m)^folds_sha256:.*$", f"folds_sha256: {digest}", text), encoding="utf-8")
    return load_spec(folder)


def _content(name: str, cohort: Cohort, endpoint: str, blocks: tuple[str, ...]) -> Mapping[str, Any]:
    kind, settings = _endpoint(cohort, endpoint)
    primary, secondary = METRICS_OF[kind]
    return {
        "id": name,
        "title": f"{endpoint.replace('_', ' ').capitalize()} in {cohort.name}",
        "cohort": cohort.name,
        "kind": kind,
        "endpoints": {endpoint: {"title": cohort.datasheet.outcomes[endpoint].description, **settings}},
        "requires": list(blocks),
        "modalities": {block: {"block": block, "refused": cohort.datasheet.blocks[block].refuse} for block in blocks},
        "default_modalities": list(blocks),
        "protocols": {
            "repeated": {
                "design": "cross_validation",
                "description": "5-fold cross-validation, 10 repeats, stratified on the outcome",
                "folds": 5,
                "repeats": 10,
                "valid": 0.1,
                "seed": 2026,
            }
        },
        "default_protocol": "repeated",
        "metrics": {"primary": primary[0], "secondary": ["uno_c"] if kind == "survival" else list(secondary)},
        "reference": "coxnet" if kind == "survival" else "logistic",
        "margin": 0.05,
        "folds_sha256": PENDING,
    }


def _endpoint(cohort: Cohort, name: str) -> tuple[Kind, dict[str, Any]]:
    if name not in cohort.outcomes:
        # up to here at least a fifth of the patients are followed, so that no fold runs out of them
        return "survival", {"tau": float(np.floor(cohort.outcomes[f"{name}_time"].dropna().quantile(0.8)))}
    levels = list(cohort.outcomes[name].cat.categories)
    return "binary" if len(levels) == 2 else "multiclass", {"classes": {level: [level] for level in levels}}


def _readme(spec: TaskSpec, cohort: Cohort) -> str:
    patients = len(eligible(spec, cohort, spec.default_protocol))
    return (
        f"# {spec.title}\n\nCohort `{cohort.name}` {cohort.datasheet.version}: {patients} eligible patients.\n\n"
        f"Source: {cohort.datasheet.source}\n\nLicence: {cohort.datasheet.licence}\n\nCitation: {cohort.datasheet.citation}\n"
    )
