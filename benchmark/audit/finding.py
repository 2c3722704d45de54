"""What an audit says: one finding of one check."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["ok", "note", "fail"]


@dataclass(frozen=True)
class Finding:
    """One finding.

    Attributes:
        check: which check found it.
        severity: ``ok``; ``note``: true and worth knowing; ``fail``: the task must not be used like this.
        message: one sentence with the numbers.
        columns: the columns it is about, as ``modality.column``, or modalities.
    """

    check: str
    severity: Severity
    message: str
    columns: tuple[str, ...] = ()

    def as_row(self) -> dict[str, Any]:
        """The finding in the JSON document."""
        return asdict(self) | {"columns": list(self.columns)}


def some(names: list[str], most: int = 5) -> str:
    """The first few names, and how many more there are."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
