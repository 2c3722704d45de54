"""Traces: in the home, the repository, other runs, caches, the kernel."""

from pathlib import Path

import pytest

from tests.attacks.named import REFUSED

FILES = [
    "into_home",
    "into_repository",
    "into_tasks",
    "into_harness",
    "into_libraries",
    "into_its_own_folder",
    "into_runs",
    "into_a_record",
    "over_a_record",
    "truncating_a_record",
    "deleting_a_record",
    "into_a_cache",
    "into_the_kernel",
    "mode_of_a_record",
    "owner_of_a_record",
    "times_of_a_record",
    "attribute_of_a_record",
]
CONTROLS = ["into_home", "into_repository", "into_its_own_folder", "into_runs", "into_a_record", "mode_of_a_record", "times_of_a_record"]


def traces(root: Path) -> list[Path]:
    return [*root.rglob("attack*.txt"), *root.rglob("attack.pth")]


@pytest.mark.parametrize("name", FILES)
def test_writing_is_refused_and_named(walls, name):
    record = Path(walls.arena.places["record"])
    before = record.stat()
    outcome = walls.attack("writing", name)
    after = record.stat()
    assert not outcome.escaped
    assert REFUSED.search(outcome.report)
    assert traces(walls.arena.root) == []
    assert (after.st_ino, after.st_mtime_ns, after.st_mode, record.read_text()) == (before.st_ino, before.st_mtime_ns, before.st_mode, "{}")


def test_temporary_folders_of_the_machine_stay_clean(walls):
    """What looks like /tmp inside may be written; it is not the machine's."""
    walls.attack("writing", "into_temporary")
    assert [folder for folder in ("/tmp", "/var/tmp", "/dev/shm", "/run", "/etc", "/") if _mark(folder, walls).exists()] == []


@pytest.mark.parametrize("name", CONTROLS)
def test_without_walls_it_is_written(no_walls, name):
    assert no_walls.attack("writing", name).escaped
    for trace in traces(no_walls.arena.root):
        trace.unlink()


def test_without_walls_temporary_folders_are_written(no_walls):
    assert no_walls.attack("writing", "into_temporary").escaped
    left = [_mark(folder, no_walls) for folder in ("/tmp", "/var/tmp", "/dev/shm", "/run", "/etc", "/") if _mark(folder, no_walls).exists()]
    assert left
    for trace in left:
        trace.unlink()


def _mark(folder: str, walls) -> Path:
    return Path(folder, f"fusebench-{walls.arena.places['mark']}")
