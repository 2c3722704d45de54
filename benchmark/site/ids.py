"""No page names a patient: ids in notes and datasheets are replaced by words."""

import re
from collections.abc import Iterable

SOMEBODY = "one patient"


def shapes(ids: Iterable[str]) -> re.Pattern[str]:
    """A pattern for ids like these: the first segment as it is, then as many letters or digits as theirs have.

    A datasheet may name a patient who stands in no fold; its id has the shape of the others.
    """
    found = {_shape(text) for text in ids if "-" in text}
    return re.compile(rf"\b(?:{'|'.join(sorted(found))})\b" if found else r"(?!)")


def without_ids(text: str, pattern: re.Pattern[str]) -> str:
    """The text with every id replaced."""
    return pattern.sub(lambda match: SOMEBODY.capitalize() if _begins(text[: match.start()]) else SOMEBODY, text)


def _begins(before: str) -> bool:
    """Whether a sentence begins after this text."""
    return before.rstrip(" ")[-1:] in ("", ".", '"', "\n") or before.endswith("Note: ")


def _shape(text: str) -> str:
    first, *rest = text.split("-")
    return "-".join([re.escape(first), *(f"[0-9A-Z]{{{len(part)}}}" for part in rest)])
