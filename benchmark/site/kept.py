"""What is computed once and kept in ``leaderboard/.cache``, and what of it may stand on the pages."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmark.files import write_atomically
from benchmark.site.content import Content
from benchmark.site.words import Json
from benchmark.tasks import task_folders
from benchmark.workspace import Workspace

SAME = 1e-6  # to which the numbers of a board and of its figures agree: they are kept with six digits
ROOMS = ("reporting", "scoring", "inference", "metrics", "tasks")  # whose code the verdicts come from


def kept_claims(workspace: Workspace, compute: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The rows of ``bench claims``, from the cache while records, claims, tasks and code are the same."""
    path, stamp = workspace.leaderboard / ".cache" / "claims.json", _stamp(workspace)
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["stamp"] == stamp:
            return list(kept["rows"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # missing or damaged: computed anew
    rows = json.loads(json.dumps(compute()))
    write_atomically(path, json.dumps({"stamp": stamp, "rows": rows}).encode())
    return list(rows)


def explanations_in(workspace: Workspace) -> list[Json]:
    """What ``bench explain`` has written: ``leaderboard/explain/<task>/<protocol>/<model>.json``."""
    paths = sorted((workspace.leaderboard / "explain").glob("*/*/*.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def figures_that_fit(content: Content) -> tuple[Content, list[str]]:
    """Only the figures that are of the very board that stands on the page, and a remark for each of the others."""
    fitting, remarks = {}, []
    for board in content.boards:
        place = (board["task"], board["protocol"], board["endpoint"])
        document = content.statistics.get(place)
        if document is None:
            continue
        if _same(board["entries"], document["board"]["entries"]):
            fitting[place] = document
        else:
            remarks.append(f"{', '.join(place)}: no figures, board.json is of other records; 'bench leaderboard --write' makes it anew")
    return replace(content, statistics=fitting), remarks


def _same(entries: Sequence[Json], others: Sequence[Json]) -> bool:
    pairs = {entry["model"]: entry["estimate"] for entry in others}
    known = {entry["model"]: entry["estimate"] for entry in entries}
    return set(pairs) == set(known) and all(abs(value - pairs[model]) < SAME for model, value in known.items())


def _stamp(workspace: Workspace) -> str:
    sha = hashlib.sha256()
    package = Path(__file__).parents[1]
    paths = [path for room in ROOMS for path in sorted((package / room).rglob("*.py"))]
    for folder in task_folders(workspace.tasks).values():
        paths += [folder / "task.yaml", folder / "folds.csv", *folder.glob("claims.yaml")]
    paths += sorted(workspace.runs.glob("*/*/*/*/run.json"))
    paths += sorted((workspace.root / "baselines").rglob("*.py"))
    paths += sorted(workspace.cohorts.glob("*/*/cohort.json"))
    for path in paths:
        sha.update(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    sha.update(workspace.data.encode())
    return sha.hexdigest()
