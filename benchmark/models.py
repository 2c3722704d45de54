"""The contract of a model, and how models are found: a folder and a file, nothing to register."""

import ast
import contextlib
import hashlib
import importlib.util
import inspect
import json
import re
import sys
import types
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, get_type_hints

import numpy as np
import pandas as pd
from pydantic import TypeAdapter, ValidationError

from benchmark.errors import InputError, unknown

Kind = Literal["survival", "binary", "multiclass"]
RESERVED = ("seed", "modalities")


@dataclass(frozen=True)
class Patients:
    """The patients that a model is given.

    Attributes:
        ids: opaque patient ids, shuffled; they carry no information.
        blocks: modality → table by patient id, or, for a bag (slides, scans), by patient id and instance number. A patient without
            a modality has no row in its block; a missing value is NaN; a coded column is a pandas category with all levels of the cohort.
        outcome: survival: structured array ``(event: bool, time: float)`` of shape (n,), as in scikit-survival;
            otherwise class codes 0 … K − 1 of shape (n,), binary: 1 is the positive class. ``None`` for the patients to predict.
        classes: the names of the classes in the order of their codes; empty for survival.
    """

    ids: pd.Index
    blocks: Mapping[str, pd.DataFrame]
    outcome: np.ndarray[Any, Any] | None = None
    classes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    def block(self, modality: str) -> pd.DataFrame:
        """The table of one modality with a row for every patient; NaN rows where the modality is missing.

        The instances of a bag are averaged (numbers only); ``blocks`` has them one by one.
        """
        table = self.blocks[modality]
        if table.index.nlevels > 1:
            table = table.groupby(level=0).mean(numeric_only=True)
        return table.reindex(self.ids)


class Model(ABC):
    """A model: hyper-parameters and ``seed`` are keyword arguments of the constructor, with defaults and type hints.

    A constructor with a ``modalities: tuple[str, ...]`` parameter works on any blocks: the runner passes the
    modalities that the user names, else the task's default ones (the first ``max_modalities`` of them).

    Attributes:
        kinds: the kinds of task that it can do.
        needs: the modalities that it cannot do without (for a model without the ``modalities`` parameter: all it uses).
        min_modalities, max_modalities: how many blocks it can take.
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("survival",)
    needs: ClassVar[tuple[str, ...]] = ()
    min_modalities: ClassVar[int] = 1
    max_modalities: ClassVar[int] = 99

    @abstractmethod
    def fit(self, train: Patients, valid: Patients) -> None:
        """Learn from ``train``; ``valid`` (with outcomes) is for early stopping and choices, never for scaling."""

    @abstractmethod
    def predict(self, patients: Patients) -> np.ndarray[Any, Any]:
        """Predict for every patient, in the order of ``patients.ids``.

        Returns:
            survival: risk of shape (n,), higher = earlier event; binary: probability of the positive class of shape (n,);
            multiclass: probabilities of shape (n, K) in the order of ``classes``, also of those that did not train, rows summing to 1.
        """


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

    def modalities(self, default: tuple[str, ...]) -> tuple[str, ...]:
        """The modalities this choice uses on a task whose default ones are ``default``."""
        if not self.takes_modalities:
            return self.model.needs
        return tuple(self.parameters.get("modalities") or default[: self.model.max_modalities])

    def arity(self) -> str:
        """How many modalities it takes, in words."""
        low, high = self.model.min_modalities, self.model.max_modalities
        return f"any {low}" if low == high else f"any, {low} or more" if high >= 99 else f"any {low} to {high}"

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


def source_digest(path: Path) -> str:
    """sha256 over the model's file and every file of its own package that it imports, directly or not.

    A submission is its folder: every file in it counts.
    """
    parts = [file.name.encode() + b"\0" + file.read_bytes() + b"\0" for file in _own_files(path)]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _own_files(path: Path) -> list[Path]:
    if path.name == "model.py":
        return sorted(file for file in path.parent.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    files, waiting = {path}, [path]
    while waiting:
        for file in _baseline_imports(waiting.pop()):
            if file not in files:
                files.add(file)
                waiting.append(file)
    return sorted(files)


def _baseline_imports(path: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            if name.partition(".")[0] != "baselines":
                continue
            with contextlib.suppress(ModuleNotFoundError):  # a name inside a module, not a module
                spec = importlib.util.find_spec(name)
                if spec is not None and spec.origin:
                    yield Path(spec.origin)


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
