"""What a nested search of hyper-parameters chose in every fold, and how much of its inner score came back on the test part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from benchmark.errors import UndefinedError
from benchmark.records import Record
from benchmark.reporting.figures.scene import Scene, Table


@dataclass(frozen=True)
class Searches:
    """The searches of a board.

    Attributes:
        models: label → for every fold repeat, fold, chosen values, inner score (of the best trial, mean over the inner folds), outer score (the
            primary metric on the test part), trials and failed trials.
    """

    HOW: ClassVar[str] = (
        "Values chosen on inner folds of the training part of each fold, the score they had there, and the score on the test part. The inner score is "
        "that of the best of several trials, so it tends to be too good; the outer one is of one small test part, after a fit to all of the training "
        "part: compare their means, not single folds."
    )
    models: dict[str, tuple[dict[str, Any], ...]]

    def as_dict(self) -> dict[str, Any]:
        return {"models": [{"model": label, "folds": list(folds)} for label, folds in self.models.items()]}

    def table(self) -> Table:
        rows = []
        for label, folds in self.models.items():
            for fold in folds:
                scores = (fold["inner_score"], fold["outer_score"], fold["failed_trials"])
                rows += [(label, fold["repeat"], fold["fold"], name, str(value), *scores) for name, value in fold["chosen"].items()]
        return Table(("model", "repeat", "fold", "parameter", "chosen", "inner_score", "outer_score", "failed_trials"), rows)


def searches(scene: Scene, records: Sequence[Mapping[str, Record] | None]) -> Searches:
    """The searches of the models that were searched.

    Args:
        records: of every model of the scene, by endpoint; ``None`` for predictions made elsewhere.

    Raises:
        UndefinedError: no model was searched, or there are several endpoints.
    """
    scored = scene.one
    outer = scored.by_split(scene.metric).reshape(-1, len(scene.labels))
    found = {}
    for k, (label, record) in enumerate(zip(scene.labels, records, strict=True)):
        info = record[scene.endpoints[0]].info if record else {}
        if info.get("search"):
            found[label] = tuple(_fold(state, float(outer[place, k])) for place, state in enumerate(info["folds"]))
    if not found:
        raise UndefinedError("no model of this board was run with a search of hyper-parameters (bench run --search)")
    return Searches(found)


def _fold(state: Mapping[str, Any], outer: float) -> dict[str, Any]:
    search = state.get("search") or {}
    known = {name: search.get(name) for name in ("inner_score", "trials", "failed_trials")}
    return {"repeat": state["repeat"], "fold": state["fold"], "chosen": dict(search.get("chosen") or {}), **known, "outer_score": outer}
