"""The facts of a submission: its file is imported behind walls, and what comes back is read as hostile."""

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

SECONDS = 120.0  # an import of torch on a busy machine
SHEET = "submission.yaml"


def described(path: Path, isolation: Isolation) -> Facts:
    """The facts of the model in a submission's file.

    Raises:
        InputError: it cannot be imported, is no model, or answers with nonsense.
    """
    return _described(path, source_digest(path), isolation)


@lru_cache(maxsize=64)
def _described(path: Path, digest: str, isolation: Isolation) -> Facts:  # noqa: ARG001 - the digest names the contents
    from benchmark.cohorts.packaged import kept_back  # here: workers import this package too, and need no cohorts

    read = [path.parent, *baselines_folder()]
    try:
        # a default that is made from an outcome would reach the fitted model as a parameter
        answer = confined_call(f"{__name__}:describe", {"path": str(path)}, read, SECONDS, isolation, kept_back())
    except ConfinedError as error:
        raise InputError(f"{path}: cannot be imported in the sandbox ({_one_line(str(error))})") from None
    if "problem" in answer:
        raise InputError(_one_line(str(answer["problem"])))
    try:
        return Facts.model_validate(answer.get("facts"))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "facts"
        raise InputError(_one_line(f"{path}: says of itself what no model does ({where}: {first['msg'].lower()})")) from None


def describe(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Behind the walls: import the file, and say what it declares, with the modalities that its sheet names."""
    path = Path(payload["path"])
    try:
        facts = facts_of(load_model(path), path)
    except InputError as error:
        return {"problem": str(error)}
    return {"facts": {**facts.model_dump(), **_named(path.parent / SHEET)}}


def _named(sheet: Path) -> dict[str, Any]:
    """The modalities and the resources of a sheet; ``bench submit check`` says what is wrong with it."""
    import yaml

    found = yaml.safe_load(sheet.read_text(encoding="utf-8")) if sheet.is_file() else None
    keys = found if isinstance(found, dict) else {}
    modalities, resources = keys.get("modalities"), keys.get("resources")
    return {
        "modalities": [item for item in modalities if isinstance(item, str)] if isinstance(modalities, list) else [],
        "resources": resources if isinstance(resources, dict) else {},
    }


def _one_line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:400]
