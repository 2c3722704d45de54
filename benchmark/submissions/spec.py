"""``submission.yaml`` as a validated value; it is a stranger's file, read as hostile."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from benchmark.errors import InputError
from benchmark.models import Resources, check_id
from benchmark.submissions.text import plain_yaml, read_bounded

FORM = "submission.yaml"
BYTES = 16_384
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Prose = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Address = Annotated[str, StringConstraints(max_length=300, pattern=r"^(https://|doi:10\.)[\x21-\x7e]+$")]
Name = Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z][a-z0-9_]*$")]
Value = (
    bool
    | int
    | Annotated[float, Field(allow_inf_nan=False)]
    | Annotated[str, StringConstraints(max_length=60, pattern=r"^[A-Za-z0-9_.+-]*$")]
)


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Author(_Form):
    name: Line
    affiliation: Line | None = None
    orcid: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{4}-\d{4}-\d{3}[\dX]$")] | None = None


class SubmissionSpec(_Form):
    """``submission.yaml``. No value of it is a path: a submission is its folder.

    Attributes:
        id: the folder's name.
        licence: an SPDX identifier.
        paper, code: addresses (https or doi), where there are any.
        kind: ``model``: ``model.py`` is run; ``predictions``: ``predictions.csv`` is scored and shown as self-reported.
        tasks: which to check and run.
        modalities: which the model uses, where not the task's default ones.
        parameters: those that differ from the defaults of the constructor.
        dependencies: packages of requirements.lock beyond those that fusebench itself needs.
        training_data: what the model, or a part of it, was trained on beyond the training part of the task; "none".
        conflicts_of_interest: "none", or what a reader should know.
    """

    id: Name
    title: Line
    authors: tuple[Author, ...] = Field(min_length=1, max_length=50, strict=False)
    licence: Annotated[str, StringConstraints(max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9.+-]*$")]
    paper: Address | None = None
    code: Address | None = None
    kind: Literal["model", "predictions"] = "model"
    tasks: tuple[Name, ...] = Field(min_length=1, max_length=30, strict=False)
    modalities: tuple[Name, ...] = Field(default=(), max_length=20, strict=False)
    parameters: Mapping[Name, Value] = Field(default={}, max_length=50)
    dependencies: tuple[Annotated[str, StringConstraints(max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")], ...] = Field(
        default=(), max_length=20, strict=False
    )
    training_data: Prose
    resources: Resources = Resources()
    conflicts_of_interest: Prose

    @field_validator("authors", "tasks", "modalities", "dependencies", mode="before")
    @classmethod
    def _is_a_list(cls, value: object) -> object:
        if not isinstance(value, list | tuple):
            raise ValueError("expected a list")
        return tuple(value)

    def given(self) -> dict[str, str]:
        """The parameters as ``bench run --param`` would be given them."""
        return {name: str(value) for name, value in self.parameters.items()}


def read_spec(folder: Path) -> SubmissionSpec:
    """The validated ``submission.yaml`` of a submission's folder.

    Raises:
        InputError: missing, a link, too large, no plain YAML, a key is unknown, missing or wrong, or the id is not the folder's name.
    """
    path = folder / FORM
    try:
        spec = SubmissionSpec.model_validate(plain_yaml(read_bounded(path, BYTES), path))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))[:100] or "top level"
        raise InputError(f"{path}, key {key}: {_plainly(first['msg'])}") from error
    check_id("submission", spec.id, path)
    if spec.id != folder.name:
        raise InputError(f"{path}, key id: '{spec.id}' differs from the folder's name '{folder.name}'; make them the same")
    return spec


def _plainly(message: str) -> str:
    """A message of the validator without what it repeats of the input."""
    return re.sub(r"^Value error, ", "", message)[:200].lower()
