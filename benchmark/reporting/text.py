"""A board as rows of text, for the console and for Markdown."""

from benchmark.reporting.board import Board, Entry, seconds_in_words

HOW_TO_READ = (
    "Each interval is the 95 % jackknife interval of the pooled within-fold concordance; 0.5 is a coin.",
    "The difference is paired, on the same patients, to the reference; if its interval covers 0, these patients cannot tell the two fitted models apart.",
    "Both are conditional on the fitted models: they do not say what would happen if the algorithm were trained again.",
)


def header(board: Board) -> list[str]:
    """What stands above a board: whose patients, how many, and from which bytes."""
    cohort = board.cohort
    kind = "REPLICA (simulated patients, not real)" if board.replica else "REAL"
    lines = [
        f"{board.title}: endpoint {board.endpoint}, protocol {board.protocol}",
        f"{kind} · cohort {cohort['name']} {cohort['version']} · {cohort['patients']} patients, {cohort['events']} events, "
        f"each tested {board.tests_per_patient} × · {board.pairs} comparable pairs within folds",
        f"metric {board.metric_name}; Uno's C up to {board.tau:g} days (smallest G(t) {board.min_censoring:.2f}) · reference {board.reference}",
        "digests: " + ", ".join(f"{name} {digest}" for name, digest in board.digests.items()),
    ]
    if "attainable" in cohort:
        lines.append(f"the simulation's own risk attains a C-index of {cohort['attainable']:.3f} on such patients")
    return lines


def columns(board: Board) -> list[str]:
    """Column titles, in the order of :func:`row`."""
    metrics = {"harrell_c": "Harrell's C", "uno_c": "Uno's C"}
    extra = [metrics[name] for name in board.entries[0].secondary]
    return [
        "#",
        "model",
        "modalities",
        f"{board.metric_name} [95 %]",
        f"Δ to {board.reference} [95 %]",
        *extra,
        "patients",
        "events",
        "failed folds",
        "time",
        "provenance",
    ]


def row(board: Board, entry: Entry) -> list[str]:
    """One entry as text."""
    difference = entry.difference
    delta = "reference" if entry.model == board.reference else "–"
    if difference is not None:
        delta = f"{difference.estimate:+.3f} [{difference.interval[0]:+.3f}, {difference.interval[1]:+.3f}]"
    return [
        str(entry.rank),
        entry.model,
        " + ".join(entry.modalities) or "none",
        f"{entry.estimate:.3f} [{entry.interval[0]:.3f}, {entry.interval[1]:.3f}]",
        delta,
        *(f"{second.estimate:.3f}" for second in entry.secondary.values()),
        str(board.cohort["patients"]),
        str(board.cohort["events"]),
        str(entry.failed_folds),
        seconds_in_words(entry.seconds),
        entry.provenance,
    ]
