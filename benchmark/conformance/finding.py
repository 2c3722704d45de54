"""What a check says: one finding, and what to do about it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from benchmark.untrusted import brief, printable_text

LONGEST = 2000  # characters of a message
Severity = Literal["ok", "note", "fail"]


@dataclass(frozen=True)
class Finding:
    """One finding of one check.

    Attributes:
        check: which check found it.
        severity: ``ok``; ``note``: true and worth knowing; ``fail``: the model must not stand on a board like this.
        message: one sentence with the numbers; may quote what the contributor wrote.
        remedy: what to do about it; empty where nothing is to be done.
        task: the task that it is about; empty: all.
        log: what the model printed or raised, where that may be shown (on a replica).
    """

    check: str
    severity: Severity
    message: str
    remedy: str = ""
    task: str = ""
    log: str = ""

    def __post_init__(self) -> None:
        """Stranger's words are said on terminals and in comments: one line each, that steers nothing and ends."""
        for name in ("message", "remedy"):
            object.__setattr__(self, name, brief(getattr(self, name), LONGEST))
        object.__setattr__(self, "log", printable_text(self.log, "\n"))

    def as_row(self) -> dict[str, Any]:
        """The finding in the JSON document."""
        return asdict(self)


def failed(findings: Iterable[Finding]) -> bool:
    """Whether a check failed."""
    return any(finding.severity == "fail" for finding in findings)
