"""Real patients outside of a checkout: those that come with an installed library, and the mirror."""

import importlib.util
import os
from functools import cache
from pathlib import Path

from benchmark.cohorts.fetch import MIRROR
from benchmark.cohorts.manifest import list_cohorts, load_source


@cache
def packaged_data() -> tuple[Path, ...]:
    """The source files of cohorts that lie in an installed package: who may read the library must not find outcomes there."""
    files = [file for name in list_cohorts() for file in load_source(name).SOURCES if file.packaged]
    found = []
    for package, inside in (file.packaged for file in files if file.packaged):
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin:
            found.append(Path(spec.origin).parent / inside)
    return tuple(found)


def kept_back() -> tuple[Path, ...]:
    """What a model behind walls must not read wherever it lies: packaged data, and the folder that ``BENCH_MIRROR`` names."""
    mirror = os.environ.get(MIRROR)
    return (*packaged_data(), *([Path(mirror).expanduser()] if mirror else []))
