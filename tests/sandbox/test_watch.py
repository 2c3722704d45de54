"""What a job holds, seen from outside."""

import os
import secrets
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from benchmark.sandbox import watch
from benchmark.sandbox.policy import Policy
from benchmark.sandbox.watch import LEADERLESS, Watch, held

SCAN = os.scandir

TABLES = """
    import ctypes
    libc = ctypes.CDLL(None)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    start = libc.mmap(None, 100 << 30, 1, 0x4022, -1, 0)
    libc.madvise(start, 100 << 30, 15)
    for place in range(start, start + (100 << 30), 2 << 20):
        ctypes.string_at(place, 1)
    print("done", flush=True)
    input()
"""


WITHOUT_A_LEADER = """
    import ctypes, threading
    def go_on():
        print("done", flush=True)
        input()
        ctypes.CDLL(None).syscall(231, 3)  # of x86_64: exit_group
    threading.Thread(target=go_on).start()
    ctypes.CDLL(None).syscall(60, 0)
"""


def test_what_was_swapped_out_is_held() -> None:
    assert held("Name:\tVmRSS: 9 kB\nVmSize:\t 900 kB\nVmRSS:\t 10 kB\nVmSwap:\t 200 kB\nVmPTE:\t 3 kB\n") == 213 << 10
    assert held("Name:\tzombie\n") == 0


def test_page_tables_are_memory() -> None:
    """200 MiB of tables that lead to a single page: nothing of it is resident."""
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(TABLES)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    others = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and int(path.name) != process.pid]
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "done\n"
        assert Watch(Policy(memory=100 << 20), os.getpid(), None, others=others).breach() == "memory limit"
        assert Watch(Policy(memory=400 << 20), os.getpid(), None, others=others).breach() is None
    finally:
        process.kill()
        process.communicate()


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers of the calls are those of x86_64")
def test_a_main_thread_that_ends_first_is_a_breach(tmp_path: Path) -> None:
    code = textwrap.dedent(WITHOUT_A_LEADER)
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    others = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and int(path.name) != process.pid]
    look = Watch(Policy(), os.getpid(), tmp_path, others=others).breach
    try:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "done\n"
        ended = time.monotonic() + 5
        while (breach := look()) is None and time.monotonic() < ended:
            time.sleep(0.01)
        assert breach == LEADERLESS
        process.stdin.write("\n")
        process.stdin.flush()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert look() is None  # all have ended: it is only not yet buried
    finally:
        process.kill()
        process.communicate()


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_what_always_has_another_name_is_counted_while_all_stand_still(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(os.urandom(100_000))
    process = subprocess.Popen([sys.executable, "-c", "print('done', flush=True); input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    others = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and int(path.name) != process.pid]

    def scan(path: str) -> Any:
        """Beside somebody who renames each folder just before it is opened."""
        if Path(path).parent == tmp_path and state(process.pid) != "T":
            Path(path).rename(tmp_path / secrets.token_hex(4))
        return SCAN(path)

    free = 1 << 30
    monkeypatch.setattr(watch, "_free", lambda folder: free)
    monkeypatch.setattr("os.scandir", scan)
    look = Watch(Policy(disk_bytes=50_000), os.getpid(), tmp_path, others=others).breach
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"done\n"
        assert look() is None
        free -= 60_000
        assert look() == "disk limit"
        ended = time.monotonic() + 5
        while state(process.pid) == "T" and time.monotonic() < ended:
            time.sleep(0.01)
        assert state(process.pid) != "T"  # it goes on
    finally:
        process.kill()
        process.communicate()


def test_all_that_is_gone_is_the_jobs_where_the_file_system_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert watch._is_mounted(Path("/proc"))
    assert not watch._is_mounted(tmp_path)
    others = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    for own, breach in ((True, "disk limit"), (False, None)):
        left = iter((1 << 30, (1 << 30) - 60_000))
        monkeypatch.setattr(watch, "_free", lambda folder, left=left: next(left))
        monkeypatch.setattr(watch, "_is_mounted", lambda folder, own=own: own)
        assert Watch(Policy(disk_bytes=50_000), os.getpid(), tmp_path, others=others).breach() == breach
