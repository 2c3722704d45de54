"""What a plan needs to know of a model, as data: a stranger's file is never imported by the harness."""

import inspect
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from benchmark.errors import InputError
from benchmark.models.contract import ANY, Between, Kind, Model
from benchmark.models.hints import spelled
from benchmark.models.values import check_numbers
from benchmark.untrusted import printable

RESERVED = ("seed", "modalities")
WRAPPERS = ("search", "drop")  # how `bench run` treats a model: written like its parameters, never given to it
DEPTH, LENGTH = 4, 1000  # of a value
EXPECTED = "expected Between(low, high), with 0 < low if log, or a tuple of values"


def plain(value: object, depth: int = DEPTH) -> object:
    """The value, if it is a finite number of at most 64 bits, a string, ``None`` or a tuple of such (a list becomes one).

    Raises:
        ValueError: it is something else.
    """
    if isinstance(value, tuple | list) and depth and len(value) <= LENGTH:
        return tuple(plain(item, depth - 1) for item in value)
    check_numbers(value)
    if value is None or isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= LENGTH and value.isprintable()):
        return value
    raise ValueError(f"its default is a {type(value).__name__}; use a number, a string, a tuple or None")


Value = Annotated[Any, BeforeValidator(plain)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]


class Parameter(BaseModel):
    """A hyper-parameter: its type as text (see :mod:`benchmark.models.hints`) and its default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hint: Annotated[str, Field(max_length=LENGTH)]
    default: Value


class Resources(BaseModel):
    """What a submission says that one fold may use: it is ended beyond that, in a check and in a run alike."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    memory_gib: float = Field(default=4, ge=0.5, le=64, strict=False)
    seconds_per_fold: float = Field(default=300, ge=1, le=7200, strict=False)

    @property
    def memory(self) -> int:
        """Bytes."""
        return int(self.memory_gib * 2**30)


class Facts(BaseModel):
    """What :class:`benchmark.models.Model` declares, without its code.

    Attributes:
        resources: those that a submission names; ``None`` for others, whom the user's limits hold.
        modalities: those that a submission names in ``submission.yaml``.
        summary: the first line of what its file says of itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kinds: Annotated[tuple[Kind, ...], Field(min_length=1, max_length=3)]
    needs: Annotated[tuple[Name, ...], Field(max_length=50)]
    min_modalities: Annotated[int, Field(ge=0, le=ANY)]
    max_modalities: Annotated[int, Field(ge=0, le=ANY)]
    parameters: Annotated[dict[Name, Parameter], Field(max_length=200)]
    search_space: Annotated[dict[Name, Between | Annotated[tuple[Value, ...], Field(max_length=LENGTH)]], Field(max_length=200)]
    modalities: Annotated[tuple[Name, ...], Field(max_length=50)] = ()
    resources: Resources | None = None
    summary: Annotated[str, BeforeValidator(printable), Field(max_length=LENGTH)] = ""


def facts_of(model: type[Model], path: Path) -> Facts:
    """The facts of a model's class.

    Raises:
        InputError: a parameter that cannot be recorded, or a declaration of another type than the contract's.
    """
    signature = inspect.signature(model).parameters
    _check_signature(path, model.__name__, signature)
    for name, space in model.search_space.items():
        if not isinstance(space, Between | tuple):
            raise _odd_space(path, name, space)
    declared = {name: getattr(model, name) for name in ("kinds", "needs", "min_modalities", "max_modalities")}
    summary = (inspect.getdoc(model) or "").partition("\n")[0][:LENGTH]
    try:
        hints = get_type_hints(model.__init__)
        parameters = {name: {"hint": spelled(hints.get(name, str)), "default": item.default} for name, item in signature.items()}
        return Facts.model_validate({**declared, "parameters": parameters, "search_space": dict(model.search_space), "summary": summary})
    except ValidationError as error:
        first = error.errors()[0]
        remedy = f"; {EXPECTED}" if first["loc"][0] == "search_space" else ""
        raise InputError(f"{path}: {model.__name__}: {'.'.join(map(str, first['loc']))}: {first['msg'].lower()}{remedy}") from error
    except (ValueError, NameError) as error:
        raise InputError(f"{path}: {model.__name__}: {error}") from error


def _check_signature(path: Path, model: str, signature: Mapping[str, inspect.Parameter]) -> None:
    for name, item in signature.items():
        where = f"{path}: parameter '{name}' of {model}"
        if name in WRAPPERS:
            raise InputError(f"{where}: the name is taken by 'bench run --{name}'; choose another")
        if item.kind in (item.VAR_POSITIONAL, item.VAR_KEYWORD):
            raise InputError(f"{where}: name every hyper-parameter; '*' parameters cannot be recorded")
        if item.default is item.empty:
            raise InputError(f"{where} has no default; give it one")
        try:
            plain(item.default)
        except ValueError as error:
            raise InputError(f"{where}: {error}") from error


def check_space(path: Path, facts: Facts) -> None:
    """Refuse a search space that names no parameter of the model, or offers nothing to try.

    Raises:
        InputError: the first that is wrong.
    """
    for name, space in facts.search_space.items():
        if name in RESERVED or name not in facts.parameters:
            raise InputError(f"{path}: search_space: '{name}' is no parameter that can be searched")
        if isinstance(space, Between):
            fine = math.isfinite(space.low) and math.isfinite(space.high) and space.low <= space.high and (space.low > 0 or not space.log)
        else:
            fine = len(space) > 0
        if not fine:
            raise _odd_space(path, name, space)


def _odd_space(path: Path, name: str, space: object) -> InputError:
    return InputError(f"{path}: search_space: '{name}': {EXPECTED}; got {space}")
