"""All that a board says about k models, as arrays: computed once, from the same rows and the same resamples."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmark.inference import (
    Bootstrap,
    Concordance,
    Contrast,
    CorrectedTTest,
    contrast,
    corrected_resampled_ttest,
    holm,
    minimal_detectable_difference,
    pairwise_p_retrained,
    rank_confidence_sets,
    rank_distribution,
    tiers,
)
from benchmark.scoring import Joint, Scored

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Against:
    """One model against the reference: entry − reference.

    Attributes:
        fitted: jackknife contrast: do *these fitted models* differ on patients like these?
        retrained: corrected resampled t-test: does *this algorithm* differ when it is trained again? ``None`` where the splits
            are not exchangeable and cannot tell.
        p_fitted_holm, p_retrained_holm: adjusted over all models that are compared with the reference.
    """

    fitted: Contrast
    retrained: CorrectedTTest | None
    p_fitted_holm: float
    p_retrained_holm: float | None


@dataclass(frozen=True)
class Evidence:
    """What the predictions of k models say.

    Attributes:
        primary: the primary metric with its covariance.
        intervals: 95 % BCa intervals from 10,000 resamples of patients, shape (k, 2): the ones that hold best in small
            cohorts (docs/calibration.md).
        splits: the metric in every fold, shape (repeats, folds, k).
        tier: 1 = best, from the retrained p of every pair after Holm, shape (k,); all share it where nothing is
            known of training again.
        ranks: ranks that these patients do not exclude for the fitted models (95 %, simultaneous), shape (k, 2).
        p_best: share of bootstrap resamples of patients in which the fitted model is first, shape (k,).
        against: per model, its comparison with the reference (``None`` for the reference, or without one).
        detectable: smallest true difference to the reference that would show with 80 % power between fitted models, from the
            median standard error over the models compared; detectable_retrained: between algorithms trained again.
            ``None`` where nothing is compared.
    """

    primary: Concordance
    intervals: Floats
    splits: Floats
    tier: NDArray[np.int64]
    ranks: NDArray[np.int64]
    p_best: Floats
    against: tuple[Against | None, ...]
    detectable: float | None
    detectable_retrained: float | None


def gather(scored: Scored | Joint, metric: str, reference: int | None) -> Evidence:
    """The evidence on the primary metric.

    Args:
        reference: position of the reference model, if it is among them.
    """
    primary, splits = scored.concordance(metric), scored.by_split(metric)
    sets = rank_confidence_sets(primary.estimate, primary.covariance)
    resampled = scored.bootstrap(metric)
    against = _against(primary, splits, scored, reference)
    compared = [test for test in against if test is not None]
    return Evidence(
        primary=primary,
        intervals=intervals(scored, primary, resampled),
        splits=splits,
        tier=_tiers(splits, scored),
        ranks=np.column_stack([sets.lower, sets.upper]),
        p_best=rank_distribution(resampled.draws).p_best,
        against=against,
        detectable=_detectable([test.fitted.se for test in compared]),
        detectable_retrained=_detectable([test.retrained.se for test in compared if test.retrained]),
    )


def _against(primary: Concordance, splits: Floats, scored: Scored | Joint, reference: int | None) -> tuple[Against | None, ...]:
    models = len(primary.estimate)
    others = [k for k in range(models) if reference is not None and k != reference]
    fitted = {k: contrast(primary, k, reference or 0) for k in others}
    again = others if scored.exchangeable else []
    retrained = {k: corrected_resampled_ttest(splits[..., k] - splits[..., reference or 0], scored.test_fraction) for k in again}
    p_fitted, p_retrained = _holm({k: test.p for k, test in fitted.items()}), _holm({k: test.p for k, test in retrained.items()})
    return tuple(Against(fitted[k], retrained.get(k), p_fitted[k], p_retrained.get(k)) if k in fitted else None for k in range(models))


def _holm(p: dict[int, float]) -> dict[int, float]:
    return {k: float(value) for k, value in zip(p, holm(list(p.values())), strict=True)} if p else {}


def _tiers(splits: Floats, scored: Scored | Joint) -> NDArray[np.int64]:
    if not scored.exchangeable:
        return np.ones(splits.shape[-1], np.int64)
    # by the fold means, which are what the p-values are about: pooled pairs weigh large folds more
    return tiers(splits.mean(axis=(0, 1)), pairwise_p_retrained(splits, scored.test_fraction)).tier


def _detectable(errors: list[float]) -> float | None:
    real = [se for se in errors if se > 0]  # models with the same predictions have nothing to detect
    return minimal_detectable_difference(float(np.median(real))) if real else None


def intervals(scored: Scored | Joint, primary: Concordance, resampled: Bootstrap) -> Floats:
    """95 % BCa of k models, shape (k, 2); where every comparable pair is right (or wrong) no resample differs, and the interval is that of m successes in m trials.

    m is the number of patients with an event, or of the rarest class (Clopper-Pearson): a perfect score on three is no proof of perfection.
    """
    found = resampled.interval(method="bca")
    reach = 0.025 ** (1 / max(1, scored.positives))
    found[primary.estimate == 1, 0] = reach
    found[primary.estimate == 0, 1] = 1 - reach
    return found
