"""TRIPOD+AI items of the results and the discussion."""

from collections.abc import Callable, Mapping

from benchmark.reporting.report.answer import Answer, author
from benchmark.reporting.report.facts import Facts
from benchmark.reporting.report.words import COIN, counted, follow_up, modality_rows, parts, with_interval
from benchmark.tasks.spec import CrossValidation, External


def flow(facts: Facts) -> Answer:
    followed = f"; {follow_up(facts)}" if facts.survival else ""
    found = f"{len(facts.task.cohort.outcomes)} patients in the cohort, {len(facts.task.eligible(facts.protocol))} eligible, {counted(facts, facts.eligible)}{followed} (section 2)."
    return Answer("answered", found, "A diagram, from the patients screened for the cohort on.")


def characteristics(facts: Facts) -> Answer:
    missing = "; ".join(f"{row[0]} {row[3]}" for row in modality_rows(facts))
    found = f"{counted(facts, facts.eligible)}; cells missing: {missing or 'no predictor'}. Table 1: page of the cohort ('bench site')."
    return Answer("in part", found, "Dates, treatments, differences between demographic groups.")


def beside(facts: Facts) -> Answer:
    if isinstance(facts.task.spec.protocols[facts.protocol], External):
        return Answer("in part", "Table 1 by site: page of the cohort ('bench site').", "Which differences matter.")
    return Answer("not applicable", "Every patient serves development in some fits and evaluation in others.")


def analyses(facts: Facts) -> Answer:
    tuning = "tuning inside the training part" if facts.record.info.get("search") else "no tuning"
    return Answer("answered", f"Each of {len(facts.splits)} fits: {parts(facts)}; {tuning}.")


def specification(facts: Facts) -> Answer:
    found = (
        f"Code and parameters, not coefficients: {len(facts.splits)} models are fitted, none is kept. Section 6 makes them again, from public data and code without "
        "restriction other than their licences."
    )
    return Answer("in part", found, "If a model is proposed for use: one fitted on all patients, published whole.")


def performance(facts: Facts) -> Answer:
    found = (
        f"{facts.board.metric_name} {with_interval(facts.entry.estimate, facts.entry.interval)}; all measures and comparisons: section 3."
    )
    return Answer(
        "in part",
        found,
        "Subgroups: not examined, and hardly possible with so few patients." if len(facts.eligible) < 500 else "Subgroups: not examined.",
    )


def by_cluster(facts: Facts) -> Answer:
    protocol = facts.task.spec.protocols[facts.protocol]
    if isinstance(protocol, External) and len(facts.by_split) <= 12:
        values = ", ".join(f"{value:.3f}" for value in facts.by_split)
        return Answer(
            "answered", f"{facts.board.metric_name} at each site, in the order of the folds: {values}. A site's number alone is imprecise."
        )
    if isinstance(protocol, CrossValidation) and protocol.sites:
        return Answer("in part", "Folds of whole sites: their spread in section 3.", "By single site.")
    return Answer("not applicable", "Not examined.")


def limitations(facts: Facts) -> Answer:
    lowest = " The interval reaches the value of a model that knows nothing." if facts.entry.interval[0] <= COIN else ""
    detectable = facts.board.minimal_detectable_difference
    few = f" Differences below {detectable:.2f} would probably not have shown." if detectable is not None else ""
    wide = ""
    if (events := facts.task.events(facts.endpoint, facts.eligible)) is not None and facts.predictors > events:
        wide = f" {facts.predictors} candidate columns for {events} {'events' if facts.survival else 'positives'}: overfitting is to be expected, and is measured, since every prediction is out of sample."
    elsewhere = (
        ""
        if isinstance(facts.task.spec.protocols[facts.protocol], External)
        else " No other cohort was tested, so that nothing is known of transport."
    )
    known = f" Known traps of this cohort: tasks/{facts.task.id}/README.md."
    found = f"{counted(facts, facts.eligible)}.{lowest}{few}{wide}{elsewhere}{known}"
    return Answer("in part", found, "Representativeness, missing data, and their effect on bias.")


ANSWERS: Mapping[str, Answer | Callable[[Facts], Answer]] = {
    "20a": flow,
    "20b": characteristics,
    "20c": beside,
    "21": analyses,
    "22": specification,
    "23a": performance,
    "23b": by_cluster,
    "24": Answer("not applicable", "No model was updated."),
    "25": author(
        "Interpretation beside earlier studies, fairness included.", "Section 1; numbers printed by the papers beside ours: 'bench claims'."
    ),
    "26": limitations,
    "27a": author("What to do about poor or missing input in use.", "In this run the model handles missing values as section 4 says."),
    "27b": author("Who would handle input and model, with what training.", "The run asks for nobody's interaction."),
    "27c": author("Next steps.", "Patients needed to separate two models: 'bench compare', 'bench power'."),
}
