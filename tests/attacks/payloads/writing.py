# An attack speaks to the system as directly as it can.
# ruff: noqa: PTH101, PTH104, PTH106, PTH116, PTH118, PTH120
"""Ways to leave something behind. Each returns how many traces it left; a wall raises.

Nothing here destroys: a file that is there is opened for writing and closed again; a record that belongs to the test is touched.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

PLACES: dict[str, str] = {}


def leave(path: str) -> int:
    Path(path).write_text("an attack was here", encoding="ascii")
    return 1


def into_home() -> int:
    return leave(f"{PLACES['home']}/attack.txt")


def into_repository() -> int:
    return leave(f"{PLACES['root']}/attack.txt")


def into_tasks() -> int:
    os.close(os.open(PLACES["folds"], os.O_WRONLY))
    return 1


def into_harness() -> int:
    """The code that every later run imports."""
    os.close(os.open(PLACES["harness"], os.O_WRONLY | os.O_APPEND))
    return 1


def into_libraries() -> int:
    return leave(os.path.join(os.path.dirname(os.path.dirname(shutil.__file__)), "attack.pth"))


def into_its_own_folder() -> int:
    os.close(os.open(f"{PLACES['folder']}/model.py", os.O_WRONLY | os.O_APPEND))
    return leave(f"{PLACES['folder']}/attack.txt")


def into_runs() -> int:
    return leave(f"{PLACES['runs']}/attack.txt")


def into_a_record() -> int:
    os.close(os.open(PLACES["record"], os.O_WRONLY))
    return 1


def over_a_record() -> int:
    """What may not be written may perhaps be replaced."""
    fresh = os.path.join(tempfile.gettempdir(), "fresh.json")
    leave(fresh)
    os.rename(fresh, PLACES["record"])
    return 1


def truncating_a_record() -> int:
    os.truncate(PLACES["record"], os.stat(PLACES["record"]).st_size)
    return 1


def deleting_a_record() -> int:
    os.rmdir(f"{PLACES['runs']}/empty")
    return 1


def into_temporary() -> int:
    left, refusal = 0, None
    for folder in ("/tmp", "/var/tmp", "/dev/shm", "/run", "/etc", "/"):
        try:
            left += leave(f"{folder}/fusebench-{PLACES['mark']}")
        except OSError as error:
            refusal = error
    if not left and refusal:
        raise refusal
    return left


def into_a_cache() -> int:
    """Where libraries keep what the next process reads."""
    left, refusal = 0, None
    for folder in (f"{PLACES['home']}/.cache", f"{PLACES['home']}/.config/matplotlib", os.path.dirname(PLACES["harness"]) + "/__pycache__"):
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
            left += leave(f"{folder}/attack.txt")
        except OSError as error:
            refusal = error
    if not left and refusal:
        raise refusal
    return left


def into_the_kernel() -> int:
    """Settings of the machine, for who is root."""
    opened, refusal = 0, None
    for path in ("/proc/sys/kernel/core_pattern", "/proc/sys/vm/overcommit_memory", "/sys/fs/cgroup/cgroup.procs", "/proc/sysrq-trigger"):
        try:
            os.close(os.open(path, os.O_WRONLY))
            opened += 1
        except OSError as error:
            refusal = error
    if not opened and refusal:
        raise refusal
    return opened


def touched(change: Callable[[], object]) -> int:
    """Whether a change came through: the kernel notes the time of every one, also where the caller is told a tale."""
    before = os.stat(PLACES["record"]).st_ctime_ns
    time.sleep(0.02)
    change()
    if os.stat(PLACES["record"]).st_ctime_ns == before:
        raise PermissionError("nothing has changed")
    return 1


def mode_of_a_record() -> int:
    return touched(lambda: os.chmod(PLACES["record"], 0o600))


def owner_of_a_record() -> int:
    return touched(lambda: os.chown(PLACES["record"], os.getuid(), os.getgid()))


def times_of_a_record() -> int:
    return touched(lambda: os.utime(PLACES["record"], (1, 1)))


def attribute_of_a_record() -> int:
    return touched(lambda: os.setxattr(PLACES["record"], "user.fusebench", b"an attack was here"))
