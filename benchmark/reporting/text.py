"""A board as rows of text, for the console and for Markdown."""

from benchmark.reporting.board import Board, Entry
from benchmark.scoring import METRICS
from benchmark.tasks.spec import ALL

NARROW = 120  # characters: below, only what a board is about

HOW_TO_READ = (
    "Tier first: models that cannot be told from a tier's best when trained again (corrected resampled t-test, Holm over all pairs) share it.",
    "A model in tier 1 has not been shown to be worse than the best; that is no evidence that it is as good. A noisy one stays in it longer.",
    "Intervals: 95 %, bootstrap of patients (BCa), for these fitted models on patients like these; 0.5 is a coin. Fold mean ± SD: as papers print it.",
    "Δ is paired, on the same patients (jackknife, not adjusted for the number of models). p: Holm-adjusted; 'fitted' asks whether these fitted models differ, 'retrained' whether the algorithm "
    "would when trained again.",
    "P(best): share of resamples of these patients in which the fitted model is first; 'ranks': those not excluded at 95 %. Read them together.",
    "Provenance: self-reported or imported predictions; run here; reproduced: run in a sandbox; not isolated: a submission that was run without one; verified: 'bench verify' made the record again, and somebody committed that.",
)


def header(board: Board) -> list[str]:
    """What stands above a board: whose patients, how many, what they can resolve, and from which bytes."""
    cohort = board.cohort
    kind = "REPLICA (simulated patients, not real)" if board.replica else "REAL"
    endpoint = "mean over its endpoints" if board.endpoint == ALL else f"endpoint {board.endpoint}"
    uno = f"; Uno's C up to {board.tau:g} days (smallest G(t) {board.min_censoring:.2f})" if board.tau else ""
    lines = [
        f"{board.title}: {endpoint}, protocol {board.protocol}",
        f"{kind} · cohort {cohort['name']} {cohort['version']} · {cohort['patients']} patients{_outcomes(board)}, "
        f"{_tested(board)}tested {_times(board)} × · {board.pairs} comparable pairs within all folds",
        f"metric {board.metric_name}{uno} · reference {_reference(board)}",
        "digests: " + ", ".join(f"{name} {digest}" for name, digest in board.digests.items()),
    ]
    if board.caution:
        lines.append(f"CAUTION: {board.caution}")
    if board.minimal_detectable_difference is not None:
        again = board.minimal_detectable_difference_retrained
        retrained = f", {again:.2f} between algorithms trained again" if again is not None else ""
        lines.append(
            f"differences to {board.reference} that would show with 80 % power, median over these models: "
            f"{board.minimal_detectable_difference:.2f} between fitted models{retrained} (before adjustment)"
        )
    if not board.exchangeable:
        lines.append("a single split, or one for each site: nothing is known of algorithms trained again, so all models share tier 1")
    if imported := [entry for entry in board.entries if entry.provenance == "imported"]:
        lines.append(
            f"imported: {len(imported)} entries are predictions that others published; their sources stand in board.json and in the datasheet"
        )
    if board.not_estimable:
        counts = ", ".join(f"{name} ({count})" for name, count in board.not_estimable.items())
        lines.append(f"not estimable, too few events or positives: {counts}")
    if "attainable" in cohort:
        metric = "a C-index" if board.tau else "an AUC"
        lines.append(f"the simulation's own risk attains {metric} of {cohort['attainable']:.3f} on such patients")
    return lines


def _outcomes(board: Board) -> str:
    if classes := board.cohort.get("classes"):
        return " (" + ", ".join(f"{name} {count}" for name, count in classes.items()) + ")"
    return "" if board.cohort["events"] is None else f", {board.cohort['events']} events"


def _tested(board: Board) -> str:
    tested = board.cohort["tested"]
    if tested["patients"] == board.cohort["patients"]:
        return "each "
    events = "" if tested["events"] is None else f" ({tested['events']} events)"
    return f"{tested['patients']} of them{events} "


def _times(board: Board) -> str:
    least, most = board.tests_per_patient, board.tests_per_patient_most
    return str(least) if least == most else f"{least} to {most}"


def _reference(board: Board) -> str:
    present = any(entry.model == board.reference for entry in board.entries)
    return board.reference if present else f"{board.reference} (has no run: no differences)"


def columns(board: Board) -> list[str]:
    """Column titles, in the order of :func:`row`."""
    extra = [METRICS[name] for name in board.entries[0].secondary]
    return [
        "tier",
        "#",
        "model",
        "modalities",
        f"{board.metric_name} [95 %]",
        "fold mean ± SD",
        f"Δ to {board.reference} [95 %]",
        "p fitted",
        "p retrained",
        "P(best)",
        "ranks",
        *extra,
        "patients",
        "events",
        "failed folds",
        "time",
        "provenance",
    ]


def essential(board: Board, width: int = NARROW) -> list[int]:
    """The columns that carry the answer; fewer for a terminal narrower than that."""
    titles = columns(board)
    metric, delta = titles[4], titles[6]
    wanted = ["tier", "model", metric, delta, "p fitted", "p retrained", "P(best)", "ranks"]
    return [titles.index(title) for title in wanted if width >= NARROW or title in ("tier", "model", metric, delta, "p retrained")]


def row(board: Board, entry: Entry) -> list[str]:
    """One entry as text."""
    difference = entry.difference
    delta, fitted, retrained = ("reference" if entry.model == board.reference else "–"), "", ""
    if difference is not None:
        delta = f"{difference.estimate:+.3f} [{difference.interval[0]:+.3f}, {difference.interval[1]:+.3f}]"
        fitted, retrained = p_text(difference.p_fitted_holm), "–"
        if difference.p_retrained_holm is not None:
            retrained = p_text(difference.p_retrained_holm)
    return [
        str(entry.tier),
        str(entry.rank),
        entry.model,
        " + ".join(entry.modalities) or ("none" if entry.records else "–"),
        f"{entry.estimate:.3f} [{entry.interval[0]:.3f}, {entry.interval[1]:.3f}]",
        f"{entry.fold_mean:.3f}" + (f" ± {entry.fold_sd:.3f}" if entry.fold_sd is not None else ""),
        delta,
        fitted,
        retrained,
        f"{entry.p_best:.2f}",
        f"{entry.rank_set[0]}–{entry.rank_set[1]}",
        *("–" if second.estimate is None else f"{second.estimate:.3f}" for second in entry.secondary.values()),
        str(board.cohort["patients"]),
        "–" if board.cohort["events"] is None else str(board.cohort["events"]),
        str(entry.failed_folds),
        seconds_in_words(entry.seconds),
        entry.provenance,
    ]


def p_text(p: float) -> str:
    """A p-value with two digits that mean something."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def seconds_in_words(seconds: float | None) -> str:
    """``0.42 s``, ``12 s``, ``3 min``, ``2.1 h``; ``–`` where unknown."""
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
