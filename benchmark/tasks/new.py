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
from benchmark.tasks.folds import draw_folds, eligible
from benchmark.tasks.spec import TaskSpec, load_spec

PENDING = "pending"


def new_task(folder: Path, cohort: Cohort, endpoint: str, blocks: tuple[str, ...]) -> TaskSpec:
    """Write ``task.yaml``, ``folds.csv`` and ``README.md`` of a survival task with the repeated protocol.

    Args:
        folder: ``tasks/<id>``; must not exist.
        endpoint: a survival outcome of the cohort.
        blocks: the modalities; an eligible patient has all of them.

    Raises:
        InputError: the folder exists, or the cohort lacks the endpoint or a block.
    """
    if folder.exists():
        raise InputError(f"{folder} exists; choose another id, or delete its folds.csv to draw the folds again from its task.yaml")
    survival = [name for name in cohort.datasheet.outcomes if f"{name}_event" in cohort.outcomes]
    if endpoint not in survival:
        raise unknown("survival endpoint", endpoint, survival, f"cohort {cohort.name}")
    for block in blocks:
        if block not in cohort.blocks:
            raise unknown("block", block, cohort.blocks, f"cohort {cohort.name}")
    content = _content(folder.name, cohort, endpoint, blocks)
    spec = TaskSpec.model_validate(content)
    folds = draw_folds(spec, cohort)  # before anything is written: it fails where a stratum is too small
    folder.mkdir(parents=True)
    (folder / "task.yaml").write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=140), encoding="utf-8")
    patients, events = _size(spec, cohort)
    (folder / "README.md").write_text(_datasheet(spec, cohort, patients, events), encoding="utf-8")
    return _freeze(folder, folds.to_csv(index=False, lineterminator="\n").encode())


def freeze_folds(folder: Path, cohort: Cohort) -> TaskSpec:
    """Draw the folds that ``task.yaml`` describes, write ``folds.csv``, and its sha256 into ``task.yaml``.

    Raises:
        InputError: there is a ``folds.csv`` already (frozen folds are never overwritten), or the cohort is a replica.
    """
    spec = load_spec(folder)
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
    times = cohort.outcomes[f"{endpoint}_time"].dropna()
    return {
        "id": name,
        "title": f"{endpoint.replace('_', ' ').capitalize()} in {cohort.name}",
        "cohort": cohort.name,
        "kind": "survival",
        # up to here at least a fifth of the patients are followed, so that no fold runs out of them
        "endpoints": {endpoint: {"title": cohort.datasheet.outcomes[endpoint].description, "tau": float(np.floor(times.quantile(0.8)))}},
        "requires": list(blocks),
        "modalities": {block: {"block": block, "refused": cohort.datasheet.blocks[block].refuse} for block in blocks},
        "default_modalities": list(blocks),
        "protocols": {
            "repeated": {
                "description": "5-fold cross-validation, 10 repeats, stratified on the event",
                "folds": 5,
                "repeats": 10,
                "valid": 0.1,
                "seed": 2026,
            }
        },
        "default_protocol": "repeated",
        "metrics": {"primary": "harrell_c", "secondary": ["uno_c"]},
        "reference": "coxnet",
        "margin": 0.05,
        "folds_sha256": PENDING,
    }


def _size(spec: TaskSpec, cohort: Cohort) -> tuple[int, int]:
    ids = eligible(spec, cohort, spec.default_protocol)
    return len(ids), int(cohort.outcomes.loc[ids, f"{next(iter(spec.endpoints))}_event"].sum())


def _datasheet(spec: TaskSpec, cohort: Cohort, patients: int, events: int) -> str:
    return (
        f"# {spec.title}\n\nCohort `{cohort.name}` {cohort.datasheet.version}: {patients} eligible patients, {events} events.\n\n"
        f"Source: {cohort.datasheet.source}\n\nLicence: {cohort.datasheet.licence}\n\nCitation: {cohort.datasheet.citation}\n"
    )
