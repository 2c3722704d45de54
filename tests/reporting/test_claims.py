"""Printed numbers beside measured ones: the rule, what counts as lacking, and the page."""

import numpy as np
import pandas as pd
import pytest
import yaml

from benchmark.reporting.board import Contender
from benchmark.reporting.claims import claim_rows
from benchmark.reporting.claims_text import cells, page, summary
from benchmark.reporting.measured import Measured, Measurements, Setting
from benchmark.reporting.select import select_records
from benchmark.reporting.verdicts import NOT_REPRODUCED, NOT_REPRODUCIBLE, REPRODUCED, WITHIN_NOISE, _rarer, verdict
from benchmark.scoring import Predictions, expected_rows, meet
from benchmark.tasks.claims import load_claims
from tests import toy
from tests.conftest import Toy
from tests.toy_kinds import make_task

FILE = {
    "papers": {"p": {"citation": "Made up, 2026"}},
    "tables": [
        {
            "paper": "p",
            "table": "Table 1",
            "endpoint": "relapse",
            "protocol": "paper",
            "note": "Of the table.",
            "rows": [
                {"id": "good", "row": "Good", "model": "signal", "printed": {"harrell_c": 0.85}},
                {"id": "folds", "row": "Folds", "model": "signal", "printed": {"harrell_c": [0.8, 0.1, 0.9]}},
                {"id": "low", "row": "Low", "model": "signal", "printed": {"harrell_c": {"value": 0.3, "spread": 0.1, "interval": [0.2, 0.4], "p_value": 0.01}}},
                {"id": "wrong", "row": "Wrong", "model": "signal[sign=-1]", "printed": {"harrell_c": {"between": [0.1, 0.3]}}, "note": "Of | the row."},
                {"id": "instead", "row": "Instead", "model": "signal", "stand_in": "eight genes in the place of a scan", "printed": {"harrell_c": 0.85}},
                {"id": "gain", "row": "Gain", "model": "signal[sign=-1]", "against": "good", "printed": {"harrell_c": -0.6}},
                {"id": "later", "row": "Later", "model": "signal[sign=2]", "printed": {"harrell_c": 0.8}},
                {"id": "gone", "row": "Gone", "model": "sginal", "printed": {"harrell_c": 0.8}},
                {"id": "deep", "row": "Deep", "model": "signal[modalities=deep]", "printed": {"harrell_c": 0.8}},
                {"id": "loss", "row": "Loss", "model": "signal", "printed": {"loss": 0.8}},
                {"id": "fitted", "row": "Fitted", "model": "signal", "part": "train", "printed": {"harrell_c": 0.8}},
                {"id": "valid", "row": "Valid", "model": "signal", "part": "valid", "printed": {"harrell_c": 0.85}},
                {"id": "nobody", "row": "Nobody's", "printed": {"harrell_c": 0.8}},
                {"id": "private", "row": "Private", "absent": "they are private", "printed": {"harrell_c": 0.8}},
                {"id": "elsewhere", "row": "Elsewhere", "endpoint": None, "printed": {"harrell_c": 0.8}},
                {"id": "all", "row": "All", "counted": {}, "printed": {"count": 60}},
                {"id": "rna", "row": "RNA", "counted": {"blocks": ["genomics"]}, "printed": {"count": 60}},
                {"id": "known", "row": "Known", "counted": {"blocks": ["genomics"], "known": True}, "printed": {"count": 53}},
                {"id": "eligible", "row": "Eligible", "counted": {"protocol": "paper"}, "printed": {"count": 53}},
                {"id": "events", "row": "Events", "counted": {"level": "True"}, "printed": {"share": 0.5}},
                {"id": "genes", "row": "Genes", "counted": {"blocks": ["genomics"], "of": "columns"}, "printed": {"count": 8}},
                {"id": "scans", "row": "Scans", "printed": {"count": 12}},
            ],
        }
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A made-up checkout with the claims above and the records of two models, made once: no test may change it."""
    root, cohort = tmp_path_factory.mktemp("claims"), toy.make_cohort()
    cohort.write(root / "data" / "cohorts" / "real" / "toy")
    toy.write_model(root, "signal")
    made_up = Toy(root, toy.write_task(root, cohort), root / "data" / "cohorts" / "real" / "toy", cohort)
    (made_up.folder / "claims.yaml").write_text(yaml.safe_dump(FILE, sort_keys=False))
    for model in ("signal", "signal[sign=-1]"):
        for protocol in ("paper", "repeated"):
            made_up.run(model, protocol=protocol)
    return made_up


@pytest.fixture(scope="module")
def rows(checkout):
    return judged(checkout)


def skip(model, protocol):
    return "the scans are not there" if "deep" in model else None


def scored_signal(checkout, protocol):
    record = select_records(checkout.task, protocol, ["relapse"], checkout.root / "runs", checkout.root).records["signal"]["relapse"]
    return meet(checkout.task, protocol, "relapse", [Predictions(record.predictions)])


def judged(checkout):
    """(row id, fold) → row."""
    task = checkout.task
    claims = load_claims(checkout.folder, task.spec)
    rows = claim_rows(task, claims, Measurements(task, checkout.root / "runs", checkout.root), skip)
    return {(row.id.partition(".")[0], row.fold): row for row in rows}


@pytest.mark.parametrize(
    ("printed", "interval", "trivial", "expected"),
    [
        ((0.7, 0.7), (0.6, 0.8), 0.5, REPRODUCED),
        ((0.6, 0.6), (0.6, 0.8), 0.5, REPRODUCED),
        ((0.7, 0.7), (0.5, 0.8), 0.5, WITHIN_NOISE),
        ((0.7, 0.7), (0.4, 0.8), 0.5, WITHIN_NOISE),
        ((0.35, 0.35), (0.3, 0.4), 0.5, WITHIN_NOISE),
        ((0.81, 0.81), (0.6, 0.8), 0.5, NOT_REPRODUCED),
        ((0.59, 0.59), (0.6, 0.8), 0.5, NOT_REPRODUCED),
        ((0.81, 0.81), (0.4, 0.8), 0.5, NOT_REPRODUCED),
        ((0.5, 0.65), (0.6, 0.8), 0.5, REPRODUCED),
        ((0.5, 0.59), (0.6, 0.8), 0.5, NOT_REPRODUCED),
        ((0.1, 0.1), (0.05, 0.2), 0.0, REPRODUCED),
    ],
)
def test_the_rule(printed, interval, trivial, expected):
    assert verdict(printed, interval, trivial) == expected


def test_every_number_has_a_row_and_every_row_a_verdict_or_a_command(rows):
    assert len(rows) == len(FILE["tables"][0]["rows"]) + 3  # three folds and their mean in the place of one
    lacking = {name: row.reason for (name, _), row in rows.items() if row.verdict is None}
    assert lacking == {
        "later": "not run: bench run --task toy --protocol paper --endpoint relapse --model 'signal[sign=2.0]'",
        "gone": "not run: there is no model sginal",
    }


def test_the_value_the_interval_and_the_trivial_model_are_those_of_the_board(rows):
    good, wrong = rows["good", None], rows["wrong", None]
    low, high = good.interval
    assert 0.5 < low < good.measured < high < 1
    assert (good.trivial, good.verdict, good.patients) == (0.5, REPRODUCED, 53)
    assert good.reason == "inside our interval, which lies above the trivial 0.500"
    assert wrong.measured == pytest.approx(1 - good.measured)
    assert (wrong.printed, wrong.verdict) == ((0.1, 0.3), WITHIN_NOISE)  # in our interval, and no better than trivial
    assert wrong.reason == "inside our interval, which lies below the trivial 0.500"
    assert good.repeated != good.measured
    assert good.repeated_interval[0] < good.repeated < good.repeated_interval[1]
    below = rows["low", None]
    assert (below.verdict, below.reason) == (NOT_REPRODUCED, "below our interval")
    assert (below.printed_spread, below.printed_interval, below.printed_p) == (0.1, (0.2, 0.4), 0.01)


def test_what_stands_in_for_private_inputs_is_measured_and_not_judged(rows):
    found = rows["instead", None]
    assert (found.verdict, found.measured) == (NOT_REPRODUCIBLE, rows["good", None].measured)
    assert found.reason == "our model reads eight genes in the place of a scan: shown, not compared"


@pytest.mark.parametrize(("kind", "positives", "expected"), [("survival", 12, 12), ("survival", 3, 3), ("binary", 3, 3), ("binary", 38, 4)])
def test_the_rarer_class_counts_whichever_is_positive(kind, positives, expected):
    assert _rarer(Measured(0.5, (0.4, 0.6), 0.5, None, 42, positives, 0), kind) == expected
    assert _rarer(Measured(0.5, (0.4, 0.6), 0.5, None, 42, None, 0), kind) is None


def test_fewer_than_ten_events_are_no_verdict(checkout, rows, monkeypatch):
    monkeypatch.setattr("benchmark.reporting.verdicts.MIN_POSITIVES", 60)
    found = judged(checkout)["good", None]
    assert (found.verdict, found.measured) == (NOT_REPRODUCIBLE, rows["good", None].measured)
    assert found.reason.endswith("of the 53 tested patients have the event: too few for a verdict")


def test_a_fold_is_compared_with_the_range_of_single_folds_and_their_mean_with_the_interval(checkout, rows):
    one, two, mean = rows["folds", 1], rows["folds", 2], rows["folds", 0]
    assert (one.printed, two.printed, mean.printed) == (0.8, 0.1, pytest.approx(0.6))
    assert one.interval == two.interval
    low, high = one.interval
    paper, repeated = (scored_signal(checkout, protocol) for protocol in ("paper", "repeated"))
    centre = paper.by_split("harrell_c").mean()
    half = 1.96 * np.sqrt(repeated.by_split("harrell_c").var(ddof=1) + paper.concordance("harrell_c").covariance[0, 0])
    assert (low, high) == (pytest.approx(centre - half, abs=1e-4), pytest.approx(min(1, centre + half), abs=1e-4))
    assert mean.interval == rows["good", None].interval
    assert (one.row, mean.row) == ("Folds, fold 1", "Folds, mean of the 3 folds")
    assert two.verdict == NOT_REPRODUCED
    assert two.reason == "below our range of single folds"


def test_a_difference_is_paired_and_its_trivial_value_is_0(rows):
    gain = rows["gain", None]
    assert gain.measured == pytest.approx(rows["wrong", None].measured - rows["good", None].measured)
    assert gain.interval[0] < gain.measured < gain.interval[1] < 0
    assert gain.trivial == 0


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("deep", "signal[modalities=deep] cannot run on the public patients: the scans are not there"),
        ("loss", "the benchmark does not score loss"),
        ("fitted", "measured on the patients that the model was trained on; the benchmark scores nobody there"),
        ("nobody", "no model of the benchmark stands for the row"),
        ("private", "they are private"),
        ("elsewhere", "the task has no endpoint that is the paper's"),
        ("scans", "it describes patients or images that are not public"),
    ],
)
def test_what_nobody_can_measure_has_its_reason(rows, row, reason):
    found = rows[row, None]
    assert (found.verdict, found.reason, found.measured) == (NOT_REPRODUCIBLE, reason, None)


def test_a_number_of_the_validation_part_says_where_it_is_measured(rows):
    assert rows["valid", None].reason.endswith("; printed on the paper's validation part, measured on the test part")


@pytest.mark.parametrize(
    ("row", "number", "expected"),
    [
        ("all", 60, REPRODUCED),
        ("rna", 55, NOT_REPRODUCED),
        ("known", 53, REPRODUCED),
        ("eligible", 53, REPRODUCED),
        ("genes", 8, REPRODUCED),
    ],
)
def test_a_count_is_counted(rows, row, number, expected):
    found = rows[row, None]
    assert (found.measured, found.verdict, found.interval, found.trivial) == (number, expected, None, None)


def test_a_share_is_among_those_whose_class_is_known(checkout, rows):
    outcomes = checkout.cohort.outcomes
    known = outcomes[outcomes["relapse_time"] > 0]
    found = rows["events", None]
    assert found.measured == pytest.approx(known["relapse_event"].mean())


def test_a_model_that_was_changed_since_has_no_value(checkout, rows):
    toy.write_model(checkout.root, "signal", toy.SIGNAL + "\n# edited\n")
    changed = judged(checkout)["good", None]
    toy.write_model(checkout.root, "signal")
    assert (changed.verdict, rows["good", None].verdict) == (None, REPRODUCED)


def test_the_page_has_every_row_once_and_the_same_bytes_again(checkout, rows):
    text = page(list(rows.values()), {("toy", "Table 1"): "Of the table."})
    assert text == page(list(judged(checkout).values()), {("toy", "Table 1"): "Of the table."})
    lines = text.splitlines()
    for row in rows.values():
        assert sum(line.startswith(f"| {row.row} | {row.metric.replace('_', ' ')} |") for line in lines) == 1
    assert "**2 numbers have no verdict" in text
    assert "**Table 1**" in text
    assert ". Of the table.\n" in text
    assert "Of \\| the row." in text
    assert "0.3 ± 0.1 [0.2, 0.4], p 0.01" in text


def test_the_count_by_verdict_adds_up_and_keeps_patients_apart(rows):
    titles, *table = summary(list(rows.values()))
    assert titles == ["verdict", "P", "all"]
    counts = {line[0]: int(line[-1]) for line in table}
    assert counts.pop("all") == sum(counts.values()) == len(rows)
    assert counts["not run"] == 2
    assert counts["reproduced (describes patients)"] == 4
    assert len(cells(rows["good", None])) == 8


def test_the_class_that_counts_as_positive_and_a_part_of_the_patients(tmp_path):
    task = make_task(tmp_path, "binary")
    outcome = task.outcome(task.eligible("paper", "late"), "late")

    class Published(Measurements):
        """One model that knows the answer in the place of records."""

        def _read(self, protocol, endpoint):
            rows = expected_rows(task, protocol, endpoint)
            table = rows.assign(probability=task.outcome(pd.Index(rows["patient_id"]), endpoint) * 0.8 + 0.1)
            return {"right": Contender("right", (), {endpoint: Predictions(table)}, None, "imported")}

    measurements = Published(task, tmp_path / "runs", tmp_path)
    most = max(outcome.mean(), 1 - outcome.mean())
    for positive, share in (("late", outcome.mean()), ("early", 1 - outcome.mean())):
        found = measurements.value(Setting("paper", "late", positive=positive), "precision", "right")
        assert (found.estimate, found.positives) == (1, round(share * len(outcome)))
        # m right of m called: the interval is Clopper-Pearson's
        assert found.interval == (pytest.approx(0.025 ** (1 / found.positives)), 1)
        assert found.trivial == pytest.approx(share)  # who calls everybody so; who calls nobody so has 0
    assert measurements.value(Setting("paper", "late"), "accuracy", "right").trivial == pytest.approx(most)
    assert measurements.value(Setting("paper", "late"), "auc", "right").trivial == 0.5
    few = measurements.value(Setting("paper", "late", having=("slides",)), "auc", "right")
    assert few.patients == task.table("slides").index.get_level_values(0).nunique() < len(outcome)
