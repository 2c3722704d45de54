"""Intervals and paired tests: arrays in, results out; nothing here knows of models, folds files or runs."""

from benchmark.inference.concordance import Concordance, concordance
from benchmark.inference.contrast import Contrast, contrast, logit_interval

__all__ = ["Concordance", "Contrast", "concordance", "contrast", "logit_interval"]
