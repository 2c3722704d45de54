"""The harness as another user: reads orders on stdin, runs submissions as ``bench run`` does, says on stdout what came of them.

It knows secrets, as a harness may: in its environment, in its memory, in a file that is open and handed down. What all attacks declare of
themselves it knows already: to ask each takes a sandbox of its own, so :mod:`tests.attacks.test_looking` alone does.
"""

import ctypes
import json
import os
import secrets
import socket
import sys
from functools import cache
from pathlib import Path
from typing import Any

PR_SET_CHILD_SUBREAPER = 36  # whoever loses its parent becomes this process's child: no daemon is missed


def main(root: Path) -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(root / "stdout.txt", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644), 1)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    known = "sekret-" + secrets.token_hex(12)
    os.environ["FUSEBENCH_TOKEN"] = known
    (root / "token.txt").write_text(known, encoding="ascii")
    os.set_inheritable(os.open(root / "token.txt", os.O_RDONLY), True)
    stranger = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    stranger.bind(f"\0fusebench-{root.name}")
    stranger.setblocking(False)
    doors = {"run": run, "choose": choose, "heard": lambda root: heard(stranger)}
    for line in sys.stdin:
        order = json.loads(line)
        try:
            result = doors[order.pop("do")](root, **order)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test that asked is to hear it
            result = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(result) + "\n")
        answers.flush()


def heard(stranger: socket.socket) -> dict[str, Any]:
    """What came in over the abstract socket that this process listens at."""
    try:
        return {"heard": stranger.recv(100).decode()}
    except BlockingIOError:
        return {"heard": ""}


def choose(root: Path, model: str, isolation: str) -> dict[str, Any]:
    """What ``bench models`` and the plan come to know of a submission."""
    from benchmark.errors import InputError
    from benchmark.models import choose

    try:
        return {"facts": choose(root, model, isolation=isolation).facts.model_dump_json()}
    except InputError as error:
        return {"refused": str(error)}


def run(root: Path, model: str, isolation: str, data: str, protocol: str, limits: dict[str, Any]) -> dict[str, Any]:
    """Every fold of ``model``: ``run.json``, the risks of all patients, and what is still alive."""
    import psutil

    from benchmark.models import ModelChoice
    from benchmark.runner.execute import execute
    from benchmark.runner.executor import LocalProcesses
    from benchmark.runner.job import Limits
    from benchmark.runner.plan import plan
    from tests.conftest import Listener

    path = root / "submissions" / model / "model.py"
    choice = ModelChoice(model, path, f"submissions/{model}/model.py", {}, facts(), lambda offered, default: default, isolation)
    folders = (root / "tasks" / "toy", root / "data" / "cohorts" / data / "toy")
    planned = plan(task(*folders), folders, choice, protocol, "relapse", 0, Limits(**limits), root / "runs")
    record = execute([planned], LocalProcesses(1), watcher=Listener(lambda run, result: None), force=True)[0]
    return {
        "info": dict(record.info),
        "risks": record.predictions["risk"].tolist(),
        "folder": str(record.folder),
        "left": [process.name() for process in psutil.Process().children(recursive=True) if process.status() != psutil.STATUS_ZOMBIE],
    }


@cache
def task(folder: Path, cohort: Path) -> Any:
    from benchmark.cohorts import Cohort
    from benchmark.tasks import load_task

    return load_task(folder, Cohort.read(cohort))


@cache
def facts() -> Any:
    """What all attacks declare."""
    from benchmark.models import Model
    from benchmark.models.facts import facts_of

    class Attack(Model):
        needs = ("genomics",)

        def __init__(self, *, seed: int = 0) -> None: ...

        def fit(self, train, valid): ...

        def predict(self, patients): ...

    return facts_of(Attack, Path("model.py"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
