"""What a reviewer would run first: is the task sound, is its label where it should not be, and what can its patients resolve?"""

from benchmark.audit.audit import audit, failed
from benchmark.audit.datasheet import datasheet, write_datasheet
from benchmark.audit.finding import Finding

__all__ = ["Finding", "audit", "datasheet", "failed", "write_datasheet"]
