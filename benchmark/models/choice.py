"""How models are found and chosen: a folder and a file, nothing to register."""

import hashlib
import importlib.util
import inspect
import json
import math
import re
import sys
import types
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from benchmark.errors import InputError, unknown
from benchmark.models.contract import ANY, Between, Model

RESERVED = ("seed", "modalities")
VALUES = (bool, int, float, str, tuple, type(None))  # what a parameter can be, in a record and in brackets
WRAPPERS = ("search", "drop")  # how `bench run` treats a model: written like its parameters, never given to it


@dataclass(frozen=True)
class ModelChoice:
    """A model with the parameters a user chose: what a record is made of.

    Attributes:
        name: the id: the file's name, or the folder's for a submission.
        path: the Python file.
        source: the file relative to the repository; ``None`` for a file that the user named by its path.
        parameters: the explicit parameters, typed and sorted, without ``seed``.
        model: the class.
        search: trials of the nested hyper-parameter search of each fold; 0: none.
        drop: modalities that the test patients are handed over without.
    """

    name: str
    path: Path
    source: str | None
    parameters: Mapping[str, Any]
    model: type[Model]
    search: int = 0
    drop: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """``name[key=value,…]`` with the parameters that differ from the defaults, then search and drop: the name on a board."""
        wrappers = {name: getattr(self, name) for name in WRAPPERS if getattr(self, name)}
        inside = ",".join(f"{key}={_spell(value)}" for key, value in {**self.parameters, **wrappers}.items())
        return f"{self.name}[{inside}]" if inside else self.name

    @property
    def searched(self) -> tuple[str, ...]:
        """The hyper-parameters that a search tries: those of the model's search space that the user did not set."""
        return tuple(name for name in self.model.search_space if name not in self.parameters) if self.search else ()

    @property
    def accepts(self) -> tuple[str, ...]:
        """Which of ``seed`` and ``modalities`` the constructor has: the runner fills them in."""
        return tuple(name for name in RESERVED if name in inspect.signature(self.model).parameters)

    @property
    def takes_modalities(self) -> bool:
        return "modalities" in self.accepts

    def modalities(self, offered: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
        """The modalities this choice uses on a task; see :meth:`benchmark.models.Model.pick`."""
        if not self.takes_modalities:
            return self.model.needs
        return tuple(self.parameters.get("modalities") or self.model.pick(offered, default))

    def arity(self) -> str:
        """How many modalities it takes, in words."""
        low, high = self.model.min_modalities, self.model.max_modalities
        return str(low) if low == high else f"{low} or more" if high >= ANY else f"{low} to {high}"

    def all_parameters(self) -> dict[str, Any]:
        """Every parameter with its value, defaults included, except ``seed``, ``modalities`` and what is searched."""
        signature = inspect.signature(self.model)
        defaults = {name: item.default for name, item in signature.parameters.items()}
        left_out = {*RESERVED, *self.searched}
        return {name: value for name, value in sorted((defaults | dict(self.parameters)).items()) if name not in left_out}


def find_models(root: Path) -> dict[str, Path]:
    """Model id → file: ``baselines/<id>.py`` and ``submissions/<id>/model.py``.

    Raises:
        InputError: two files claim the same id, or an id is not lower_snake_case.
    """
    found: dict[str, Path] = {}
    baselines = [(path.stem, path) for path in sorted((root / "baselines").glob("*.py")) if not path.stem.startswith("_")]
    submissions = [(path.parent.name, path) for path in sorted((root / "submissions").glob("*/model.py"))]
    for name, path in baselines + submissions:
        check_id("model", name, path)
        if name in found:
            raise InputError(f"{path}: the id '{name}' is taken by {found[name]}; rename one of them")
        found[name] = path
    return found


def check_id(what: str, name: str, where: object) -> None:
    """Refuse an id that is not lower_snake_case (DVC joins matrix values with '-' and would collide silently)."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise InputError(f"{where}: the {what} id '{name}' is not lower_snake_case (letters, digits, '_')")


def choose(root: Path, text: str, parameters: Mapping[str, str] | None = None) -> ModelChoice:
    """The model that ``text`` names: an id, ``id[key=value,…]``, or the path of a Python file (same brackets allowed).

    Args:
        root: the repository.
        text: e.g. ``coxnet[modalities=genomics+radiomics,fusion=late]``; ``+`` joins the items of a list. ``search=N`` and
            ``drop=A+B`` are no parameters of the model: see :class:`ModelChoice`.
        parameters: further ``key=value`` pairs; they win over the brackets.

    Raises:
        InputError: unknown model or parameter (with the nearest names), or a value of the wrong type.
    """
    match = re.fullmatch(r"([^\[\]]+)(?:\[([^\[\]]*)\])?", text)
    if match is None:
        raise InputError(f"--model '{text}': expected NAME or NAME[key=value,…]")
    name, inside = match.group(1), match.group(2) or ""
    pairs = [item.partition("=") for item in inside.split(",") if item]
    if wrong := [key for key, equals, _ in pairs if not equals]:
        raise InputError(f"--model '{text}': '{wrong[0]}' is not key=value (join the items of a list with '+')")
    given = {key.strip(): value.strip() for key, _, value in pairs} | dict(parameters or {})
    source = None
    if name.endswith(".py"):
        path = Path(name)
        name = path.parent.name if path.name == "model.py" else path.stem
        check_id("model", name, path)
    else:
        models = find_models(root)
        if name not in models:
            raise unknown("model", name, models, "baselines/ and submissions/")
        path = models[name]
        source = path.relative_to(root).as_posix()
    model = load_model(path)
    _check_signature(path, model)
    search, drop = _trials(name, given.pop("search", "0")), tuple(sorted(set(filter(None, given.pop("drop", "").split("+")))))
    if search:
        check_space(path, model)
    return ModelChoice(name, path.resolve(), source, _typed(name, model, given, model.search_space if search else ()), model, search, drop)


def load_model(path: Path) -> type[Model]:
    """The one subclass of :class:`Model` that the file defines.

    Raises:
        InputError: the file cannot be read or imported, or defines none or several.
    """
    name = f"_model_{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise InputError(f"{path}: no such model file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # the file is the user's code: whatever it raises is reported as bad input
        raise InputError(f"{path}: cannot be imported ({type(error).__name__}: {error})") from error
    return _only_model(module, path)


def _only_model(module: types.ModuleType, path: Path) -> type[Model]:
    own = [
        item
        for item in vars(module).values()
        if inspect.isclass(item) and issubclass(item, Model) and item.__module__ == module.__name__ and not inspect.isabstract(item)
    ]
    if len(own) != 1:
        names = ", ".join(item.__name__ for item in own) or "none"
        raise InputError(f"{path}: defines {names}; expected exactly one subclass of benchmark.models.Model with fit and predict")
    return own[0]


def _check_signature(path: Path, model: type[Model]) -> None:
    for name, item in inspect.signature(model).parameters.items():
        where = f"{path}: parameter '{name}' of {model.__name__}"
        if name in WRAPPERS:
            raise InputError(f"{where}: the name is taken by 'bench run --{name}'; choose another")
        if item.kind in (item.VAR_POSITIONAL, item.VAR_KEYWORD):
            raise InputError(f"{where}: name every hyper-parameter; '*' parameters cannot be recorded")
        if item.default is item.empty:
            raise InputError(f"{where} has no default; give it one")
        try:
            json.dumps(item.default)
        except TypeError as error:
            raise InputError(f"{where}: its default is a {type(item.default).__name__}; use a number, a string, a tuple or None") from error


def check_space(path: Path, model: type[Model]) -> None:
    """Refuse a search space that names no parameter of the model, or offers nothing to try."""
    for name, space in model.search_space.items():
        where = f"{path}: search_space of {model.__name__}"
        if name in RESERVED or name not in inspect.signature(model).parameters:
            raise InputError(f"{where}: '{name}' is no parameter that can be searched")
        if isinstance(space, Between):
            fine = math.isfinite(space.low) and math.isfinite(space.high) and space.low <= space.high and (space.low > 0 or not space.log)
        else:
            fine = isinstance(space, tuple) and len(space) > 0 and all(isinstance(item, VALUES) for item in space)
        if not fine:
            raise InputError(f"{where}: '{name}': expected Between(low, high), with 0 < low if log, or a tuple of values; got {space}")


def _trials(name: str, text: str) -> int:
    if not text.isdecimal():
        raise InputError(f"{name}: search='{text}': expected the number of trials, e.g. 20")
    return int(text)


def _typed(name: str, model: type[Model], given: Mapping[str, str], searchable: Collection[str]) -> dict[str, Any]:
    """The explicit parameters; one that is the default counts only if it would be searched otherwise."""
    signature = inspect.signature(model).parameters
    hints = get_type_hints(model.__init__)
    typed: dict[str, Any] = {}
    for key, text in sorted(given.items()):
        if key == "seed":
            raise InputError(f"{name}: the seed is not a parameter; use --seed")
        if key not in signature:
            raise unknown("parameter", key, [item for item in signature if item != "seed"], name)
        hint = hints.get(key, str)
        value: Any = tuple(text.split("+")) if str(hint).startswith("tuple") else text
        if key == "modalities" and len(set(value)) < len(value):
            raise InputError(f"{name}: parameter modalities='{text}' names one twice")
        try:
            typed[key] = TypeAdapter(hint).validate_python(value)
        except ValidationError as error:
            raise InputError(f"{name}: parameter {key}='{text}': {error.errors()[0]['msg'].lower()}") from error
    return {key: value for key, value in typed.items() if key in searchable or json.dumps(value) != json.dumps(signature[key].default)}


def _spell(value: object) -> str:
    return "+".join(map(str, value)) if isinstance(value, tuple) else str(value)
