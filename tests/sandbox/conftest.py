"""A nursery for each isolation, shared by the tests of a file; what this machine lacks is skipped with the reason."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmark.sandbox import CONFINED, Isolation, Nursery, available

ROOT = Path(__file__).parents[2]
JOBS = "tests.sandbox.jobs"


def nursery(kind: Isolation, *libraries: str, read: tuple[Path, ...] = (), hidden: tuple[Path, ...] = ()) -> Nursery:
    if reason := available()[kind]:
        pytest.skip(f"{kind}: {reason}")
    own = (ROOT / "tests" / "sandbox", ROOT / "tests" / "__init__.py")
    return Nursery(kind, ["benchmark.sandbox", JOBS, *libraries], [*own, *read], hidden)


@pytest.fixture(scope="module", params=CONFINED)
def walls(request: pytest.FixtureRequest) -> Iterator[Nursery]:
    made = nursery(request.param, "numpy", hidden=(ROOT / "tests" / "sandbox" / "test_scratch.py",))
    yield made
    made.close()


@pytest.fixture(scope="module", params=["process", *CONFINED])
def any_walls(request: pytest.FixtureRequest) -> Iterator[Nursery]:
    made = nursery(request.param)
    yield made
    made.close()
