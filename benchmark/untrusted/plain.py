"""Texts, bytes and JSON that strangers may have written."""

import json
import os
import stat
from pathlib import Path
from typing import Any

DEEP = 16  # nested lists and mappings of a JSON document
NESTED = f"nested more than {DEEP} deep"


class TooLongError(ValueError):
    """A file has more bytes than it may have."""


def printable_text(text: str, kept: str = "") -> str:
    """The text without control characters, but for those in ``kept``: what a stranger wrote must not steer a terminal."""
    return text if text.isprintable() else "".join(letter if letter.isprintable() or letter in kept else " " for letter in text)


def brief(text: str, most: int, kept: str = "") -> str:
    """The same, cut behind ``most`` characters."""
    text = printable_text(text, kept)
    return text if len(text) <= most else f"{text[:most]}…"


def printable(value: object, kept: str = "") -> object:
    """A text as :func:`printable_text` leaves it, anything else as it is."""
    return printable_text(value, kept) if isinstance(value, str) else value


def printable_json(value: Any) -> Any:
    """A JSON value with every text in it printable, keys too; ends of lines stay, for a traceback has them."""
    if isinstance(value, dict):
        return {printable(name): printable_json(item) for name, item in value.items()}
    return [printable_json(item) for item in value] if isinstance(value, list) else printable(value, "\n")


def read_bytes(path: Path, most: int, *, links: bool = True) -> bytes:
    """The bytes of a regular file.

    Args:
        links: whether ``path`` may be a symbolic link.

    Raises:
        OSError: it is not there or may not be read.
        TooLongError: more than ``most`` bytes.
        ValueError: a pipe or a device.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | (0 if links else os.O_NOFOLLOW)), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError(f"{path.name} is no regular file")
        raw = file.read(most + 1)
    if len(raw) > most:
        raise TooLongError(f"{path.name} has more than {most} bytes")
    return raw


def plain_json(raw: bytes) -> Any:
    """A JSON document, as it stands.

    Raises:
        ValueError: it is none, or nested deeper than :data:`DEEP`.
    """
    try:
        value = json.loads(raw.decode("utf-8"))
    except RecursionError:
        raise ValueError(NESTED) from None
    _check_depth(value, DEEP)
    return value


def _check_depth(value: Any, left: int) -> None:
    """Whoever walks through the value later does so by recursion, and from deeper in the program."""
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if not left:
            raise ValueError(NESTED)
        _check_depth(item, left - 1)
