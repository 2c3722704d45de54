"""Intervals and paired tests: arrays in, results out; nothing here knows of models, folds files or runs."""

from benchmark.inference.bootstrap import Bootstrap, bootstrap_auc, bootstrap_concordance
from benchmark.inference.bootstrap_any import bootstrap_metric
from benchmark.inference.concordance import Concordance, concordance
from benchmark.inference.contrast import Contrast, JointTest, contrast, joint_test, logit_interval
from benchmark.inference.delong import DeLong, delong
from benchmark.inference.friedman import FriedmanNemenyi, friedman_nemenyi, task_ranks
from benchmark.inference.mean import mean_bootstrap, mean_concordance
from benchmark.inference.multiplicity import benjamini_hochberg, holm
from benchmark.inference.power import minimal_detectable_difference, patients_needed
from benchmark.inference.ranks import RankDistribution, RankSets, rank_confidence_sets, rank_distribution
from benchmark.inference.retrained import CorrectedTTest, CorrelatedPosterior, bayesian_correlated_ttest, corrected_resampled_ttest
from benchmark.inference.tiers import Tiers, pairwise_p_fitted, pairwise_p_retrained, tiers

__all__ = [
    "Bootstrap",
    "Concordance",
    "Contrast",
    "CorrectedTTest",
    "CorrelatedPosterior",
    "DeLong",
    "FriedmanNemenyi",
    "JointTest",
    "RankDistribution",
    "RankSets",
    "Tiers",
    "bayesian_correlated_ttest",
    "benjamini_hochberg",
    "bootstrap_auc",
    "bootstrap_concordance",
    "bootstrap_metric",
    "concordance",
    "contrast",
    "corrected_resampled_ttest",
    "delong",
    "friedman_nemenyi",
    "holm",
    "joint_test",
    "logit_interval",
    "mean_bootstrap",
    "mean_concordance",
    "minimal_detectable_difference",
    "pairwise_p_fitted",
    "pairwise_p_retrained",
    "patients_needed",
    "rank_confidence_sets",
    "rank_distribution",
    "task_ranks",
    "tiers",
]
