"""A made-up checkout that attacks are let loose in, and the harness that runs them there as one user or another."""

import json
import os
import select
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.cohorts import Cohort
from tests import toy
from tests.attacks import payloads

NOBODY = 65534
ROOT = Path(__file__).parents[2]
PROTOCOLS = {
    "paper": {"design": "cross_validation", "description": "two folds", "folds": 2, "repeats": 1, "valid": 0.1, "seed": 1},
    "once": {"design": "holdout", "description": "one fold", "repeats": 1, "test": 0.3, "valid": 0.1, "seed": 1},
}
LIMITS = {"seconds": 20.0, "memory": 2 << 30}
PATIENCE = 90  # seconds after which a run does not end
CLASS = '''

from benchmark.models import Model

def same() -> None:
    """Never called: what a file imports is loaded before the fork, and all attacks shall share one parent."""
    import joblib, numpy, pandas, sklearn.ensemble, sksurv.datasets

class Attack(Model):
    """Made by a test."""
    needs = ("genomics",)
    def __init__(self, *, seed: int = 0):
        self.loot = 0.0
    def fit(self, train, valid):
        {fit}
    def predict(self, patients):
        {predict}
'''
IN_FIT = {"fit": "self.loot = float({attack}())", "predict": "import numpy; return numpy.full(len(patients), self.loot)"}
IN_PREDICT = {"fit": "pass", "predict": "return {attack}(patients)"}


@dataclass(frozen=True)
class Outcome:
    """What an attack came to.

    Attributes:
        risks: of all patients; an attack returns its loot as the risk.
        reasons: of the folds that failed.
        info, folder: ``run.json``, and where it lies.
    """

    risks: list[float]
    reasons: list[str]
    info: dict[str, Any]
    folder: Path

    @property
    def escaped(self) -> bool:
        return any(self.risks)

    @property
    def report(self) -> str:
        """All that a reader is told: why folds failed, and what the walls refused."""
        return " ".join([*self.reasons, *(name for fold in self.info["folds"] for name in fold.get("refused", ()))])


class Arena:
    """``tasks/toy``, its cohort as real and as replica, a home, a record, and a harness of its own.

    Args:
        root: an empty folder that the user may enter.
        user: ``root`` or ``nobody``.
    """

    def __init__(self, root: Path, user: str) -> None:
        self.root, self.user = root, user
        cohort = toy.make_cohort()
        for data in ("real", "replica"):
            sheet = cohort.datasheet.model_copy(update={"data": data})
            Cohort(sheet, cohort.outcomes, cohort.blocks).write(root / "data" / "cohorts" / data / "toy")
        toy.write_task(root, cohort, protocols=PROTOCOLS)
        toy.write_model(root, "signal")
        for folder in ("home", "tmp", "runs/empty", "runs/other"):
            (root / folder).mkdir(parents=True)
        (root / "runs" / "other" / "run.json").write_text("{}")
        self._process: subprocess.Popen[str] | None = None
        self._idle: dict[str, list[str]] = {}
        self.folder = root / "submissions" / "attack"

    @property
    def places(self) -> dict[str, str]:
        """What an attack is told: it need not guess."""
        root, cohort = self.root, self.root / "data" / "cohorts" / "real" / "toy"
        return {
            "root": str(root),
            "folder": str(self.folder),
            "model": str(self.folder / "model.py"),
            "outcomes": str(cohort / "outcomes.parquet"),
            "folds": str(root / "tasks" / "toy" / "folds.csv"),
            "home": str(root / "home"),
            "runs": str(root / "runs"),
            "record": str(root / "runs" / "other" / "run.json"),
            "harness": str(ROOT / "benchmark" / "errors.py"),
            "mark": root.name,
            "trap": str(root / "trap"),
            "pid": str(root / "pid"),
            "abstract": f"@fusebench-{root.name}",
        }

    def submit(self, source: str) -> None:
        """Make this source the model of ``submissions/attack``; the folder stays the same, so that its sandbox can stay up."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "model.py").write_text(source)
        self._give_away()

    def attack(self, kind: str, name: str, where: dict[str, str] = IN_FIT) -> None:
        """Make one function of ``payloads/<kind>.py`` the model of ``submissions/attack``."""
        payload = Path(payloads.__file__).with_name(f"{kind}.py").read_text()
        own = CLASS.format(**{part: text.format(attack=name) for part, text in where.items()})
        self.submit(f"{payload}\n\nPLACES |= {self.places!r}\n{own}")

    def run(self, isolation: str, *, data: str = "replica", protocol: str = "once", **limits: float) -> Outcome:
        """Run the submission in one fold, or two (``paper``); what it leaves running is an error of its own."""
        result = self.ask(do="run", model=self.folder.name, isolation=isolation, data=data, protocol=protocol, limits=LIMITS | limits)
        idle = self._idle.setdefault(isolation, result["left"])
        assert result["left"] == idle, f"a process has survived the run: {result['left']}, before {idle}"
        reasons = [fold["reason"] for fold in result["info"]["folds"] if fold["status"] != "ok"]
        return Outcome(result["risks"], reasons, result["info"], Path(result["folder"]))

    def ask(self, **order: Any) -> dict[str, Any]:
        """The harness's answer to one order; it is started if it does not run."""
        if self._process is None or self._process.poll() is not None:
            self._process = self._start()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            self._process.kill()
            self.close()
            raise AssertionError("the run did not end" if not ready else "the attack has ended the harness")
        answer: dict[str, Any] = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer

    def close(self) -> None:
        if self._process is not None:
            try:
                self._process.communicate(timeout=PATIENCE)  # it leaves at the end of its input
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.communicate()
            self._process = None

    def said(self) -> str:
        """What the harness has let through to its standard output."""
        return (self.root / "stdout.txt").read_text()

    def _start(self) -> "subprocess.Popen[str]":
        self._give_away()
        places = {"HOME": "home", "TMPDIR": "tmp", "NUMBA_CACHE_DIR": "numba"}
        environment = {**os.environ, "PYTHONPATH": str(ROOT)} | {name: str(self.root / place) for name, place in places.items()}
        command = [*prefix(self.user), sys.executable, "-m", "tests.attacks.harness", str(self.root)]
        with (self.root / "stderr.txt").open("a") as errors:
            return subprocess.Popen(
                command, env=environment, cwd=self.root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
            )

    def _give_away(self) -> None:
        if self.user == "nobody" and os.geteuid() == 0:
            for path in (self.root, *self.root.rglob("*")):
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def prefix(user: str) -> list[str]:
    """The command that makes another command run as ``user``, from here.

    Where the interpreter lies below a folder that is closed to others, a mount namespace shows it and nothing else of that folder.
    """
    if user == "root" or os.geteuid() != 0:
        return []
    change = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    home = Path(sys.base_prefix)
    closed = [folder for folder in reversed(home.parents) if not folder.stat().st_mode & 1]
    if not closed:
        return change
    between = [folder for folder in reversed(home.parents) if folder.is_relative_to(closed[0]) and folder != closed[0]]
    opened = [item for folder in between for item in ("--perms", "0755", "--dir", str(folder))]
    shown = ["--perms", "0755", "--tmpfs", str(closed[0]), *opened, "--ro-bind", str(home), str(home)]
    return ["bwrap", "--dev-bind", "/", "/", *shown, "--", *change]


def why_not(user: str) -> str | None:
    """Why a harness cannot run as ``user`` on this machine."""
    if user == "root":
        return None if os.geteuid() == 0 else "the tests do not run as root"
    if os.geteuid() != 0:
        return None
    if missing := [tool for tool in {command for command in prefix(user) if command in ("setpriv", "bwrap")} if not shutil.which(tool)]:
        return f"{missing[0]} is not installed, so the tests cannot become a normal user"
    done = subprocess.run([*prefix(user), sys.executable, "-c", ""], capture_output=True, text=True, check=False)
    return f"the interpreter does not start as a normal user: {done.stderr.strip()[-200:]}" if done.returncode else None
