"""A document as Markdown."""

import re
from collections.abc import Sequence

from benchmark.reporting.report.document import Block, Code, Document, Heading, Items, Paragraph, Table

MEANT = re.compile(r"([\\*`<|])|(?<![^\W_])_|_(?![^\W_])")  # read as marks; an underscore inside a word is not


def as_markdown(document: Document) -> bytes:
    """GitHub's dialect: tables with pipes."""
    return ("\n\n".join(_block(block) for block in document.blocks) + "\n").encode()


def _block(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"{'#' * level} {_text(text)}"
        case Paragraph(text, loud):
            return f"**{_text(text)}**" if loud else _text(text)
        case Items(texts):
            return "\n".join(f"- {_text(text)}" for text in texts)
        case Code(text):
            return f"```\n{text}\n```"
        case Table():
            return _table(block)


def _table(table: Table) -> str:
    lines: list[Sequence[str]] = [table.titles, ["---"] * len(table.titles), *table.rows]
    rows = "\n".join("| " + " | ".join(cell if cell == "---" else _text(cell) for cell in cells) + " |" for cells in lines)
    return f"{rows}\n\n{_text(table.caption)}" if table.caption else rows


def _text(text: str) -> str:
    return MEANT.sub(lambda match: f"\\{match.group()}", " ".join(text.split()))
