"""What a cohort's source module declares, and how the modules are found: a file in ``sources/``, nothing to register."""

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from benchmark.cohorts import sources
from benchmark.cohorts.cohort import Cohort
from benchmark.cohorts.design import Design
from benchmark.errors import unknown


@dataclass(frozen=True)
class SourceFile:
    """One public file.

    Attributes:
        name: file name under which it is kept; the key given to ``read``.
        address: where it is published.
        sha256: of the bytes; ``None`` where nobody could take it (then the first download is recorded beside the file,
            and the reader checks the content).
        bytes: size; ``None`` where ``sha256`` is.
        licence: of the source.
        supplies: what it is needed for. Files that supply the same thing are alternatives: any one will do,
            and the first is the one that is downloaded.
        mirror_only: nobody publishes it under an address, and it cannot be made from files that are: only a mirror has it.
        packaged: (installed package, path inside it) where the file comes with a dependency.
    """

    name: str
    address: str
    sha256: str | None
    bytes: int | None
    licence: str
    supplies: str
    mirror_only: bool = False
    packaged: tuple[str, str] | None = None


class CohortSource(Protocol):
    """A module ``sources/<cohort>.py``.

    Attributes:
        VERSION: of the reader; a built cohort with another version is built again.
        SOURCES: the files it reads.
        REPLICA: the design of its replica.
    """

    VERSION: str
    SOURCES: tuple[SourceFile, ...]
    REPLICA: Design

    def read(self, files: Mapping[str, Path]) -> Cohort:
        """The cohort from its files, keyed by :attr:`SourceFile.name`; of alternatives, any one is given."""


def list_cohorts() -> list[str]:
    """The names of all cohorts: the modules in ``sources/`` without a leading underscore."""
    return sorted(module.name for module in pkgutil.iter_modules(sources.__path__) if not module.name.startswith("_"))


def load_source(name: str) -> CohortSource:
    """The source module of a cohort.

    Raises:
        InputError: there is no such cohort.
    """
    if name not in (known := list_cohorts()):
        raise unknown("cohort", name, known)
    return cast(CohortSource, importlib.import_module(f"{sources.__name__}.{name}"))


def alternatives(files: Sequence[SourceFile]) -> dict[str, list[SourceFile]]:
    """What is supplied → the files that supply it, in the order of the manifest."""
    groups: dict[str, list[SourceFile]] = {}
    for file in files:
        groups.setdefault(file.supplies, []).append(file)
    return groups
