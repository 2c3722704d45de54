"""Opening cohorts: built ones are kept under ``data/cohorts``; what is not built yet is built from its source files.

The real cohort is built whenever its files can be had without network; a replica needs nothing.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock

from benchmark.cohorts.cohort import Cohort
from benchmark.cohorts.fetch import Located, fetch_all, locate, locate_all, mirror_folder
from benchmark.cohorts.manifest import CohortSource, SourceFile, alternatives, list_cohorts, load_source
from benchmark.cohorts.replica import replica_files, replica_version, simulate_cohort
from benchmark.errors import InputError, NotPresentError
from benchmark.workspace import Workspace

__all__ = ["Check", "cohort_folder", "fetch_cohort", "list_cohorts", "open_cohort", "verify_cohort"]


@dataclass(frozen=True)
class Check:
    """One finding of :func:`verify_cohort`.

    Attributes:
        item: a source file, or ``built cohort``.
        state: ``ok``, ``missing`` (an alternative is there, or nothing was built yet), or ``failed``.
        detail: where the file is, or what is wrong.
    """

    item: str
    state: Literal["ok", "missing", "failed"]
    detail: str


def open_cohort(workspace: Workspace, name: str) -> Cohort:
    """The cohort, real or replica as ``workspace.data`` says.

    ``real``: built before, or built now from files that are at hand; never from the network. ``replica``: simulated.
    ``auto``: real where it can be had without network, else the replica.

    Raises:
        NotPresentError: ``real`` was asked for and a source file is missing; the message says how to get it.
        InputError: unknown cohort, a damaged source file or built cohort, or a disk that cannot be written. A replica never stands in
            for patients who are here but damaged.
    """
    source = load_source(name)
    if workspace.data == "replica":
        return _replica(workspace, name, source)
    try:
        return _real(workspace, name, source)
    except NotPresentError as error:
        if workspace.data == "real":
            raise
        if ((folder := cohort_folder(workspace, name, "real")) / "cohort.json").is_file():
            raise InputError(
                f"{folder}: is damaged or was built by another version; delete it, or make its source files available: {error}"
            ) from error
        return _replica(workspace, name, source)


def fetch_cohort(workspace: Workspace, name: str, progress: bool = True) -> dict[str, Located]:
    """Get the source files, from the network where they are not at hand, and build the cohort.

    Returns:
        File name → where it is and how it was found.

    Raises:
        NotPresentError: the network does not answer.
        InputError: unknown cohort, wrong bytes, or a disk that cannot be written.
    """
    source = load_source(name)
    with _locked(cohort_folder(workspace, name, "real")):
        found = fetch_all(source.SOURCES, workspace.sources / name, progress=progress)
    try:
        _real(workspace, name, source)
    except InputError:
        _discard(source.SOURCES, found)
        raise
    return found


def verify_cohort(workspace: Workspace, name: str) -> list[Check]:
    """Check every source file, and the built cohort against one read anew from the files."""
    source, mirror = load_source(name), mirror_folder()
    checks, complete = [], True
    for files in alternatives(source.SOURCES).values():
        found = {file.name: locate(file, workspace.sources / name, mirror) for file in files}
        satisfied = any(found.values())
        complete = complete and satisfied
        checks += [_file_check(file, found[file.name], workspace.sources / name, satisfied) for file in files]
    return [*checks, _built_check(workspace, name, source, complete)]


def cohort_folder(workspace: Workspace, name: str, data: Literal["real", "replica"]) -> Path:
    """Where the built cohort lies."""
    return workspace.cohorts / data / name


def _real(workspace: Workspace, name: str, source: CohortSource) -> Cohort:
    folder = cohort_folder(workspace, name, "real")

    def fresh(cohort: Cohort) -> bool:
        return cohort.datasheet.version == source.VERSION and _same_files(source.SOURCES, cohort.datasheet.files)

    def build() -> Cohort:
        return _read_files(source, locate_all(source.SOURCES, workspace.sources / name))

    return _kept(folder, fresh, build)


def _replica(workspace: Workspace, name: str, source: CohortSource) -> Cohort:
    files, version = replica_files(name), replica_version(source.VERSION)

    def fresh(cohort: Cohort) -> bool:
        return cohort.datasheet.version == version and cohort.datasheet.files == files

    return _kept(cohort_folder(workspace, name, "replica"), fresh, lambda: simulate_cohort(name, source.REPLICA))


def _kept(folder: Path, fresh: Callable[[Cohort], bool], build: Callable[[], Cohort]) -> Cohort:
    """The cohort kept in ``folder`` if it is intact and fresh; else built and kept, by one process at a time."""
    if (kept := _intact(folder, fresh)) is not None:
        return kept
    cohort = build()  # before the folder is touched: where it cannot be built, nothing is written
    with _locked(folder):
        # another process may have been faster while this one waited
        if (kept := _intact(folder, fresh)) is not None:
            return kept
        cohort.write(folder)
    return cohort


def _intact(folder: Path, fresh: Callable[[Cohort], bool]) -> Cohort | None:
    if not (folder / "cohort.json").is_file():
        return None
    try:
        cohort = Cohort.read(folder)
    except InputError:
        return None  # damaged, or being replaced by another process: it is built again
    return cohort if fresh(cohort) else None


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, which dies with its process; a disk that refuses to be written is bad input."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f".{folder.name}.lock")):
            yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(f"{folder}: cannot be written ({reason}); free some space or choose a writable --root") from error


def _same_files(sources: tuple[SourceFile, ...], recorded: Mapping[str, str]) -> bool:
    groups = alternatives(sources).values()
    known = {file.name: file.sha256 for file in sources}
    return all(any(file.name in recorded for file in files) for files in groups) and all(
        name in known and known[name] in (None, sha256) for name, sha256 in recorded.items()
    )


def _read_files(source: CohortSource, found: Mapping[str, Located]) -> Cohort:
    return source.read({name: located.path for name, located in found.items()})


def _discard(sources: tuple[SourceFile, ...], found: Mapping[str, Located]) -> None:
    """Remove what was just downloaded without a digest to check it by, and could not be read."""
    for file in sources:
        located = found.get(file.name)
        if file.sha256 is None and located is not None and located.origin == "download":
            located.path.unlink(missing_ok=True)
            located.path.with_name(f"{file.name}.sha256").unlink(missing_ok=True)


def _file_check(file: SourceFile, located: Located | None, folder: Path, satisfied: bool) -> Check:
    if located is not None:
        return Check(file.name, "ok", f"sha256 {located.sha256[:12]}… in {located.path}")
    if (folder / file.name).is_file():
        return Check(file.name, "failed", f"{folder / file.name} has the wrong bytes; delete it and run 'bench data fetch {folder.name}'")
    if satisfied:
        return Check(file.name, "missing", f"not needed: another file supplies {file.supplies}")
    return Check(file.name, "failed", f"missing; run 'bench data fetch {folder.name}' or set BENCH_MIRROR")


def _built_check(workspace: Workspace, name: str, source: CohortSource, complete: bool) -> Check:
    folder, item = cohort_folder(workspace, name, "real"), "built cohort"
    if not (folder / "cohort.json").is_file():
        return Check(item, "missing", "not built yet; the first use builds it")
    try:
        kept = Cohort.read(folder)
        if not complete:
            return Check(item, "ok", f"digest {kept.digest[:12]}… matches its tables; not compared with the source files, some are missing")
        anew = _read_files(source, locate_all(source.SOURCES, workspace.sources / name))
    except InputError as error:
        return Check(item, "failed", str(error))
    if anew.digest != kept.digest:
        return Check(
            item, "failed", f"{folder} differs from what its source files give now; delete the folder, the next use builds it again"
        )
    return Check(item, "ok", f"digest {kept.digest[:12]}… equals that of a rebuild from the source files")
