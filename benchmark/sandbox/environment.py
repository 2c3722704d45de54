"""What a confined process finds around itself: environment variables, and the files of Python and of the system."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

FOLDERS_OF_LIBRARIES = ("site-packages", "dist-packages")
SYSTEM = ("/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime")
SYSTEM_PREFIXES = ("/usr", "/usr/local")
# of an installation, the system's or Python's: not src, home and what else people put there, which may be a checkout
PARTS = ("bin", "lib", "lib64", "share", "pyvenv.cfg")
# what numerical libraries read to know the processor: without it they may choose other kernels, and so other bits
PROCESSOR = (
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
    "/sys/fs/cgroup/cpu.max",
    "/sys/fs/cgroup/cpu/cpu.cfs_quota_us",
    "/sys/fs/cgroup/cpu/cpu.cfs_period_us",
)
# What a process may read of itself; not its mounts, network and control group, which tell of the machine
OWN_PROCESS = "auxv cmdline comm environ fd fdinfo io limits maps mem smaps smaps_rollup stat statm status"
READ_DEVICES = ("/dev/urandom", "/dev/random")  # not /dev/zero: mapped for writing it is shared memory
NULL = "/dev/null"
# libraries that go looking for processors and caches; a model may start no process, so they must not want to
SERIAL = {"JOBLIB_MULTIPROCESSING": "0", "LOKY_MAX_CPU_COUNT": "1", "NUMBA_NUM_THREADS": "1"}
SAME_ORDER = {"PYTHONHASHSEED": "0"}  # of a set of strings, in every process
HOMES = (
    "HOME",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "MPLCONFIGDIR",
    "NUMBA_CACHE_DIR",
    "JOBLIB_TEMP_FOLDER",
    "TORCH_HOME",
    "TORCHINDUCTOR_CACHE_DIR",
)


def clean_environment(scratch: Path) -> dict[str, str]:
    """The environment of a confined process: nothing of the user's, and every cache in ``scratch``."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}  # without it this interpreter may not start
    fixed = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "USER": "model", "LOGNAME": "model"}
    return kept | fixed | {"PYTHONDONTWRITEBYTECODE": "1"} | SAME_ORDER | SERIAL | dict.fromkeys(HOMES, str(scratch))


def readable() -> list[Path]:
    """The folders that a Python program needs to read: interpreter, installed libraries, this package, the system's libraries."""
    libraries = [Path(item) for item in sys.path if Path(item).name in FOLDERS_OF_LIBRARIES]
    prefixes = (sys.prefix, sys.base_prefix, sys.exec_prefix, *SYSTEM_PREFIXES)
    parts = [Path(prefix, part) for prefix in prefixes for part in PARTS]
    package = Path(__file__).parents[1]
    return _existing([*parts, *libraries, package, *map(Path, SYSTEM)])


def processor() -> list[Path]:
    """The files about the processor."""
    return _existing(map(Path, PROCESSOR))


def own_process() -> list[Path]:
    """The files about this process, whichever it is that opens them; an old kernel may not have all."""
    return [Path("/proc/self", name) for name in OWN_PROCESS.split()]


def _existing(paths: Iterator[Path] | list[Path]) -> list[Path]:
    return list(dict.fromkeys(path.absolute() for path in paths if path.exists()))
