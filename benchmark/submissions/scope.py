"""A submission touches nothing outside its folder: compared with git."""

import os
import subprocess
from pathlib import Path

from benchmark.conformance import Finding
from benchmark.errors import InputError

# the answer must not depend on what a user, or a hostile checkout, has configured
GIT = ("git", "-c", "core.quotePath=false", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
MANY = 5


def check_scope(root: Path, folder: Path, revision: str) -> Finding:
    """Whether all that changed since the branch left ``revision``, committed or not, lies in the folder.

    Raises:
        InputError: no checkout, or git does not know the revision.
    """
    if revision.startswith("-"):
        raise InputError(f"--against '{revision}': expected a revision, e.g. origin/main")
    if _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}") is None:
        raise InputError(
            f"--against {revision}: git knows no such revision in {root}; 'git branch --all' lists those it has, 'git fetch' gets more"
        )
    base = _git(root, "merge-base", "--end-of-options", revision, "HEAD")
    if base is None:
        raise InputError(
            f"--against {revision}: git finds no common ancestor with HEAD in {root}; fetch the whole history (fetch-depth: 0)"
        )
    changed = _paths(root, "diff", "--name-only", "--no-renames", "--no-ext-diff", "--no-textconv", "-z", base.strip(), "--")
    changed |= _paths(root, "ls-files", "--others", "--exclude-standard", "-z")
    own = folder.relative_to(root).as_posix() + "/"
    if outside := sorted(path for path in changed if not path.startswith(own)):
        more = f" and {len(outside) - MANY} more" if len(outside) > MANY else ""
        message = f"{len(outside)} files outside {own} differ from {revision}: {', '.join(outside[:MANY])}{more}"
        return Finding(
            "scope", "fail", message, "take these changes back; a change of the harness or of a task is a pull request of its own"
        )
    return Finding("scope", "ok", f"{len(changed)} files differ from {revision}, all in {own}")


def tracked(root: Path, folder: Path) -> frozenset[str] | None:
    """The files of the folder that git knows, relative to it; ``None`` where there is no git or no checkout."""
    listed = _git(root, "ls-files", "-z", "--", folder.relative_to(root).as_posix())
    if listed is None:
        return None
    own = folder.relative_to(root).as_posix() + "/"
    return frozenset(path.removeprefix(own) for path in listed.split("\0") if path)


def _paths(root: Path, *arguments: str) -> set[str]:
    listed = _git(root, *arguments)
    if listed is None:
        raise InputError(f"{root}: 'git {arguments[0]}' failed; --against needs a checkout")
    return {path for path in listed.split("\0") if path}


def _git(root: Path, *arguments: str) -> str | None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {"GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run([*GIT, *arguments], cwd=root, env=environment, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.decode("utf-8", "replace")
