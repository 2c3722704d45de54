"""Printed numbers beside measured ones, with a verdict by rule.

A number that measures a prediction:

1. ``not reproducible from public data``: the public patients lack what the system reads (what stands in for it is measured and shown), or the
   endpoint; no protocol of the task is the paper's design; no model stands for the row; it was measured on training patients; or fewer than
   ten events or positives are tested. The reason says which.
2. ``not reproduced``: the printed value (of a range: every value in it) lies outside our 95 % interval on the protocol that stands for the
   paper's design.
3. ``within noise of trivial``: it lies inside, but our interval reaches the trivial model's value on the same patients or lies below it, so
   the model is not shown to be better than that.
4. ``reproduced``: it lies inside, and our whole interval is better than trivial.

The trivial model is Kaplan-Meier (C 0.5) or the class frequencies of the training part (AUC 0.5); where classes are called, the better of
those who call everybody the same (so no recall on its own stands above trivial); for a difference of two models it is 0. Classes are called as on the boards: of two the second one from its share in
the training part on, of more the most probable.

A number for one test fold has no fold of ours beside it (other patients, other divisions): it is compared with the range in which
our C-index of a single fold is expected, the mean over folds ± 1.96 · √(SD² + SE²).

A number that describes patients (a count, a share) is no prediction and has neither interval nor trivial model. Counted in the public
cohort, the same number is ``reproduced``, another ``not reproduced``; what cannot be counted there is ``not reproducible from public data``.

A model that could run but has no current record gives no verdict at all (``None``): the reason names the command, and ``bench claims`` ends
with exit code 1.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from benchmark.errors import UndefinedError
from benchmark.reporting.counts import count
from benchmark.reporting.measured import MEASURED, Interval, Measured, Measurements, Setting, repeated_protocol
from benchmark.tasks import Task
from benchmark.tasks.claims import DESCRIPTIVE, Claim
from benchmark.tasks.endpoints import MIN_POSITIVES

Verdict = Literal["reproduced", "within noise of trivial", "not reproduced", "not reproducible from public data"]
REPRODUCED: Verdict = "reproduced"
WITHIN_NOISE: Verdict = "within noise of trivial"
NOT_REPRODUCED: Verdict = "not reproduced"
NOT_REPRODUCIBLE: Verdict = "not reproducible from public data"
ROUNDED = 0.0006  # a share is printed with three digits, some cut instead of rounded
VERDICTS = (REPRODUCED, WITHIN_NOISE, NOT_REPRODUCED, NOT_REPRODUCIBLE)

Skip = Callable[[str, str], str | None]  # (model as a user writes it, protocol) → why it cannot run there


def verdict(printed: Interval, interval: Interval, trivial: float) -> Verdict:
    """The rule; ``printed`` is (value, value) or a range."""
    if printed[1] < interval[0] or printed[0] > interval[1]:
        return NOT_REPRODUCED
    return WITHIN_NOISE if interval[0] <= trivial else REPRODUCED


@dataclass(frozen=True)
class Judged:
    """What is decided about a number, and what it was decided on: our values under the paper's protocol and under the repeated one."""

    verdict: Verdict | None
    reason: str
    measured: Measured | None = None
    repeated: Measured | None = None
    counted: float | None = None


@dataclass(frozen=True)
class _Lacking:
    """Why there is no value: the model cannot run there (a verdict), or it has not been run (none)."""

    verdict: Verdict | None
    reason: str


@dataclass(frozen=True)
class Judge:
    """Decides about the claims of one task; ``rows`` holds a claim of every row by the row's id."""

    task: Task
    rows: Mapping[str, Claim]
    measurements: Measurements
    skip: Skip

    def judged(self, claim: Claim, fold: int | None, printed: Interval) -> Judged:
        if claim.metric in DESCRIPTIVE:
            return self._counted(claim, printed)
        if why := self._out_of_reach(claim):
            return Judged(NOT_REPRODUCIBLE, why)
        found, again = (self._measured(claim, protocol) for protocol in (str(claim.protocol), repeated_protocol(self.task)))
        repeated = _for_fold(again, fold) if isinstance(again, Measured) else None
        if isinstance(found, _Lacking):
            return Judged(found.verdict, found.reason, repeated=repeated)
        measured = _for_fold(found, fold)
        if self.task.cohort.data == "replica":
            why = "REPLICA: simulated patients say nothing of a printed number"
            return Judged(NOT_REPRODUCIBLE, why, measured, repeated)
        if isinstance(again, _Lacking) and again.verdict is None:
            return Judged(None, again.reason, measured)
        if claim.stand_in:
            return Judged(NOT_REPRODUCIBLE, f"our model reads {claim.stand_in}: shown, not compared", measured, repeated)
        if (rare := _rarer(measured, self.task.spec.kind)) is not None and rare < MIN_POSITIVES:
            what = "have the event" if self.task.spec.kind == "survival" else "are of the rarer class"
            why = f"{rare} of the {measured.patients} tested patients {what}: too few for a verdict"
            return Judged(NOT_REPRODUCIBLE, why, measured, repeated)
        decided = verdict(printed, measured.interval, measured.trivial)
        return Judged(decided, _why(decided, claim, fold, printed, measured), measured, repeated)

    def _counted(self, claim: Claim, printed: Interval) -> Judged:
        if claim.counted is None:
            return Judged(NOT_REPRODUCIBLE, claim.absent or "it describes patients or images that are not public")
        if self.task.cohort.data == "replica":
            return Judged(NOT_REPRODUCIBLE, "REPLICA: simulated patients are no count of real ones")
        number = count(self.task, claim)
        same = abs(number - printed[0]) <= (0 if claim.metric == "count" else ROUNDED)
        return Judged(REPRODUCED if same else NOT_REPRODUCED, "counted in the public cohort", counted=number)

    def _out_of_reach(self, claim: Claim) -> str | None:
        """Why no model's value can stand beside the number, or ``None``."""
        task, endpoint, protocol = self.task, claim.endpoint, claim.protocol
        if claim.absent:
            return claim.absent
        if claim.metric not in MEASURED:
            return f"the benchmark does not score {claim.metric}"
        if endpoint is None:
            return "the task has no endpoint that is the paper's"
        if protocol is None:
            return "the task has no protocol that is the paper's design"
        if (rare := task.not_estimable(protocol).get(endpoint)) is not None:
            return f"endpoint {endpoint} is {task.why_not_estimable(endpoint, rare)}"
        if claim.model is None or (claim.against is not None and self.rows[claim.against].model is None):
            return "no model of the benchmark stands for the row"
        if claim.part == "train":
            return "measured on the patients that the model was trained on; the benchmark scores nobody there"
        return None

    def _measured(self, claim: Claim, protocol: str) -> Measured | _Lacking:
        setting = Setting(protocol, str(claim.endpoint), claim.having, claim.positive)
        others = [str(self.rows[claim.against].model)] if claim.against is not None else []
        labels = [self._label(setting, model) for model in (str(claim.model), *others)]
        if lacking := next((label for label in labels if isinstance(label, _Lacking)), None):
            return lacking
        model, *against = (label for label in labels if isinstance(label, str))
        try:
            if against:
                return self.measurements.difference(setting, claim.metric, model, against[0])
            return self.measurements.value(setting, claim.metric, model)
        except UndefinedError as error:
            return _Lacking(NOT_REPRODUCIBLE, str(error))

    def _label(self, setting: Setting, model: str) -> str | _Lacking:
        """The label of the model's record, or why there is none."""
        known = self.measurements.labels(setting.protocol, setting.endpoint)
        if model in known:
            return model
        if model in self.task.cohort.datasheet.published:
            return _Lacking(NOT_REPRODUCIBLE, f"the published predictions of {model} are not for the folds of {setting.protocol}")
        label = self.measurements.spelled(model)
        if label is None:
            return _Lacking(None, f"not run: there is no model {model}")
        if label in known:
            return label
        if why := self.skip(model, setting.protocol):
            return _Lacking(NOT_REPRODUCIBLE, f"{label} cannot run on the public patients: {why}")
        command = f"bench run --task {self.task.id} --protocol {setting.protocol} --endpoint {setting.endpoint} --model '{label}'"
        return _Lacking(None, f"not run: {command}")


def _rarer(measured: Measured, kind: str) -> int | None:
    """Tested events, or tested patients of the rarer of two classes."""
    if measured.positives is None or kind == "survival":
        return measured.positives
    return min(measured.positives, measured.patients - measured.positives)


def _for_fold(measured: Measured, fold: int | None) -> Measured:
    """For a single fold the range of single folds is the interval."""
    return replace(measured, interval=measured.fold_interval) if fold and measured.fold_interval else measured


def _why(decided: Verdict, claim: Claim, fold: int | None, printed: Interval, measured: Measured) -> str:
    ours = "our range of single folds" if fold else "our interval"
    trivial = f"the trivial {measured.trivial:.3f}"
    if decided == NOT_REPRODUCED:
        why = f"{'above' if printed[0] > measured.interval[1] else 'below'} {ours}"
    elif decided == WITHIN_NOISE:
        why = f"inside {ours}, which {'lies below' if measured.interval[1] < measured.trivial else 'reaches'} {trivial}"
    else:
        why = f"inside {ours}, which lies above {trivial}"
    remarks = [why]
    if claim.part == "valid":
        remarks.append("printed on the paper's validation part, measured on the test part")
    if claim.having:
        remarks.append(f"on the {measured.patients} tested patients with {' or '.join(claim.having)}")
    if measured.failed_folds:
        remarks.append(f"{measured.failed_folds} failed fold(s) scored as the trivial model")
    return "; ".join(remarks)
