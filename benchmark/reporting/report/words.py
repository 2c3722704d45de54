"""Facts of a run as sentences that several parts of a report share."""

import numpy as np
import pandas as pd

from benchmark.reporting.compare import Comparison
from benchmark.reporting.report.facts import Facts
from benchmark.reporting.text import p_text
from benchmark.tasks.spec import CrossValidation, External, Holdout

Interval = tuple[float, float]
COIN = 0.5  # of every primary metric: what a model that knows nothing reaches


def with_interval(estimate: float, interval: Interval, sign: str = "") -> str:
    """``0.683 [0.597, 0.756]``."""
    return f"{estimate:{sign}.3f} [{interval[0]:{sign}.3f}, {interval[1]:{sign}.3f}]"


def counted(facts: Facts, ids: pd.Index) -> str:
    """``115 patients (32 events)``, or the patients of every class."""
    if facts.survival:
        return f"{len(ids)} patients ({facts.task.events(facts.endpoint, ids)} events)"
    classes = facts.task.classes(facts.endpoint)
    counts = np.bincount(facts.task.outcome(ids, facts.endpoint), minlength=len(classes))
    return f"{len(ids)} patients ({', '.join(f'{name} {count}' for name, count in zip(classes, counts, strict=True))})"


def spread(values: "pd.Series[float]") -> str:
    """``23`` or ``6 to 7``."""
    low, high = int(values.min()), int(values.max())
    return str(low) if low == high else f"{low} to {high}"


def design(facts: Facts) -> str:
    """How patients were divided."""
    spec, fits = facts.task.spec.protocols[facts.protocol], len(facts.splits)
    if isinstance(spec, CrossValidation):
        whole = f", whole sites ({spec.sites}) kept together" if spec.sites else ""
        return f"{spec.folds}-fold cross-validation by patient, divided {spec.repeats} times, stratified on the outcome{whole}: {fits} fits"
    if isinstance(spec, Holdout):
        return f"{spec.repeats} random divisions, {spec.test:.0%} tested in each, stratified on the outcome: {fits} fits"
    if isinstance(spec, External):
        return f"every site ({spec.sites}) tested once by a model of the other sites: {fits} fits"
    return f"the published division '{spec.splits}': {fits} fits"


def parts(facts: Facts) -> str:
    """How many patients each fit was given, and how many it was tested on."""
    words = []
    for role, what in (("train", "to learn from"), ("valid", "to stop or choose by"), ("test", "to be tested on")):
        sizes, events = facts.splits[role], facts.splits[f"{role}_events"]
        if sizes.max():
            words.append(f"{spread(sizes)} patients {what}" + (f" ({spread(events)} {facts.counted})" if events.notna().all() else ""))
    return "; ".join(words)


def whole_sites(facts: Facts) -> str | None:
    """The column whose values are kept together, where whole sites are tested."""
    spec = facts.task.spec.protocols[facts.protocol]
    return spec.sites if isinstance(spec, CrossValidation | External) else None


def validation(facts: Facts) -> str:
    """What kind of validation the design is, in the words of the field."""
    spec = facts.task.spec.protocols[facts.protocol]
    if whole_sites(facts):
        return "internal-external validation (whole sites held out)"
    return "internal validation by resampling" if isinstance(spec, CrossValidation | Holdout) else "validation on a published division"


def apart(comparison: Comparison, other: str) -> str:
    """One comparison in words, both questions."""
    c = comparison
    fitted = "differ" if c.interval[0] > 0 or c.interval[1] < 0 else "cannot be told apart"
    text = f"Against {other}: {with_interval(c.difference, c.interval, '+')}; these fitted models {fitted} (p {p_text(c.p_fitted)} for this one comparison, not adjusted)"
    if c.p_retrained is None:
        return f"{text}; splits like these say nothing of algorithms trained again."
    again = "would differ" if c.p_retrained < 0.05 else "cannot be told apart"
    return f"{text}; trained again, the algorithms {again} (p {p_text(c.p_retrained)})."


def unit(facts: Facts) -> str:
    return facts.task.cohort.datasheet.outcomes[facts.outcome].unit or "days"


def follow_up(facts: Facts) -> str | None:
    """Survival: median follow-up (reverse Kaplan-Meier) and the longest; ``None`` for classes."""
    if not facts.survival:
        return None
    outcome = facts.task.outcome(facts.eligible, facts.endpoint)
    median = reverse_median(outcome["event"], outcome["time"])
    said = f"{median:.0f} {unit(facts)}" if median is not None else "not reached"
    return f"median follow-up {said} (reverse Kaplan-Meier), longest {outcome['time'].max():.0f} {unit(facts)}"


def reverse_median(event: np.ndarray, time: np.ndarray) -> float | None:
    """The time by which half would have been censored, were there no events; ``None`` where the curve stays above one half."""
    from sksurv.nonparametric import kaplan_meier_estimator

    at, curve = kaplan_meier_estimator(~event, time)
    below = np.flatnonzero(curve <= 0.5)
    return float(at[below[0]]) if len(below) else None


def modality_rows(facts: Facts) -> list[list[str]]:
    """For each modality used: eligible patients who have it, columns, missing cells among theirs, and what it is."""
    rows = []
    for name in facts.modalities:
        table = facts.task.table(name)
        table = table[table.index.get_level_values(0).isin(facts.eligible)]
        sheet = facts.task.cohort.datasheet.blocks[facts.task.spec.modalities[name].block]
        missing = f"{float(table.isna().to_numpy().mean()):.1%}" if table.size else "–"
        rows.append([name, str(table.index.get_level_values(0).nunique()), str(table.shape[1]), missing, sheet.description])
    return rows


def refused(facts: Facts) -> list[str]:
    """The columns that no model may use, and why, of the modalities used."""
    return [f"{name}.{column}: {why}" for name in facts.modalities for column, why in facts.task.spec.modalities[name].refused.items()]
