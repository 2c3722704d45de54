"""The contract of a model, and how models are found."""

from benchmark.models.choice import ModelChoice, check_id, choose, find_models, is_table, named, read_models
from benchmark.models.contract import ANY, Between, Kind, Model, Patients
from benchmark.models.describe import says_the_same
from benchmark.models.facts import Facts, Resources
from benchmark.models.load import load_model
from benchmark.models.source import baselines_folder, imported_libraries, own_place, python_files, source_digest
from benchmark.models.tree import SOURCE_BYTES, SOURCE_LINE, parse, tree_of

__all__ = [
    "ANY",
    "SOURCE_BYTES",
    "SOURCE_LINE",
    "Between",
    "Facts",
    "Kind",
    "Model",
    "ModelChoice",
    "Patients",
    "Resources",
    "baselines_folder",
    "check_id",
    "choose",
    "find_models",
    "imported_libraries",
    "is_table",
    "load_model",
    "named",
    "own_place",
    "parse",
    "python_files",
    "read_models",
    "says_the_same",
    "source_digest",
    "tree_of",
]
