"""``submission.yaml`` as a validated value; it is a stranger's file, read as hostile."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator
from pydantic_core import ErrorDetails

from benchmark.errors import InputError
from benchmark.models import Resources, check_id
from benchmark.submissions.text import plain_yaml, read_bounded

FORM = "submission.yaml"
BYTES = 16_384
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Prose = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Address = Annotated[str, StringConstraints(max_length=300, pattern=r"^(https://|doi:10\.)[\x21-\x7e]+$")]
Name = Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z][a-z0-9_]*$")]
NO_PARAMETERS = {
    "seed": "the seed is the runner's",
    "modalities": "it is a key of its own",
    "search": "a search is asked for by 'bench run'",
    "drop": "what test patients lack is asked for by 'bench run'",
}
WORDS = {  # of what a key has to look like
    "licence": "expected an SPDX identifier, such as Apache-2.0",
    "paper": "expected an address: https://… or doi:10.…",
    "code": "expected an address: https://… or doi:10.…",
    "orcid": "expected 0000-0000-0000-0000",
    "dependencies": "expected the name of a package, without a version",
    "parameters": "expected true, false, a number, or a word of letters, digits and _ . + -",
}
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
        if twice := next((item for place, item in enumerate(value) if isinstance(item, str) and item in value[:place]), None):
            raise ValueError(f"'{twice[:60]}' stands twice")
        return tuple(value)

    @field_validator("parameters", mode="before")
    @classmethod
    def _is_of_the_model(cls, value: object) -> object:
        given = value if isinstance(value, Mapping) else {}
        if name := next((name for name in NO_PARAMETERS if name in given), None):
            raise ValueError(f"'{name}' is no parameter of a model: {NO_PARAMETERS[name]}")
        return value

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
        raise InputError(f"{path}, {_plainly(error.errors())}") from error
    check_id("submission", spec.id, path)
    if spec.id != folder.name:
        raise InputError(f"{path}, key id: '{spec.id}' differs from the folder's name '{folder.name}'; make them the same")
    return spec


def _plainly(errors: Sequence[ErrorDetails]) -> str:
    """The first key that is wrong, and what about it, without what the validator repeats of the input and its own terms."""
    first = errors[0]
    names = [str(part) for part in first["loc"]]
    key = f"key {'.'.join(names)[:100]}" if names else "top level"
    unknown_keys = [str(item["loc"][-1]) for item in errors if item["type"] == "extra_forbidden" and len(item["loc"]) == len(names)]
    said = {
        "missing": "is missing" + "".join(f"; '{name}' is no key" for name in unknown_keys[:1]),
        "extra_forbidden": "is no key of the form",
        "too_short": "is empty: name at least one",
        "string_too_short": "is empty",
        "model_type": "expected keys with values",
        "dict_type": "expected keys with values",
        "string_type": "expected text",
    }
    said["string_pattern_mismatch"] = next(
        (WORDS[name] for name in reversed(names) if name in WORDS), "holds characters that are not allowed"
    )
    if names[:1] == ["parameters"] and first["type"] != "value_error":
        return f"key {'.'.join(names[:2])[:100]}: {WORDS['parameters']}"
    return f"{key}: {said.get(first['type']) or re.sub('^Value error, ', '', first['msg'])[:200]}"
