# An attack speaks to the system as directly as it can.
# ruff: noqa: PTH116, PTH118, PTH120, PTH123, PTH208, PTH211
"""Ways to an outcome, or to whatever else the harness knows. Each returns how much it got; a wall raises.

``SECRET`` is told by its shape alone: the pattern does not match its own text, so finding it in memory means that it was there.
"""

import ctypes
import gc
import os
import re
import stat
import tempfile
from pathlib import Path

PLACES: dict[str, str] = {}  # the test fills in where things lie
SECRET = re.compile(rb"sekret[-][0-9a-f]{24}")
LIBC = ctypes.CDLL(None, use_errno=True)


def got(data: bytes) -> bool:
    return data[:4] == b"PAR1" or bool(SECRET.search(data))


def everyone() -> list[str]:
    """Every process that can be seen or guessed, but this one."""
    seen = [name for name in os.listdir("/proc") if name.isdigit()] if os.access("/proc", os.R_OK) else []
    return [pid for pid in dict.fromkeys([*seen, str(os.getppid() or 1), "1"]) if int(pid) != os.getpid()]


def first(paths: list[str]) -> bool:
    """Whether one of the files has the secret; the last refusal is raised where all were refused."""
    refusal: OSError | None = None
    for path in paths:
        try:
            with open(path, "rb") as file:
                if got(file.read(1 << 20)):
                    return True
        except OSError as error:
            refusal = error
    if refusal:
        raise refusal
    return False


def by_path() -> bool:
    return first([PLACES["outcomes"]])


def by_relative_path() -> bool:
    return first([os.path.relpath(PLACES["outcomes"])])


def by_listing() -> bool:
    return "outcomes.parquet" in os.listdir(os.path.dirname(PLACES["outcomes"]))


def by_place_of_checkouts() -> bool:
    """Where images for containers put the application."""
    return os.listdir("/usr/src") is not None


def by_symlink() -> bool:
    link = os.path.join(tempfile.mkdtemp(), "link")
    os.symlink(PLACES["outcomes"], link)
    return first([link])


def by_hardlink() -> bool:
    link = os.path.join(tempfile.mkdtemp(), "hard")
    os.link(PLACES["outcomes"], link)
    return first([link])


def by_proc_root() -> bool:
    return first([f"/proc/{pid}/{way}{PLACES['outcomes']}" for pid in [*everyone(), "self"] for way in ("root", "cwd/../../../../../..")])


def by_proc_fd() -> bool:
    return first([f"/proc/{pid}/fd/{number}" for pid in everyone() for number in range(3, 40)])


def by_environment() -> bool:
    return got(repr(dict(os.environ)).encode()) or first(["/proc/self/environ"])


def by_environment_of_others() -> bool:
    return first([f"/proc/{pid}/environ" for pid in everyone()])


def by_command_line() -> bool:
    return first([f"/proc/{pid}/cmdline" for pid in everyone()])


def by_inherited_descriptor() -> bool:
    for number in range(3, 256):
        try:
            if stat.S_ISREG(os.fstat(number).st_mode) and got(os.pread(number, 1 << 16, 0)):
                return True
        except OSError:
            continue
    return False


def by_parent_memory() -> bool:
    return first([f"/proc/{pid}/maps" for pid in everyone()] + [f"/proc/{pid}/mem" for pid in everyone()])


def by_process_vm_readv() -> bool:
    """``EFAULT`` would say that the way was free and only the address wrong."""
    vector = (ctypes.c_ulong * 2)(ctypes.addressof(ctypes.create_string_buffer(8)), 8)
    remote = (ctypes.c_ulong * 2)(4096, 8)
    for pid in everyone():
        LIBC.process_vm_readv(int(pid), vector, 1, remote, 1, 0)
        if ctypes.get_errno() == 14:
            return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def by_own_memory() -> bool:
    """What the parent knew before it forked is in this process too."""
    if any(got(item.encode(errors="ignore")) for item in gc.get_objects() if isinstance(item, str)):
        return True
    with open("/proc/self/maps", encoding="ascii") as maps:
        spans = [tuple(int(end, 16) for end in line.split()[0].split("-")) for line in maps if " rw-p " in line]
    with open("/proc/self/mem", "rb", 0) as memory:
        for low, high in spans:
            memory.seek(low)
            if SECRET.search(memory.read(min(high - low, 64 << 20))):
                return True
    return False


def by_block_device() -> bool:
    """The disk itself, under the files."""
    disks = [f"/dev/{line.split()[3]}" for line in Path("/proc/partitions").read_text(encoding="ascii").splitlines()[2:]]
    node = os.path.join(tempfile.gettempdir(), "disk")
    try:
        os.mknod(node, stat.S_IFBLK | 0o600, os.stat(disks[0]).st_rdev)
    except OSError:
        node = disks[0]
    with open(node, "rb") as disk:
        return len(disk.read(512)) == 512


def by_handle() -> bool:
    """A file by its inode, past every path."""
    handle = (ctypes.c_uint * 34)(128)
    if LIBC.name_to_handle_at(-100, PLACES["outcomes"].encode(), handle, ctypes.byref(ctypes.c_int()), 0):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    descriptor = LIBC.open_by_handle_at(os.open(tempfile.gettempdir(), os.O_RDONLY), handle, os.O_RDONLY)
    if descriptor < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return got(os.read(descriptor, 64))


def by_packaged_cohort() -> bool:
    """A library ships the patients of a task, outcomes included."""
    from sksurv.datasets import load_breast_cancer

    return len(load_breast_cancer()[1]) > 0


def by_size() -> bool:
    """No content, yet a file that says that it is there, how large and how old."""
    return os.stat(PLACES["outcomes"]).st_size > 0


def by_folds() -> bool:
    """Who is tested in which fold, and under which real id."""
    return b"test" in Path(PLACES["folds"]).read_bytes()


def by_records_of_others() -> bool:
    return bool(os.listdir(PLACES["runs"]))
