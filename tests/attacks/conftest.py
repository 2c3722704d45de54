"""The walls to try, as root and as nobody, each with an arena of its own."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmark.sandbox import available
from tests.attacks.arena import IN_FIT, Arena, Outcome, why_not

ISOLATIONS = ("bubblewrap", "landlock")
USERS = ("root", "nobody")


@dataclass(frozen=True)
class Walls:
    """One isolation as one user."""

    arena: Arena
    isolation: str

    def attack(self, kind: str, name: str, where: dict[str, str] = IN_FIT, **options: object) -> Outcome:
        """Run ``payloads/<kind>.py``'s function ``name`` as a submission."""
        self.arena.attack(kind, name, where)
        return self.run(**options)

    def run(self, **options: object) -> Outcome:
        """Run the submission that is there."""
        return self.arena.run(self.isolation, **options)  # type: ignore[arg-type]


@contextmanager
def standing(isolation: str, user: str) -> Iterator[Walls]:
    if reason := why_not(user) or available()[isolation]:
        pytest.skip(f"{isolation}, {user}: {reason}")
    folder = Path(tempfile.mkdtemp(prefix="fusebench-attacks-"))  # below tmp_path no other user may go
    folder.chmod(0o755)
    arena = Arena(folder, user)
    try:
        yield Walls(arena, isolation)
    finally:
        arena.close()
        shutil.rmtree(folder, ignore_errors=True)
        for place in ("/tmp", "/dev/shm"):  # what the controls leave there
            Path(place, f"fusebench-{folder.name}").unlink(missing_ok=True)


# of the session, so that all tests behind the same walls run one after the other in one nursery
@pytest.fixture(scope="session", params=[(isolation, user) for isolation in ISOLATIONS for user in USERS], ids="-".join)
def walls(request: pytest.FixtureRequest) -> Iterator[Walls]:
    with standing(*request.param) as there:
        yield there


@pytest.fixture(scope="session")
def no_walls() -> Iterator[Walls]:
    """The control: without walls the same attack gets through."""
    with standing("none", "nobody" if why_not("root") else "root") as there:
        yield there


@pytest.fixture(scope="session", params=[("bubblewrap", USERS[1]), ("landlock", USERS[0])], ids="-".join)
def two_walls(request: pytest.FixtureRequest) -> Iterator[Walls]:
    """Each isolation once: for what starts a sandbox of its own each time, which costs seconds."""
    with standing(*request.param) as there:
        yield there
