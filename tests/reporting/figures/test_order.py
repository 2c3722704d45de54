"""Figures about the order of models: ranks, pairs, folds and agreement."""

import json

import numpy as np
import pytest
from scipy.stats import spearmanr

from benchmark.errors import UndefinedError
from benchmark.inference import corrected_resampled_ttest, rank_distribution, tiers
from benchmark.inference import pairwise_p_retrained as p_retrained
from benchmark.reporting.figures.agreement import agreement
from benchmark.reporting.figures.fold_dots import fold_dots
from benchmark.reporting.figures.pairwise import pairwise
from benchmark.reporting.figures.rank_distribution import rank_distribution as ranks
from benchmark.reporting.figures.scene import compact
from tests.reporting.figures.scenes import scene


@pytest.fixture
def repeated(tmp_path):
    return scene(tmp_path, "survival", "repeated", "death")


def test_ranks_are_those_of_p_best(repeated):
    found = ranks(repeated)
    draws = repeated.scored.bootstrap("harrell_c").draws
    expected = rank_distribution(draws)
    np.testing.assert_allclose(found.share.sum(axis=0), 1)
    np.testing.assert_allclose(found.share.sum(axis=1), 1)
    np.testing.assert_allclose(found.share[:, 0], expected.p_best)
    np.testing.assert_allclose(found.mean_rank, expected.mean_rank)
    assert found.resamples == 10_000
    assert found.table().columns == ("model", "mean_rank", "share_rank_1", "share_rank_2", "share_rank_3")


def test_every_pair_has_both_questions(repeated):
    found = pairwise(repeated)
    assert [(pair.a, pair.b) for pair in found.pairs] == [("strong", "weak"), ("strong", "none"), ("weak", "none")]
    splits = repeated.scored.by_split("harrell_c")
    first = found.pairs[1]
    test = corrected_resampled_ttest(splits[..., 0] - splits[..., 2], repeated.scored.test_fraction)
    assert (first.p_retrained, first.interval_retrained) == (pytest.approx(test.p), pytest.approx(test.interval))
    estimate = repeated.scored.concordance("harrell_c").estimate
    assert first.difference == pytest.approx(estimate[0] - 0.5)
    assert first.p_worse + first.p_equivalent + first.p_better == pytest.approx(1)
    adjusted = tiers(estimate, p_retrained(splits, repeated.scored.test_fraction)).adjusted
    np.testing.assert_allclose([pair.p_retrained_holm for pair in found.pairs], adjusted[np.triu_indices(3, 1)])
    assert set(found.table().columns) >= {"interval_low", "interval_high", "interval_retrained_low", "patients_needed"}


def test_a_single_split_knows_nothing_of_training_again(tmp_path):
    single = scene(tmp_path, "survival", "single", "death")
    pair = pairwise(single).pairs[0]
    assert (pair.p_retrained, pair.p_retrained_holm, pair.interval_retrained, pair.p_better) == (None, None, None, None)
    dots = compact(fold_dots(single).as_dict())
    assert (dots["sd"], dots["se_naive"], dots["se_corrected"]) == ([None] * 3, [None] * 3, [None] * 3)


def test_fold_dots_say_which_standard_error_is_too_small(repeated):
    found = fold_dots(repeated)
    assert found.values.shape == (3, 6)
    np.testing.assert_allclose(found.values[2], 0.5)
    np.testing.assert_allclose(found.se_naive, found.sd / np.sqrt(6))
    assert found.se_corrected[0] == pytest.approx(
        found.sd[0] * np.sqrt(1 / 6 + repeated.scored.test_fraction / (1 - repeated.scored.test_fraction))
    )
    assert [fold["patients"] for fold in found.folds] == [30] * 6
    assert sum(fold["events"] for fold in found.folds) == 2 * int(
        repeated.task.outcome(repeated.task.eligible("repeated"), "death")["event"].sum()
    )
    assert found.table().columns == ("repeat", "fold", "patients", "events", "strong", "weak", "none")
    assert [row[4:] for row in found.table().rows] == [tuple(values) for values in found.values.T]


def test_agreement_is_of_ranks_within_folds_and_names_nobody(repeated):
    found = agreement(repeated)
    assert found.rank.shape == (3, 90)
    np.testing.assert_allclose(found.rank[2], 0.5)
    assert found.correlation[0, 1] == pytest.approx(spearmanr(found.rank[0], found.rank[1])[0])
    assert np.isnan(found.correlation[0, 2])
    # patients with the event have the higher ranks
    assert found.rank[0][found.event].mean() > found.rank[0][~found.event].mean() + 0.2
    text = json.dumps(compact(found.as_dict())) + str(found.table())
    assert "K-0" not in text


def test_scores_of_another_scale_in_each_fold_change_no_rank(repeated):
    before = agreement(repeated).rank
    for model in repeated.predictions:
        table = model["death"].table
        table["risk"] += 1000 * table["fold"]
    np.testing.assert_allclose(agreement(type(repeated)(**vars_of(repeated))).rank, before)


def vars_of(made):
    return {name: getattr(made, name) for name in made.__dataclass_fields__}


def test_several_endpoints_have_an_order_and_no_curves(tmp_path):
    both = scene(tmp_path, "binary", "repeated", "mutation", "late")
    assert ranks(both).share.shape == (3, 3)
    assert fold_dots(both).folds[0]["events"] is None
    with pytest.raises(UndefinedError, match="each endpoint has its own"):
        agreement(both)
