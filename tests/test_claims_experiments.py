"""The experiments behind ``docs/claims_explained.md``: their pieces on made-up patients, and what needs no patients as it is."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score

from benchmark.models import Patients
from experiments import always_positive, auc_interval, fold_spread, label_embedding, oversampling
from experiments.common import predict_folds
from tests.toy_kinds import RIGHT, make_task

ROOT = Path(__file__).parents[1]


def test_always_positive_has_the_f1_of_the_digest():
    found = always_positive.run(ROOT)
    by_rule = {(row[0].split(",")[0], row[1]): row for row in found.rows}
    y, p = np.array([1] * 19 + [0]), np.ones(20, int)
    assert by_rule["CT/MRI", "always positive"][4] == f"{f1_score(y, p):.3f}" == "0.974"
    assert by_rule["CT/MRI", "always positive"][7].startswith(f"{balanced_accuracy_score(y, p):.3f}")
    # S2's Table 13: F1 and balanced accuracy from the counts
    printed = {"CT/MRI": ("0.848", "0.868"), "WSI": ("0.740", "0.702"), "EHR": ("0.774", "0.816")}
    assert {name: (by_rule[name, "printed"][4], by_rule[name, "printed"][7].split()[0]) for name in printed} == printed


def test_clopper_pearson_is_scipys():
    from scipy.stats import binomtest

    for hits, trials in ((0, 4), (1, 1), (14, 19), (4, 4)):
        expected = binomtest(hits, trials).proportion_ci(method="exact")
        assert always_positive.clopper_pearson(hits, trials) == (pytest.approx(expected.low), pytest.approx(expected.high))


def test_delongs_interval_is_several_times_as_wide_as_the_thirty_printed_ones():
    claims = auc_interval.printed_areas(ROOT)
    assert len(claims) == 30
    lvi = next(claim for claim in claims if claim.id == "lvi_deep_radscore.auc")
    widths = auc_interval.half_widths(lvi, 100)
    assert widths.mean() == pytest.approx(0.055, abs=0.006)  # the digest: about .06
    assert widths.min() > 3 * 0.008
    # Hanley & McNeil's formula for the same AUC and counts
    a, m, n = lvi.value, lvi.positives, lvi.n - lvi.positives
    variance = (a * (1 - a) + (m - 1) * (a / (2 - a) - a**2) + (n - 1) * (2 * a**2 / (1 + a) - a**2)) / (m * n)
    assert widths.mean() == pytest.approx(1.96 * np.sqrt(variance), rel=0.2)
    assert auc_interval.mean_over_repeats(lvi, 10) == pytest.approx(widths.mean() / np.sqrt(50), rel=0.25)


def test_printed_differences_that_exceed_two_standard_errors_are_counted():
    printed = {"a": (0.5, 0.5), "b": (0.75, 0.5), "c": (0.9, 0.8)}
    # in a fold: |a−b| .25, 0; |a−c| .4, .3; |b−c| .15, .3; of means: .125, .35, .225
    assert fold_spread.exceeding(printed, 0.1) == (4, 2, 3)
    assert len(fold_spread.printed_folds(ROOT)) == 20


def made_up(patients=160, columns=6, signal=1.0, seed=0):
    """Two classes, a quarter positive; the columns say something of the class, or nothing."""
    random = np.random.default_rng(seed)
    codes = (np.arange(patients) % 4 == 0).astype(np.int64)
    ids = pd.Index([f"p{row:03d}" for row in range(patients)], name="patient_id")
    block = pd.DataFrame(
        random.normal(size=(patients, columns)) + signal * codes[:, None], index=ids, columns=[f"x{k}" for k in range(columns)]
    )
    return Patients(ids, {"clinical": block.iloc[:, :3], "mutations": block.iloc[:, 3:]}, codes, ("alive", "dead"))


def test_oversampling_noise_before_the_split_looks_like_skill_and_inside_it_does_not():
    tables = oversampling.confusion_tables(made_up(signal=0.0, columns=16), "smote", repeats=1, epochs=40)
    balanced = {
        when: float(np.mean([(table[0, 0] / table[0].sum() + table[1, 1] / table[1].sum()) / 2 for table in found[0]]))
        for when, found in tables.items()
    }
    assert balanced["inside"] == pytest.approx(0.5, abs=0.12)
    assert balanced["both parts"] == pytest.approx(0.5, abs=0.15)
    assert balanced["before"] > balanced["inside"] + 0.1
    assert tables["inside"].sum() == 160  # every real patient tested once
    assert tables["before"].sum() == 240  # and after oversampling as many of each class
    assert tables["before"].sum(axis=(0, 1, 3)).tolist() == [120, 120]


class Folds:
    """The folds of a task: patients in turn."""

    def roles(self, protocol, repeat, fold, endpoint):
        number = np.arange(160)
        parts = {"test": number % 5 == fold, "valid": number % 5 == (fold + 1) % 5, "train": ~np.isin(number % 5, [fold, (fold + 1) % 5])}
        return {role: made_up().ids[kept] for role, kept in parts.items()}


def test_an_embedding_of_noise_that_saw_all_labels_predicts_them():
    noise = made_up(signal=0.0, columns=40)
    (inside, low_high), (everywhere, _) = (label_embedding.areas(Folds(), noise, ("clinical", "mutations"), flag) for flag in (False, True))
    assert inside == pytest.approx(0.5, abs=0.15)
    assert low_high[0] < inside < low_high[1]
    assert everywhere > 0.7


def test_folds_predicted_here_are_those_of_the_task(tmp_path):
    namespace: dict = {}
    exec(RIGHT, namespace)
    task = make_task(tmp_path, "multiclass")
    found = predict_folds(task, "paper", "group", ("genomics",), lambda seed: namespace["Right"](modalities=("genomics",)))
    rows = task.folds[(task.folds["protocol"] == "paper") & (task.folds["role"] == "test")]
    assert sorted(found.table["patient_id"]) == sorted(rows["patient_id"])
    assert list(found.table.columns[3:]) == list(task.outputs("group"))
    assert found.table.iloc[:, 3:].sum(axis=1).to_numpy() == pytest.approx(1)
