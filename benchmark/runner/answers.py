"""What a worker says, read as hostile: JSON of a known shape, and numbers that are what the contract asks for."""

import math
from typing import Annotated, Any, Literal, NotRequired

import numpy as np
from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from benchmark.models.facts import Value
from benchmark.runner.job import Job
from benchmark.runner.logs import REASON, TRACE, told
from benchmark.sandbox import Child, EndedError
from benchmark.untrusted import printable_text

MESSAGE = 1 << 20  # bytes of a message; what follows "predicted" has the size that the task says
SUM_TOLERANCE = 1e-4  # of probabilities over the classes: 32-bit models do not sum to 1 exactly
DOUBT = "does the model write to its parent's connection?"
Finite = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, lt=2**62)]


class _Search(TypedDict):
    chosen: dict[str, Value]
    inner_score: Annotated[float, Field(allow_inf_nan=False)]
    trials: Count
    failed_trials: Count


class Answer(TypedDict):
    status: Literal["fitted", "predicted", "failed"]
    seconds: NotRequired[Finite]
    peak_memory: NotRequired[Count]
    search: NotRequired[_Search]
    shape: NotRequired[Annotated[tuple[Count, ...], Field(max_length=8)]]
    reason: NotRequired[str]
    traceback: NotRequired[str]


ANSWER = TypeAdapter(Answer)
LIMITS = {
    "timeout": lambda job: f"timeout: not done after {job.limits.seconds:g} s",
    "memory limit": lambda job: f"memory limit: more than {job.limits.memory / (1 << 30):.1f} GiB",
    "process limit": lambda job: f"process limit: more than {job.limits.threads} threads and processes",
    "disk limit": lambda job: f"disk limit: more than {job.limits.disk / (1 << 30):g} GiB in its scratch folder",
    "output limit": lambda job: f"output limit: printed more than {job.limits.output >> 20} MiB",
}


class FoldFailedError(Exception):
    """The fold failed for a reason that is the model's: recorded, not raised to the user.

    Whatever of it a worker has written goes into a record and onto a terminal from here, and so is cut and made printable here.
    """

    def __init__(self, reason: str, trace: str = "") -> None:
        super().__init__(printable_text(reason[:REASON]))
        self.trace = printable_text(trace[-TRACE:], "\n")


class Conversation:
    """What is said with one worker. Once it is out of step (a timeout, a death, nonsense), all that follows fails for the same reason."""

    def __init__(self, child: Child, job: Job) -> None:
        self.child, self._job = child, job

    def give(self, data: bytes) -> None:
        """Send the worker something.

        Raises:
            FoldFailedError: it has gone.
        """
        try:
            self.child.send(data)
        except EndedError as end:
            raise self._gone(end) from None

    def answer(self, expected: str) -> Answer:
        """The worker's next message.

        Raises:
            FoldFailedError: it has gone, says that the model failed, or talks nonsense.
        """
        try:
            message = ANSWER.validate_json(self._receive(MESSAGE))
        except ValidationError:
            raise self._broken(f"the worker sent something that is no answer; {DOUBT}") from None
        if message["status"] == "failed":
            raise FoldFailedError(*told(self._job, message.get("reason", "no reason given"), message.get("traceback", "")))
        if message["status"] != expected:
            raise self._broken(f"the worker sent '{message['status']}' where '{expected}' was due; {DOUBT}")
        if ("search" in message) != (expected == "fitted" and self._job.trials > 0) or not _is_found(message.get("search"), self._job):
            raise self._broken(f"the worker reports another search than was asked for; {DOUBT}")
        return message

    def table(self, shape: tuple[int, ...], patients: int, outputs: tuple[str, ...]) -> np.ndarray[Any, Any]:
        """The worker's predictions as (patients, outputs).

        Raises:
            FoldFailedError: it has gone, or they are not what the contract asks for.
        """
        raw = self._receive(8 * patients * len(outputs) + (1 << 20))
        if len(raw) != 8 * math.prod(shape):
            raise self._broken("the worker's predictions do not have the size that it announced")
        expected = (patients,) if len(outputs) == 1 else (patients, len(outputs))
        if shape not in {expected, (patients, len(outputs))}:
            raise FoldFailedError(f"predict returned an array of shape {shape} for {patients} patients; expected {expected}")
        return checked(np.frombuffer(raw, dtype=np.float64).reshape(patients, len(outputs)), outputs)

    def _receive(self, limit: int) -> bytes:
        try:
            return self.child.receive(limit)
        except EndedError as end:
            raise self._gone(end) from None

    def _gone(self, end: EndedError) -> FoldFailedError:
        if (breach := self.child.breach) is None:
            return FoldFailedError(
                f"the worker process {end} before it had predicted" if "exit code" in str(end) else f"the worker process {end}"
            )
        if breach == "message limit":
            breach = f"the worker sent a message that is too long; {DOUBT}"
        return FoldFailedError(LIMITS[breach](self._job) if breach in LIMITS else breach)

    def _broken(self, reason: str) -> FoldFailedError:
        self.child.kill(reason)
        return FoldFailedError(reason)


def checked(table: np.ndarray[Any, Any], outputs: tuple[str, ...]) -> np.ndarray[Any, Any]:
    """The predictions, if they are risks or probabilities.

    Raises:
        FoldFailedError: they are not.
    """
    patients = len(table)
    if bad := int((~np.isfinite(table)).any(axis=1).sum()):
        raise FoldFailedError(f"predict returned NaN or infinite {outputs[0].partition('_')[0]} for {bad} of {patients} patients")
    if outputs == ("risk",):
        return table
    if bad := int(((table < 0) | (table > 1)).any(axis=1).sum()):
        raise FoldFailedError(f"predict returned a probability outside [0, 1] for {bad} of {patients} patients")
    if len(outputs) > 1 and (bad := int((abs(table.sum(axis=1) - 1) > SUM_TOLERANCE).sum())):
        raise FoldFailedError(f"predict returned probabilities that do not sum to 1 for {bad} of {patients} patients")
    return table


def _is_found(search: _Search | None, job: Job) -> bool:
    """Whether what a search says to have chosen is what was searched: names of hyper-parameters, short plain values."""
    if search is None:
        return True
    return set(search["chosen"]) == set(job.searched) and len(repr(search["chosen"])) < 10_000
