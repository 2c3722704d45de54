"""TRIPOD+AI items of the study as a whole: title to objectives, ethics, open science, patients and public."""

from collections.abc import Callable, Mapping

from benchmark.reporting.report.answer import Answer, author
from benchmark.reporting.report.facts import Facts
from benchmark.reporting.report.words import counted, validation


def title(facts: Facts) -> Answer:
    spec = facts.task.spec
    made_of = f" from {' and '.join(facts.modalities)}" if facts.modalities else ""
    kind = "prognostic model" if facts.survival else f"{spec.kind} prediction model"
    found = f"Elements: development and {validation(facts)} of a {kind}{made_of}; {spec.title.lower()}; {counted(facts, facts.eligible)}."
    return Answer("in part", found, "The title.")


def background(facts: Facts) -> Answer:
    return author(
        "Clinical setting, rationale, existing models.",
        f"Prognosis or diagnosis: {'prognosis' if facts.survival else 'see the endpoint'}: {_endpoint(facts)}.",
    )


def purpose(facts: Facts) -> Answer:
    return author("Target population, point of care, purpose, users.", f"Who was studied: {facts.task.cohort.datasheet.title}.")


def objectives(facts: Facts) -> Answer:
    return Answer(
        "in part",
        f"Development and {validation(facts)}; comparison with {facts.board.reference} and {len(facts.board.entries) - 1} models in all.",
        "The study's own question.",
    )


def protocol(facts: Facts) -> Answer:
    digests = facts.board.digests
    found = (
        f"Task, metrics, margin and folds are files with digests (task {digests['task']}, folds {digests['folds']}), the same for every model. That is a frozen "
        "analysis, not a study protocol."
    )
    return Answer("in part", found, "Where the study protocol is, or that there was none; when the analysis was fixed.")


def data_sharing(facts: Facts) -> Answer:
    sheet = facts.task.cohort.datasheet
    if facts.board.replica:
        return Answer("not applicable", "The patients are simulated; the code makes them again.")
    return Answer(
        "answered",
        f"{sheet.source}. Licence: {sheet.licence}. 'bench data fetch {sheet.name}' gets and checks the files; splits by patient: tasks/{facts.task.id}/folds.csv.",
    )


def code_sharing(facts: Facts) -> Answer:
    source = facts.record.info["source"]
    if source is None:
        return Answer(
            "in part",
            "Runner and statistics: fusebench, Apache-2.0; section 6.",
            "The model's file is not in the repository: where it can be had.",
        )
    return Answer(
        "answered", f"fusebench, Apache-2.0; the model is {source}; section 6.", "An address that lasts (DOI) for the version used."
    )


def ethics(facts: Facts) -> Answer:
    sheet = facts.task.cohort.datasheet
    return author(
        "Committee and consent, or why none was needed for public data.", f"Public, de-identified data of others: {sheet.citation}"
    )


def _endpoint(facts: Facts) -> str:
    return facts.task.spec.endpoints[facts.endpoint].title


ANSWERS: Mapping[str, Answer | Callable[[Facts], Answer]] = {
    "1": title,
    "2": author("The abstract, by the statement's list for abstracts.", "Section 1 has design, patients, events, results with intervals."),
    "3a": background,
    "3b": purpose,
    "3c": author("Known inequalities in this disease and its care."),
    "4": objectives,
    "17": ethics,
    "18a": author("Funding and the funders' part."),
    "18b": author("Interests of every author."),
    "18c": protocol,
    "18d": author("Register and number, or that the study was not registered."),
    "18e": data_sharing,
    "18f": code_sharing,
    "19": author("Part of patients and public, or that there was none.", "None in the benchmark."),
}
