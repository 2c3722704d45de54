"""The process that all jobs of a nursery are forked from: it has imported the libraries, and does nothing else.

Its memory is the memory of every job, so it must learn nothing from one that another could find there: it never loads a cohort, and never reads
a byte that a job writes, a name that it gives or a number that it brings about. Whoever asks it to fork sees to the rest.
"""

import ctypes
import importlib
import json
import os
import socket
import sys
import traceback
from collections.abc import Sequence
from contextlib import redirect_stdout, suppress
from typing import Any, NoReturn

from benchmark.sandbox import namespaces, privileges, seccomp
from benchmark.sandbox.confine import Room, confine
from benchmark.sandbox.native import libc
from benchmark.sandbox.policy import Policy
from benchmark.sandbox.wire import Wire

MESSAGE = 1 << 16  # bytes of an order at most
BURY = b"bury"


class Farewell(ctypes.Structure):
    """How a process has ended: its status and what it has used, as the kernel writes them."""

    _fields_ = (("status", ctypes.c_int), ("seconds", ctypes.c_long * 4), ("peak_kib", ctypes.c_long), ("other", ctypes.c_long * 13))

    @property
    def cpu(self) -> float:
        """Seconds of the processor, for itself and for the kernel."""
        whole, millionths, system, millionths_of_system = self.seconds
        return float(whole + system + (millionths + millionths_of_system) / 1e6)


class Parent:
    """The far end of it, for the process that sees to its jobs.

    Args:
        room: where the jobs live.
        libraries: to import.
        line: what that process holds open and jobs must not.
    """

    def __init__(self, room: Room, libraries: Sequence[str], line: socket.socket) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.pid = os.fork()
        if not self.pid:
            line.close()
            self._line.close()
            _live(theirs, room, libraries)
        theirs.close()

    def ready(self) -> bool:
        """Wait until it has imported the libraries."""
        return bool(self._line.recv(16))

    def fork(self, order: bytes, descriptors: Sequence[int]) -> int:
        """The id of a new job.

        Args:
            descriptors: of the job's line, its log and the news of its walls; and, where jobs have namespaces, of a process in them.

        Raises:
            OSError: there is none; its log says why.
        """
        socket.send_fds(self._line, [order], descriptors)
        answer = self._line.recv(16)
        if not answer:
            raise EOFError("the process that jobs are forked from is gone")
        if pid := int(answer):
            return pid
        raise ChildProcessError("no job can be forked")

    def bury(self) -> dict[str, Any]:
        """Wait for the end of the job: its exit ``code``, its seconds of ``cpu``, its ``peak`` of memory in bytes."""
        self._line.send(BURY)
        last = Farewell.from_buffer_copy(self._line.recv(ctypes.sizeof(Farewell)))
        return {"code": os.waitstatus_to_exitcode(last.status), "cpu": last.cpu, "peak": last.peak_kib * 1024}


def _live(line: socket.socket, room: Room, libraries: Sequence[str]) -> NoReturn:
    try:
        privileges.die_with_parent()
        _preload(libraries)
        line.send(b"ready")
        farewell = Farewell()
        while True:
            message, descriptors, _, _ = socket.recv_fds(line, MESSAGE, 4)
            if not message:
                break
            pid = _fork(room, message, descriptors)
            line.send(str(pid).encode())
            if pid and line.recv(16) == BURY:
                libc().wait4(pid, ctypes.byref(farewell), 0, ctypes.byref(farewell, Farewell.seconds.offset))
                line.send(farewell)
                ctypes.memset(ctypes.byref(farewell), 0, ctypes.sizeof(farewell))  # an exit code is a message too
    except BaseException:  # noqa: BLE001 - whatever it is, it must not run on as a second nursery
        traceback.print_exc()
    finally:
        os._exit(0)


def _preload(libraries: Sequence[str]) -> None:
    """Import what jobs will import, so that none of them waits for it."""
    with redirect_stdout(sys.stderr):
        for name in libraries:
            with suppress(BaseException):  # a library that cannot be imported is the model's to complain about
                importlib.import_module(name)


def _fork(room: Room, message: bytes, descriptors: Sequence[int]) -> int:
    """The id of the new job; 0: none."""
    connection, log, news, *inside = descriptors
    try:
        if inside:
            namespaces.join(inside[0], namespaces.PID)  # until the next job comes; the way back is not open
        pid = os.fork()
        if not pid:
            _be_the_job(room, message, (connection, log, news), inside)
    except OSError as error:
        os.write(log, f"{error}\n".encode())
        pid = 0
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    return pid


def _be_the_job(room: Room, message: bytes, descriptors: tuple[int, int, int], inside: Sequence[int]) -> NoReturn:
    code = 1
    try:
        connection, log, news = descriptors
        os.setsid()
        for process in inside:
            namespaces.join(process, namespaces.OTHERS)
        privileges.die_with_parent()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # what a killed job has printed is not lost
        privileges.close_all_but(0, 1, 2, connection, news)
        order = json.loads(message)
        module, _, name = order["target"].partition(":")
        function = getattr(importlib.import_module(module), name)
        _raise_walls(room, Policy(**order["policy"]), news)
        wire = Wire(connection)
        function(wire, wire.receive())
        code = 0
    except SystemExit as leave:
        code = leave.code if isinstance(leave.code, int) else int(leave.code is not None)
    except BaseException:  # noqa: BLE001 - whatever ends a job, it must not run on as a second nursery
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code & 0xFF)


def _raise_walls(room: Room, policy: Policy, news: int) -> None:
    listener = confine(room, policy)
    with socket.socket(fileno=news) as line:
        socket.send_fds(line, [b"x"], [] if listener is None else [listener])
    if listener is not None:
        os.close(listener)  # who holds it can let its own calls through
    if room.confined:
        seccomp.seal()
