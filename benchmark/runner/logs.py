"""What a failed model may tell: all of it on simulated patients; on real ones, of a model that nobody knows, what helps to mend it."""

import re
from collections.abc import Iterator
from pathlib import Path

from benchmark.models import own_place
from benchmark.runner.job import Job
from benchmark.untrusted import printable_text

REASON, TRACE, LOG = 300, 4000, 64 << 10  # characters
BRIEF = 2000  # of a discreet log or traceback
QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")
NUMBER = re.compile(r"[0-9]+(?:[.,:_eE+\-0-9]*[0-9])?|\b(?:nan|inf)\b")
FRAME = re.compile(r'File "([^"\n]+)", line ([0-9]+)')
AT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*\.py):([0-9]+)")


def told(job: Job, reason: str, trace: str) -> tuple[str, str]:
    """Reason and traceback, as the model's process gives them, as they may be kept."""
    reason, trace = printable_text(reason, "\n"), printable_text(trace, "\n")
    if not job.discreet:
        return reason[:REASON], trace[-TRACE:]
    lines = _lines(job.path)
    return scrubbed(reason, lines)[:REASON], "\n".join(_frames(trace, lines))[:BRIEF]


def printed(job: Job, log: str) -> str:
    """What the model printed, as it may be kept."""
    log = printable_text(log, "\n")
    return scrubbed(log, _lines(job.path))[:BRIEF] if job.discreet else log[:LOG]


def scrubbed(text: str, lines: dict[str, int]) -> str:
    """The text with '…' for what is quoted and for every number, except places in the model's own files.

    Args:
        lines: name of a file → how many lines it has; a place beyond them is a number like others.
    """
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        if not 0 < int(match[2][:9]) <= lines.get(match[1], 0):
            return match[0]
        kept.append(match[0])
        return "\0" * len(kept) + "\1"

    text = AT.sub(keep, text.replace("\0", "").replace("\1", ""))
    text = NUMBER.sub("…", QUOTED.sub("'…'", text))
    return re.sub("(\0+)\1", lambda match: kept[len(match[1]) - 1], text)


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
    files = [path] if (folder := own_place(path)) == path else folder.rglob("*.py")
    return {file.name: file.read_bytes().count(b"\n") + 1 for file in files}
