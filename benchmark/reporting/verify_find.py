"""What ``bench verify`` is asked to make again: a record, or an entry of the committed board."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import SystemRandom
from typing import Any

from benchmark.errors import InputError, unknown
from benchmark.models import ModelChoice, find_models, is_table, named, source_digest
from benchmark.records import Identity, Record, Split, read_placed, read_record
from benchmark.reporting.committed import read_boards
from benchmark.reporting.provenance import GIVEN, BoardDocument, EntryDocument, Origin, origins_of, values_sha256
from benchmark.tasks.spec import ALL
from benchmark.workspace import DataMode, Workspace

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
    printed: EntryDocument | None
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


def find_target(text: str, workspace: Workspace) -> Target:
    """What ``text`` names: a record's folder, the first eight or more characters of a digest, or ``TASK/PROTOCOL/MODEL`` of the committed board.

    Raises:
        InputError: nothing of that name, or a record that cannot be read or was edited.
    """
    if (folder := Path(text)).joinpath("run.json").is_file():
        original = Original.of_record(read_record(folder))
        return Target(_name(original), (original,))
    if DIGEST.fullmatch(text):
        return _by_digest(text, workspace)
    parts = text.split("/")
    if len(parts) != 3 or not all(parts):
        raise InputError(f"'{text}' is no record: give the folder of one (with run.json), its digest, or TASK/PROTOCOL/MODEL of a board")
    boards = read_boards(workspace.leaderboard)
    entries = [original for board in boards for original in _runs_of(board)]
    task, protocol, label = parts
    if found := [original for original in entries if (original.task, original.protocol, original.label) == (task, protocol, label)]:
        return Target(text, tuple(_with_record(original, workspace.runs) for original in found))
    if text in _handed_in(boards):
        raise InputError(f"{text} stands on the board as predictions that no run here made: there is nothing to make again")
    if is_table(workspace.root, label) and label not in find_models(workspace.root):
        raise InputError(
            f"{text}: submissions/{label}/ has predictions that no run here made, and no model.py: there is nothing to make again"
        )
    where = f"{workspace.leaderboard / 'board.json'} (a run that is not on it goes by its folder or digest)"
    raise _not_on_it(entries, (task, protocol, label), where)


def _handed_in(boards: Sequence[BoardDocument]) -> set[str]:
    return {
        "/".join([board["task"], board["protocol"], entry["model"]])
        for board in boards
        for entry in board["entries"]
        if entry["provenance"] in GIVEN
    }


def model_of(root: Path, original: Original) -> ModelChoice:
    """What makes it again: the model of this repository that has its name.

    Raises:
        InputError: there is none, or it was made from a file that was named by its path, and that file is none of the repository's.
    """
    if original.record is not None and original.record.info["source"] is None:  # an entry of which the record is not here does not tell
        path = find_models(root).get(model := original.record.info["model"])
        if path is None or source_digest(path) != original.digests["source"]:
            raise InputError(
                f"{_name(original)}: was made from a file that was named by its path, which a record does not keep; if you trust the file, "
                f"put it at baselines/{model}.py (if it is a model.py: its folder at submissions/{model}) and verify again"
            )
    return named(root, original.label)


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


def board_targets(workspace: Workspace, task: str, protocol: str) -> tuple[list[Target], list[str]]:
    """Every entry of the committed boards of a task under a protocol that was made by a run; and which entries are passed over, and why.

    Raises:
        InputError: there is no such board, or no entry of it says which record it comes from.
    """
    found: dict[str, list[Original]] = {}
    boards = [board for board in read_boards(workspace.leaderboard) if (board["task"], board["protocol"]) == (task, protocol)]
    for board in boards:
        for original in _runs_of(board):
            found.setdefault(original.label, []).append(_with_record(original, workspace.runs))
    if not found:
        raise InputError(
            f"{workspace.leaderboard / 'board.json'}: no entry of {task}, protocol {protocol}, says which record it comes from"
        )
    targets = [Target(f"{task}/{protocol}/{label}", tuple(originals)) for label, originals in sorted(found.items())]
    return targets, list(_passed_over(boards))


def _passed_over(boards: Sequence[BoardDocument]) -> Iterator[str]:
    """The entries of these boards that :func:`_runs_of` does not give, in words."""
    for board in boards:
        where = f"{board['task']}/{board['protocol']}, endpoint {board['endpoint']}"
        by_run = [entry for entry in board["entries"] if entry["provenance"] not in GIVEN]
        if board["endpoint"] == ALL and by_run:
            yield f"not compared: {len(by_run)} of {where}: means over the endpoints, made of the records of the other boards"
        for kind in GIVEN:
            if given := [entry["model"] for entry in board["entries"] if entry["provenance"] == kind]:
                yield f"not made again: {len(given)} of {where}: {kind}, no run here made them ({', '.join(given)})"


def _by_digest(text: str, workspace: Workspace) -> Target:
    folders = [path.parent for path in sorted(workspace.runs.glob(f"*/*/*/{text}*/run.json"))]
    found = [Original.of_record(read_placed(folder)) for folder in folders]
    if not found:
        entries = (original for board in read_boards(workspace.leaderboard) for original in _runs_of(board))
        found = [original for original in entries if original.digest.startswith(text)]
    if not found:
        raise InputError(f"no record {text} in {workspace.runs} and no entry made from it in {workspace.leaderboard / 'board.json'}")
    if len(digests := sorted({original.digest for original in found})) > 1:
        raise InputError(f"{text} is the beginning of {' and '.join(digests)}; give more of it")
    return Target(_name(found[0]), (found[0],))


def _runs_of(board: BoardDocument) -> Iterator[Original]:
    """Every run behind a board; those over all endpoints are made of the others' records."""
    for entry in board["entries"]:
        if (origin := origins_of(entry, board).get(board["endpoint"])) is None:
            continue  # handed in, or the mean over the endpoints: what the reading of boards lets pass, and :func:`_passed_over` names
        yield Original(
            task=board["task"],
            protocol=board["protocol"],
            endpoint=board["endpoint"],
            label=entry["model"],
            data=board["cohort"]["data"],
            seed=origin.seed,
            digest=origin.digest,
            digests={"source": origin.source_digest} | {name: str(digest) for name, digest in board["digests"].items()},
            values_sha256=origin.values_sha256,
            environment=origin.environment,
            printed=entry,
            record=None,
        )


def _with_record(original: Original, runs: Path) -> Original:
    """With the record that the entry was made from, if it is here and holds those predictions."""
    for path in (runs / original.task / original.protocol).glob(f"*/{original.digest}/run.json"):
        try:
            record = read_placed(path.parent)
        except InputError:
            continue  # what is here was edited, cut short or moved: the board's sha256 is the better witness
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
