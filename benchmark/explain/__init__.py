"""What fitted models look at: contributions of columns and of modalities, weights of instances, and how stable they are over folds."""

from benchmark.explain.explain import explain
from benchmark.explain.explanation import Explanation
from benchmark.explain.store import explanation_path, write_explanation

__all__ = ["Explanation", "explain", "explanation_path", "write_explanation"]
