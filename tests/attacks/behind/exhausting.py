"""Processes, memory, disk, output and time: every run ends within its limits, and the report says which it went over."""

from pathlib import Path

import pytest

from tests.attacks.named import REFUSED

PROCESSES = ["fork_bomb", "fork_by_number", "subprocesses", "replacing_itself", "daemon"]
MEMORY = ["memory_bomb", "memory_of_zeros", "memory_as_files", "memory_as_segments", "memory_as_page_tables"]
OUT_OF_SIGHT = {
    "memory_shared": "mmap (shared memory)",
    "memory_out_of_sight": "mmap (shared memory)",
    "memory_let_go": "mmap (shared memory)",
    "memory_in_sockets": "setsockopt",
}
DISK = [
    "disk_filler",
    "disk_at_once",
    "disk_of_many",
    "disk_without_names",
    "disk_in_mappings",
    "disk_let_go",
    "disk_in_flight",
    "files_without_end",
]
SMALL = {"memory": 1 << 30, "disk": 64 << 20, "output": 4 << 20, "threads": 64}


@pytest.mark.parametrize("name", PROCESSES)
def test_a_model_has_no_children(walls, name):
    outcome = walls.attack("exhausting", name)
    assert not outcome.escaped
    assert REFUSED.search(outcome.report)
    assert not Path(walls.arena.places["pid"]).exists()


def test_a_bomb_of_threads_is_stopped(walls):
    outcome = walls.attack("exhausting", "thread_bomb", **SMALL)
    assert not outcome.escaped
    assert "process limit" in outcome.report or "can't start new thread" in outcome.report


@pytest.mark.parametrize("name", MEMORY)
def test_memory_has_an_end(walls, name):
    outcome = walls.attack("exhausting", name, **SMALL)
    assert not outcome.escaped
    assert "MemoryError" in outcome.report or "memory limit" in outcome.report or REFUSED.search(outcome.report)


@pytest.mark.parametrize("name", OUT_OF_SIGHT)
def test_memory_that_is_in_no_process_is_refused_and_named(walls, name):
    outcome = walls.attack("exhausting", name, **SMALL)
    assert not outcome.escaped
    assert OUT_OF_SIGHT[name] in outcome.report


@pytest.mark.parametrize("name", DISK)
def test_the_disk_has_an_end(walls, name):
    outcome = walls.attack("exhausting", name, **SMALL | ({"disk": 16 << 20} if name == "files_without_end" else {}))
    assert not outcome.escaped
    assert "disk limit" in outcome.report or "No space left" in outcome.report or REFUSED.search(outcome.report)


@pytest.mark.parametrize("name", ["disk_apart", "sockets_apart"])
def test_no_thread_has_descriptors_of_its_own(walls, name):
    outcome = walls.attack("exhausting", name, **SMALL)
    assert not outcome.escaped
    assert "close_range" in outcome.report


def test_who_goes_on_without_the_main_thread_is_ended(walls):
    outcome = walls.attack("exhausting", "disk_without_a_leader", **SMALL)
    assert not outcome.escaped
    assert outcome.reasons == ["the main thread ended while other threads went on"]


@pytest.mark.parametrize("name", ["output_without_end", "prints_without_end"])
def test_output_has_an_end(walls, name):
    outcome = walls.attack("exhausting", name, **SMALL)
    assert "output limit" in outcome.report
    assert (outcome.folder / "run.json").stat().st_size < 1 << 20
    assert walls.arena.said() == ""


@pytest.mark.parametrize("name", ["sleeping", "deaf", "spinning", "stopped"])
def test_time_has_an_end(walls, name):
    outcome = walls.attack("exhausting", name, seconds=1)
    assert all("timeout: not done after 1 s" in reason for reason in outcome.reasons)
    assert outcome.reasons


def test_a_crash_is_named_and_leaves_no_core(walls):
    assert "SIGSEGV" in walls.attack("exhausting", "crash").report
    assert not walls.attack("exhausting", "core_dump").escaped


def test_refusals_without_end_are_counted_and_the_run_goes_on(walls):
    outcome = walls.attack("exhausting", "refusals_without_end")
    assert (outcome.reasons, set(outcome.risks)) == ([], {0.0})


def test_without_walls_a_daemon_is_born_and_ended_with_its_fold(no_walls):
    place = Path(no_walls.arena.places["pid"])
    assert no_walls.attack("exhausting", "daemon").escaped
    pid = Path("/proc", place.read_text())
    place.unlink()
    assert not pid.exists() or "Z (zombie)" in (pid / "status").read_text()
