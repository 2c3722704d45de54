"""The numbers behind every figure: pure functions of predictions and outcomes, as data and as the rows of a CSV file."""

from benchmark.reporting.figures.statistics import Statistics

__all__ = ["Statistics"]
