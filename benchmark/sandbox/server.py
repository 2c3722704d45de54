"""The nursery's own process: it sees to one job after the other, and has another process fork them.

It looks at what a job holds and clears up after it, so it is never what a job is forked from: whatever it has seen of one job would lie in the
memory of the next. It is told what to do over a socket that no child has. Started by :class:`benchmark.sandbox.nursery.Nursery`; in
bubblewrap's outer ring where that is the isolation.
"""

import json
import os
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmark.numerics import pin_numerics
from benchmark.sandbox import privileges
from benchmark.sandbox.attend import Attendant
from benchmark.sandbox.confine import Room
from benchmark.sandbox.namespaces import Namespaces
from benchmark.sandbox.native import PR_SET_CHILD_SUBREAPER, prctl
from benchmark.sandbox.parent import MESSAGE, Parent
from benchmark.sandbox.policy import Policy
from benchmark.sandbox.processes import descendants, end_descendants
from benchmark.sandbox.scratch import empty, renew
from benchmark.sandbox.watch import Watch


def main(line: socket.socket, order: Mapping[str, Any]) -> None:
    """Have the libraries imported, say so, and serve jobs one after the other until the harness closes the line.

    Args:
        line: to the harness, which came as the standard input.
        order: ``libraries``, and what :meth:`~benchmark.sandbox.confine.Room.of` makes the jobs' room of.
    """
    pin_numerics()
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 0)  # no process that is forked from here shall hold the line
    room = Room.of(order)
    privileges.hide()
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    with line:
        parent = Parent(room, order["libraries"], line)
        if room.ring:
            privileges.leave_to_the_fork()
        try:
            if parent.ready():
                line.send(b"ready")
                _serve(line, room, parent)
        finally:
            end_descendants()
            if (scratch := _folder(room)) is not None:
                with suppress(OSError):  # the harness may have been killed, and then nobody else removes it
                    empty(scratch)
                    scratch.rmdir()
                    scratch.parent.rmdir()


def _serve(line: socket.socket, room: Room, parent: Parent) -> None:
    while True:
        message, descriptors, _, _ = socket.recv_fds(line, MESSAGE, 3)
        if not message:
            return
        if not descriptors:  # a call to end a job that had ended by itself
            continue
        connection, log, status = descriptors
        if (scratch := _folder(room)) is not None:
            renew(scratch)
        try:
            verdict = _job(line, room, parent, message, (connection, log))
        except ChildProcessError:  # its log says why
            verdict = {"code": 1, "cpu": 0.0, "breach": None, "begun": False}
        end_descendants(but=parent.pid)
        if scratch is not None:
            empty(scratch)
        os.write(status, json.dumps(verdict).encode())
        for descriptor in descriptors:
            os.close(descriptor)


def _job(line: socket.socket, room: Room, parent: Parent, message: bytes, descriptors: Sequence[int]) -> dict[str, Any]:
    inside = Namespaces(room.ring, descriptors[1]) if room.ring else None
    others = descendants(os.getpid())
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    joined = [os.pidfd_open(inside.first)] if inside else []
    try:
        pid = parent.fork(message, [*descriptors, theirs.fileno(), *joined])
    finally:
        theirs.close()
        for descriptor in joined:
            os.close(descriptor)
    with ours:
        policy = Policy(**json.loads(message)["policy"])
        watch = Watch(policy, os.getpid(), room.scratch, inside.root if inside else Path("/"), others)
        return Attendant(line, pid, ours, watch.breach, parent.bury).wait()


def _folder(room: Room) -> Path | None:
    """The scratch folder, where it is one of the disk."""
    return room.scratch if room.isolation == "landlock" else None
