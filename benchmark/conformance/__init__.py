"""The checks that every model must pass; contributors run the same ones as CI."""

from benchmark.conformance.checks import Ground, conform
from benchmark.conformance.finding import Finding, Severity, failed

__all__ = ["Finding", "Ground", "Severity", "conform", "failed"]
