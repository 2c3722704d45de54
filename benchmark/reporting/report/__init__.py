"""One run as a document: results with intervals, model card, TRIPOD+AI checklist, how to make it again."""

from benchmark.reporting.report.facts import Facts, Place, gather, locate
from benchmark.reporting.report.render import render
from benchmark.reporting.report.write import write_report

__all__ = ["Facts", "Place", "gather", "locate", "render", "write_report"]
