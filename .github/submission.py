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
    if not changed:
        sys.exit("this pull request changes nothing below submissions/; a submission adds or changes the files of submissions/<id>/")
    stray = [path for path in changed if not FOLDER.fullmatch(path)]
    if stray:
        sys.exit(
            f"a submission touches nothing outside submissions/<id>/, and this changes {stray[0]!r}; make that a pull request of its own"
        )
    found = sorted({match.group(1) for path in changed if (match := FOLDER.fullmatch(path))})
    if len(found) > 1:
        sys.exit(f"one pull request brings one submission; this has {', '.join(found)}")
    return found[0]


def changed_paths(base: str, head: str) -> list[str]:
    """Paths that differ between two commits; of a renamed file both."""
    return _git("diff", "--name-only", "--no-renames", "-z", base, head, "--").split("\0")[:-1]


def require_files(head: str, name: str) -> None:
    """SystemExit where a commit has nothing in ``submissions/<name>/``."""
    if not _git("ls-tree", "--name-only", head, f"submissions/{name}/"):
        sys.exit(f"this removes submissions/{name}/, so there is nothing to run; to take an entry away is a maintainer's change")


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    submission = only_submission(changed_paths(*sys.argv[1:3]))
    require_files(sys.argv[2], submission)
    sys.stdout.write(f"id={submission}\n")
