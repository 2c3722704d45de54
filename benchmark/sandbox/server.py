"""The nursery's own process: it has imported the libraries, and forks a confined child for each job.

It never loads a cohort, never reads a byte that a child writes, and is told what to do over a socket that no child has. Started by
:class:`benchmark.sandbox.nursery.Nursery`; inside bubblewrap where that is the isolation.
"""

import importlib
import json
import os
import socket
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout, suppress
from typing import Any, NoReturn

from benchmark.sandbox import privileges, seccomp
from benchmark.sandbox.attend import Attendant
from benchmark.sandbox.confine import Room, confine
from benchmark.sandbox.native import PR_SET_CHILD_SUBREAPER, prctl
from benchmark.sandbox.policy import Policy
from benchmark.sandbox.processes import end_descendants
from benchmark.sandbox.scratch import empty
from benchmark.sandbox.watch import Watch
from benchmark.sandbox.wire import Wire
from benchmark.threads import pin_threads

MESSAGE = 1 << 16  # bytes of an order at most


def main(control: int, text: str) -> None:
    """Import, say so, and serve jobs one after the other until the harness closes the line."""
    pin_threads()
    order = json.loads(text)
    room = Room.of(order)
    privileges.hide()
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    preload(order["libraries"])
    with socket.socket(fileno=control) as line:
        line.send(b"ready")
        try:
            while True:
                message, descriptors, _, _ = socket.recv_fds(line, MESSAGE, 3)
                if not message:
                    return
                if descriptors:  # else a call to end a job that had ended by itself
                    _job(line, room, json.loads(message), descriptors)
        finally:
            _leave_nothing(room)
            if room.isolation == "landlock" and room.scratch is not None:
                with suppress(OSError):  # the harness may have been killed, and then nobody else removes it
                    room.scratch.rmdir()
                    room.scratch.parent.rmdir()


def preload(libraries: Sequence[str]) -> None:
    """Import what jobs will import, so that none of them waits for it."""
    with redirect_stdout(sys.stderr):
        for name in libraries:
            with suppress(BaseException):  # a library that cannot be imported is the model's to complain about
                importlib.import_module(name)


def _job(line: socket.socket, room: Room, order: Mapping[str, Any], descriptors: Sequence[int]) -> None:
    connection, log, status = descriptors
    policy = Policy(**order["policy"])
    _leave_nothing(room)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if not pid:
        _child(room, policy, order["target"], (connection, log, theirs.fileno()))
    for descriptor in (connection, log):
        os.close(descriptor)
    theirs.close()
    with ours:
        verdict = Attendant(line, pid, ours, Watch(policy, os.getpid(), room.scratch).breach).wait()
    _leave_nothing(room)
    os.write(status, json.dumps(verdict).encode())
    os.close(status)


def _leave_nothing(room: Room) -> None:
    """No process and no file of a job is there when the next begins."""
    end_descendants(whole_namespace=room.isolation == "bubblewrap")
    if room.scratch is not None:
        empty(room.scratch)


def _child(room: Room, policy: Policy, target: str, descriptors: tuple[int, int, int]) -> NoReturn:
    """Become the job."""
    code = 1
    try:
        connection, log, news = descriptors
        os.setsid()
        privileges.die_with_parent()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # what a killed job has printed is not lost
        privileges.close_all_but(0, 1, 2, connection, news)
        module, _, name = target.partition(":")
        function = getattr(importlib.import_module(module), name)
        _raise_walls(room, policy, news)
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
