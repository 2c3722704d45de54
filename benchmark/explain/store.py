"""Where explanations are kept: ``leaderboard/explain/<task>/<protocol>/<model>.<endpoint>.json``."""

import json
import re
from pathlib import Path

from benchmark.explain.explanation import Explanation
from benchmark.files import write_atomically


def explanation_path(leaderboard: Path, task: str, protocol: str, endpoint: str, model: str) -> Path:
    """The file of one model (its label with every run of other signs as one ``_``) on one endpoint."""
    slug = re.sub(r"[^A-Za-z0-9.]+", "_", model).strip("_")
    return leaderboard / "explain" / task / protocol / f"{slug}.{endpoint}.json"


def write_explanation(leaderboard: Path, explanation: Explanation) -> Path:
    """Keep an explanation for the site; returns the file."""
    e = explanation
    path = explanation_path(leaderboard, e.task, e.protocol, e.endpoint, e.model)
    write_atomically(path, (json.dumps(e.as_dict(), indent=1, ensure_ascii=False) + "\n").encode())
    return path
