"""A document as PDF, on A4, with the fonts that the library brings."""

import io
import unicodedata
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import reportlab
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import ListFlowable, LongTable, SimpleDocTemplate, Spacer, TableStyle
from reportlab.platypus import Paragraph as Text

from benchmark.reporting.report.document import Block, Code, Document, Heading, Items, Paragraph, Table

FONTS = {"Vera": "Vera.ttf", "Vera-Bold": "VeraBd.ttf"}
MARGIN = 16 * mm
PADDING = 12  # points that the library's frame keeps free, both sides together
WRITTEN = {
    "Δ": "∆",
    "→": "to",
    "∈": "in",
    "⊙": "*",
    "σ": "sigma",
    "β": "beta",
    "α": "alpha",
    "γ": "gamma",
    "τ": "tau",
    "λ": "lambda",
    "Σ": "∑",
    "‖": "||",
}
RULE = ("LINEBELOW", (0, 0), (-1, -1), 0.25, colors.grey)


def as_pdf(document: Document) -> bytes:
    """The same document gives the same bytes: no date, no random id."""
    for name, file in FONTS.items():
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, Path(reportlab.__file__).parent / "fonts" / file))
    buffer = io.BytesIO()
    page = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=document.title,
        author="fusebench",
        lang="en",
        invariant=1,
    )
    page.build(
        [flowable for block in document.blocks for flowable in _block(block, page.width - PADDING)], onFirstPage=_foot, onLaterPages=_foot
    )
    return buffer.getvalue()


def _block(block: Block, width: float) -> list[Any]:
    match block:
        case Heading(text, level):
            return [_text(text, 15 if level == 1 else 11, bold=True, before=0 if level == 1 else 10)]
        case Paragraph(text, loud):
            return [_text(text, 8.5, bold=loud, colour=colors.HexColor("#b00020") if loud else colors.black), Spacer(1, 4)]
        case Items(texts):
            return [ListFlowable([_text(text, 8.5) for text in texts], bulletType="bullet", bulletFontSize=5, leftIndent=10), Spacer(1, 4)]
        case Code(text):
            return [_text(line, 7) for line in text.splitlines()] + [Spacer(1, 6)]
        case Table():
            return _table(block, width)


def _table(table: Table, width: float) -> list[Any]:
    cells = [[_text(title, 7, bold=True) for title in table.titles], *([_text(cell, 7) for cell in row] for row in table.rows)]
    style = TableStyle(
        [RULE, ("VALIGN", (0, 0), (-1, -1), "TOP"), ("TOPPADDING", (0, 0), (-1, -1), 2), ("BOTTOMPADDING", (0, 0), (-1, -1), 3)]
    )
    drawn = LongTable(cells, colWidths=[share * width for share in table.shares], repeatRows=1, style=style)
    return [drawn, *([_text(table.caption, 7)] if table.caption else []), Spacer(1, 8)]


def _text(text: str, size: float, *, bold: bool = False, before: float = 0, colour: Any = colors.black) -> Any:
    style = ParagraphStyle(
        "text",
        fontName="Vera-Bold" if bold else "Vera",
        fontSize=size,
        leading=size * 1.35,
        spaceBefore=before,
        spaceAfter=2,
        textColor=colour,
        splitLongWords=1,
    )
    return Text(escape(printable(text)), style)


def printable(text: str) -> str:
    """The text with the signs that the font has: others as their nearest kin, or a question mark."""
    return "".join(character if _has(character) else _nearest(character) for character in text)


def _has(character: str) -> bool:
    return ord(character) in pdfmetrics.getFont("Vera").face.charToGlyph


def _nearest(character: str) -> str:
    if character in WRITTEN:
        return WRITTEN[character]
    plain = unicodedata.normalize("NFKD", character)
    return plain if all(_has(part) for part in plain) and plain != character else "?"


def _foot(canvas: Any, page: Any) -> None:
    canvas.setFont("Vera", 6.5)
    canvas.drawString(MARGIN, MARGIN / 2, printable(page.title))
    canvas.drawRightString(A4[0] - MARGIN, MARGIN / 2, str(page.page))
