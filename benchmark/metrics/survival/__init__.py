"""Metrics of censored outcomes at a horizon: discrimination, error, calibration, decision value."""

from benchmark.metrics.survival.auc import time_dependent_auc
from benchmark.metrics.survival.brier import (
    brier_score,
    integrated_brier_score,
    kaplan_meier,
    null_brier_score,
    null_integrated_brier_score,
)
from benchmark.metrics.survival.calibration import CalibrationCurve, calibration_curve, calibration_slope
from benchmark.metrics.survival.d_calibration import DCalibration, d_calibration
from benchmark.metrics.survival.decision import net_benefit

__all__ = [
    "CalibrationCurve",
    "DCalibration",
    "brier_score",
    "calibration_curve",
    "calibration_slope",
    "d_calibration",
    "integrated_brier_score",
    "kaplan_meier",
    "net_benefit",
    "null_brier_score",
    "null_integrated_brier_score",
    "time_dependent_auc",
]
