"""The contract of a model, and how models are found."""

from benchmark.models.choice import ModelChoice, check_id, choose, find_models, load_model
from benchmark.models.contract import ANY, Between, Kind, Model, Patients
from benchmark.models.source import imported_libraries, source_digest

__all__ = [
    "ANY",
    "Between",
    "Kind",
    "Model",
    "ModelChoice",
    "Patients",
    "check_id",
    "choose",
    "find_models",
    "imported_libraries",
    "load_model",
    "source_digest",
]
