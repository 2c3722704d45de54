"""An answer to an item of TRIPOD+AI."""

from dataclasses import dataclass
from typing import Literal

State = Literal["answered", "in part", "authors", "not applicable"]


@dataclass(frozen=True)
class Answer:
    """What the record says, and what only the authors can.

    Attributes:
        state: answered, in part, by the authors alone, or not applicable to such a run.
        found: what the record says, with the section of the report where it stands.
        author: what is left to the authors; empty if nothing.
    """

    state: State
    found: str
    author: str = ""


def author(what: str, found: str = "") -> Answer:
    """An item that no record can answer; ``found`` is what may help."""
    return Answer("authors", found, what)
