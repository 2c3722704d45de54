"""Where things lie: the repository root, its runs and its data."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmark.errors import InputError

DataMode = Literal["auto", "real", "replica"]


@dataclass(frozen=True)
class Workspace:
    """The folders of one checkout.

    Attributes:
        root: the repository; holds ``tasks/``, ``baselines/`` and ``submissions/``.
        runs: where run records are written.
        data: which patients to use: ``real``, ``replica``, or ``auto`` (real where present).
    """

    root: Path
    runs: Path
    data: DataMode = "auto"

    @property
    def tasks(self) -> Path:
        return self.root / "tasks"

    @property
    def sources(self) -> Path:
        """Downloaded source files, one folder per cohort."""
        return self.root / "data" / "sources"

    @property
    def cohorts(self) -> Path:
        """Built cohorts: ``real/<cohort>`` and ``replica/<cohort>``."""
        return self.root / "data" / "cohorts"

    @property
    def leaderboard(self) -> Path:
        return self.root / "leaderboard"


def find_root(start: Path) -> Path:
    """The nearest folder at or above ``start`` with a ``tasks/<id>/task.yaml``; else this installation's checkout.

    Raises:
        InputError: neither exists.
    """
    checkout = Path(__file__).resolve().parents[1]
    for folder in (start, *start.parents, checkout):
        if any(folder.glob("tasks/*/task.yaml")):
            return folder
    raise InputError(f"no tasks/<id>/task.yaml at or above {start}; run inside a checkout or pass --root DIR")


def open_workspace(root: Path | None = None, runs: Path | None = None, data: DataMode = "auto") -> Workspace:
    """The workspace at ``root`` (default: found upwards from the working directory).

    Raises:
        InputError: ``root`` has no ``tasks/`` folder.
    """
    found = find_root(Path.cwd()) if root is None else root.resolve()
    if not (found / "tasks").is_dir():
        raise InputError(f"--root {root} has no tasks/ folder")
    return Workspace(found, (runs or found / "runs").resolve(), data)
