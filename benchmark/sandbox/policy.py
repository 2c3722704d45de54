"""The kinds of isolation, and what a confined process may use up."""

from dataclasses import dataclass
from typing import Literal, get_args

Isolation = Literal["none", "process", "landlock", "bubblewrap"]
ISOLATIONS: tuple[Isolation, ...] = get_args(Isolation)  # from the weakest to the strongest
CONFINED: tuple[Isolation, ...] = ("landlock", "bubblewrap")
GIB = 1 << 30


@dataclass(frozen=True)
class Policy:
    """The limits of one job; who goes over one is killed, and the limit is named.

    Attributes:
        memory: bytes that the process may allocate, and bytes of memory that it and its descendants may hold.
        cpu_seconds: of the process, all threads together.
        output_bytes: printed to stdout and stderr.
        disk_bytes: in the scratch folder.
        processes: threads and processes at a time.
    """

    memory: int = 8 * GIB
    cpu_seconds: int = 24 * 3600
    output_bytes: int = 16 << 20
    disk_bytes: int = GIB
    processes: int = 64
