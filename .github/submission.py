"""Which submission a pull request brings: ``python3 submission.py BASE HEAD`` prints ``id=…``, or says what it touches besides.

It runs, as the base has it, before anything of the pull request does: where it passes, the harness that runs is the base's.
"""

import re
import subprocess
import sys
from collections.abc import Sequence

FOLDER = re.compile(r"submissions/([a-z][a-z0-9_]*)/.+")


def only_submission(changed: Sequence[str]) -> str:
    """The one id under ``submissions/`` that the changed paths belong to; SystemExit with a reason otherwise."""
    stray = [path for path in changed if not FOLDER.fullmatch(path)]
    if stray:
        sys.exit(
            f"a submission touches nothing outside submissions/<id>/, and this changes {stray[0]!r}; make that a pull request of its own"
        )
    found = sorted({match.group(1) for path in changed if (match := FOLDER.fullmatch(path))})
    if len(found) != 1:
        sys.exit(f"one pull request brings one submission; this has {', '.join(found) or 'none'}")
    return found[0]


def changed_paths(base: str, head: str) -> list[str]:
    """Paths that differ between two commits; of a renamed file both."""
    command = ["git", "diff", "--name-only", "--no-renames", "-z", base, head, "--"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.rstrip("\0").split("\0")


if __name__ == "__main__":
    sys.stdout.write(f"id={only_submission(changed_paths(*sys.argv[1:3]))}\n")
