"""The tasks that a submission names and that exist, one a line; nothing where its sheet cannot be read: the check says why."""

import sys
from pathlib import Path

from benchmark.errors import InputError
from benchmark.submissions.spec import read_spec
from benchmark.tasks import task_folders


def tasks_of(root: Path, name: str) -> list[str]:
    """What stands under ``tasks`` in ``submissions/<name>/submission.yaml``, unknown ids left out."""
    try:
        named = read_spec(root / "submissions" / name).tasks
    except InputError:
        return []
    return [task for task in named if task in task_folders(root / "tasks")]


if __name__ == "__main__":
    sys.stdout.writelines(f"{task}\n" for task in tasks_of(Path(), sys.argv[1]))
