"""``task.yaml`` as a validated value."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from benchmark.errors import InputError, unknown
from benchmark.models import check_id

Metric = Literal["harrell_c", "uno_c"]


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Modality(_Spec):
    """A modality of a task: a block of the cohort, all of it or a named subset, less the refused columns.

    Attributes:
        block: the cohort's block.
        subset: a column subset that the cohort's datasheet names.
        refused: column → why it must not be used (it encodes the label, or is not known in time).
    """

    block: str
    subset: str | None = None
    refused: dict[str, str] = {}


class Endpoint(_Spec):
    """What is predicted.

    Attributes:
        title: in words.
        tau: horizon of Uno's C, in the cohort's unit of time.
    """

    title: str
    tau: float = Field(gt=0, allow_inf_nan=False)


class Protocol(_Spec):
    """How patients are split: repeated, stratified K-fold cross-validation by patient.

    Attributes:
        folds, repeats: every eligible patient is tested once per repeat.
        valid: share of *all* patients held out for validation in each fold.
        where: ``block.column`` → the values that a patient must have (further eligibility).
        seed: of the splits.
    """

    description: str
    folds: int = Field(ge=2, strict=True)
    repeats: int = Field(ge=1, strict=True)
    valid: float = Field(ge=0, lt=0.5)
    where: dict[str, tuple[str, ...]] = {}
    seed: int


class Metrics(_Spec):
    primary: Metric
    secondary: tuple[Metric, ...] = ()


class TaskSpec(_Spec):
    """``task.yaml``.

    Attributes:
        requires: the blocks that an eligible patient must have.
        default_modalities: what a model uses when nobody says otherwise.
        reference: the model that every other one is compared with.
        margin: non-inferiority margin on the primary metric.
        folds_sha256: digest of ``folds.csv``.
    """

    id: str
    title: str
    cohort: str
    kind: Literal["survival"]
    endpoints: dict[str, Endpoint] = Field(min_length=1)
    requires: tuple[str, ...] = ()
    modalities: dict[str, Modality] = Field(min_length=1)
    default_modalities: tuple[str, ...] = Field(min_length=1)
    protocols: dict[str, Protocol] = Field(min_length=1)
    default_protocol: str
    metrics: Metrics
    reference: str
    margin: float = Field(gt=0)
    folds_sha256: str


def task_folders(tasks: Path) -> dict[str, Path]:
    """Task id → folder: every folder under ``tasks/`` with a ``task.yaml``."""
    return {path.parent.name: path.parent for path in sorted(tasks.glob("*/task.yaml"))}


def load_spec(folder: Path) -> TaskSpec:
    """The validated ``task.yaml`` of a task folder.

    Raises:
        InputError: missing, not YAML, or a key is unknown, missing or of the wrong type.
    """
    path = folder / "task.yaml"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 (byte {error.start})") from error
    try:
        spec = TaskSpec.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise InputError(f"{path}: not valid YAML ({str(error).splitlines()[0]})") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "top level"
        raise InputError(f"{path}, key {key}: {first['msg'].lower()}") from error
    if spec.id != folder.name:
        raise InputError(f"{path}, key id: '{spec.id}' differs from the folder's name '{folder.name}'")
    return spec


def check_names(spec: TaskSpec) -> None:
    """Refuse ids that are not lower_snake_case, and defaults that name what is not there."""
    where = f"{spec.id}/task.yaml"
    groups: Mapping[str, Any] = {"task": [spec.id], "protocol": spec.protocols, "modality": spec.modalities, "endpoint": spec.endpoints}
    for what, names in groups.items():
        for name in names:
            check_id(what, name, where)
    if spec.default_protocol not in spec.protocols:
        raise unknown("protocol", spec.default_protocol, spec.protocols, f"{where}, default_protocol")
    if len(set(spec.default_modalities)) < len(spec.default_modalities):
        raise InputError(f"{where}, key default_modalities: names one twice")
    for name in spec.default_modalities:
        if name not in spec.modalities:
            raise unknown("modality", name, spec.modalities, f"{where}, default_modalities")
