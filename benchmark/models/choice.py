"""How models are found and chosen: a folder and a file, nothing to register."""

import hashlib
import importlib.util
import inspect
import json
import re
import sys
import types
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from benchmark.errors import InputError, unknown
from benchmark.models.contract import ANY, Model

RESERVED = ("seed", "modalities")


@dataclass(frozen=True)
class ModelChoice:
    """A model with the parameters a user chose: what a record is made of.

    Attributes:
        name: the id: the file's name, or the folder's for a submission.
        path: the Python file.
        source: the file relative to the repository; ``None`` for a file that the user named by its path.
        parameters: the explicit parameters, typed and sorted, without ``seed``.
        model: the class.
    """

    name: str
    path: Path
    source: str | None
    parameters: Mapping[str, Any]
    model: type[Model]

    @property
    def label(self) -> str:
        """``name[key=value,…]`` with the parameters that differ from the defaults: the name on a board."""
        inside = ",".join(f"{key}={_spell(value)}" for key, value in self.parameters.items())
        return f"{self.name}[{inside}]" if inside else self.name

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
        return f"any {low}" if low == high else f"any, {low} or more" if high >= ANY else f"any {low} to {high}"

    def all_parameters(self) -> dict[str, Any]:
        """Every parameter with its value, defaults included, except ``seed`` and ``modalities``."""
        signature = inspect.signature(self.model)
        defaults = {name: item.default for name, item in signature.parameters.items()}
        return {name: value for name, value in sorted((defaults | dict(self.parameters)).items()) if name not in RESERVED}


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
        text: e.g. ``coxnet[modalities=genomics+radiomics,fusion=late]``; ``+`` joins the items of a list.
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
    return ModelChoice(name, path.resolve(), source, _typed(name, model, given), model)


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
        if item.kind in (item.VAR_POSITIONAL, item.VAR_KEYWORD):
            raise InputError(f"{where}: name every hyper-parameter; '*' parameters cannot be recorded")
        if item.default is item.empty:
            raise InputError(f"{where} has no default; give it one")
        try:
            json.dumps(item.default)
        except TypeError as error:
            raise InputError(f"{where}: its default is a {type(item.default).__name__}; use a number, a string, a tuple or None") from error


def _typed(name: str, model: type[Model], given: Mapping[str, str]) -> dict[str, Any]:
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
    return {key: value for key, value in typed.items() if json.dumps(value) != json.dumps(signature[key].default)}


def _spell(value: object) -> str:
    return "+".join(map(str, value)) if isinstance(value, tuple) else str(value)
