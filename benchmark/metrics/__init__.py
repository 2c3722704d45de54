"""Metrics by kind of task: plain functions, outcomes and predictions in, one number (or curve) out.

The three modules share names (``brier_score``, ``calibration_slope``, ``net_benefit``), so they are used qualified:
``survival.brier_score``. Each function takes the rows of one test part; scores of models fitted on different parts are
not comparable, so average over folds rather than pool them. Intervals: ``inference.bootstrap_metric``.
"""

from benchmark.metrics import binary, multiclass, survival

__all__ = ["binary", "multiclass", "survival"]
