"""The facts of a submission: its file is imported behind walls, and what comes back is read as hostile.

What decides how it is run (limits, modalities, defaults) is taken from what stands written, read in another process than the one that
imports the file: code that has run there could answer anything. The imported file must agree.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from benchmark.errors import InputError
from benchmark.models.facts import Facts, facts_of
from benchmark.models.load import load_model
from benchmark.models.source import baselines_folder, source_digest
from benchmark.sandbox import ConfinedError, Isolation, confined_call
from benchmark.untrusted import printable_text

SECONDS = 120.0  # an import of torch on a busy machine


def described(path: Path, isolation: Isolation) -> Facts:
    """The facts of the model in a submission's file.

    Raises:
        InputError: it cannot be imported, is no model, or answers with nonsense.
    """
    return _described(path, source_digest(path), isolation)


def says_the_same(path: Path, isolation: Isolation) -> bool:
    """Whether the file of a submission, imported once more in a process of its own, says the same of itself."""
    return _described.__wrapped__(path, source_digest(path), isolation) == described(path, isolation)


@lru_cache(maxsize=64)
def _described(path: Path, digest: str, isolation: Isolation) -> Facts:  # noqa: ARG001 - the digest names the contents
    stands = _answer("benchmark.models.written:written", path, isolation)
    answer = _answer(f"{__name__}:describe", path, isolation)
    if "problem" in answer:
        raise InputError(_one_line(str(answer["problem"])))
    said = answer.get("facts")
    named = {name: stands[name] for name in ("modalities", "resources")}
    try:
        facts = Facts.model_validate({**said, **named} if isinstance(said, dict) else said)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "facts"
        raise InputError(_one_line(f"{path}: says of itself what no model does ({where}: {first['msg'].lower()})")) from None
    _check_defaults(path, facts, stands["constructors"])
    return facts


def _answer(job: str, path: Path, isolation: Isolation) -> dict[str, Any]:
    from benchmark.cohorts.packaged import kept_back  # here: workers import this package too, and need no cohorts

    try:
        # a default that is made from an outcome would reach the fitted model as a parameter
        return confined_call(job, {"path": str(path)}, [path.parent, *baselines_folder()], SECONDS, isolation, kept_back())
    except ConfinedError as error:
        raise InputError(f"{path}: cannot be imported in the sandbox ({_one_line(str(error))})") from None


def _check_defaults(path: Path, facts: Facts, constructors: list[dict[str, Any]]) -> None:
    """Refuse a default that is another than the one written: drawn, say, when the file is imported, so that no two runs are the same.

    Raises:
        InputError: the first that is.
    """
    defaults = {name: _text(item.default) for name, item in facts.parameters.items()}
    stand = [{name: _text(value) for name, value in one.items()} for one in constructors] or [{}]
    if defaults in stand:
        return
    nearest = max(stand, key=lambda one: len(one.items() & defaults.items()))
    wrong = next(name for name in [*defaults, *nearest] if defaults.get(name) != nearest.get(name))
    raise InputError(f"{path}: parameter '{wrong}': its default is not a plain value that stands in __init__; write the value there")


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def describe(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Behind the walls: import the file, and say what it declares."""
    path = Path(payload["path"])
    try:
        facts = facts_of(load_model(path), path)
    except InputError as error:
        return {"problem": str(error)}
    return {"facts": facts.model_dump(exclude={"modalities", "resources"})}


def _one_line(text: str) -> str:
    return " ".join(printable_text(text).split())[:400]
