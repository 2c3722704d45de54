"""Explanations and searches as a reader sees them: numbers that can be checked by hand, and the doubt beside each."""

import re

import pytest

from benchmark.site.figures.explained import explained, explained_rows
from benchmark.site.figures.fused import fused, fused_rows
from benchmark.site.figures.hidden import hidden, hidden_rows
from benchmark.site.figures.searched import depths_of, searched


def feature(name, size, **changes):
    plain = {"name": name, "block": "genomics", "mean_abs": size, "spread": 0.05, "direction": 1, "sign_agreement": 0.9}
    return plain | {"top20_folds": 1, "null_mean_abs": 0.2, "noise": True} | changes


def explanation(**changes):
    block = {"name": "genomics", "columns": 1000, "top": 20, "share": 1.0, "spread": None, "ever": 130, "stable": 1, "null_level": 0.2}
    features = [feature("RARE", 0.4), feature("STEADY", 0.5, top20_folds=10, noise=False, direction=-1, sign_agreement=1.0)]
    plain = {"folds": 10, "all_folds": 50, "same_folds": 10, "patients": 50, "blocks": [block], "features": features, "attention": None}
    empty = {"null_attention": None, "fused": None, "projections": [], "notes": ["Training parts overlap."], "method": "Shapley values."}
    return plain | empty | changes


def text_of(drawing):
    return re.sub(r"<[^>]+>", " ", str(drawing))


def test_a_gene_that_is_at_the_top_once_is_shown_as_noise():
    drawing = explained(explanation())
    text = text_of(drawing)
    assert text.index("STEADY") < text.index("RARE")
    assert "10 of 10 · ↓ 100 %" in text
    assert "1 of 10 · ↑ 90 %" in text
    assert (drawing.count("mark floor"), drawing.count("mark leading"), drawing.count('class="printed"')) == (1, 1, 2)
    assert "10 of 50 folds; each predicts what the record has" in text
    assert (
        "1 is stable. 130 columns stood in the top 20 of at least one of 10 folds; the same ones every time would make 20 at most." in text
    )
    assert explained_rows(explanation())[1][0][:3] == ["RARE", "genomics", 0.4]


def test_one_fold_says_nothing_of_stability():
    assert "One fold: nothing can be said of stability." in text_of(explained(explanation(folds=1, all_folds=1, same_folds=1)))


def test_weights_stand_beside_those_without_a_signal():
    found = {"patients": 40, "instances": 3.0, "effective_share": [0.8, 0.9, 0.95], "largest_over_uniform": [1.0, 1.25, 2.0]}
    found |= {"agreement": 0.41, "compared": 17}
    text = text_of(explained(explanation(attention=found, null_attention=found | {"agreement": 0.4})))
    assert "spread over 90 % of them (median; quartiles 80 % to 95 %" in text
    assert "rank correlation of 0.41 (mean over 17 pairs of fits; 0.40 with outcomes dealt out anew)" in text
    alone = {"patients": 0, "instances": 1, "effective_share": None, "largest_over_uniform": None, "agreement": None, "compared": 0}
    assert "there is nothing to weigh" in text_of(explained(explanation(attention=alone)))


PROJECTION = {
    "repeat": 0,
    "fold": 2,
    "units": 64,
    "explained": [0.56, 0.12],
    "tested": 5,
    "classes": ["alive", "dead"],
    "balanced_accuracy": 0.75,
    "points": [[-1.5, 0.2, 1, True], [-0.4, 0.1, 0, False], [0.3, -0.2, 0, True], [1.1, 0.0, 0, True]],
}


def test_the_hidden_layer_says_what_a_sceptic_asks():
    drawing = hidden([PROJECTION])
    text = text_of(drawing)
    assert "4 test patients of 5 tested, the others lack what it reads: alive 3, dead 1." in text
    assert "balanced accuracy 0.75 in this fold; calling everybody alive is right for 3, balanced 0.50." in text
    assert "first axis, 56 % of the variance" in text
    assert "proves nothing" in text
    assert (drawing.count("<circle"), drawing.count(">×</text>")) == (3, 1)  # shape and colour say the same
    assert hidden_rows([PROJECTION])[1][1] == [0, 2, -0.4, 0.1, "alive", "wrong"]
    assert hidden([]) == ""


FUSED = {
    "names": ["RadScore of radiomics", "deep feature 1"],
    "size": [[0.6, 0.1], [0.2, 0.05]],
    "share": [0.75, 0.05],
    "null_share": [0.7, 0.1],
    "fair_share": 0.5,
    "correlation": [[[1.0, 0.0, 9], [0.3, 0.1, 9]], [[0.3, 0.1, 9], [1.0, 0.0, 9]]],
    "between": {"train_mean": [0.3, 0.1], "train_largest": [0.3, 0.1], "test_mean": [0.2, 0.1], "test_largest": [0.2, 0.1]},
    "independent": [0.09, 0.17],
    "constant": 0.0,
    "empty": 1,
    "patients": [80.0, 23.0],
    "classifiers": {"naive_bayes": 7, "svm": 3},
}


def test_fused_features_stand_beside_chance():
    text = text_of(fused(FUSED))
    assert "75 % (SD over folds 5 %) of the sum (50 % if all added alike; 70 % (SD over folds 10 %) with outcomes dealt out anew)" in text
    assert "mean 0.20 ± 0.10, largest 0.20 ± 0.10 on 23 test patients" in text
    assert "Independent columns would show a mean of 0.09 and 0.17." in text
    assert "naive bayes 7×, svm 3×" in text
    assert "In 1 fold the RadScore is a constant." in text
    rows = fused_rows(FUSED)[1]
    assert rows[0] == ["RadScore of radiomics", "", "mean |SHAP|", 0.6, 0.1, None]
    assert rows[-1] == ["deep feature 1", "RadScore of radiomics", "|r| over training patients", 0.3, 0.1, 9]
    assert fused(None) == ""


def test_a_search_is_coloured_from_the_lowest_to_the_highest_value_of_a_row():
    assert depths_of([1, 3, 2]) == [0.0, 1.0, 0.5]
    assert depths_of([1e-4, 1e-2, 1e-3]) == pytest.approx([0.0, 1.0, 0.5])  # over two decades: by the logarithm
    assert depths_of([0.5, 0.5]) == [None, None]
    assert depths_of(["mean", "gated", True, None]) == [None] * 4


def test_a_search_says_what_choosing_cost():
    scores = [(0.7, 0.6, 1), (0.8, 0.6, 0)]
    folds = [
        {"repeat": 0, "fold": fold, "chosen": {"rate": 10.0**-fold, "fusion": "early"}, "inner_score": inner, "outer_score": outer}
        | {"trials": 5, "failed_trials": failed}
        for fold, (inner, outer, failed) in enumerate(scores)
    ]
    drawing = searched({"models": [{"model": "net[search=5]", "folds": folds}]})
    text = text_of(drawing)
    assert "All 2 folds chose the same fusion. Mean score of the choices inside 0.750, on the test part 0.600 (−0.150)." in text
    assert "1 trial failed." in text
    assert 'tabindex="0"' in drawing
    assert drawing.count("background:rgba") == 4  # rate and inner score; words and equal scores have no colour
