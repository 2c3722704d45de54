"""A document as Markdown, HTML or PDF."""

from collections.abc import Callable, Mapping

from benchmark.reporting.report.document import Document
from benchmark.reporting.report.html import as_html
from benchmark.reporting.report.markdown import as_markdown


def _as_pdf(document: Document) -> bytes:
    from benchmark.reporting.report.pdf import as_pdf  # its library is not needed for the others

    return as_pdf(document)


FORMATS: Mapping[str, Callable[[Document], bytes]] = {"md": as_markdown, "html": as_html, "pdf": _as_pdf}


def render(document: Document, form: str) -> bytes:
    """The bytes of a file of one of ``FORMATS``; the same document gives the same bytes."""
    return FORMATS[form](document)
