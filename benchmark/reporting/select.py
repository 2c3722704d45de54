"""Which records stand on a board: those made from the task, the folds, the patients and the model source of today."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.errors import unknown
from benchmark.models import choose, find_models, read_models, source_digest
from benchmark.records import AGAIN, Record, find_records
from benchmark.reporting.expected import Expected
from benchmark.tasks import Task

NAMED = 5  # models of a note


@dataclass(frozen=True)
class Selection:
    """The current records of a task under one protocol.

    Attributes:
        records: what stands on the board, by label and endpoint.
        lacking: the same of models that were tested without some modality (``--drop``): no entries of their own.
        notes: what was left out, and why.
    """

    records: dict[str, dict[str, Record]]
    lacking: dict[str, dict[str, Record]]
    notes: tuple[str, ...]

    @property
    def all(self) -> dict[str, dict[str, Record]]:
        """Both."""
        return self.records | self.lacking


def select_records(task: Task, protocol: str, endpoints: Sequence[str], runs: Path, root: Path) -> Selection:
    """The current records of every model that has one for each of the endpoints, one per label and endpoint.

    Of several seeds the lowest stands for the model. A record whose model file has changed or gone since is left out; one
    made from a file outside the repository is kept while nobody makes a newer one. A record that does not hold the folds and rows
    of the task, which no run leaves, is named and left out: it stands in nobody's way.
    """
    found, problems = find_records(runs, task.id, protocol)
    current, odd_models = read_models(root, lambda name, path: source_digest(path) if (runs / task.id / protocol / name).is_dir() else None)
    expected = {endpoint: Expected.of(task, protocol, endpoint) for endpoint in endpoints} if found else {}
    fitting, other, stale = [], 0, list[Record]()
    for record in found:
        if record.info["endpoint"] not in endpoints or record.info["cohort"]["data"] != task.cohort.data:
            continue
        if changed_since(record, task, protocol):
            other += 1
        elif record.info["source"] is not None and current.get(record.info["model"]) != record.info["source_digest"]:
            stale.append(record)
        elif odd := expected[record.info["endpoint"]].misfit(record):
            problems.append(f"{record.folder}: {odd}; {AGAIN}")
        else:
            fitting.append(record)
    notes = [f"not shown: {problem}" for problem in (*problems, *odd_models)]
    if other:
        notes.append(f"{other} record(s) of {task.id} {protocol} are not shown: task, folds or cohort have changed since")
    chosen = _one_per_label(fitting)
    if lost := [record for record in stale if record.info["endpoint"] not in chosen.get(record.label, {})]:
        names = _listed({record.info["model"] for record in lost})
        notes.append(
            f"{len(lost)} record(s) of {task.id} {protocol} are not shown: a file of the model ({names}) has changed or gone; 'bench run' makes them anew"
        )
    notes += _seeds(chosen, fitting)
    if partial := [label for label, by_endpoint in chosen.items() if len(by_endpoint) < len(endpoints)]:
        notes.append(f"{', '.join(partial)}: not shown over all endpoints of {task.id} {protocol}: not run on each of them")
    whole = {label: {name: records[name] for name in endpoints} for label, records in chosen.items() if label not in partial}
    lacking = {label: records for label, records in whole.items() if any("drop" in record.info for record in records.values())}
    return Selection({label: records for label, records in whole.items() if label not in lacking}, lacking, tuple(notes))


def _listed(names: Iterable[str]) -> str:
    found = sorted(set(names))
    return ", ".join(found[:NAMED]) + ", …" * (len(found) > NAMED)


def _seeds(chosen: Mapping[str, Mapping[str, Record]], fitting: Sequence[Record]) -> Iterator[str]:
    """Which seeds stand for models that are not shown with that of all others, and which records are of further seeds: nobody picks his best in silence."""
    shown = {record.folder for records in chosen.values() for record in records.values()}
    if further := [record for record in fitting if record.folder not in shown and record.info["seed"]]:
        yield f"{len(further)} record(s) of further seeds are not shown ({_listed(record.label for record in further)}): the lowest stands for the model"
    if odd := {
        f"{label} {records[name].info['seed']}" for label, records in chosen.items() for name in records if records[name].info["seed"]
    }:
        yield f"shown with a seed of their own, where others have 0: {_listed(odd)}; 'bench run' without --seed makes the entry that compares"


def changed_since(record: Record, task: Task, protocol: str) -> list[str]:
    """What is no longer as it was when the record was made: of task, folds and cohort."""
    now = {"task": task.digest, "folds": task.folds_digest(protocol), "cohort": task.cohort_digest}
    return [name for name, digest in now.items() if record.info[f"{name}_digest"] != digest]


def _one_per_label(records: Iterable[Record]) -> dict[str, dict[str, Record]]:
    chosen: dict[str, dict[str, Record]] = {}
    for record in sorted(records, key=lambda item: (item.info["seed"], -(item.folder / "run.json").stat().st_mtime)):
        chosen.setdefault(record.label, {}).setdefault(record.info["endpoint"], record)
    return chosen


def pick(selection: Selection, root: Path, text: str, where: str) -> dict[str, Record]:
    """The records (by endpoint) that ``text`` names: a label as the board prints it, or any spelling of the same parameters; also with ``drop``.

    Raises:
        InputError: no such record; the message names the nearest ones.
    """
    if text not in selection.all and text.partition("[")[0] in find_models(root):
        text = choose(root, text).label
    if text not in selection.all:
        raise unknown("model", text, selection.all, where, lists="bench leaderboard")
    return selection.all[text]
