"""``task.yaml`` as a validated value."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from benchmark.errors import InputError, unknown
from benchmark.models import Kind, check_id

Metric = Literal[
    "harrell_c",
    "uno_c",
    "harrell_c_instances",
    "auc",
    "average_precision",
    "brier",
    "macro_auc",
    "accuracy",
    "balanced_accuracy",
    "macro_f1",
]
Form = TypeVar("Form", bound=BaseModel)
ALL = "all"  # the endpoint that stands for all of a task
METRICS_OF: Mapping[Kind, tuple[tuple[Metric, ...], tuple[Metric, ...]]] = {  # kind → (primary, secondary)
    "survival": (("harrell_c", "uno_c"), ("harrell_c", "uno_c", "harrell_c_instances")),
    "binary": (("auc",), ("average_precision", "balanced_accuracy", "brier")),
    "multiclass": (("macro_auc",), ("accuracy", "balanced_accuracy", "macro_f1")),
}


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
        outcome: the cohort's outcome; default: the endpoint's own name.
        tau: survival: horizon of Uno's C, in the cohort's unit of time.
        classes: binary and multiclass: class → the levels of the outcome that belong to it, in the order of the class codes; of two
            classes the second is the positive one. A patient with a level of no class is not eligible.
        not_estimable: why no metric on these patients means anything, where it is not only that there are fewer than ten positives.
    """

    title: str
    outcome: str | None = None
    tau: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    classes: dict[str, tuple[str, ...]] = {}
    not_estimable: str | None = None


class _Protocol(_Spec):
    """How patients are split.

    Attributes:
        valid: share of *all* patients held out for validation in each fold, taken from what would train.
        requires: blocks that a patient must have, beside those that the task requires.
        where: ``block.column`` → the values that a patient must have (further eligibility).
        seed: of the splits.
        caution: what its scores must not be taken for; stands above its boards and its printed numbers.
    """

    description: str
    caution: str = ""
    valid: float = Field(ge=0, lt=0.5)
    requires: tuple[str, ...] = ()
    where: dict[str, tuple[str, ...]] = {}
    seed: int

    @property
    def tests_each(self) -> int | None:
        """How often every eligible patient is tested; ``None`` where the design does not say."""
        return None


class CrossValidation(_Protocol):
    """K-fold cross-validation by patient, stratified on the outcome: every patient is tested once per repeat.

    Attributes:
        sites: ``block.column``: patients of one site stay together, so that whole sites are tested.
    """

    design: Literal["cross_validation"]
    folds: int = Field(ge=2, strict=True)
    repeats: int = Field(ge=1, strict=True)
    sites: str | None = None

    @property
    def tests_each(self) -> int:
        return self.repeats


class Holdout(_Protocol):
    """Stratified random splits, each anew (Monte Carlo); ``test`` is the tested share."""

    design: Literal["holdout"]
    repeats: int = Field(ge=1, strict=True)
    test: float = Field(gt=0, lt=1)


class External(_Protocol):
    """Every site (``block.column``) is the test part once, while the others train."""

    design: Literal["external"]
    sites: str

    @property
    def tests_each(self) -> int:
        return 1


class Published(_Protocol):
    """A split that the cohort carries because others published it; eligible patients only."""

    design: Literal["published"]
    splits: str


Protocol = Annotated[CrossValidation | Holdout | External | Published, Field(discriminator="design")]


class Metrics(_Spec):
    primary: Metric
    secondary: tuple[Metric, ...] = ()


class TaskSpec(_Spec):
    """``task.yaml``.

    Attributes:
        requires: the blocks that an eligible patient must have.
        default_modalities: what a model uses when nobody says otherwise.
        instances: the modality whose instances the metric ``harrell_c_instances`` counts.
        reference: the model that every other one is compared with.
        margin: non-inferiority margin on the primary metric.
        folds_sha256: digest of ``folds.csv``.
    """

    id: str
    title: str
    cohort: str
    kind: Kind
    endpoints: dict[str, Endpoint] = Field(min_length=1)
    requires: tuple[str, ...] = ()
    modalities: dict[str, Modality] = Field(min_length=1)
    default_modalities: tuple[str, ...] = Field(min_length=1)
    protocols: dict[str, Protocol] = Field(min_length=1)
    default_protocol: str
    instances: str | None = None
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
    spec = read_yaml(path, TaskSpec)
    if spec.id != folder.name:
        raise InputError(f"{path}, key id: '{spec.id}' differs from the folder's name '{folder.name}'")
    return spec


def read_yaml(path: Path, form: type[Form]) -> Form:
    """A YAML file as a validated value.

    Raises:
        InputError: missing, not YAML, or a key is unknown, missing or of the wrong type.
    """
    try:
        return form.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 (byte {error.start})") from error
    except yaml.YAMLError as error:
        raise InputError(f"{path}: not valid YAML ({str(error).splitlines()[0]})") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "top level"
        raise InputError(f"{path}, key {key}: {first['msg'].lower()}") from error


def check_names(spec: TaskSpec) -> None:
    """Refuse ids that are not lower_snake_case, defaults that name what is not there, and endpoints and metrics of another kind."""
    where = f"{spec.id}/task.yaml"
    groups: Mapping[str, Any] = {"task": [spec.id], "protocol": spec.protocols, "modality": spec.modalities, "endpoint": spec.endpoints}
    for what, names in groups.items():
        for name in names:
            check_id(what, name, where)
    if ALL in spec.endpoints:
        raise InputError(f"{where}: '{ALL}' stands for all endpoints together; give the endpoint another id")
    if spec.default_protocol not in spec.protocols:
        raise unknown("protocol", spec.default_protocol, spec.protocols, f"{where}, default_protocol")
    if len(set(spec.default_modalities)) < len(spec.default_modalities):
        raise InputError(f"{where}, key default_modalities: names one twice")
    for name in spec.default_modalities:
        if name not in spec.modalities:
            raise unknown("modality", name, spec.modalities, f"{where}, default_modalities")
    if (name := spec.instances) is not None and name not in spec.modalities:
        raise unknown("modality", name, spec.modalities, f"{where}, instances")
    _check_kind(spec, where)


def _check_kind(spec: TaskSpec, where: str) -> None:
    for name, endpoint in spec.endpoints.items():
        lacking = "tau" if spec.kind == "survival" and endpoint.tau is None else None
        if spec.kind == "binary" and len(endpoint.classes) != 2:
            lacking = "two classes"
        if spec.kind == "multiclass" and len(endpoint.classes) < 3:
            lacking = "three classes or more"
        if lacking:
            raise InputError(f"{where}, endpoint {name}: a {spec.kind} endpoint needs {lacking}")
        levels = [level for group in endpoint.classes.values() for level in group]
        if len(set(levels)) < len(levels):
            raise InputError(f"{where}, endpoint {name}: a level stands in two classes")
    primary, secondary = METRICS_OF[spec.kind]
    for key, given, known in (("primary", (spec.metrics.primary,), primary), ("secondary", spec.metrics.secondary, secondary)):
        for metric in given:
            if metric not in known:
                raise unknown(f"{key} metric of a {spec.kind} task", metric, known, f"{where}, metrics")
    if "harrell_c_instances" in spec.metrics.secondary and spec.instances is None:
        raise InputError(f"{where}: the metric harrell_c_instances needs the key 'instances' to name a modality")
