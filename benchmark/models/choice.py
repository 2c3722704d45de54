"""How models are found and chosen: a folder and a file, nothing to register."""

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from benchmark.errors import InputError, unknown
from benchmark.models.contract import ANY
from benchmark.models.describe import described
from benchmark.models.facts import RESERVED, WRAPPERS, Facts, check_space, facts_of
from benchmark.models.load import load_model
from benchmark.models.source import irregular, own_place
from benchmark.models.values import value_of
from benchmark.sandbox import Isolation, strongest

T = TypeVar("T")
Names = tuple[str, ...]
SUBMISSIONS = "submissions"
LONGEST = 200  # characters of a label, which stands on boards and in tables
LONGEST_ID = 60


@dataclass(frozen=True)
class ModelChoice:
    """A model with the parameters a user chose: what a record is made of.

    Attributes:
        name: the id: the file's name, or the folder's for a submission.
        path: the Python file.
        source: the file relative to the repository; ``None`` for a file that the user named by its path.
        parameters: the explicit parameters, typed and sorted, without ``seed``.
        facts: what the model declares.
        pick: (offered, default) → the modalities to use; see :meth:`benchmark.models.Model.pick`.
        isolation: the walls that it runs in.
        search: trials of the nested hyper-parameter search of each fold; 0: none.
        drop: modalities that the test patients are handed over without.
    """

    name: str
    path: Path
    source: str | None
    parameters: Mapping[str, Any]
    facts: Facts
    pick: Callable[[Names, Names], Names]
    isolation: Isolation
    search: int = 0
    drop: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """``name[key=value,…]`` with the parameters that differ from the defaults, then search and drop: the name on a board."""
        wrappers = {name: getattr(self, name) for name in WRAPPERS if getattr(self, name)}
        inside = ",".join(f"{key}={_spell(value)}" for key, value in {**self.parameters, **wrappers}.items())
        return f"{self.name}[{inside}]" if inside else self.name

    @property
    def submitted(self) -> bool:
        """Whether it is a stranger's, whose file is never imported outside walls."""
        return self.source is not None and self.source.startswith(f"{SUBMISSIONS}/")

    @property
    def searched(self) -> tuple[str, ...]:
        """The hyper-parameters that a search tries: those of the model's search space that the user did not set."""
        return tuple(name for name in self.facts.search_space if name not in self.parameters) if self.search else ()

    @property
    def accepts(self) -> tuple[str, ...]:
        """Which of ``seed`` and ``modalities`` the constructor has: the runner fills them in."""
        return tuple(name for name in RESERVED if name in self.facts.parameters)

    @property
    def takes_modalities(self) -> bool:
        return "modalities" in self.accepts

    def modalities(self, offered: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
        """The modalities this choice uses on a task; see :meth:`benchmark.models.Model.pick`."""
        if not self.takes_modalities:
            return self.facts.needs
        return tuple(self.parameters.get("modalities") or self.pick(offered, default))

    def arity(self) -> str:
        """How many modalities it takes, in words."""
        low, high = self.facts.min_modalities, self.facts.max_modalities
        return str(low) if low == high else f"{low} or more" if high >= ANY else f"{low} to {high}"

    def all_parameters(self) -> dict[str, Any]:
        """Every parameter with its value, defaults included, except ``seed``, ``modalities`` and what is searched."""
        defaults = {name: item.default for name, item in self.facts.parameters.items()}
        left_out = {*RESERVED, *self.searched}
        return {name: value for name, value in sorted((defaults | dict(self.parameters)).items()) if name not in left_out}


def find_models(root: Path) -> dict[str, Path]:
    """Model id → file: ``baselines/<id>.py`` and ``submissions/<id>/model.py``; without the submissions that :func:`read_models` leaves out.

    Raises:
        InputError: the id of a baseline is not lower_snake_case.
    """
    return _sorted_out(root)[0]


def is_table(root: Path, name: str) -> bool:
    """Whether a submission is a table of predictions: there is nothing to run."""
    return (root / SUBMISSIONS / name / "predictions.csv").is_file()


def read_models(root: Path, read: Callable[[str, Path], T]) -> tuple[dict[str, T], list[str]]:
    """``read`` of the id and the file of each model, and why some submissions are missing: one must not take the others down.

    Raises:
        InputError: a baseline cannot be read.
    """
    found = {}
    models, left_out = _sorted_out(root)
    for name, path in models.items():
        try:
            found[name] = read(name, path)
        except InputError as error:
            if not path.is_relative_to(root / SUBMISSIONS):
                raise
            left_out.append(str(error))
    return found, left_out


def _sorted_out(root: Path) -> tuple[dict[str, Path], list[str]]:
    """The models, and why some submissions are none; each folder is looked through once."""
    baselines = _baselines(root)
    models, odd = dict(baselines), []
    for path in _submitted(root):
        if reason := _odd(path, baselines):
            odd.append(reason)
        else:
            models[path.parent.name] = path
    return models, odd


def _baselines(root: Path) -> dict[str, Path]:
    found = {path.stem: path for path in sorted((root / "baselines").glob("*.py")) if not path.stem.startswith("_")}
    for name, path in found.items():
        check_id("model", name, path)
    return found


def _submitted(root: Path) -> list[Path]:
    return sorted((root / SUBMISSIONS).glob("*/model.py"))


def _odd(path: Path, baselines: Mapping[str, Path]) -> str | None:
    """Why a submission's file is no model of the repository: its id, or a link, whose target could be run without walls, or read without end."""
    if path.is_symlink() or path.parent.is_symlink() or not path.is_file():
        return f"{ascii(str(path))[1:-1]}: is no plain file of a folder of its own; put the file itself there"
    name = path.parent.name
    if name in baselines:
        return f"{path}: the id '{name}' is taken by {baselines[name]}; rename one of them"
    try:
        check_id("model", name, ascii(str(path))[1:-1])
    except InputError as error:
        return str(error)
    reason = irregular(path.parent)
    return f"{path}: is left out: {reason}; a submission is plain files" if reason else None


def check_id(what: str, name: str, where: object) -> None:
    """Refuse an id that is not lower_snake_case (DVC joins matrix values with '-' and would collide silently), or longer than a column bears."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise InputError(f"{where}: the {what} id '{ascii(name)[1:-1][:LONGEST]}' is not lower_snake_case (small letters, digits, '_')")
    if len(name) > LONGEST_ID:
        raise InputError(f"{where}: the {what} id '{name[:20]}…' has {len(name)} characters, more than {LONGEST_ID}; shorten it")


def choose(root: Path, text: str, parameters: Mapping[str, str] | None = None, isolation: Isolation | None = None) -> ModelChoice:
    """The model that ``text`` names: an id, the folder of a submission, or the path of a Python file; with ``[key=value,…]`` behind it.

    Args:
        root: the repository.
        text: e.g. ``coxnet[modalities=genomics+radiomics,fusion=late]``; ``+`` joins the items of a list. ``search=N`` and
            ``drop=A+B`` are no parameters of the model: see :class:`ModelChoice`.
        parameters: further ``key=value`` pairs; they win over the brackets.
        isolation: the walls to run it in; default: the strongest there are for a submission, those of a process of its own for others.

    Raises:
        InputError: unknown model or parameter (with the nearest names), a value of the wrong type, or no sandbox for a submission.
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
        name = own_place(path).stem
        check_id("model", name, path)
    else:
        if Path(name).parent.resolve() == (root / SUBMISSIONS).resolve():
            name = Path(name).name  # a submission's folder, as the shell completes it
        models = find_models(root)
        if name not in models:
            raise _unknown(root, name, models)
        path = models[name]
        source = path.relative_to(root).as_posix()
    path = path.resolve()
    if path.is_relative_to((root / SUBMISSIONS).resolve()):
        walls = isolation or strongest()
        facts = described(path, walls)
        pick = _named(facts)
    else:
        walls = "process" if isolation in (None, "none") else isolation
        model = load_model(path)
        facts, pick = facts_of(model, path), model.pick
    search, drop = _trials(name, given.pop("search", "0")), tuple(sorted(set(filter(None, given.pop("drop", "").split("+")))))
    if search:
        check_space(path, facts)
    typed = _typed(name, facts, given, facts.search_space if search else ())
    choice = ModelChoice(name, path, source, typed, facts, pick, walls, search, drop)
    if len(choice.label) > LONGEST:
        raise InputError(f"{name}: with these parameters its label has {len(choice.label)} characters, more than {LONGEST}; shorten them")
    return choice


def named(root: Path, label: str) -> ModelChoice:
    """The model that a record, a board or a sheet names by its label. Others may have written it, so it is never a path.

    Raises:
        InputError: no model of the repository, or as :func:`choose`.
    """
    name = label.partition("[")[0]
    if name not in (models := find_models(root)):
        raise unknown("model", name, models, "baselines/ and submissions/")
    return choose(root, label)


def _unknown(root: Path, name: str, models: Mapping[str, Path]) -> InputError:
    """What is wrong with a name that is no model's; where there is such a folder, what is wrong with that."""
    if is_table(root, name):
        return InputError(f"{SUBMISSIONS}/{name} is a table of predictions: there is nothing to run")
    reasons = (_odd(path, {}) for path in _submitted(root) if path.parent.name == name)
    reason = next(filter(None, reasons), None)
    return InputError(reason) if reason else unknown("model", name, models, "baselines/ and submissions/")


def _named(facts: Facts) -> Callable[[Names, Names], Names]:
    """How a submission picks: what its sheet names, else the first of the task's default."""

    def pick(offered: Names, default: Names) -> Names:
        wanted = tuple(name for name in offered if name in facts.modalities) if facts.modalities else default
        return wanted[: facts.max_modalities]

    return pick


def _trials(name: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise InputError(f"{name}: search='{text[:LONGEST]}': expected the number of trials, e.g. 20")
    return int(text)


def _typed(name: str, facts: Facts, given: Mapping[str, str], searchable: Collection[str]) -> dict[str, Any]:
    """The explicit parameters; one that is the default counts only if it would be searched otherwise."""
    typed: dict[str, Any] = {}
    for key, text in sorted(given.items()):
        if key == "seed":
            raise InputError(f"{name}: the seed is not a parameter; use --seed")
        if key not in facts.parameters:
            raise unknown("parameter", key, [item for item in facts.parameters if item != "seed"], name)
        if key == "modalities" and len(set(names := text.split("+"))) < len(names):
            raise InputError(f"{name}: parameter modalities='{text[:LONGEST]}' names one twice")
        try:
            typed[key] = value_of(facts.parameters[key].hint, text)
        except ValueError as error:
            raise InputError(f"{name}: parameter {key}='{text[:LONGEST]}': {error}") from error
    return {
        key: value for key, value in typed.items() if key in searchable or json.dumps(value) != json.dumps(facts.parameters[key].default)
    }


def _spell(value: object) -> str:
    return "+".join(map(str, value)) if isinstance(value, tuple) else str(value)
