"""The model card.

Sections after Mitchell M, Wu S, Zaldivar A, et al. (2019), "Model cards for model reporting", FAT* '19, section 4.
"""

from collections.abc import Iterator

from benchmark.reporting.report.document import Block, Heading, Items, Paragraph, Table
from benchmark.reporting.report.facts import Facts
from benchmark.reporting.report.words import counted, design, validation, with_interval
from benchmark.scoring import METRICS

AUTHOR = "To be written by the authors."


def model_card(facts: Facts) -> Iterator[Block]:
    """What the model is, what it may be used for, and what is known of it."""
    board, entry, sheet = facts.board, facts.entry, facts.task.cohort.datasheet
    trained = f"{counted(facts, facts.eligible)} of {sheet.name} {sheet.version}; {design(facts)}."
    metrics = [board.metric_name, *(METRICS[name] for name in facts.task.spec.metrics.secondary)]
    rows = [
        ["Model", f"{entry.model}; {_where(facts)}"],
        ["Kind", _output(facts)],
        ["Modalities", ", ".join(facts.modalities) or "none"],
        ["Parameters", parameters(facts)],
        [
            "Intended use",
            "To be compared with other models on the same patients and folds. Each fit is thrown away after its test fold: none is a model for use on patients.",
        ],
        [
            "Out of scope",
            "Any decision about a patient; any cohort, scanner, platform or treatment era other than this one, on which nothing was measured.",
        ],
        ["Factors", f"{validation(facts).capitalize()}; no subgroup (sex, age, ancestry, site, device) was examined. {AUTHOR}"],
        ["Metrics", f"{', '.join(metrics)}; pairs within test folds; 95 % intervals over patients."],
        ["Evaluation data", trained],
        ["Training data", "The same cohort: in each fit the patients of the other folds."],
        ["Quantitative analyses", f"{board.metric_name} {with_interval(entry.estimate, entry.interval)}; all of it in section 3."],
        ["Ethics", f"Public, de-identified data; licence: {sheet.licence}. Consent, approval, possible harms: {AUTHOR.lower()}"],
        ["Caveats", "Section 5, items 10, 11, 16 and 26."],
    ]
    yield Heading("4. Model card")
    yield Table(["", "What"], rows, (0.18, 0.82))
    if facts.description:
        yield Paragraph("What the model's source says of it, deviations from the paper that it follows included:")
        yield Items(facts.description)
    if facts.stale:
        yield Paragraph("The model's source has changed since this run: what it says today may not be what ran.", loud=True)


def parameters(facts: Facts) -> str:
    """Every parameter with its value, the user's and the defaults."""
    info = facts.record.info
    values = [f"{name}={_spell(value)}" for name, value in info["parameters"].items()]
    words = [", ".join(values) or "none"]
    if info.get("search"):
        words.append(
            f"searched in each fit: {', '.join(facts.choice.searched) if facts.choice else 'its search space'} ({info['search']} trials on inner folds)"
        )
    if info.get("drop"):
        words.append(f"tested without {', '.join(info['drop'])}")
    return "; ".join([*words, f"seed {info['seed']}"])


def _spell(value: object) -> str:
    return "+".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _where(facts: Facts) -> str:
    source = facts.record.info["source"] or "a file outside the repository"
    return f"{source}, sha256 {facts.record.info['source_digest'][:12]}"


def _output(facts: Facts) -> str:
    if facts.survival:
        return "survival: a risk, higher = earlier event, without unit"
    names = facts.task.classes(facts.endpoint)
    return f"{facts.task.spec.kind}: probabilities of {', '.join(names)}"
