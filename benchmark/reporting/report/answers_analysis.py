"""TRIPOD+AI items of the analysis: division, building, measures, output, training against evaluation."""

from collections.abc import Callable, Mapping

from benchmark.reporting.report.answer import Answer, author
from benchmark.reporting.report.facts import Facts
from benchmark.reporting.report.model_card import parameters
from benchmark.reporting.report.words import counted, design, parts, validation, whole_sites
from benchmark.scoring import METRICS
from benchmark.tasks.spec import Published


def division(facts: Facts) -> Answer:
    return Answer("answered", f"{design(facts)}. Each fit: {parts(facts)} (sections 2 and 6).")


def handling(facts: Facts) -> Answer:
    if not facts.modalities:
        return Answer("not applicable", "The model uses no predictor.")
    found = "In the description of the model (section 4), learned in the training part alone." if facts.description else ""
    return Answer("in part" if found else "authors", found, "Form of each predictor, where the description is silent.")


def building(facts: Facts) -> Answer:
    tuned = (
        "hyper-parameters searched inside each training part"
        if facts.record.info.get("search")
        else "hyper-parameters fixed before, no search"
    )
    return Answer(
        "in part", f"{facts.entry.model}: {parameters(facts)}; {tuned}; {validation(facts)}. Steps: section 4.", "Why this type of model."
    )


def clusters(facts: Facts) -> Answer:
    if column := whole_sites(facts):
        return Answer("answered", f"Whole sites ({column}) are held out; section 3 has the spread over them. No model of clusters.")
    return Answer(
        "in part", "Not handled: sites, if there are several, are mixed in all folds.", "Whether sites differ, and what that does."
    )


def measures(facts: Facts) -> Answer:
    spec = facts.task.spec
    names = [METRICS[name] for name in dict.fromkeys([spec.metrics.primary, *spec.metrics.secondary])]
    lacking = (
        "Calibration and clinical utility: not assessed, a risk has no scale."
        if facts.survival
        else "Calibration and decision curves: page of the task."
    )
    found = (
        f"{', '.join(names)}, over pairs within test folds. Intervals: bootstrap of patients. Comparisons: jackknife (fitted models); corrected resampled t-test (trained "
        f"again). {lacking}"
    )
    return Answer("answered", found)


def calculation(facts: Facts) -> Answer:
    found = f"By the fitted model of each fold, method predict of {facts.record.info['source'] or 'its file'}; all predictions are kept (sha256 {facts.record.info['predictions_sha256'][:12]})."
    return Answer("answered", found)


def imbalance(facts: Facts) -> Answer:
    if facts.survival:
        return Answer("not applicable", "Survival: events are not classes. The benchmark resamples no patients.")
    return Answer(
        "in part",
        f"{counted(facts, facts.eligible)}. The benchmark resamples nothing; what the model does: section 4.",
        "Why, and whether probabilities were recalibrated.",
    )


def output(facts: Facts) -> Answer:
    if facts.survival:
        return Answer("answered", "A risk, higher = earlier event; no classes, no threshold.")
    called = (
        "The positive class is called where its probability reaches the share of positives in the training part; no threshold is tuned."
        if facts.task.spec.kind == "binary"
        else "The most probable class is called."
    )
    return Answer("answered", f"Probabilities of {', '.join(facts.task.classes(facts.endpoint))}. {called}")


def difference(facts: Facts) -> Answer:
    if column := whole_sites(facts):
        found = f"Other sites ({column}) of one cohort, same definitions of outcome and predictors; tasks/{facts.task.id}/README.md."
        return Answer("in part", found, "How the sites differ in setting and care.")
    if isinstance(facts.task.spec.protocols[facts.protocol], Published):
        return Answer("in part", "One cohort, divided by others.", "How they divided it.")
    return Answer("answered", "One cohort divided at random: both parts differ by chance alone. Hence no evidence on other settings.")


ANSWERS: Mapping[str, Answer | Callable[[Facts], Answer]] = {
    "12a": division,
    "12b": handling,
    "12c": building,
    "12d": clusters,
    "12e": measures,
    "12f": Answer("not applicable", "No model was updated."),
    "12g": calculation,
    "13": imbalance,
    "14": author("What was done about fairness, and why.", "Nothing was done in this run."),
    "15": output,
    "16": difference,
}
