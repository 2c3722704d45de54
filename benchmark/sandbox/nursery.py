"""The harness's end of a nursery: start it once, and have a confined child for each job."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from benchmark.errors import FaultError
from benchmark.sandbox import bubblewrap
from benchmark.sandbox.child import Child, EndedError
from benchmark.sandbox.environment import SAME_ORDER, clean_environment, readable
from benchmark.sandbox.policy import Isolation, Policy

ORDER = 1 << 17  # bytes of the order to a nursery at most
# The command line of a job is that of its nursery: the same words on every machine and in every command of the harness, or a model
# could tell from them what it is run for. What it is to do comes over its standard input, which is the line to the harness.
START = (
    f"import json, os, socket, sys; line = socket.socket(fileno=os.dup(0)); order = json.loads(line.recv({ORDER}));"
    " sys.path[:] = order['path']; from benchmark.sandbox.server import main; main(line, order)"
)
INSIDE = Path("/scratch")  # the scratch folder of bubblewrap: in memory, and nowhere outside
PATIENCE = 5.0  # seconds for a nursery to leave by itself


class Nursery:
    """A process that has imported the libraries, and forks a child for one job at a time; under bubblewrap into namespaces of its own.

    Args:
        isolation: the walls around its children.
        libraries: modules to import once, for all jobs; only what is installed, or the harness's own.
        read: files and folders that confined children may read, beside Python and its libraries. Whatever else lies on disk they
            cannot open.
        hidden: what they may not read although it lies in one of those places: data that came with a library.

    Raises:
        FaultError: it does not start.
    """

    def __init__(self, isolation: Isolation, libraries: Iterable[str] = (), read: Sequence[Path] = (), hidden: Sequence[Path] = ()) -> None:
        self.isolation = isolation
        self.libraries = frozenset(libraries)
        self._home = tempfile.TemporaryDirectory(prefix="fusebench-", ignore_cleanup_errors=True) if isolation == "landlock" else None
        scratch = Path(self._home.name, "scratch") if self._home else INSIDE if isolation == "bubblewrap" else None
        if self._home and scratch:
            scratch.mkdir(mode=0o700)
        self._child: Child | None = None
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the nursery
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        given = [path.absolute() for path in read]
        files = ([*readable(), *given], _beneath([*readable(), *given], hidden), INSIDE)
        order = {"isolation": isolation, "libraries": sorted(self.libraries), "read": given, "hidden": files[1], "scratch": scratch}
        order["ring"] = bubblewrap.inner(*files) if isolation == "bubblewrap" else []
        order["path"] = [Path(item).absolute() for item in sys.path]
        command = [sys.executable, "-P", "-c", START]
        if isolation == "bubblewrap":
            command = bubblewrap.outer(command, *files)
        self._line.send(json.dumps(order, default=str).encode())
        with theirs:
            self._process = subprocess.Popen(
                command,
                env=clean_environment(scratch) if scratch else {**os.environ, **SAME_ORDER},
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=self._complaints,
                start_new_session=True,  # Ctrl-C is the harness's to hear
            )
        self._finalizer = weakref.finalize(self, _leave, self._line, self._process, self._home)
        if not self._is_ready():
            raise self._broken()

    def spawn(self, target: str, order: bytes, policy: Policy, seconds: float = float("inf")) -> Child:
        """Start a job: ``target`` (``module:function``) is called with a :class:`~benchmark.sandbox.wire.Wire` and ``order``.

        Args:
            seconds: until its deadline.

        Raises:
            FaultError: the nursery has died.
        """
        if self._child is not None:
            self._child.kill()
        ours, theirs = socket.socketpair()
        log, log_end = os.pipe()
        status, status_end = os.pipe()
        message = json.dumps({"target": target, "policy": asdict(policy)}).encode()
        with theirs:
            try:
                socket.send_fds(self._line, [message], [theirs.fileno(), log_end, status_end])
            except OSError:
                raise self._broken() from None
            finally:
                os.close(log_end)
                os.close(status_end)
        self._child = Child(ours, log, status, policy, self._stop, seconds)
        with suppress(EndedError):  # whoever waits for its first message will hear why
            self._child.send(order)
        return self._child

    def close(self) -> None:
        """End it, with the job that may be at work, and remove the scratch folder."""
        if self._child is not None:
            self._child.kill()
        self._finalizer()

    def _is_ready(self) -> bool:
        """Wait until it has imported the libraries."""
        try:
            return self._line.recv(16) == b"ready"
        except ConnectionError:  # it ended before it had read its order
            return False

    def _stop(self, by_force: bool) -> None:
        if by_force:
            self._process.kill()
            return
        try:
            self._line.send(b"kill")
        except OSError:
            self._process.kill()

    def _broken(self) -> FaultError:
        self.close()
        self._complaints.seek(0)
        lines = self._complaints.read().decode(errors="replace").strip().splitlines() or ["it said nothing"]
        return FaultError(f"the process that runs models ({self.isolation}) did not start or has died: {lines[-1]}")


def _beneath(places: Sequence[Path], hidden: Iterable[Path]) -> list[Path]:
    """What is hidden in one of these places; of the others not even the names are told to those who might read them."""
    opened = [place.resolve() for place in places]
    there = [path.resolve() for path in hidden if path.exists()]
    return [path for path in there if any(path.is_relative_to(place) for place in opened)]


def _leave(line: socket.socket, process: "subprocess.Popen[bytes]", home: "tempfile.TemporaryDirectory[str] | None") -> None:
    line.close()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if home is not None:
        home.cleanup()
