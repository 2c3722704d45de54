"""What params.yaml says of a task, one item a line: ``python params.py TASK cohort`` or ``TASK models``."""

import shlex
import sys
from pathlib import Path

import yaml


def items(text: str, task: str, key: str) -> list[str]:
    """The words under a key; SystemExit for a task that no board is made of."""
    runs = yaml.safe_load(text)["runs"]
    if task not in runs:
        sys.exit(f"params.yaml: no task '{task}'; it has {', '.join(runs)}")
    return shlex.split(runs[task][key])


if __name__ == "__main__":
    sys.stdout.writelines(f"{item}\n" for item in items(Path("params.yaml").read_text(encoding="utf-8"), *sys.argv[1:3]))
