"""The one room where predictions meet outcomes."""

from benchmark.scoring.meet import KEY, Predictions, expected_rows, meet, meet_any
from benchmark.scoring.scored import METRICS, Joint, Part, Scored, Summary

__all__ = ["KEY", "METRICS", "Joint", "Part", "Predictions", "Scored", "Summary", "expected_rows", "meet", "meet_any"]
