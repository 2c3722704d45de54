"""What ``bench verify`` is asked to make again: a record, or an entry of the committed board."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import SystemRandom
from typing import Any, TypeVar

from pydantic import ValidationError

from benchmark.errors import InputError, unknown
from benchmark.records import Identity, Record, Split, read_record
from benchmark.reporting.provenance import Origin, origins_of, values_sha256
from benchmark.untrusted import plain_json, printable_json
from benchmark.workspace import DataMode

T = TypeVar("T")
CONTENTS = {
    "task": "the task (tasks/<id>/task.yaml)",
    "folds": "the folds (tasks/<id>/folds.csv)",
    "cohort": "the cohort's data",
    "source": "the source of the model",
}
DIGEST = re.compile(r"[0-9a-f]{8,16}")


@dataclass(frozen=True)
class Original:
    """One record to verify.

    Attributes:
        label: the model as boards name it.
        data: real or replica.
        digests: task, folds, cohort, source → sha256, or its first characters.
        values_sha256, environment: see :class:`benchmark.reporting.provenance.Origin`.
        printed: what the board prints of the entry (of its JSON); ``None`` for a record.
        record: with the predictions, where it is at hand.
    """

    task: str
    protocol: str
    endpoint: str
    label: str
    data: DataMode
    seed: int
    digest: str
    digests: Mapping[str, str]
    values_sha256: str
    environment: Mapping[str, Any]
    printed: Mapping[str, Any] | None
    record: Record | None

    @classmethod
    def of_record(cls, record: Record) -> "Original":
        """The record itself.

        Raises:
            InputError: its ``run.json`` lacks something that every run writes.
        """
        info = record.info
        try:
            origin = Origin.of(record)
            digests = {name: str(info[f"{name}_digest"]) for name in CONTENTS}
            data = info["cohort"]["data"]
        except (KeyError, TypeError) as error:
            raise InputError(f"{record.folder}/run.json: {error} is missing or no such thing; run again with --force") from error
        return cls(
            task=info["task"],
            protocol=info["protocol"],
            endpoint=info["endpoint"],
            label=record.label,
            data=data,
            seed=origin.seed,
            digest=origin.digest,
            digests=digests,
            values_sha256=origin.values_sha256,
            environment=origin.environment,
            printed=None,
            record=record,
        )

    def changes(self, now: Identity) -> list[str]:
        """What is no longer as it was when the original was made, in words; empty where making it again makes the same."""
        found = [said for name, said in CONTENTS.items() if not getattr(now, f"{name}_digest").startswith(self.digests[name])]
        return found or ([] if now.digest == self.digest else ["a parameter, or how this version keeps records"])


@dataclass(frozen=True)
class Target:
    """One RUN of the command: a record, or an entry with its record for each endpoint."""

    name: str
    originals: tuple[Original, ...]


def find_target(text: str, runs: Path, leaderboard: Path) -> Target:
    """What ``text`` names: a record's folder, the first eight or more characters of a digest, or ``TASK/PROTOCOL/MODEL`` of the committed board.

    Raises:
        InputError: nothing of that name, or a record that cannot be read or was edited.
    """
    if (folder := Path(text)).joinpath("run.json").is_file():
        original = Original.of_record(read_record(folder))
        return Target(_name(original), (original,))
    if DIGEST.fullmatch(text):
        return _by_digest(text, runs, leaderboard)
    parts = text.split("/")
    if len(parts) != 3 or not all(parts):
        raise InputError(f"'{text}' is no record: give the folder of one (with run.json), its digest, or TASK/PROTOCOL/MODEL of a board")
    entries = _read(leaderboard, _runs_of)
    task, protocol, label = parts
    if found := [original for original in entries if (original.task, original.protocol, original.label) == (task, protocol, label)]:
        return Target(text, tuple(_with_record(original, runs) for original in found))
    if text in _read(leaderboard, _no_runs_of):
        raise InputError(f"{text} stands on the board as predictions that no run here made: there is nothing to make again")
    raise _not_on_it(
        entries, (task, protocol, label), f"{leaderboard / 'board.json'} (a run that is not on it goes by its folder or digest)"
    )


def _not_on_it(entries: Sequence[Original], asked: tuple[str, str, str], where: str) -> InputError:
    """The first of task, protocol and model that no entry has, with the nearest of those that there are."""
    task, protocol, label = asked
    if not (of_task := [item for item in entries if item.task == task]):
        return unknown("task", task, {item.task for item in entries}, where)
    if not (of_protocol := [item for item in of_task if item.protocol == protocol]):
        return unknown("protocol", protocol, {item.protocol for item in of_task}, f"the boards of {task} in {where}")
    known = {item.label for item in of_protocol}
    return unknown(
        "model", label, known, f"the {protocol} board of {task} in {where}", lists=f"bench leaderboard --task {task} --protocol {protocol}"
    )


def board_targets(leaderboard: Path, runs: Path, task: str, protocol: str) -> list[Target]:
    """Every entry of the committed boards of a task under a protocol that was made by a run.

    Raises:
        InputError: there is no such board, or no entry of it says which record it comes from.
    """
    found: dict[str, list[Original]] = {}
    for original in _read(leaderboard, _runs_of):
        if (original.task, original.protocol) == (task, protocol):
            found.setdefault(original.label, []).append(_with_record(original, runs))
    if not found:
        raise InputError(f"{leaderboard / 'board.json'}: no entry of {task}, protocol {protocol}, says which record it comes from")
    return [Target(f"{task}/{protocol}/{label}", tuple(originals)) for label, originals in sorted(found.items())]


def _by_digest(text: str, runs: Path, leaderboard: Path) -> Target:
    folders = [path.parent for path in sorted(runs.glob(f"*/*/*/{text}*/run.json"))]
    found = [Original.of_record(read_record(folder)) for folder in folders]
    if not found:
        found = [original for original in _read(leaderboard, _runs_of) if original.digest.startswith(text)]
    if not found:
        raise InputError(f"no record {text} in {runs} and no entry made from it in {leaderboard / 'board.json'}")
    if len(digests := sorted({original.digest for original in found})) > 1:
        raise InputError(f"{text} is the beginning of {' and '.join(digests)}; give more of it")
    return Target(_name(found[0]), (found[0],))


def _read(leaderboard: Path, of: Callable[[Mapping[str, Any]], Iterator[T]]) -> list[T]:
    """What ``of`` finds in each of the committed boards."""
    path = leaderboard / "board.json"
    try:
        return [item for board in printable_json(plain_json(path.read_bytes())) for item in of(board)]
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise InputError(
            f"{path}: no readable board ({type(error).__name__}: {str(error).splitlines()[0]}); 'bench leaderboard --write' makes one"
        ) from error


def _no_runs_of(board: Mapping[str, Any]) -> Iterator[str]:
    yield from ("/".join([board["task"], board["protocol"], entry["model"]]) for entry in board["entries"] if not origins_of(entry, board))


def _runs_of(board: Mapping[str, Any]) -> Iterator[Original]:
    """Every run behind a board; those over all endpoints are made of the others' records."""
    for entry in board["entries"]:
        if (origin := origins_of(entry, board).get(board["endpoint"])) is None:
            continue  # imported, or the mean over the endpoints
        yield Original(
            task=board["task"],
            protocol=board["protocol"],
            endpoint=board["endpoint"],
            label=entry["model"],
            data=board["cohort"]["data"],
            seed=origin.seed,
            digest=origin.digest,
            digests={**board["digests"], "source": origin.source_digest},
            values_sha256=origin.values_sha256,
            environment=origin.environment,
            printed=entry,
            record=None,
        )


def _with_record(original: Original, runs: Path) -> Original:
    """With the record that the entry was made from, if it is here and holds those predictions."""
    for path in (runs / original.task / original.protocol).glob(f"*/{original.digest}/run.json"):
        try:
            record = read_record(path.parent)
        except InputError:
            continue  # what is here was edited or cut short: the board's sha256 is the better witness
        if values_sha256(record.predictions) == original.values_sha256:
            return replace(original, record=record)
    return original


def _name(original: Original) -> str:
    return "/".join([original.task, original.protocol, original.label, original.digest])


def drawn(splits: Sequence[Split], folds: int | None) -> list[Split]:
    """``folds`` of the splits at random, in their order; all, where there are no more or nothing is asked.

    Here the same command does not look at the same folds, against the rule of everything else: whoever forges a record knows this file, and
    would leave alone what a fixed choice, or one from a seed that he knows or can try, looks at. What was drawn is printed instead.
    """
    if folds is None or folds >= len(splits):
        return list(splits)
    return sorted(SystemRandom().sample(list(splits), folds))
