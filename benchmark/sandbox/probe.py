"""Lean on the walls from inside: what :func:`benchmark.sandbox.kinds.available` runs to know that they stand."""

import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def walls(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Try what must fail; the names of what did not.

    Args:
        payload: ``secret``: a file that must not be readable; ``outside``: a folder that must not be writable.
    """
    attempts: dict[str, Callable[[], object]] = {
        "reading a file that was not given": lambda: Path(payload["secret"]).read_bytes(),
        "writing outside the scratch folder": lambda: Path(payload["outside"], "probe").write_bytes(b""),
        "a socket": lambda: socket.socket(socket.AF_INET),
        "a new process": _fork,
    }
    Path("probe").write_bytes(b"")  # the scratch folder is the working directory
    return {"open": [name for name, attempt in attempts.items() if _succeeds(attempt)]}


def _fork() -> None:
    if not os.fork():
        os._exit(0)


def _succeeds(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True
