"""The report as a document."""

from benchmark.reporting.report.document import Block, Document, Heading, Paragraph
from benchmark.reporting.report.facts import Facts
from benchmark.reporting.report.model_card import model_card
from benchmark.reporting.report.reproduce import references, reproduce
from benchmark.reporting.report.results import data, results, short
from benchmark.reporting.report.tripod import checklist


def write_report(facts: Facts) -> Document:
    """The report of a run; a pure function of the record, the board and the task."""
    title = f"{facts.entry.model} on {facts.task.id}, {facts.protocol}, {facts.endpoint}"
    blocks: list[Block] = [Heading(title, 1), *_whose(facts)]
    for part in (short, data, results, model_card, checklist, reproduce, references):
        blocks += part(facts)
    return Document(title, tuple(blocks))


def _whose(facts: Facts) -> list[Block]:
    made = f"{facts.board.title}. A report by fusebench from the record {facts.record.info['digest']}."
    if facts.board.replica:
        return [
            Paragraph("REPLICA: simulated patients, not real ones. Nothing here says how good the model is.", loud=True),
            Paragraph(made),
        ]
    return [Paragraph(f"REAL patients. {made}")]
