"""The TRIPOD+AI checklist, filled as far as the record goes."""

from collections import Counter
from collections.abc import Iterator

from benchmark.reporting.report import answers_analysis, answers_data, answers_results, answers_study
from benchmark.reporting.report.answer import Answer
from benchmark.reporting.report.document import Block, Heading, Paragraph, Table
from benchmark.reporting.report.facts import Facts
from benchmark.reporting.report.items import ITEMS, Item

ANSWERS = {**answers_study.ANSWERS, **answers_data.ANSWERS, **answers_analysis.ANSWERS, **answers_results.ANSWERS}


def answers(facts: Facts) -> list[tuple[Item, Answer]]:
    """Every item with its answer, in the order of the checklist."""
    found = [(item, ANSWERS[item.number]) for item in ITEMS]
    return [(item, answer if isinstance(answer, Answer) else answer(facts)) for item, answer in found]


def checklist(facts: Facts) -> Iterator[Block]:
    """The checklist as a table, with a count of what is left to do."""
    found = answers(facts)
    states = Counter(answer.state for _, answer in found)
    counts = ", ".join(f"{states[state]} {state}" for state in ("answered", "in part", "authors", "not applicable") if states[state])
    yield Heading("5. TRIPOD+AI checklist")
    yield Paragraph(
        f"The 27 items of TRIPOD+AI (Collins et al. 2024) in their {len(ITEMS)} parts, paraphrased; a journal wants the statement's own list, with pages. Here: {counts}. "
        "D: for studies that develop a model; E: for those that evaluate one; this run does both. The statement asks what was done, and does not say whether it was done well."
    )
    rows = [
        [f"{item.number} ({item.of})", f"{item.topic}: {item.asks}", answer.state, answer.found or "–", answer.author or "–"]
        for item, answer in found
    ]
    yield Table(["Item", "What a reader must find", "State", "From the record", "Left to the authors"], rows, (0.1, 0.21, 0.11, 0.36, 0.22))
