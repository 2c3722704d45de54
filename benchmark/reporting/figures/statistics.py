"""The numbers of every board, kept on disk: pages are drawn from them without opening a cohort or a prediction."""

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from benchmark.cohorts.store import cohort_folder, open_cohort
from benchmark.files import write_atomically
from benchmark.models import find_models, source_digest
from benchmark.reporting.board import Contender
from benchmark.reporting.figures.code import code_digest
from benchmark.reporting.figures.critical_difference import critical_difference
from benchmark.reporting.figures.cv_against_external import SUFFIX, cv_against_external
from benchmark.reporting.figures.document import Stand, document, shown
from benchmark.reporting.figures.missingness import missingness
from benchmark.reporting.figures.table_one import table_one
from benchmark.reporting.imported import published_contenders
from benchmark.reporting.select import Selection, select_records
from benchmark.tasks import Task, load_spec, task_folders
from benchmark.tasks.spec import ALL
from benchmark.workspace import Workspace

SOURCES = "benchmark.cohorts.sources"
Place = tuple[str, str, str]  # task, protocol, endpoint


class Statistics:
    """The documents (see :func:`benchmark.reporting.figures.document.document`) of every board that has records.

    They lie in ``leaderboard/.cache`` (which git does not see), one file for each protocol of a task, stamped with what they were made from: the task's files, the cohort's
    digest, every ``run.json``, the models' sources and the code of the figures. While the stamp holds nothing else is read.

    Args:
        workspace: where tasks, records and the built cohorts lie.
        open_task: the task of a name, on the patients that the workspace asks for; called only where something has to be computed.
    """

    def __init__(self, workspace: Workspace, open_task: Callable[[str], Task]) -> None:
        self.workspace = workspace
        self.notes: dict[str, None] = {}
        self._task = cache(open_task)
        self._of = cache(self._documents)
        self._sources = cache(self._source_digests)

    def boards(self) -> list[Place]:
        """Every board with records, in the order of tasks, protocols and endpoints; the mean over several endpoints comes last."""
        found = []
        for task, folder in task_folders(self.workspace.tasks).items():
            for protocol in load_spec(folder).protocols:
                found += [(task, protocol, endpoint) for endpoint in self._of(task, protocol)]
        return found

    def of(self, task: str, protocol: str, endpoint: str) -> dict[str, Any]:
        """The document of one board.

        Raises:
            KeyError: there is no such board; :meth:`boards` lists them.
        """
        return dict(self._of(task, protocol)[endpoint])

    def cohort(self, name: str) -> dict[str, Any]:
        """Table 1 and the missingness map of a cohort: ``{"cohort", "data", "table_one", "missingness"}``."""
        sheet = self._sheet(name)
        path = self.workspace.leaderboard / ".cache" / "cohorts" / f"{name}.json"
        code = code_digest(table_one.__module__, missingness.__module__, _source_of(name))
        stamp = f"{_sha256(sheet)} {code}" if sheet.is_file() else None
        kept = _read(path)
        if stamp is None or kept.get("stamp") != stamp:
            cohort = open_cohort(self.workspace, name)
            figures = {"table_one": shown(table_one(cohort)), "missingness": shown(missingness(cohort))}
            kept = {"stamp": stamp, "cohort": name, "data": cohort.data, **figures}
            kept = self._keep(path, kept)
        return {key: value for key, value in kept.items() if key != "stamp"}

    def across(self) -> dict[str, Any]:
        """What the default boards of all tasks say together: ``{"critical_difference", "cv_against_external"}``."""
        specs = {name: load_spec(folder) for name, folder in task_folders(self.workspace.tasks).items()}
        found = {name: self._of(name, spec.default_protocol) for name, spec in specs.items()}
        boards = {name: (documents.get(ALL) or next(iter(documents.values())))["board"] for name, documents in found.items() if documents}
        own = [(specs[name].kind, board) for name, board in boards.items() if not name.endswith(SUFFIX)]
        return {"critical_difference": shown(critical_difference(own)), "cv_against_external": shown(cv_against_external(boards))}

    def _keep(self, path: Path, value: dict[str, Any]) -> dict[str, Any]:
        """Write a document; what is returned is what a later reader will see."""
        text = json.dumps(value, allow_nan=False)
        write_atomically(self.workspace.leaderboard / ".cache" / ".gitignore", b"*\n")
        write_atomically(path, text.encode())
        return dict(json.loads(text))

    def _documents(self, task: str, protocol: str) -> dict[str, dict[str, Any]]:
        if not any((self.workspace.runs / task / protocol).glob("*/*/run.json")):
            return {}
        path = self.workspace.leaderboard / ".cache" / task / f"{protocol}.json"
        kept = _read(path)
        stamp = self._stamp(task, protocol)
        if stamp is None or kept.get("stamp") != stamp:
            kept = self._keep(path, {"stamp": stamp, **self._computed(task, protocol, kept.get("boards", {}))})
        self.notes |= dict.fromkeys(kept["notes"])
        return dict(kept["boards"])

    def _computed(self, name: str, protocol: str, before: dict[str, Any]) -> dict[str, Any]:
        """The boards of a protocol, by endpoint, and what was left out of them."""
        task, boards = self._task(name), {}
        notes: dict[str, None] = {}
        estimable = task.estimable(protocol)
        for endpoints in [*([endpoint] for endpoint in estimable), *([estimable] if len(estimable) > 1 else [])]:
            selection = select_records(task, protocol, endpoints, self.workspace.runs, self.workspace.root)
            notes |= dict.fromkeys(selection.notes)
            if selection.records:
                endpoint = endpoints[0] if len(endpoints) == 1 else ALL
                boards[endpoint] = document(_stand(task, protocol, endpoints, selection), before.get(endpoint))
        return {"notes": list(notes), "boards": boards}

    def _stamp(self, task: str, protocol: str) -> str | None:
        """What the documents of a protocol are made from; ``None`` where only opening the cohort can tell whose patients they are."""
        folder = self.workspace.tasks / task
        cohort = load_spec(folder).cohort
        sheet = self._sheet(cohort)
        if not sheet.is_file():
            return None
        sha = hashlib.sha256(code_digest(__name__, _source_of(cohort)).encode())
        for path in (folder / "task.yaml", folder / "folds.csv", sheet):
            sha.update(_sha256(path).encode())
        for path in sorted((self.workspace.runs / task / protocol).glob("*/*/run.json")):
            sha.update(str(path.relative_to(self.workspace.runs)).encode() + _sha256(path).encode())
        sha.update(self._sources().encode())
        return sha.hexdigest()

    def _sheet(self, cohort: str) -> Path:
        """The datasheet of the cohort that is built, real unless replicas are asked for; it may not be there."""
        return cohort_folder(self.workspace, cohort, "replica" if self.workspace.data == "replica" else "real") / "cohort.json"

    def _source_digests(self) -> str:
        return "".join(f"{name} {source_digest(path)}\n" for name, path in find_models(self.workspace.root).items())


def _read(path: Path) -> dict[str, Any]:
    """What was kept; nothing where the file is missing or damaged."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _source_of(cohort: str) -> str:
    """The module that reads a cohort's files: where it changes the cohort on disk is no longer the right one."""
    return f"{SOURCES}.{cohort}"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _stand(task: Task, protocol: str, endpoints: Sequence[str], selection: Selection) -> Stand:
    contenders = [Contender.of(records) for records in selection.records.values()] + published_contenders(task, protocol, endpoints)
    sha = hashlib.sha256((task.digest + task.folds_digest(protocol) + task.cohort_digest + repr(task.spec)).encode())
    for contender in contenders:
        facts = (contender.label, contender.modalities, contender.seconds, contender.provenance, contender.source)
        sha.update(repr(facts).encode())
        for endpoint, predictions in contender.predictions.items():
            sha.update(f"{endpoint} {list(predictions.failed)}".encode())
            sha.update(pd.util.hash_pandas_object(predictions.table, index=False).to_numpy().tobytes())
    return Stand(task, protocol, tuple(endpoints), contenders, selection.records, sha.hexdigest()[:16])
