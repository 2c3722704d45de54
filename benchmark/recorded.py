"""What a ``run.json`` says, as far as its readers count on it: the keys, their types and how long a text may be."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,200}$")]
Line = Annotated[str, Field(pattern=r"^[^\n]*$", max_length=10_000)]
Short = Annotated[str, Field(pattern=r"^[^\n]*$", max_length=1000)]  # what a board says too
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{16,64}$")]
Place = Annotated[int, Field(ge=0, lt=2**15)]  # the table's type is int16
Seconds = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]  # thirty years: a sum over all folds stays a number


class _Cohort(TypedDict):
    name: Name
    version: Line
    data: Literal["real", "replica"]


class Environment(TypedDict):
    """On what a record was made, which is what the last digits of a prediction hang on; a board says the same of it."""

    python: Short
    libraries: dict[Short, Short]
    cpu: Short
    blas: Short
    threads: Annotated[int, Field(ge=1, lt=2**15)]


class _Fold(TypedDict):
    repeat: Place
    fold: Place
    status: Literal["ok", "failed"]
    reason: str
    fit_seconds: Seconds
    predict_seconds: Seconds
    search: NotRequired[dict[str, Any]]


class _Info(TypedDict):
    """What whoever reads a ``run.json`` counts on; it has more (see :meth:`benchmark.records.Draft.finish`). Others may have written it."""

    task: Name
    protocol: Name
    endpoint: Name
    model: Name
    label: Short
    source: Line | None
    parameters: dict[str, Any]
    seed: Annotated[int, Field(ge=0)]
    search: NotRequired[Annotated[int, Field(ge=1)]]
    drop: NotRequired[Annotated[list[Name], Field(min_length=1)]]
    digest: Digest
    task_digest: Digest
    folds_digest: Digest
    cohort_digest: Digest
    source_digest: Digest
    isolation: Name
    cohort: _Cohort
    modalities: list[Name]
    environment: Environment
    predictions_sha256: Digest
    folds: list[_Fold]


INFO = TypeAdapter(_Info)
