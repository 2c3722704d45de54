"""What one job leaves for the next: nothing that the next could ask for."""

import errno
import json
import os
from contextlib import closing
from pathlib import Path

import pytest

from benchmark.sandbox import Nursery, Policy
from tests.sandbox.conftest import JOBS, nursery

SECONDS = 60.0


def found(made: Nursery, job: str, order: str = "") -> object:
    child = made.spawn(f"{JOBS}:{job}", order.encode(), Policy(), SECONDS)
    answer = json.loads(child.receive())
    child.kill()
    return answer


def test_all_jobs_find_the_same(walls: Nursery) -> None:
    first = found(walls, "traces")
    found(walls, "leave_traces")
    second = found(walls, "traces")
    names = {"size", "links", "listed", "remembered", "searched", "cwd"} | ({"pid", "inode"} if walls.isolation == "bubblewrap" else set())
    assert {name: first[name] for name in names} == {name: second[name] for name in names}  # type: ignore[index]
    assert (second["remembered"], second["searched"]) == (0, True)  # type: ignore[index]


@pytest.mark.parametrize("kind", ["bubblewrap", "landlock"])
def test_reading_leaves_the_time_of_the_last_look_under_bubblewrap(kind: str, tmp_path: Path) -> None:
    """A read-only mount keeps it; Landlock cannot, as docs/security.md says."""
    shared = tmp_path / "shared.txt"
    shared.write_text("x")
    os.utime(shared, (1, 1))
    with closing(
        Nursery(nursery(kind).isolation, [JOBS], [Path(__file__).parent, Path(__file__).parents[1] / "__init__.py", tmp_path])
    ) as made:  # type: ignore[arg-type]
        assert found(made, "attempts", json.dumps({"read": f"value = open({str(shared)!r}).read()"})) == {"read": "x"}
    moves = not os.statvfs(shared).f_flag & os.ST_NOATIME and kind == "landlock"
    assert (shared.stat().st_atime != 1) == moves


def test_a_job_is_inside_its_namespaces_alone() -> None:
    with closing(nursery("bubblewrap")) as made:
        inside = found(made, "attempts", json.dumps(INSIDE))
    assert isinstance(inside, dict)
    outside = {kind: str(Path("/proc/self/ns", kind).readlink()) for kind in KINDS}
    assert {kind for kind in KINDS if inside["namespaces"][kind] == outside[kind]} == set()
    assert {name: inside[name] for name in ("root", "folder", "folders", "writable", "program")} == {
        "root": "/",
        "folder": "/scratch",
        "folders": [],
        "writable": [],
        "program": True,
    }
    for name in ("processes", "first"):  # Landlock closes what little there is
        assert inside[name] in (-errno.EACCES, {"processes": ["1", "2"], "first": ["cat"]}[name])


KINDS = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")
INSIDE = {
    "root": "value = os.readlink('/proc/self/root')",
    "folder": "value = os.readlink('/proc/self/cwd')",
    "namespaces": f"value = {{kind: os.readlink('/proc/self/ns/' + kind) for kind in {KINDS}}}",
    "processes": "value = sorted(name for name in os.listdir('/proc') if name.isdigit())",
    "first": "value = [os.path.basename(word) for word in open('/proc/1/cmdline').read().split(chr(0)) if word]",
    "folders": "import stat; value = [n for n in range(1024) if os.path.lexists(f'/proc/self/fd/{n}') and stat.S_ISDIR(os.fstat(n).st_mode)]",
    "writable": "value = [place for place, options in (line.split()[4:6] for line in open('/proc/self/mountinfo'))"
    " if not place.startswith(('/scratch', '/proc', '/dev/')) and 'rw' in options.split(',')]",
    "program": "value = bool(os.statvfs('/proc/self/exe').f_flag & os.ST_RDONLY)",  # what was opened outside, too
}
