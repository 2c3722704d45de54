"""Survival of those whom a model puts above and below the median risk of their test fold."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from benchmark.errors import UndefinedError
from benchmark.metrics.resamples import band, row_weights
from benchmark.metrics.survival.groups import LogRank, high_risk, stratified_log_rank, survival_of
from benchmark.reporting.figures.scene import Scene, Table
from benchmark.reporting.figures.time_dependent_auc import unit_of

Floats = NDArray[np.float64]
RESAMPLES = 1000
STEPS = 80  # times at which a curve is kept: all with an event, or every m-th
TICKS = 6


@dataclass(frozen=True)
class GroupCurve:
    """Survival of one group.

    Attributes:
        survival, lower, upper: at the figure's times, with a pointwise 95 % band.
        at_risk: patients of the group still followed at the ticks; each counts with the share of his tests in which he is in it.
        patients: of the group, counted so.
    """

    survival: Floats
    lower: Floats
    upper: Floats
    at_risk: Floats
    patients: float


@dataclass(frozen=True)
class TwoGroups:
    """Low and high risk by one model.

    Attributes:
        test: of the high-risk group, stratified by fold; observed and expected are divided by the mean number of tests of a patient.
        difference, interval: of the survival at the task's horizon, low − high, 95 %; NaN where nobody of a group is followed so long.
    """

    low: GroupCurve
    high: GroupCurve
    test: LogRank
    difference: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class KaplanMeier:
    """The two groups of every model.

    Attributes:
        times: of the curves, from 0; ticks: of the numbers at risk; the last of either is the task's horizon.
        models: ``None`` where a model gives everybody of a fold the same risk.
    """

    HOW: ClassVar[str] = (
        "Patients above the median predicted risk of their test fold against the rest. The cut is read from the test fold, because risks of training "
        "patients are not kept; it uses no outcome. A patient who is tested several times counts in each group with the share of "
        "his tests in it, so numbers at risk need not be whole. Bands: pointwise 95 %, 1,000 resamples of patients. Log-rank test "
        "stratified by fold, variance over patients: for these fitted models; it is no evidence on the algorithm trained again."
    )
    labels: tuple[str, ...]
    unit: str
    times: Floats
    ticks: Floats
    models: tuple[TwoGroups | None, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "unit": self.unit,
            "times": self.times,
            "ticks": self.ticks,
            "models": [self._model(groups) if groups else None for groups in self.models],
        }

    def _model(self, groups: TwoGroups) -> dict[str, Any]:
        horizon = {"time": self.times[-1], "low": groups.low.survival[-1], "high": groups.high.survival[-1]}
        test = groups.test
        return {
            "low": vars(groups.low),
            "high": vars(groups.high),
            "observed_high": test.observed,
            "expected_high": test.expected,
            "chi2": test.chi2,
            "p": test.p,
            "at_horizon": horizon | {"difference": groups.difference, "interval": groups.interval},
        }

    def table(self) -> Table:
        rows = []
        for name, groups in zip(self.labels, self.models, strict=True):
            for group, curve in (("low", groups.low), ("high", groups.high)) if groups else ():
                values = zip(self.times, curve.survival, curve.lower, curve.upper, strict=True)
                rows += [(name, group, *row) for row in values]
        return Table(("model", "risk", f"time_{self.unit}", "survival", "lower", "upper"), rows)


def kaplan_meier(scene: Scene) -> KaplanMeier:
    """The groups of every model.

    Raises:
        UndefinedError: not survival, or several endpoints.
    """
    scored = scene.require("survival")
    who = scene.patients
    tests = np.bincount(who)
    first = np.unique(who, return_index=True)[1]
    event, time = scene.event[first], scene.time[first]
    weights = np.vstack([np.ones(len(first)), row_weights(len(who), scored.split, who, RESAMPLES)[:, first]])
    had = np.unique(time[event & (time <= scene.tau)])
    times = np.unique([0.0, *had[:: -(-len(had) // STEPS)], scene.tau])
    cohort = _Cohort(event, time, weights, times, np.linspace(0, scene.tau, TICKS))
    models: list[TwoGroups | None] = []
    for k in range(len(scene.labels)):
        high = high_risk(scene.risk[:, k], scored.split)
        try:
            test = stratified_log_rank(scene.event, scene.time, high, scored.split, who)
        except UndefinedError:
            models.append(None)
            continue
        share = np.bincount(who, high) / tests
        per_patient = LogRank(test.observed / tests.mean(), test.expected / tests.mean(), test.chi2, test.p)
        models.append(_groups(cohort, 1 - share, share, per_patient))
    return KaplanMeier(scene.labels, unit_of(scene), times, cohort.ticks, tuple(models))


@dataclass(frozen=True)
class _Cohort:
    """The patients, once each, with their weights under every resample (the first: 1), and the times that are asked about."""

    event: NDArray[np.bool_]
    time: Floats
    weights: Floats
    times: Floats
    ticks: Floats


def _groups(cohort: _Cohort, low: Floats, high: Floats, test: LogRank) -> TwoGroups:
    curves = [survival_of(cohort.event, cohort.time, cohort.weights * share, cohort.times) for share in (low, high)]
    gap = curves[0][:, -1] - curves[1][:, -1]
    limits = band(gap[1:])
    found = [_curve(cohort, share, draws) for share, draws in zip((low, high), curves, strict=True)]
    return TwoGroups(found[0], found[1], test, float(gap[0]), (float(limits[0]), float(limits[1])))


def _curve(cohort: _Cohort, share: Floats, draws: Floats) -> GroupCurve:
    lower, upper = band(draws[1:])
    lost = np.isnan(draws[0])
    followed = (cohort.time >= cohort.ticks[:, None]) @ share
    return GroupCurve(draws[0], np.where(lost, np.nan, lower), np.where(lost, np.nan, upper), followed, float(share.sum()))
