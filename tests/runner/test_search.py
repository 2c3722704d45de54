"""The nested search of hyper-parameters: what it sees, what it chooses, what becomes of trials that fail."""

import ast
import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from benchmark.errors import InputError
from benchmark.models import Patients, choose
from benchmark.runner.execute import _libraries
from benchmark.runner.parts import split
from benchmark.runner.plan import reason_to_skip
from benchmark.runner.search import SearchFailedError, divide, score, search
from tests import toy
from tests.test_architecture import ROOT

SEARCHED = '''
"""Signal of which a search must find the sign."""
import json
from benchmark.models import Between, Model

class Searched(Model):
    search_space = {{"sign": (-1.0, 0.0, 1.0), "width": Between(1, 9), "rate": Between(1e-3, 1.0, log=True)}}
    def __init__(self, *, sign: float = -1.0, width: int = 2, rate: float = 0.1, modalities: tuple[str, ...] = (), seed: int = 0):
        assert isinstance(width, int) and 1 <= width <= 9 and 1e-3 <= rate <= 1
        self.sign, self.width, self.seed = sign, width, seed
    def fit(self, train, valid):
        {fit}
        self.mean = train.block("genomics")["gene_0"].mean()
    def predict(self, patients):
        {predict}
        return self.sign * (patients.block("genomics")["gene_0"].to_numpy() - self.mean)
'''


def searched(made_up, fit: str = "pass", predict: str = "pass") -> None:
    toy.write_model(made_up.root, "searched", SEARCHED.format(fit=fit, predict=predict))


def predictions(record) -> bytes:
    return (record.folder / "predictions.parquet").read_bytes()


def test_the_planted_value_is_found_and_the_fold_is_fitted_with_it(made_up):
    searched(made_up)
    record = made_up.run("searched[search=12]")
    for fold in record.info["folds"]:
        assert fold["search"]["chosen"]["sign"] == 1.0
        assert set(fold["search"]["chosen"]) == {"sign", "width", "rate"}
        assert (fold["search"]["trials"], fold["search"]["failed_trials"]) == (12, 0)
        assert 0.7 < fold["search"]["inner_score"] <= 1
    assert record.predictions.equals(made_up.run("searched[sign=1]").predictions)


def test_trials_never_meet_the_patients_held_out_for_validation_and_test(made_up):
    seen = made_up.root / "seen.jsonl"
    note = "open({!r}, 'a').write(json.dumps([{}]) + chr(10))"
    searched(
        made_up,
        note.format(str(seen), "'fit', list(train.ids), list(valid.ids)"),
        note.format(str(seen), "'predict', list(patients.ids), patients.outcome is None"),
    )
    job = made_up.plan("searched[search=2]").jobs[0]
    made_up.run("searched[search=2]")
    parts, _ = split(made_up.task, job)
    calls = [json.loads(line) for line in seen.read_text().splitlines()]
    first = calls[: 2 * 2 * 3 + 2]  # two trials on three inner folds, each fitted and predicted; then the fold itself
    train = set(parts["train"].ids)
    for (_, fitted, valid), (_, tested, blind) in zip(first[:-2:2], first[1:-2:2], strict=True):
        assert set(fitted) | set(valid) | set(tested) == train
        assert len(fitted) + len(valid) + len(tested) == len(train)
        assert blind
        assert 1 <= len(valid) < len(tested)
    for trial in (first[:6], first[6:12]):
        assert sorted(patient for _, tested, _ in trial[1::2] for patient in tested) == sorted(train)
    assert first[-2] == ["fit", list(parts["train"].ids), list(parts["valid"].ids)]
    assert first[-1] == ["predict", list(parts["test"].ids), True]


def test_same_bytes_for_any_number_of_workers_and_after_a_stop(made_up):
    searched(made_up)
    whole = made_up.run("searched[search=3]")
    chosen = [fold["search"] for fold in whole.info["folds"]]
    assert len({json.dumps(item) for item in chosen}) == len(chosen)  # each fold has its own seed
    before = predictions(whole)
    again = made_up.run("searched[search=3]", jobs=2, force=True)
    assert (predictions(again), [fold["search"] for fold in again.info["folds"]]) == (before, chosen)

    def stop(run, result):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made_up.run("searched[search=3]", force=True, on_fold=stop)
    later = []
    again = made_up.run("searched[search=3]", on_fold=lambda run, result: later.append(result))
    assert (predictions(again), [fold["search"] for fold in again.info["folds"]]) == (before, chosen)
    assert len(later) == 2


def test_random_numbers_of_trials_leave_no_trace_in_the_fold(made_up):
    draw = "import numpy, torch; self.noise = numpy.random.rand() + torch.rand(1).item()"
    toy.write_model(
        made_up.root, "searched", SEARCHED.format(fit=draw, predict="return self.noise + patients.block('genomics')['gene_1'].to_numpy()")
    )
    assert made_up.run("searched[search=2]").predictions.equals(made_up.run("searched").predictions)


@pytest.mark.parametrize("value", ["[" * 30 + "]" * 30, "float('nan')", "10**40", "chr(27)", "{}", "'x' * 2000"])
def test_a_choice_that_is_no_value_costs_the_fold(made_up, value):
    """A worker that writes on the line itself: what it says to have chosen goes into a record that must be read again."""
    wire = "next(n for n in range(3, 99) if os.path.exists(f'/proc/self/fd/{n}') and 'socket' in os.readlink(f'/proc/self/fd/{n}'))"
    said = f"dict(status='fitted', search=dict(chosen=dict(sign={value}, width=1, rate=0.1), inner_score=0.5, trials=2, failed_trials=0))"
    write = f"import os; text = json.dumps({said}).encode(); os.write({wire}, len(text).to_bytes(8) + text); os._exit(0)"
    searched(made_up, write)
    record = made_up.run("searched[search=2]")
    assert len(record.failed) == 3
    assert all("something that is no answer" in fold["reason"] for fold in record.info["folds"])


def test_a_trial_that_fails_is_counted_and_loses(made_up):
    searched(made_up, "assert self.sign >= 0, 'no way'", "if self.sign == 0: return [float('nan')] * len(patients)")
    for fold in made_up.run("searched[search=12]").info["folds"]:
        assert fold["search"]["chosen"]["sign"] == 1.0
        assert 0 < fold["search"]["failed_trials"] < 12


def test_a_search_without_a_single_score_is_a_failed_fold(made_up):
    searched(made_up, "raise RuntimeError('no\\nway')")
    record = made_up.run("searched[search=3]")
    assert len(record.failed) == 3
    reason = "SearchFailedError: search: all 3 trials failed; the first: RuntimeError: no way"
    assert {fold["reason"] for fold in record.info["folds"]} == {reason}
    assert all("search" not in fold for fold in record.info["folds"])


def test_the_time_limit_of_a_fold_covers_its_search(made_up):
    searched(made_up, "import time; time.sleep(0.2)")
    record = made_up.run("searched[search=20]", seconds=1.5)
    assert {fold["reason"] for fold in record.info["folds"]} == {"timeout: not done after 1.5 s"}


def test_what_the_user_sets_is_not_searched(made_up):
    searched(made_up)
    for text in ("searched[search=4,sign=0]", "searched[search=4,sign=-1]"):  # -1 is the default
        record = made_up.run(text)
        assert record.label == text.replace("search=4,", "").replace("0]", "0.0,search=4]").replace("-1]", "-1.0,search=4]")
        assert "sign" not in record.info["folds"][0]["search"]["chosen"]
    everything = choose(made_up.root, "searched[search=4,sign=1,width=3,rate=0.1]")
    assert "nothing is left to search: sign, width, rate is set" in str(reason_to_skip(made_up.task, everything, "paper"))
    assert "no search space" in str(reason_to_skip(made_up.task, choose(made_up.root, "signal[search=4]"), "paper"))


def test_a_search_is_part_of_a_records_name_and_no_search_is_not(made_up):
    searched(made_up)
    plain, none, some, more = (made_up.plan(f"searched{text}") for text in ("", "[search=0]", "[search=4]", "[search=5]"))
    assert plain.identity.digest == none.identity.digest
    assert len({run.identity.digest for run in (plain, some, more)}) == 3
    assert not {"search", "drop"} & set(plain.header)  # so that records made before there was a search keep their digests
    assert (some.header["search"], some.label) == (4, "searched[search=4]")
    assert some.header["parameters"] == {}  # nothing but what is searched
    assert "search" not in made_up.run("searched").info["folds"][0]


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ('{"signs": (1.0,)}', "'signs' is no parameter that can be searched"),
        ('{"seed": (1, 2)}', "'seed' is no parameter that can be searched"),
        ('{"sign": ()}', "expected Between"),
        ('{"sign": [1.0]}', "expected Between"),
        ('{"sign": Between(0.0, 1.0, log=True)}', "expected Between"),
        ('{"sign": Between(2, 1)}', "expected Between"),
        ('{"sign": (1.0, object())}', "expected Between"),
    ],
)
def test_a_search_space_that_makes_no_sense_is_refused(made_up, space, message):
    old = '{"sign": (-1.0, 0.0, 1.0), "width": Between(1, 9), "rate": Between(1e-3, 1.0, log=True)}'
    toy.write_model(made_up.root, "searched", SEARCHED.format(fit="pass", predict="pass").replace(old, space))
    with pytest.raises(InputError, match=message):
        choose(made_up.root, "searched[search=2]")


@pytest.mark.parametrize("text", ["signal[search=-1]", "signal[search=many]", "signal[search=]"])
def test_a_number_of_trials_that_is_none_is_refused(made_up, text):
    with pytest.raises(InputError, match="expected the number of trials"):
        choose(made_up.root, text)


def test_the_names_of_wrappers_are_taken(made_up):
    toy.write_model(made_up.root, "taken", toy.SIGNAL.replace("sign:", "drop:").replace("= sign", "= drop"))
    with pytest.raises(InputError, match="'drop' of Signal: the name is taken by 'bench run --drop'"):
        choose(made_up.root, "taken")


def people(outcome: np.ndarray, classes: tuple[str, ...]) -> Patients:
    ids = pd.Index([f"p{number:05d}" for number in range(len(outcome))], name="patient_id")
    bag = pd.MultiIndex.from_product([ids[::2], [0, 1]], names=["patient_id", "instance"])
    blocks = {"a": pd.DataFrame({"x": range(len(ids))}, index=ids), "slides": pd.DataFrame({"y": range(len(bag))}, index=bag)}
    return Patients(ids, blocks, outcome, classes)


def test_inner_folds_are_stratified_and_keep_bags_together():
    patients = people(np.repeat([0, 1, 2], [30, 24, 6]), ("a", "b", "c"))
    for train, valid, test in divide(patients, 0.1, 5):
        assert np.bincount(test.outcome).tolist() == [10, 8, 2]
        assert len(valid) == pytest.approx(4, abs=1)
        assert set(train.ids) | set(valid.ids) | set(test.ids) == set(patients.ids)
        for part in (train, valid, test):
            assert set(part.blocks["slides"].index.get_level_values(0)) == set(part.ids) & set(patients.ids[::2])
            np.testing.assert_array_equal(part.blocks["a"]["x"], [int(name[1:]) for name in part.ids])
            np.testing.assert_array_equal(part.outcome, patients.outcome[part.blocks["a"]["x"]])
    assert [len(valid) for _, valid, _ in divide(patients, 0.0, 5)] == [0, 0, 0]  # as the fold itself has none
    assert len(patients.take(np.zeros(0, int))) == 0


def test_too_few_patients_to_divide_are_named():
    with pytest.raises(SearchFailedError, match="2 patients to train on are too few"):
        list(divide(people(np.array([0, 1]), ("a", "b")), 0.1, 0))


def test_scores_are_the_metrics_of_the_kinds():
    random = np.random.default_rng(0)
    codes, table = random.integers(0, 3, 50), random.dirichlet([1, 1, 1], 50)
    assert score(codes, table, 3) == pytest.approx(roc_auc_score(codes, table, multi_class="ovr"))
    assert score(codes % 2, table[:, 0], 2) == pytest.approx(roc_auc_score(codes % 2, table[:, 0]))
    two = codes < 2
    expected = np.mean([roc_auc_score(codes[two] == k, table[two, k]) for k in (0, 1)])
    assert score(codes[two], table[two], 3) == pytest.approx(expected)  # a class that nobody has does not count
    assert np.isnan(score(np.zeros(5, int), table[:5, 0], 2))
    outcome = np.array([(True, 1.0), (True, 2.0), (False, 3.0)], dtype=[("event", bool), ("time", float)])
    assert score(outcome, np.array([3.0, 1.0, 2.0]), 0) == pytest.approx(2 / 3)
    assert np.isnan(score(outcome[2:], np.array([1.0]), 0))


def test_an_inner_fold_without_a_comparable_pair_is_left_out_of_the_mean():
    class Right:
        def fit(self, train, valid): ...

        def predict(self, patients):
            return patients.block("a")["x"].to_numpy(float)

    rare = people(np.array([0] * 20 + [1]), ("a", "b"))  # one positive: two of three inner folds have none
    found = search(lambda chosen: Right(), {"x": (1, 2)}, rare, 0.0, 2, 0)
    assert (found.inner_score, found.failed_trials) == (1.0, 0)
    with pytest.raises(SearchFailedError, match="no inner fold has two patients that can be compared"):
        search(lambda chosen: Right(), {"x": (1, 2)}, people(np.zeros(9, int), ("a", "b")), 0.0, 2, 0)


def test_optuna_is_imported_for_a_search_alone(made_up):
    searched(made_up)
    plain, other = (made_up.plan(text).jobs for text in ("searched", "searched[search=2]"))
    assert "optuna" not in _libraries(plain)
    assert "optuna" in _libraries(other)
    for path in (ROOT / "benchmark" / "runner").glob("*.py"):
        tops = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
        assert not any(getattr(node, "module", None) == "optuna" or any(name.name == "optuna" for name in node.names) for node in tops)
