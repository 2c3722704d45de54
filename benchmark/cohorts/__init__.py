"""Cohorts: patients, their modality blocks and their outcomes."""

from benchmark.cohorts.cohort import BlockSheet, Cohort, Datasheet, OutcomeSheet, patients_of

__all__ = ["BlockSheet", "Cohort", "Datasheet", "OutcomeSheet", "patients_of"]
