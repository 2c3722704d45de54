"""What a job holds, seen from outside."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

from benchmark.sandbox.policy import Policy
from benchmark.sandbox.watch import Watch, held

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
