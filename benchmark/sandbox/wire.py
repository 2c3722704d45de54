"""The line between the harness and a confined process: bytes with their length before them, never a pickle from the far end."""

import os
from collections.abc import Iterator

HEADER = 8  # bytes of the length, big-endian


class Wire:
    """The confined end of the line; plain blocking reads and writes.

    Args:
        descriptor: of a connected socket.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def send(self, data: bytes) -> None:
        """Send one message."""
        rest = memoryview(frame(data))
        while rest:
            rest = rest[os.write(self._descriptor, rest[: 1 << 20]) :]

    def receive(self) -> bytes:
        """The next message.

        Raises:
            EOFError: the harness has gone.
        """
        return b"".join(self._read(int.from_bytes(b"".join(self._read(HEADER)))))

    def _read(self, size: int) -> Iterator[bytes]:
        while size:
            piece = os.read(self._descriptor, min(size, 1 << 20))
            if not piece:
                raise EOFError("the harness has closed the line")
            size -= len(piece)
            yield piece


def frame(data: bytes) -> bytes:
    """A message as it goes over the line."""
    return len(data).to_bytes(HEADER) + data
