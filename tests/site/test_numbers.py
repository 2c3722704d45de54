"""What the pages say: words, answers, axes."""

import pytest

from benchmark.site.answers import answers, fair, family, first_tier
from benchmark.site.axis import Axis
from benchmark.site.build import minus_signs
from benchmark.site.content import leaks_of, marked
from benchmark.site.figures.cohort import table_one
from benchmark.site.figures.rows import pairwise
from benchmark.site.forest import Forest, kind_of
from benchmark.site.ids import shapes, without_ids
from benchmark.site.svg import cuts, route, span
from benchmark.site.words import about, estimate, listed, patients, signed, slug
from tests.site.made_up import MARGIN, PAIR, board, difference, entry


def test_an_estimate_carries_its_interval_and_a_minus_is_one() -> None:
    assert estimate(0.68349, (0.5972, 0.7561)) == "0.683 [0.597, 0.756]"
    assert signed(-0.0049, (-0.016, 0.005)) == "−0.005 [−0.016, +0.005]"


@pytest.mark.parametrize(("number", "text"), [(67, "67"), (889, "890"), (1210, "1,200"), (16604, "17,000")])
def test_numbers_of_patients_are_orders_of_magnitude(number: float, text: str) -> None:
    assert about(number) == text


def test_lists_and_labels() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a", "b", "c"], 2) == "a, b and 1 more"
    assert slug("coxnet[modalities=genomics,fusion=late]") == "coxnet_modalities_genomics_fusion_late"


def test_patients_say_who_is_tested() -> None:
    assert patients(board()["cohort"]) == "100 patients (30 events)"
    some = board()["cohort"] | {"tested": {"patients": 40, "events": 9}}
    assert patients(some) == "100 patients (30 events), of whom 40 are tested, 9 with the event"


def test_the_three_answers() -> None:
    leading, apart, needed = answers(board(), MARGIN)
    assert leading.short == "top"
    assert leading.sentences[0] == "Harrell's C 0.700 [0.600, 0.800], the highest of 3 models."
    assert apart.short == "No"
    assert "none of the 3 models is shown to be worse" in apart.sentences[0]
    # the error shrinks with the square root: 100 · (0.10 / 0.05)² and 100 · (0.08 / 0.05)²
    assert needed.short == "about 400"
    assert (
        needed.sentences[0]
        == "patients, in order of magnitude, to see a difference of 0.05 (the task’s margin) to middle between algorithms trained again; 260 between fitted models."
    )
    assert needed.sentences[-1] == "Observed: top +0.100 [+0.044, +0.156] to middle, as fitted, not adjusted for being the best of 3."


def test_a_lower_tier_is_told_apart_and_a_fitted_difference_is_named() -> None:
    entries = [
        entry("top", 0.7, difference=difference(0.1, 0.01, 0.2)),
        *board()["entries"][1:2],
        entry("coin", 0.5, tier=2, modalities=[]),
    ]
    _, apart, _ = answers(board(entries=entries), MARGIN)
    assert apart.short == "2 of 3 cannot"
    assert (
        apart.sentences[1]
        == "As fitted here, top lies above middle after adjustment for the 2 comparisons with it; trained again, none does."
    )


def test_a_single_split_knows_nothing_of_training_again() -> None:
    single = board(exchangeable=False, minimal_detectable_difference_retrained=None)
    _, apart, needed = answers(single, MARGIN)
    assert apart.short == "Not shown"
    entries = [entry("top", 0.7, difference=difference(0.1, 0.01, None)), *board()["entries"][1:]]
    assert answers(single | {"entries": entries}, MARGIN)[1].short == "In part, as fitted"
    assert (
        needed.sentences[0]
        == "patients, in order of magnitude, to see a difference of 0.05 (the task’s margin) to middle between fitted models."
    )


def test_a_coin_in_the_lead_is_called_one() -> None:
    entries = [entry("coin", 0.8, modalities=[]), *board()["entries"][:2]]
    leading = answers(board(entries=entries), MARGIN)[0]
    assert leading.short == "None: coin is highest"
    assert "looks at no patient" in " ".join(leading.sentences)


def test_a_model_that_was_shown_the_label_leads_nothing() -> None:
    leaks = leaks_of("| **note** | definition | deep, relapse: size defines the class |\n| **note** | site | deep, relapse: no leak |\n")
    assert leaks == {("deep", "relapse"): "size defines the class"}
    entries = [entry("cheat", 0.99, modalities=["deep"]), *(item | {"tier": 2} for item in board()["entries"])]
    found = marked(board(entries=entries), leaks)
    assert [item["model"] for item in fair(found)] == ["top", "middle", "coin"]
    assert [item["model"] for item in first_tier(found)] == ["top", "middle", "coin"]
    leading, apart, _ = answers(found, MARGIN)
    assert (leading.short, apart.short) == ("top", "No")
    assert "1 entry shown the label" in leading.sentences[-1]
    assert kind_of(found, found["entries"][0]) == "leak"


def test_families() -> None:
    assert [family(item) for item in board()["entries"]] == ["several modalities", "clinic", "floor"]
    assert family(entry("x", 0.6, modalities=["genomics"])) == "one modality"
    assert family(entry("x", 0.6, provenance="imported", modalities=[])) == "published"
    assert family(entry("x", 0.6, provenance="verified", modalities=[])) == "floor"  # made again elsewhere, and no less a run of ours


def test_an_axis_ends_beyond_its_values_with_even_ticks() -> None:
    axis = Axis.around([0.42, 0.76], 7)
    assert axis.low < 0.42
    assert axis.high > 0.76
    assert axis.ticks == (0.5, 0.6, 0.7)
    assert Axis.around([0.42, 0.76], 8).ticks == (0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75)
    assert axis.share(axis.low) == 0
    assert axis.share(2.0) == 1
    assert [axis.text(tick) for tick in (0.5, -0.1)] == ["0.5", "−0.1"]


def test_the_forest_draws_the_reference_and_what_the_cohort_resolves() -> None:
    forest = Forest.of(board())
    assert (forest.reference, forest.fitted, forest.retrained) == (0.6, 0.08, 0.10)
    head = str(forest.head())
    assert "±0.10 trained again" in head
    assert "±0.08 as fitted" in head
    width = 100 * 0.2 / (forest.axis.high - forest.axis.low)
    assert f'width="{width:.1f}%"' in head
    assert Forest.of(board(reference="gone")).reference is None


def test_a_band_that_the_axis_cuts_ends_in_an_arrow_head_and_keeps_its_number() -> None:
    whole, cut = Forest.of(board()), Forest.of(board(minimal_detectable_difference_retrained=0.35))
    assert (whole.cut, cut.cut) == (False, True)
    assert 'class="cut"' not in str(whole.head())
    head = str(cut.head())
    assert head.count('<svg class="cut" x="0%"') == 1  # 0.6 − 0.35 lies below the axis, which begins at the lowest interval
    assert '<svg class="cut" x="100%"' not in head
    assert "±0.35 trained again" in head


def test_an_interval_within_the_axis_has_no_arrow_and_one_beyond_both_ends_has_two() -> None:
    axis = Axis.of(0, 1, ())
    assert span(axis, 0.2, 1, 5, "a") == ['<line x1="20%" x2="100%" y1="5" y2="5" class="a"/>']
    assert [part.split('"')[3] for part in cuts(axis, -0.1, 1.2, 5, "a")] == ["0%", "100%"]


def test_a_line_is_written_as_steps_and_a_point_that_stays_is_left_out() -> None:
    assert route([(0, 10), (0, 10), (5, 10), (5, 7), (9, 8), (10, 2)]) == "M0 10h5v-3l4 1l1-6"


def test_negative_numbers_have_a_true_minus_where_a_reader_sees_them_and_nowhere_else() -> None:
    page = '<p title="-1">-0.04 [-1.2, (-3)] 5-fold 0-I a-1 -x</p><code>lr=-1 -2</code><pre>- -3</pre>'
    assert minus_signs(page) == '<p title="-1">−0.04 [−1.2, (−3)] 5-fold 0-I a-1 -x</p><code>lr=-1 -2</code><pre>- -3</pre>'


def test_of_a_yes_or_no_variable_table_one_prints_the_yes() -> None:
    plain = {"kind": "category", "unit": None, "known": [10], "test": None, "sparse": False, "p_holm": None}
    rows = [
        plain | {"variable": "smoker", "values": {"0": [7], "1": [3]}},
        plain | {"variable": "drug", "values": {"yes": [4], "no": [6]}},
        plain | {"variable": "sex", "values": {"f": [5], "m": [5]}},
        plain | {"variable": "stage", "values": {"0": [1], "1": [2], "2": [7]}},
    ]
    text = str(table_one({"groups": [], "patients": 10, "rows": rows}))
    levels = [part.split("<")[0] for part in text.split('class="level">')[1:]]
    assert levels == ["1", "yes", "f", "m", "0", "1", "2"]
    assert "3 (30 %)" in text


def test_where_training_again_cannot_be_judged_no_pair_is_said_to_hold_then() -> None:
    single = [PAIR | {"a": "top", "b": "coin", "p_retrained_holm": None}]
    assert "Of 1 pair 1 are told apart as fitted, Holm-adjusted; nothing is known of training again." in pairwise(
        ["top", "coin"], {"pairs": single}
    )


def test_ids_become_words() -> None:
    pattern = shapes(["R01-023", "TCGA-A3-A8OU", "plain"])
    text = without_ids("R01-106 died. One of them, TCGA-B0-4688, not; R01 patients stay.", pattern)
    assert text == "One patient died. One of them, one patient, not; R01 patients stay."
