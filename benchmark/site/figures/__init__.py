"""Figures drawn from the numbers of :mod:`benchmark.reporting.figures`; one file for each kind."""

from benchmark.site.figures.drawn import Figure, drawn, of_cohort, over_tasks

__all__ = ["Figure", "drawn", "of_cohort", "over_tasks"]
