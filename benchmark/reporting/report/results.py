"""The part of a report that a reader turns to first: whose patients, what came out, against what."""

from collections.abc import Iterator

import numpy as np

from benchmark.reporting.report.document import Block, Heading, Items, Paragraph, Table
from benchmark.reporting.report.facts import CLINICAL, TRIVIAL, Facts
from benchmark.reporting.report.words import (
    COIN,
    apart,
    counted,
    design,
    follow_up,
    modality_rows,
    parts,
    refused,
    validation,
    with_interval,
)
from benchmark.reporting.text import p_text, seconds_in_words
from benchmark.scoring import METRICS
from benchmark.tasks.spec import External


def short(facts: Facts) -> Iterator[Block]:
    """What was done, what came out, and what these patients could have shown."""
    board, entry = facts.board, facts.entry
    yield Heading("1. In short")
    yield Paragraph(
        f"{entry.model} was fitted and tested on {counted(facts, facts.eligible)} of the cohort {board.cohort['name']} {board.cohort['version']}, "
        f"endpoint {facts.endpoint}, by {design(facts)}. No patient was predicted by a model that was fitted on him or her."
    )
    yield Paragraph(
        f"{board.metric_name}: {with_interval(entry.estimate, entry.interval)} (95 %, bootstrap of patients, for these fitted models). "
        f"A model that knows nothing reaches {COIN:g}: {_beside_a_coin(entry.interval)}."
    )
    if facts.comparisons:
        yield Paragraph("Differences, this model minus the other, on the same patients and folds:")
        yield Items([apart(comparison, _role(facts, other)) for other, comparison in facts.comparisons.items()])
    if board.minimal_detectable_difference is not None:
        again = board.minimal_detectable_difference_retrained
        yield Paragraph(
            f"What these patients can resolve: a difference to {board.reference} of {board.minimal_detectable_difference:.2f} between fitted models"
            + (f", of {again:.2f} between algorithms trained again" if again is not None else "")
            + " (80 % power, one comparison, median over the models of the board). A smaller one would probably not have shown."
        )


def data(facts: Facts) -> Iterator[Block]:
    """The patients, the modalities, the division."""
    task, sheet = facts.task, facts.task.cohort.datasheet
    outcome = sheet.outcomes[facts.outcome]
    everybody, eligible = len(task.cohort.outcomes), facts.eligible
    yield Heading("2. Patients and design")
    rows = [
        ["Cohort", f"{sheet.title} ({sheet.name}, version {sheet.version}); {sheet.source}"],
        [
            "Outcome",
            f"{task.spec.endpoints[facts.endpoint].title}. {outcome.description}"
            + (f" Time from {outcome.origin}." if outcome.origin else ""),
        ],
        [
            "Flow",
            f"{everybody} patients in the cohort; {len(task.eligible(facts.protocol))} eligible; of these with a known outcome: {counted(facts, eligible)}",
        ],
        ["Follow-up", follow_up(facts) or "none: the outcome is a class"],
        ["Design", f"{design(facts)}; {validation(facts)}. {task.spec.protocols[facts.protocol].description}"],
        ["Each fit", parts(facts)],
    ]
    yield Table(["", "What"], rows, (0.15, 0.85))
    titles = ["Modality", "Patients", "Columns", "Missing", "What"]
    caption = f"Modalities that the model was given. Patients: of the {len(eligible)}; missing: share of their cells."
    if facts.modalities:
        yield Table(titles, modality_rows(facts), (0.14, 0.1, 0.1, 0.1, 0.56), caption)
    else:
        yield Paragraph("The model was given no modality.")
    if columns := refused(facts):
        yield Paragraph("Columns that no model of this task may use: " + "; ".join(columns) + ".")


def results(facts: Facts) -> Iterator[Block]:
    """All measures with intervals, the folds, the comparisons."""
    board, entry = facts.board, facts.entry
    tested = board.cohort["tested"]
    basis = (
        f"{tested['patients']} tested patients"
        + ("" if tested["events"] is None else f", {tested['events']} {facts.counted}")
        + f", {len(facts.splits)} fits"
    )
    yield Heading("3. Results")
    rows = [
        [board.metric_name, with_interval(entry.estimate, entry.interval), f"primary; {board.pairs} comparable pairs within test folds"]
    ]
    for name, second in entry.secondary.items():
        value = with_interval(second.estimate, second.interval) if second.estimate is not None and second.interval else "not defined"
        horizon = f" up to {board.tau:g} days; smallest G(t) {board.min_censoring:.2f}" if name == "uno_c" and board.tau else ""
        rows.append([METRICS[name], value, f"secondary{horizon}"])
    caption = (
        f"{basis}. 95 % intervals over patients: bootstrap (BCa) for the primary measure, jackknife on the logit scale for the others."
    )
    yield Table(["Measure", "Estimate [95 %]", ""], rows, (0.25, 0.3, 0.45), caption)
    yield from _by_fold(facts)
    yield from _comparisons(facts)
    yield Paragraph(_standing(facts))
    yield Paragraph(_not_measured(facts))


def _by_fold(facts: Facts) -> Iterator[Block]:
    entry, values = facts.entry, facts.by_split
    if len(values) == 1:
        return
    low, median, high = (float(np.quantile(values, q)) for q in (0.25, 0.5, 0.75))
    meaning = (
        "Every fold is another site: their spread is of sites as well as of chance."
        if isinstance(facts.task.spec.protocols[facts.protocol], External)
        else "Fits share training patients: the SD is the spread of small test sets and no standard error of anything."
    )
    yield Paragraph(
        f"Over {len(values)} test folds: mean {entry.fold_mean:.3f}, SD {entry.fold_sd:.3f}; lowest {values.min():.3f}, quartiles {low:.3f}, {median:.3f}, "
        f"{high:.3f}, highest {values.max():.3f}; below {COIN:g} in {(values < COIN).sum()}. {meaning} {entry.failed_folds} of the fits failed"
        + (" and were scored as the trivial model." if entry.failed_folds else ".")
    )


def _comparisons(facts: Facts) -> Iterator[Block]:
    rows = []
    for other, c in facts.comparisons.items():
        again = "–" if c.interval_retrained is None else with_interval(c.difference_retrained, c.interval_retrained, "+")
        within = "–" if c.p_equivalent is None else f"{c.p_worse:.2f} / {c.p_equivalent:.2f} / {c.p_better:.2f}"
        p_again = "–" if c.p_retrained is None else p_text(c.p_retrained)
        fitted = with_interval(c.difference, c.interval, "+")
        rows.append([_role(facts, other), fitted, p_text(c.p_fitted), again, p_again, within])
    if rows:
        margin = next(iter(facts.comparisons.values())).margin
        yield Table(
            ["Against", "Fitted models [95 %]", "p", "Trained again [95 %]", "p", "Worse / within / better"],
            rows,
            (0.24, 0.22, 0.08, 0.22, 0.08, 0.16),
            f"This model minus the other, {facts.board.metric_name}, same patients and folds. Fitted models: jackknife. Trained again: corrected resampled t-test over "
            f"the folds. Last column: probability that the algorithm is worse by more than the margin of {margin:g}, within it, better by more. "
            "Not adjusted: each row is one question.",
        )


def _standing(facts: Facts) -> str:
    board, entry = facts.board, facts.entry
    difference = entry.difference
    place = (
        f"On the board of {len(board.entries)} models it is number {entry.rank} by the estimate, in tier {entry.tier}; ranks {entry.rank_set[0]} to "
        f"{entry.rank_set[1]} are not excluded at 95 %, and its share of first places in resamples of these patients is {entry.p_best:.2f}."
    )
    if difference is None:
        return place
    p = [f"{p_text(difference.p_fitted_holm)} (fitted models)"]
    p += [f"{p_text(difference.p_retrained_holm)} (trained again)"] if difference.p_retrained_holm is not None else []
    return f"{place} Adjusted for all models compared with {board.reference} (Holm), the p-values of that difference are {' and '.join(p)}."


def _not_measured(facts: Facts) -> str:
    scale = (
        "Models of this task return a risk without a scale of time: it orders patients. No probability of an event by some date follows from it, so that calibration "
        "and clinical utility (decision curves) cannot be assessed."
        if facts.survival
        else "Calibration is seen here through the Brier score alone where the board has it; curves and decision curves stand on the page of the task."
    )
    memory = max(fold.get("peak_memory", 0) for fold in facts.record.info["folds"]) / 2**20
    return f"{scale} Subgroups were not examined. Cost: {seconds_in_words(facts.record.seconds)} on one thread for all fits, at most {memory:.0f} MiB."


def _beside_a_coin(interval: tuple[float, float]) -> str:
    if interval[0] > COIN:
        return "the whole interval lies above it"
    return "the whole interval lies below it" if interval[1] < COIN else "the interval contains it, and the model is not shown to be better"


def _role(facts: Facts, other: str) -> str:
    roles = [
        *(["trivial model"] if other in TRIVIAL else []),
        *(["clinical model"] if other in CLINICAL else []),
        *(["reference"] if other == facts.board.reference else []),
    ]
    return f"{other} ({', '.join(roles)})"
