"""All figures of one board as one JSON document."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.errors import UndefinedError
from benchmark.records import Record
from benchmark.reporting.board import Board, Contender, build_board
from benchmark.reporting.figures.agreement import Agreement, agreement
from benchmark.reporting.figures.calibration import Calibration, calibration
from benchmark.reporting.figures.code import code_digest
from benchmark.reporting.figures.confusion import Confusion, confusion
from benchmark.reporting.figures.decision_curve import DecisionCurves, decision_curve
from benchmark.reporting.figures.fold_dots import FoldDots, fold_dots
from benchmark.reporting.figures.kaplan_meier import KaplanMeier, kaplan_meier
from benchmark.reporting.figures.pairwise import Pairwise, pairwise
from benchmark.reporting.figures.rank_distribution import RankDistribution, rank_distribution
from benchmark.reporting.figures.roc_pr import RocPr, roc_pr
from benchmark.reporting.figures.scene import Figure, Scene, compact
from benchmark.reporting.figures.search import Searches, searches
from benchmark.reporting.figures.time_dependent_auc import TimeDependentAuc, time_dependent_auc
from benchmark.tasks import Task

FIGURES: dict[str, tuple[type[Figure], Callable[[Scene], Figure]]] = {
    "rank_distribution": (RankDistribution, rank_distribution),
    "pairwise": (Pairwise, pairwise),
    "fold_dots": (FoldDots, fold_dots),
    "agreement": (Agreement, agreement),
    "roc_pr": (RocPr, roc_pr),
    "time_dependent_auc": (TimeDependentAuc, time_dependent_auc),
    "kaplan_meier": (KaplanMeier, kaplan_meier),
    "confusion": (Confusion, confusion),
    "calibration": (Calibration, calibration),
    "decision_curve": (DecisionCurves, decision_curve),
}
BOARD = "benchmark.reporting.board"


@dataclass(frozen=True)
class Stand:
    """What a board and its figures are made of.

    Attributes:
        endpoints: one, or several that are averaged.
        contenders: everybody with predictions; ``records``: those of them that were run here, by label and endpoint.
        content: a digest of all of that.
    """

    task: Task
    protocol: str
    endpoints: tuple[str, ...]
    contenders: Sequence[Contender]
    records: Mapping[str, Mapping[str, Record]]
    content: str


def document(stand: Stand, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The board and its figures.

    Args:
        before: an earlier document of the same board: what has the same content and comes from the same code is taken from it.

    Returns:
        ``task, title, protocol, endpoint, kind, data, about, models, board, figures``: JSON all through.
    """
    known = before or {}
    key = f"{stand.content} {code_digest(BOARD)}"
    if known.get("key") == key:
        board, models, about = known["board"], known["models"], known["about"]
    else:
        built = build_board(stand.task, stand.protocol, stand.endpoints, stand.contenders)
        board, models, about = built.as_dict(), [entry.model for entry in built.entries], _about(stand, built)
    scene = _scene(stand, models)
    figures = known.get("figures", {})
    drawn = {name: _figure(kind, make, scene, figures.get(name), stand.content) for name, (kind, make) in FIGURES.items()}
    records = [stand.records.get(label) for label in models]
    drawn["search"] = _figure(Searches, lambda scene: searches(scene, records), scene, figures.get("search"), stand.content)
    spec = stand.task.spec
    facts = {"task": spec.id, "title": spec.title, "protocol": stand.protocol, "endpoint": board["endpoint"], "kind": spec.kind}
    return {"key": key, **facts, "data": board["cohort"]["data"], "about": about, "models": models, "board": board, "figures": drawn}


def _figure(
    kind: type[Figure], make: Callable[[Scene], Figure], scene: Scene, before: Mapping[str, Any] | None, content: str
) -> dict[str, Any]:
    """One figure: its numbers, its rows, how they come about; or why there are none."""
    key = f"{content} {code_digest(kind.__module__)}"
    if before and before["key"] == key:
        return dict(before)
    try:
        return {"key": key, **shown(make(scene))}
    except UndefinedError as reason:
        return {"key": key, "how": kind.HOW, "absent": str(reason), "data": None, "columns": [], "rows": []}


def shown(figure: Figure) -> dict[str, Any]:
    """A figure as JSON: how its numbers come about, the numbers, and the rows of its CSV file."""
    table = figure.table()
    return {
        "how": figure.HOW,
        "absent": None,
        "data": compact(figure.as_dict()),
        "columns": list(table.columns),
        "rows": compact(table.rows),
    }


def _scene(stand: Stand, models: Sequence[str]) -> Scene:
    by_label = {contender.label: contender.predictions for contender in stand.contenders}
    return Scene(stand.task, stand.protocol, stand.endpoints, tuple(models), [by_label[label] for label in models])


def _about(stand: Stand, board: Board) -> dict[str, Any]:
    """How many stand behind every figure of the board."""
    splits = stand.task.splits(stand.protocol)
    tested = board.cohort["tested"]
    facts = {"patients": tested["patients"], "events": tested["events"], "pairs": board.pairs, "tests_per_patient": board.tests_per_patient}
    return {**facts, "splits": len(splits), "repeats": len({repeat for repeat, _ in splits})}
