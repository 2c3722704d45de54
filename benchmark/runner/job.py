"""One fold of one model as data: all that a process on another machine would need."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.sandbox import Isolation, Policy

ENDLESS = 1 << 60


@dataclass(frozen=True)
class Limits:
    """What one fold may use.

    Attributes:
        seconds: wall time, fit and predict together.
        memory: bytes.
        disk: bytes in its scratch folder.
        output: bytes that it may print.
        threads: threads at a time.
    """

    seconds: float
    memory: int
    disk: int = 1 << 30
    output: int = 16 << 20
    threads: int = 64

    def policy(self, *, confined: bool) -> Policy:
        """As the sandbox takes it; of a model without walls only the memory is limited.

        A model has one thread, whose processor time is no longer than the wall time; what more threads use is the model's loss.
        """
        if confined:
            return Policy(self.memory, int(self.seconds) + 60, self.output, self.disk, self.threads)
        return Policy(self.memory, ENDLESS, ENDLESS, ENDLESS, ENDLESS)


@dataclass(frozen=True)
class Job:
    """What to fit, on which part of which fold, and what to predict.

    Attributes:
        task_folder, cohort_folder: where task and cohort lie.
        model, path: the model's id and file.
        parameters: without seed, modalities and what is searched; ``accepts`` says which of the first two its constructor has.
        modalities: what the model is shown.
        run_seed: the user's ``--seed``.
        trials, searched: of the search for hyper-parameters, and their names.
        drops: for each set of predictions, the modalities that the test patients do not have.
        isolation: the walls around the model.
        discreet: what the model says when it fails is scrubbed of numbers and values: it knows real patients, and nobody knows it.
    """

    task_folder: Path
    cohort_folder: Path
    protocol: str
    repeat: int
    fold: int
    endpoint: str
    model: str
    path: Path
    parameters: Mapping[str, Any]
    modalities: tuple[str, ...]
    accepts: tuple[str, ...]
    run_seed: int
    limits: Limits
    trials: int = 0
    searched: tuple[str, ...] = ()
    drops: tuple[tuple[str, ...], ...] = ((),)
    isolation: Isolation = "process"
    discreet: bool = False
