"""Cohorts: patients, their modality blocks and their outcomes."""

from benchmark.cohorts.cohort import BlockSheet, Cohort, Datasheet, OutcomeSheet

__all__ = ["BlockSheet", "Cohort", "Datasheet", "OutcomeSheet"]
