"""The one room where predictions meet outcomes."""

from benchmark.metrics.tables import OF_TABLES
from benchmark.scoring.meet import KEY, Predictions, expected_rows, meet, meet_any, parts_of
from benchmark.scoring.printed import among, called_metric, counted_in, other_class
from benchmark.scoring.scored import METRICS, Joint, Part, Scored, Summary

__all__ = [
    "KEY",
    "METRICS",
    "OF_TABLES",
    "Joint",
    "Part",
    "Predictions",
    "Scored",
    "Summary",
    "among",
    "called_metric",
    "counted_in",
    "expected_rows",
    "meet",
    "meet_any",
    "other_class",
    "parts_of",
]
