"""Where an entry stands on a board, and from which other models its predictions cannot tell it apart."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmark.errors import InputError
from benchmark.inference import holm, pairwise_p_retrained
from benchmark.reporting.board import Board, Contender, Entry, build_board
from benchmark.reporting.text import seconds_in_words
from benchmark.scoring import meet_any
from benchmark.tasks import Task

LEVEL = 0.05


@dataclass(frozen=True)
class Place:
    """One entry of one board, in words.

    Attributes:
        model: its label there.
        wanted: the label that the sheet of the submission asks for; the other is the model with its defaults.
        models: how many stand on the board.
        ranks: those that these patients do not exclude for the fitted model.
        not_apart: labels of the models from which it is not told apart, by rank; better_than, worse_than: of the others.
        apart_by: how that was judged, ``None`` where it cannot be.
    """

    task: str
    protocol: str
    endpoint: str
    data: str
    metric: str
    reference: str
    models: int
    tier: int
    rank: int
    ranks: str
    estimate: str
    delta: str
    failed_folds: int
    time: str
    provenance: str
    not_apart: tuple[str, ...]
    better_than: tuple[str, ...]
    worse_than: tuple[str, ...]
    apart_by: str | None
    model: str
    wanted: str


def place_of(wanted: str, task: Task, protocol: str, endpoints: Sequence[str], contenders: Sequence[Contender]) -> Place:
    """Where the contender with this label stands among all of them; where it has no run, the same model without parameters.

    Raises:
        InputError: neither is among them, or it stands there twice: nobody could say which of the two is meant.
    """
    labels = [contender.label for contender in contenders]
    label = next((label for label in (wanted, wanted.partition("[")[0]) if label in labels), None)
    if label is None:
        raise InputError(
            f"no run of {wanted}, with its files as they are now, under protocol {protocol} here; "
            f"'bench run --task {task.id} --protocol {protocol} --model {wanted}' makes one"
        )
    if labels.count(label) > 1:
        raise InputError(f"{label} stands twice on the board of {task.id}, as a submission and as something else; rename the submission")
    board = build_board(task, protocol, endpoints, contenders)
    entry = next(item for item in board.entries if item.model == label)
    low, high = entry.rank_set
    signs = _told_apart(label, task, protocol, endpoints, contenders) if board.exchangeable else {}
    alike, better, worse = (tuple(item.model for item in board.entries if signs.get(item.model) == sign) for sign in (0, 1, -1))
    return Place(
        task=task.id,
        protocol=protocol,
        endpoint=board.endpoint,
        data=board.cohort["data"],
        metric=board.metric_name,
        reference=board.reference,
        models=len(board.entries),
        tier=entry.tier,
        rank=entry.rank,
        ranks=f"{low} to {high}",
        estimate=f"{entry.estimate:.3f} [{entry.interval[0]:.3f}, {entry.interval[1]:.3f}]",
        delta=_delta(entry, board),
        failed_folds=entry.failed_folds,
        time=seconds_in_words(entry.seconds),
        provenance=entry.provenance,
        not_apart=alike,
        better_than=better,
        worse_than=worse,
        apart_by="algorithms trained again, corrected resampled t-test, Holm over its comparisons" if board.exchangeable else None,
        model=label,
        wanted=wanted,
    )


def _delta(entry: Entry, board: Board) -> str:
    if entry.difference is None:
        return "it is the reference" if entry.model == board.reference else "the reference has no run"
    low, high = entry.difference.interval
    return f"{entry.difference.estimate:+.3f} [{low:+.3f}, {high:+.3f}]"


def _told_apart(label: str, task: Task, protocol: str, endpoints: Sequence[str], contenders: Sequence[Contender]) -> dict[str, int]:
    """Label of another → 1: it is better than that one, trained again, at 5 % after Holm's adjustment; -1: worse; 0: not told apart."""
    labels = [contender.label for contender in contenders]
    if len(labels) == 1:
        return {}
    scored = meet_any(task, protocol, endpoints, [contender.predictions for contender in contenders])
    own = labels.index(label)
    by_split = scored.by_split(task.spec.metrics.primary)
    p = pairwise_p_retrained(by_split, scored.test_fraction)[own]
    others = [number for number in range(len(labels)) if number != own]
    adjusted = holm([float(p[number]) for number in others])
    means = by_split.mean(axis=(0, 1))
    return {
        labels[number]: (1 if means[own] > means[number] else -1) if value < LEVEL else 0
        for number, value in zip(others, adjusted, strict=True)
    }
