"""A document as one HTML page that needs nothing else."""

from collections.abc import Sequence
from html import escape

from benchmark.reporting.report.document import Block, Code, Document, Heading, Items, Paragraph, Table

STYLE = """
:root { color-scheme: light dark; --line: #8888; --loud: #b00020; }
@media (prefers-color-scheme: dark) { :root { --loud: #ff8a80; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.875rem; }
caption { caption-side: bottom; text-align: left; padding-top: 0.5rem; }
th, td { border-bottom: 1px solid var(--line); padding: 0.35rem 0.6rem; text-align: left; vertical-align: top; }
thead { display: table-header-group; } tr { break-inside: avoid; }
pre { overflow-x: auto; border: 1px solid var(--line); padding: 0.75rem; font-size: 0.875rem; }
.loud { color: var(--loud); font-weight: bold; }
"""


def as_html(document: Document) -> bytes:
    """HTML 5 without script, font or picture from elsewhere; light and dark."""
    body = "\n".join(_block(block) for block in document.blocks)
    title = escape(document.title)
    head = f'<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n<style>{STYLE}</style>'
    return f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n'.encode()


def _block(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"<h{level}>{escape(text)}</h{level}>"
        case Paragraph(text, loud):
            return f'<p class="loud">{escape(text)}</p>' if loud else f"<p>{escape(text)}</p>"
        case Items(texts):
            return "<ul>\n" + "\n".join(f"<li>{escape(text)}</li>" for text in texts) + "\n</ul>"
        case Code(text):
            return f'<pre tabindex="0"><code>{escape(text)}</code></pre>'
        case Table():
            return _table(block)


def _table(table: Table) -> str:
    caption = f"<caption>{escape(table.caption)}</caption>\n" if table.caption else ""
    widths = "".join(f'<col style="width:{share:.0%}">' for share in table.shares)
    titles = "".join(f'<th scope="col">{escape(title)}</th>' if title else "<td></td>" for title in table.titles)
    rows = "\n".join(_row(cells) for cells in table.rows)
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(", ".join(filter(None, table.titles)))}">\n<table>\n{caption}'
        f"<colgroup>{widths}</colgroup>\n<thead><tr>{titles}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</div>"
    )


def _row(cells: Sequence[str]) -> str:
    first, *rest = (escape(cell) for cell in cells)
    return f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in rest) + "</tr>"
