"""The schemas of the replicas: package data, written by ``python -m benchmark.cohorts.schemas NAME``."""
