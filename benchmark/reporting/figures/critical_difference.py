"""Ranks of models over tasks: Friedman's test and Nemenyi's critical difference, with all that speaks against reading much from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from benchmark.inference import FriedmanNemenyi, friedman_nemenyi, task_ranks
from benchmark.reporting.figures.scene import Table

Floats = NDArray[np.float64]
ALL_KINDS = "all"
KINDS = {"survival": ("survival",), "classes": ("binary", "multiclass"), ALL_KINDS: ("survival", "binary", "multiclass")}
FEWEST = 3  # models: two need no diagram


@dataclass(frozen=True)
class Ranked:
    """The largest complete table (tasks × models) of a group of boards; over all kinds of outcome that of most tasks.

    Attributes:
        tasks, models: of the table; ``cohorts``: whose patients each task has.
        estimates, ranks: shape (t, k).
        left_out: tasks of the group that would make the table smaller.
    """

    name: str
    tasks: tuple[str, ...]
    cohorts: tuple[str, ...]
    models: tuple[str, ...]
    estimates: Floats
    ranks: Floats
    test: FriedmanNemenyi
    left_out: tuple[str, ...]

    @property
    def warning(self) -> str:
        """What to print beside the diagram."""
        shared = sorted({name for name in self.cohorts if self.cohorts.count(name) > 1})
        parts = [self.test.warning] if self.test.warning else []
        if shared:
            parts.append(f"tasks on the same cohort ({', '.join(shared)}) are not independent")
        return "; ".join([*parts, "models were chosen for being on every board, not drawn at random"])

    def as_dict(self) -> dict[str, Any]:
        test = {name: getattr(self.test, name) for name in ("mean_ranks", "critical_difference", "chi2", "df", "p", "nemenyi_p")}
        mine = {name: getattr(self, name) for name in ("name", "tasks", "cohorts", "models", "estimates", "ranks", "left_out", "warning")}
        return mine | test


@dataclass(frozen=True)
class CriticalDifference:
    """One diagram for each kind of task, and one over all."""

    HOW: ClassVar[str] = (
        "Models ranked by the primary metric on the default board of each task (several endpoints: their mean); external tasks, whose patients "
        "are those of others, are left out. Of all complete tables of a kind the one with most cells, over all kinds that with most tasks. Friedman's test; mean ranks that lie further "
        "apart than the critical difference differ (Nemenyi)."
    )
    groups: tuple[Ranked, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"groups": [group.as_dict() for group in self.groups]}

    def table(self) -> Table:
        rows = [
            (group.name, task, model, group.estimates[t, k], group.ranks[t, k], group.test.mean_ranks[k], group.test.critical_difference)
            for group in self.groups
            for t, task in enumerate(group.tasks)
            for k, model in enumerate(group.models)
        ]
        return Table(("group", "task", "model", "estimate", "rank", "mean_rank", "critical_difference"), rows)


def critical_difference(boards: Sequence[tuple[str, Mapping[str, Any]]]) -> CriticalDifference:
    """The diagrams that can be drawn.

    Args:
        boards: kind of outcome, and board as data, of the default board of every task that is not external.
    """
    groups = [_ranked(name, [board for kind, board in boards if kind in kinds]) for name, kinds in KINDS.items()]
    return CriticalDifference(tuple(group for group in groups if group))


def _ranked(name: str, boards: Sequence[Mapping[str, Any]]) -> Ranked | None:
    scores = [{entry["model"]: float(entry["estimate"]) for entry in board["entries"]} for board in boards]
    best: tuple[tuple[int, int], tuple[int, ...], tuple[str, ...]] = ((0, 0), (), ())
    for size in range(len(boards), 1, -1):
        for chosen in combinations(range(len(boards)), size):
            models = tuple(sorted(set.intersection(*(set(scores[place]) for place in chosen))))
            value = (size if name == ALL_KINDS else 0, size * len(models))
            if len(models) >= FEWEST and value > best[0]:
                best = (value, chosen, models)
    _, chosen, models = best
    if not models:
        return None
    estimates = np.array([[scores[place][model] for model in models] for place in chosen])
    ranks = task_ranks(estimates)
    order = np.argsort(ranks.mean(axis=0), kind="stable")
    ranks, estimates = ranks[:, order], estimates[:, order]
    return Ranked(
        name=name,
        tasks=tuple(str(boards[place]["task"]) for place in chosen),
        cohorts=tuple(str(boards[place]["cohort"]["name"]) for place in chosen),
        models=tuple(models[place] for place in order),
        estimates=estimates,
        ranks=ranks,
        test=friedman_nemenyi(ranks),
        left_out=tuple(str(board["task"]) for place, board in enumerate(boards) if place not in chosen),
    )
