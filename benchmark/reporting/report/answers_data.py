"""TRIPOD+AI items of the data: source, participants, outcome, predictors, sample size, missing values."""

from collections.abc import Callable, Mapping

from benchmark.reporting.report.answer import Answer, author
from benchmark.reporting.report.facts import Facts
from benchmark.reporting.report.words import counted, follow_up, modality_rows, refused


def source(facts: Facts) -> Answer:
    sheet = facts.task.cohort.datasheet
    found = f"{sheet.title}; {sheet.source}. The same cohort serves development and evaluation, never the same patient in one fit."
    return Answer("in part", found, "Why these data, and whom they represent.")


def dates(facts: Facts) -> Answer:
    return (
        Answer("in part", f"Follow-up: {follow_up(facts)}.", "First and last patient.")
        if facts.survival
        else author("First and last patient; when the outcome was known.")
    )


def setting(facts: Facts) -> Answer:
    return author("Setting of care, centres, countries.", f"{facts.task.cohort.datasheet.title}.")


def eligibility(facts: Facts) -> Answer:
    spec, protocol = facts.task.spec, facts.task.spec.protocols[facts.protocol]
    blocks = [*spec.requires, *protocol.requires]
    rules = [f"the block{'s' if len(blocks) > 1 else ''} {', '.join(blocks)}"] if blocks else []
    rules += [f"{column} is {' or '.join(values)}" for column, values in protocol.where.items()]
    rules += ["a known outcome" + (" at a time above 0" if facts.survival else "")]
    return Answer(
        "answered",
        f"Patients of the cohort with {'; '.join(rules)}: {counted(facts, facts.eligible)} (section 2).",
        "Eligibility for the cohort itself: its publication.",
    )


def treatments(facts: Facts) -> Answer:
    where = facts.task.spec.protocols[facts.protocol].where
    found = "; ".join(f"only patients whose {column} is {' or '.join(values)}" for column, values in where.items())
    left_out = "Columns refused as predictors, treatments among them: item 9a." if refused(facts) else ""
    what = "Treatments received, and whether they change the outcome that is predicted."
    return author(what, " ".join(filter(None, [found and f"{found.capitalize()}.", left_out])))


def preparation(facts: Facts) -> Answer:
    sheet = facts.task.cohort.datasheet
    found = (
        f"Read from the published files by code (benchmark/cohorts/sources), checked by digest and by 'bench audit --task {facts.task.id}'. {len(sheet.notes)} remarks "
        f"of the datasheet and the processing that was done before publication: tasks/{facts.task.id}/README.md. What a model learns of scales and missing values it learns from training patients."
    )
    return Answer("in part", found, "Whether alike in all sociodemographic groups.")


def outcome(facts: Facts) -> Answer:
    sheet, endpoint = facts.task.cohort.datasheet.outcomes[facts.outcome], facts.task.spec.endpoints[facts.endpoint]
    found = f"{endpoint.title}: {sheet.description}"
    found += f" Time from {sheet.origin}, in {sheet.unit}." if sheet.origin else ""
    found += f" Uno's C up to {endpoint.tau:g} {sheet.unit}; otherwise no horizon: order of events." if endpoint.tau else ""
    if classes := endpoint.classes:
        found += " Classes: " + "; ".join(f"{name} = {', '.join(levels)}" for name, levels in classes.items()) + "."
    return Answer("in part", found, "How and when assessed, why this outcome, whether alike in all groups.")


def candidates(facts: Facts) -> Answer:
    if not facts.modalities:
        return Answer("not applicable", "The model uses no predictor.")
    names = ", ".join(f"{row[0]} ({row[2]} columns)" for row in modality_rows(facts))
    left = f" Refused: {'; '.join(refused(facts))}." if refused(facts) else ""
    return Answer(
        "in part",
        f"All columns of {names}; any selection is the model's own, inside the training part (section 4).{left}",
        "Why these modalities; selection before publication.",
    )


def predictors(facts: Facts) -> Answer:
    if not facts.modalities:
        return Answer("not applicable", "The model uses no predictor.")
    described = " ".join(f"{row[0]}: {row[4]}" for row in modality_rows(facts))
    return Answer(
        "in part", f"{described} Columns, units and coding: datasheet of the cohort.", "When measured; what kept the measurers blind."
    )


def size(facts: Facts) -> Answer:
    found = f"All eligible patients: {counted(facts, facts.eligible)}; no calculation came before."
    if (events := facts.task.events(facts.endpoint, facts.eligible)) is not None and facts.predictors:
        rarer = events if facts.survival else min(events, len(facts.eligible) - events)
        found += f" {facts.predictors} candidate columns: {rarer / facts.predictors:.2g} {'events' if facts.survival else 'patients of the rarer class'} for each."
    if facts.board.minimal_detectable_difference is not None:
        found += f" Detectable between fitted models with 80 % power: {facts.board.minimal_detectable_difference:.2f} (section 1)."
    return Answer("in part", found, "Whether that suffices for the question; a calculation for development (such as Riley et al. 2020).")


def missing(facts: Facts) -> Answer:
    cells = "; ".join(
        f"{row[0]}: {row[1]} of {len(facts.eligible)} patients have it, {row[3]} of their cells missing" for row in modality_rows(facts)
    )
    left = len(facts.task.cohort.outcomes) - len(facts.eligible)
    found = f"{cells or 'No predictor'}. {left} patients of the cohort are left out: not eligible, or outcome unknown. What the model does about missing values: section 4."
    return Answer("in part", found, "Why values are missing; whether leaving patients out can bias the result.")


ANSWERS: Mapping[str, Answer | Callable[[Facts], Answer]] = {
    "5a": source,
    "5b": dates,
    "6a": setting,
    "6b": eligibility,
    "6c": treatments,
    "7": preparation,
    "8a": outcome,
    "8b": author("Who assessed the outcome, if it takes judgement."),
    "8c": author(
        "What kept the assessors of the outcome blind.", "In the analysis: a model's process is never sent the outcome of a test patient."
    ),
    "9a": candidates,
    "9b": predictors,
    "9c": author("Who assessed predictors that take judgement (readers of images, pathologists)."),
    "10": size,
    "11": missing,
}
