"""A job at work in a nursery, as the harness sees it: bytes in, bytes out, a deadline, and an end."""

import json
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from benchmark.sandbox.policy import Policy
from benchmark.sandbox.wire import HEADER, frame

PIECE = 1 << 16
LOG = 64 << 10  # bytes of what is printed that are kept
FAREWELL = 10.0  # seconds in which a nursery must have ended a job


class EndedError(Exception):
    """The job has ended, or was ended; the message says why in words for a report."""


class Child:
    """One job.

    Attributes:
        deadline: on the monotonic clock; a job that is at work beyond it is killed.
        log: the first part of what it printed, stdout and stderr together.
        breach: the limit that it went over, by name; ``None`` while it keeps them.
        refused: the system calls that the walls refused it, by name.
        peak_memory: bytes that it held at most, alone; 0 while it runs.
        exitcode: as :class:`subprocess.Popen` has it; ``None`` while it runs.
    """

    def __init__(
        self, line: socket.socket, log: int, status: int, policy: Policy, end: Callable[[bool], None], seconds: float = float("inf")
    ) -> None:
        self._line, self._log, self._status, self._policy, self._end = line, log, status, policy, end
        self._line.setblocking(False)
        self.deadline = time.monotonic() + seconds
        self.breach: str | None = None
        self.refused: tuple[str, ...] = ()
        self.exitcode: int | None = None
        self.peak_memory = 0
        self._printed, self._printed_bytes = bytearray(), 0
        self._open = {log, status}
        self._begun = True

    @property
    def log(self) -> str:
        return self._printed.decode("utf-8", "replace")

    @property
    def sentinel(self) -> int:
        """A descriptor that can be read once the job and all that it started are gone."""
        return self._status

    def send(self, data: bytes) -> None:
        """Send one message.

        Raises:
            EndedError: it ended first, or the deadline passed.
        """
        rest = memoryview(frame(data))
        while rest:
            self._wait(select.POLLOUT)
            try:
                rest = rest[self._line.send(rest[: 1 << 20]) :]
            except BlockingIOError:
                continue
            except OSError:
                raise self._gone() from None

    def receive(self, limit: int = 1 << 20) -> bytes:
        """The next message; treat it as hostile.

        Raises:
            EndedError: it ended first, the deadline passed, or the message is longer than ``limit``.
        """
        size = int.from_bytes(self._read(HEADER))
        if size > limit:
            self.kill("message limit")
            raise self._gone()
        return self._read(size)

    def _read(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            self._wait(select.POLLIN)
            try:
                piece = self._line.recv(min(size - len(data), 1 << 20))
            except BlockingIOError:
                continue
            except OSError:
                piece = b""
            if not piece:
                raise self._gone()
            data += piece
        return bytes(data)

    def kill(self, breach: str | None = None) -> None:
        """End the job and all that it started; nothing of it is alive when this returns."""
        if self.exitcode is None:
            self.breach = self.breach or breach
            self._end(False)
            self._settle()
        self._line.close()

    def _settle(self) -> None:
        """Wait until the nursery has said how the job ended."""
        patience = time.monotonic() + FAREWELL
        while self._status in self._open and (left := patience - time.monotonic()) > 0:
            self._look(left)
        if self._status in self._open:
            self._end(True)
            while self._status in self._open:
                self._look(None)
        while self._log in self._open:
            self._take_print()

    def _wait(self, event: int) -> None:
        """Return when the line is ready, or the far end has closed it."""
        if self._line.fileno() < 0:
            raise self._gone()
        while True:
            left = self.deadline - time.monotonic()
            if left <= 0:
                self.kill("timeout")
                raise self._gone()
            if self._look(None if left == float("inf") else left, event):
                return

    def _look(self, seconds: float | None, event: int = 0) -> bool:
        """Take what is printed and what the nursery says; whether the line is ready."""
        ears = select.poll()
        if event:
            ears.register(self._line, event)
        for descriptor in self._open:
            ears.register(descriptor, select.POLLIN)
        ready = [descriptor for descriptor, _ in ears.poll(None if seconds is None else seconds * 1000)]
        if self._log in ready:
            self._take_print()
        if self._status in ready:
            self._take_status()
        if self.breach == "output limit" and self.exitcode is None:
            self._end(False)
        return bool(event) and (self._line.fileno() in ready or self._status not in self._open)

    def _take_print(self) -> None:
        piece = os.read(self._log, PIECE)
        if not piece:
            self._shut(self._log)
        self._printed += piece[: LOG - len(self._printed)]
        self._printed_bytes += len(piece)
        if self._printed_bytes > self._policy.output_bytes:
            self.breach = self.breach or "output limit"

    def _take_status(self) -> None:
        raw = os.read(self._status, PIECE)
        self._shut(self._status)
        verdict: Mapping[str, Any] = {"code": -signal.SIGKILL, "breach": "the sandbox itself broke"}
        with suppress(ValueError):
            verdict = json.loads(raw)
        self.exitcode = verdict["code"]
        self._begun = verdict.get("begun", True)
        self.peak_memory = verdict.get("peak", 0)
        self.refused = tuple(verdict.get("refused", ()))
        self.breach = self.breach or verdict["breach"]
        if self.breach is None and self.exitcode in (-signal.SIGKILL, -signal.SIGXCPU) and verdict["cpu"] >= self._policy.cpu_seconds - 1:
            self.breach = "CPU limit"

    def _shut(self, descriptor: int) -> None:
        if descriptor in self._open:
            self._open.discard(descriptor)
            os.close(descriptor)

    def _gone(self) -> EndedError:
        if self.exitcode is None:
            self._settle()
        self._line.close()
        if self.breach:
            return EndedError(self.breach)
        code = self.exitcode
        if code is not None and code < 0:
            return EndedError(f"was killed by {signal.Signals(-code).name} (out of memory, or a crash in native code)")
        return EndedError(f"ended with exit code {code}" if self._begun else "could not be confined")
