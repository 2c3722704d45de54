"""Stand by a running job in the nursery: answer what it is refused, look at what it holds, end it when it must end."""

import os
import select
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from benchmark.sandbox import notices
from benchmark.sandbox.watch import LEADERLESS

LOOK = 0.1  # seconds between two looks at what a job holds
PATIENCE = 1000  # refused calls that are answered one by one; later ones find that nobody listens, and are refused too
MORE = f"more than {PATIENCE} refused calls"  # stands for the names that nobody has heard


class Attendant:
    """Waits for the end of one job.

    Args:
        line: to the harness; anything on it, or its end, means that the job must end.
        pid: of the job.
        news: on which the job sends the descriptor that tells of refused calls.
        look: the name of the limit that the job is over, or ``None``.
        bury: wait for the end of the job and say how it was.
    """

    def __init__(
        self, line: socket.socket, pid: int, news: socket.socket, look: Callable[[], str | None], bury: Callable[[], dict[str, Any]]
    ) -> None:
        self._line, self._pid, self._news, self._look, self._bury = line, pid, news, look, bury
        self._sentinel = os.pidfd_open(pid)
        self._listener = -1
        self._refused: dict[str, None] = {}
        self._answered = 0
        self._begun = False
        self._ears = select.poll()
        for descriptor in (self._sentinel, line.fileno(), news.fileno()):
            self._ears.register(descriptor, select.POLLIN)

    def wait(self) -> dict[str, Any]:
        """Return when the job is dead: ``code``, ``cpu`` seconds, ``peak`` bytes, ``breach``, ``refused``, and whether it had
        ``begun``: its walls stood."""
        breach, next_look = None, time.monotonic() + LOOK
        while breach is None:
            ready = dict(self._ears.poll(max(0.0, next_look - time.monotonic()) * 1000))
            if self._news.fileno() in ready:
                self._take_listener()
            if self._sentinel in ready:
                break
            if self._line.fileno() in ready:  # "kill", or the harness has gone; no new job comes before the end of this one
                self._line.recv(16)
                break
            if self._listener in ready:
                self._refuse(ready[self._listener])
            if time.monotonic() >= next_look:
                next_look = time.monotonic() + LOOK
                breach = self._look()
        end = self._end()
        if breach == LEADERLESS and end["code"] != -signal.SIGKILL:  # it was ending by itself, and its main thread was the first to go
            breach = None
        return {"breach": breach, "refused": list(self._refused), "begun": self._begun} | end

    def _take_listener(self) -> None:
        self._ears.unregister(self._news.fileno())
        with suppress(OSError):
            message, descriptors, _, _ = socket.recv_fds(self._news, 1, 1)
            self._begun = bool(message)
            if descriptors:
                self._listener = descriptors[0]
                self._ears.register(self._listener, select.POLLIN)

    def _refuse(self, event: int) -> None:
        name = notices.refuse(self._listener) if event & select.POLLIN else None
        if name:
            self._refused[name] = None
        self._answered += 1
        if self._answered > PATIENCE:
            self._refused[MORE] = None
        if not event & select.POLLIN or self._answered > PATIENCE:
            self._ears.unregister(self._listener)
            os.close(self._listener)
            self._listener = -1

    def _end(self) -> dict[str, Any]:
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        for descriptor in (self._sentinel, self._listener):
            if descriptor >= 0:
                os.close(descriptor)
        return self._bury()
