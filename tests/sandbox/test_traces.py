"""What one job leaves for the next: nothing that the next could ask for."""

import errno
import json
import os
import sys
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from benchmark.sandbox import CONFINED, Isolation, Nursery, Policy
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


@pytest.mark.parametrize("kind", CONFINED)
def test_nothing_tells_a_job_which_command_it_is_run_for(kind: Isolation, tmp_path: Path) -> None:
    """A harness that holds other descriptors, and keeps back other places, which a job could not read anyway: it finds the same."""
    outside = tmp_path / "kept-back-by-the-harness"
    outside.mkdir()
    with closing(nursery(kind)) as made:
        first = circumstances(made)
    with ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(outside.parent.joinpath("open").open("w"))
        second = circumstances(stack.enter_context(closing(nursery(kind, hidden=(outside,)))))
    assert first == second
    assert first["hidden"] == [0, True]
    assert str(Path(__file__).parents[2]) not in first["words"].replace(sys.executable, "")  # which may lie in the checkout


def circumstances(made: Nursery) -> dict[str, Any]:
    """What a job can know of how it was started; its scratch folder has a name of its own under Landlock."""
    answer = found(made, "attempts", json.dumps(CIRCUMSTANCES))
    assert isinstance(answer, dict)
    answer["environment"] = answer["environment"].replace(answer.pop("scratch"), "scratch")
    return answer


CIRCUMSTANCES = {
    "words": "value = open('/proc/self/cmdline').read() + repr((sys.orig_argv, sys.argv, sys.flags))",
    "scratch": "value = os.environ['HOME']",
    "environment": "value = open('/proc/self/environ').read() + repr(os.environ)",
    "descriptors": "value = [(n, os.readlink(f'/proc/self/fd/{n}').partition(':')[0]) for n in range(1024) if os.path.lexists(f'/proc/self/fd/{n}')]",
    # addresses are of this start alone
    "auxiliary": "import struct; data = open('/proc/self/auxv', 'rb').read();"
    " value = [pair if pair[1] < 1 << 32 else pair[0] for pair in struct.iter_unpack('QQ', data)]",
    "limits": "value = open('/proc/self/limits').read()",
    "signals": "value = [line for line in open('/proc/self/status') if line.startswith(('Sig', 'Shd', 'FDSize', 'Umask'))]",
    "place": "value = (os.getpid() == os.getsid(0), os.getpriority(os.PRIO_PROCESS, 0), sorted(os.sched_getaffinity(0)), sys.path)",
    "hidden": "value = in_memory(rb'kept-back-by-the-harnes[s]')",
}


def test_a_job_is_inside_its_namespaces_alone() -> None:
    with closing(nursery("bubblewrap")) as made:
        inside = found(made, "attempts", json.dumps(INSIDE))
        mounts = mounts_of_a_job(made)
    assert isinstance(inside, dict)
    outside = {kind: str(Path("/proc/self/ns", kind).readlink()) for kind in KINDS}
    assert {kind for kind in KINDS if inside["namespaces"][kind] == outside[kind]} == set()
    assert {name: inside[name] for name in ("root", "folder", "folders", "program")} == {
        "root": "/",
        "folder": "/scratch",
        "folders": [],
        "program": True,
    }
    writable = [place for place, options in (line.split()[4:6] for line in mounts) if "rw" in options.split(",")]
    assert [place for place in writable if not place.startswith(("/proc", "/dev/"))] == ["/scratch"]
    for name in ("processes", "first"):  # Landlock closes what little there is
        assert inside[name] in (-errno.EACCES, {"processes": ["1", "2"], "first": ["cat"]}[name])


def mounts_of_a_job(made: Nursery) -> list[str]:
    """What is mounted for a job, read from outside: Landlock may close that file inside."""
    import psutil

    child = made.spawn(f"{JOBS}:stay", b"", Policy(), SECONDS)
    name = child.receive().decode()  # its process id in its own namespace
    below = [process.pid for process in psutil.Process(made._process.pid).children(recursive=True)]
    job = next(pid for pid in below if f"NSpid:\t{pid}\t{name}\n" in Path(f"/proc/{pid}/status").read_text())
    lines = Path(f"/proc/{job}/mountinfo").read_text().splitlines()
    child.kill()
    return lines


KINDS = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")
INSIDE = {
    "root": "value = os.readlink('/proc/self/root')",
    "folder": "value = os.readlink('/proc/self/cwd')",
    "namespaces": f"value = {{kind: os.readlink('/proc/self/ns/' + kind) for kind in {KINDS}}}",
    "processes": "value = sorted(name for name in os.listdir('/proc') if name.isdigit())",
    "first": "value = [os.path.basename(word) for word in open('/proc/1/cmdline').read().split(chr(0)) if word]",
    "folders": "import stat; value = [n for n in range(1024) if os.path.lexists(f'/proc/self/fd/{n}') and stat.S_ISDIR(os.fstat(n).st_mode)]",
    "program": "value = bool(os.statvfs('/proc/self/exe').f_flag & os.ST_RDONLY)",  # what was opened outside, too
}
