"""Which records stand on a board: those made from the task, the folds, the patients and the model source of today."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.errors import unknown
from benchmark.models import choose, find_models, source_digest
from benchmark.records import Record, find_records
from benchmark.tasks import Task


@dataclass(frozen=True)
class Selection:
    """Records for a board, by label and endpoint; ``notes`` say what was left out and why.

    ``lacking`` counts the records that were not asked for because they were tested without some modality.
    """

    records: dict[str, dict[str, Record]]
    notes: tuple[str, ...]
    lacking: int = 0


def select_records(task: Task, protocol: str, endpoints: Sequence[str], runs: Path, root: Path, *, dropped: bool = False) -> Selection:
    """The current records of every model that has one for each of the endpoints, one per label and endpoint.

    Records that were tested without some modality (``--drop``) are no models of their own: they are there only if ``dropped``.
    Of several seeds the lowest stands for the model. A record whose model file has changed or gone since is left out; one
    made from a file outside the repository is kept while nobody makes a newer one.
    """
    found, problems = find_records(runs, task.id, protocol)
    current = {name: source_digest(path) for name, path in find_models(root).items()}
    fitting, other, stale, lacking = [], 0, 0, 0
    for record in found:
        if record.info["endpoint"] not in endpoints or record.info["cohort"]["data"] != task.cohort.data:
            continue
        if "drop" in record.info and not dropped:
            lacking += 1
        elif not _same_task(record, task, protocol):
            other += 1
        elif record.info["source"] is not None and current.get(record.info["model"]) != record.info["source_digest"]:
            stale += 1
        else:
            fitting.append(record)
    notes = [f"not shown: {problem}" for problem in problems]
    if other:
        notes.append(f"{other} record(s) of {task.id} {protocol} are not shown: task, folds or cohort have changed since")
    if stale:
        notes.append(
            f"{stale} record(s) of {task.id} {protocol} are not shown: the model's source has changed or gone; 'bench run' makes them anew"
        )
    chosen = _one_per_label(fitting)
    if partial := [label for label, by_endpoint in chosen.items() if len(by_endpoint) < len(endpoints)]:
        notes.append(f"{', '.join(partial)}: not shown over all endpoints of {task.id} {protocol}: not run on each of them")
    whole = {label: {name: records[name] for name in endpoints} for label, records in chosen.items() if label not in partial}
    return Selection(whole, tuple(notes), lacking)


def _same_task(record: Record, task: Task, protocol: str) -> bool:
    digests = {"task_digest": task.digest, "folds_digest": task.folds_digest(protocol), "cohort_digest": task.cohort_digest}
    return all(record.info[key] == value for key, value in digests.items())


def _one_per_label(records: Iterable[Record]) -> dict[str, dict[str, Record]]:
    chosen: dict[str, dict[str, Record]] = {}
    for record in sorted(records, key=lambda item: (item.info["seed"], -(item.folder / "run.json").stat().st_mtime)):
        chosen.setdefault(record.label, {}).setdefault(record.info["endpoint"], record)
    return chosen


def pick(selection: Selection, root: Path, text: str, where: str) -> dict[str, Record]:
    """The records (by endpoint) that ``text`` names: a label as the board prints it, or any spelling of the same parameters.

    Raises:
        InputError: no such record; the message names the nearest ones.
    """
    if text not in selection.records and text.partition("[")[0] in find_models(root):
        text = choose(root, text).label
    if text not in selection.records:
        raise unknown("model", text, selection.records, where)
    return selection.records[text]
