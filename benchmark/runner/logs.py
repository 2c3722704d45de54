"""What a failed model may tell: all of it on simulated patients; on real ones, of a model that nobody knows, what helps to mend it."""

import re
from collections.abc import Iterator
from pathlib import Path

from benchmark.models import own_place, python_files
from benchmark.runner.job import Job
from benchmark.untrusted import printable_text, read_bytes

REASON, TRACE, LOG = 300, 4000, 64 << 10  # characters
LARGEST = 4 << 20  # bytes of a file of Python
BRIEF = 2000  # of a discreet log or traceback
# Each in time that grows with the text and no faster: it is a stranger's
QUOTED = r"'[^'\n]*'|\"[^\"\n]*\""
NUMBER = r"[0-9]+(?:[.,:_eE+\-0-9]*[0-9])?|\b(?:nan|inf)\b"
AT = r"(?<![A-Za-z0-9_])(?P<file>[A-Za-z_][A-Za-z0-9_]{0,79}\.py):(?P<line>[0-9]{1,6})(?![0-9])"
TELLING = re.compile(f"{AT}|{QUOTED}|{NUMBER}")
FRAME = re.compile(r'File "([^"\n]+)", line ([0-9]+)')


def told(job: Job, reason: str, trace: str) -> tuple[str, str]:
    """Reason and traceback, as the model's process gives them, of which :class:`~benchmark.runner.answers.FoldFailedError` keeps a part."""
    if not job.discreet:
        return reason, trace
    lines = _lines(job.path)
    return scrubbed(reason[: 4 * REASON], lines), "\n".join(_frames(trace[-TRACE:], lines))[:BRIEF]


def printed(job: Job, log: str) -> str:
    """What the model printed, as it may be kept."""
    log = printable_text(log[:LOG], "\n")
    return scrubbed(log[: 8 * BRIEF], _lines(job.path))[:BRIEF] if job.discreet else log


def scrubbed(text: str, lines: dict[str, int]) -> str:
    """The text with '…' for what is quoted and for every number, except places in the model's own files.

    Args:
        lines: name of a file → how many lines it has; a place beyond them is a number like others.
    """

    def hidden(match: re.Match[str]) -> str:
        if match["file"] is None:
            return "'…'" if match[0][0] in "'\"" else "…"
        return match[0] if 0 < int(match["line"]) <= lines.get(match["file"], 0) else re.sub(NUMBER, "…", match[0])

    return TELLING.sub(hidden, text)


def _frames(trace: str, lines: dict[str, int]) -> Iterator[str]:
    """The places of a traceback that lie in the model's own files, and the type of the error."""
    for path, line in FRAME.findall(trace):
        name = Path(path).name
        if 0 < int(line[:9]) <= lines.get(name, 0):
            yield f"{name}:{int(line)}"
    last = trace.rstrip().rpartition("\n")[2]
    if kind := re.match(r"[A-Za-z_.]{1,60}", last):
        yield kind[0]


def _lines(path: Path) -> dict[str, int]:
    files = [path] if (folder := own_place(path)) == path else python_files(folder)
    return {file.name: _length(file) for file in files}


def _length(file: Path) -> int:
    """Lines of a file; none of one that is gone, or that nobody wrote by hand: a place in it is a number like others."""
    try:
        return read_bytes(file, LARGEST).count(b"\n") + 1
    except (OSError, ValueError):
        return 0
