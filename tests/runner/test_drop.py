"""Testing without modalities: what the model sees, one fit for all that is asked, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmark.errors import InputError
from benchmark.models import choose
from benchmark.runner.execute import execute
from benchmark.runner.executor import LocalProcesses
from benchmark.runner.job import Limits
from benchmark.runner.parts import split, without
from benchmark.runner.plan import leaving_out, plan, reason_to_skip, together
from tests import toy
from tests.conftest import Listener
from tests.toy_kinds import RIGHT, make_task

SPY = '''
"""Notes what it is handed."""
import json, os
import numpy as np
from benchmark.models import Model

NOTES = {notes!r}

def note(*items):
    with open(NOTES, "a") as file:
        file.write(json.dumps(items) + chr(10))

class Spy(Model):
    def __init__(self, *, modalities: tuple[str, ...] = ("genomics", "clinical"), seed: int = 0):
        self.calls = 0
    def fit(self, train, valid):
        note("fit", {{name: len(table) for name, table in train.blocks.items()}}, {{name: len(table) for name, table in valid.blocks.items()}})
    def predict(self, patients):
        self.calls += 1
        genes, sex = patients.block("genomics"), patients.block("clinical")["sex"]
        rows = {{name: len(table) for name, table in patients.blocks.items()}}
        note("predict", rows, list(genes.columns), genes.shape, int(genes.isna().all(axis=1).sum()), list(sex.cat.categories), self.calls)
        {predict}
        return np.nan_to_num(genes["gene_0"].to_numpy()) + self.calls + np.random.rand(len(patients))
'''


@pytest.fixture
def notes(made_up) -> Path:
    path = made_up.root / "notes.jsonl"
    spy(made_up)
    return path


def spy(made_up, predict: str = "pass") -> None:
    toy.write_model(made_up.root, "spy", SPY.format(notes=str(made_up.root / "notes.jsonl"), predict=predict))


def run_all(made_up, *texts: str, jobs: int = 1, on_fold=lambda run, result: None, seconds: float = 60, force: bool = False):
    plans = [made_up.plan(text, seconds=seconds) for text in texts]
    return execute(plans, LocalProcesses(jobs), watcher=Listener(on_fold), force=force)


def predictions(records) -> list[bytes]:
    return [(record.folder / "predictions.parquet").read_bytes() for record in records]


BOTH = ("spy[drop=genomics]", "spy", "spy[drop=clinical]")


def test_test_patients_lack_the_modality_and_training_is_unchanged(made_up, notes):
    run_all(made_up, *BOTH)
    calls = [json.loads(line) for line in notes.read_text().splitlines()]
    for fold in range(3):
        fit, *tests = calls[4 * fold : 4 * fold + 4]
        roles = made_up.task.roles("paper", 0, fold, "relapse")
        sizes = {role: len(ids) for role, ids in roles.items()}
        assert fit == [
            "fit",
            {"genomics": sizes["train"], "clinical": sizes["train"]},
            {"genomics": sizes["valid"], "clinical": sizes["valid"]},
        ]
        everything = {"genomics": sizes["test"], "clinical": sizes["test"]}
        genes, shape = [f"gene_{k}" for k in range(8)], [sizes["test"], 8]
        assert tests == [
            ["predict", everything | {"genomics": 0}, genes, shape, sizes["test"], ["female", "male"], 1],
            ["predict", everything, genes, shape, 0, ["female", "male"], 1],  # one fit for all, and each meets the model as fit left it
            ["predict", everything | {"clinical": 0}, genes, shape, 0, ["female", "male"], 1],
        ]


def test_the_same_bytes_together_or_apart_whatever_the_jobs_and_after_a_stop(made_up, notes):
    apart = predictions(record for text in BOTH for record in run_all(made_up, text))
    assert apart[0] != apart[1] == apart[2]  # the model does not look at the clinical numbers
    assert predictions(run_all(made_up, *BOTH, force=True)) == apart
    assert predictions(run_all(made_up, *BOTH, force=True, jobs=2)) == apart
    seen = []

    def stop(run, result):
        seen.append(run.label)
        if len(seen) == 4:  # in the midst of what belongs to one fit
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_all(made_up, *BOTH, force=True, on_fold=stop)
    later = []
    assert predictions(run_all(made_up, *BOTH, on_fold=lambda run, result: later.append(run.label))) == apart
    assert sorted(seen + later) == sorted(3 * BOTH)


def test_a_record_is_named_by_what_was_dropped_in_any_order(made_up, notes):
    one, other, plain = (made_up.plan(text) for text in ("spy[drop=genomics]", "spy[drop=genomics+genomics]", "spy"))
    assert one.identity.digest == other.identity.digest != plain.identity.digest
    assert (one.label, one.header["drop"]) == ("spy[drop=genomics]", ["genomics"])
    assert choose(made_up.root, "spy[drop=b+a]").drop == ("a", "b")
    assert [digests for digests, _ in together([plain, one])] == [(plain.identity.digest, one.identity.digest)] * 3


FAILURES = {
    "raise ValueError('blind')": "ValueError: blind (spy.py:",
    "os._exit(3)": "the worker process ended with exit code 3 before it had predicted",
    "os.kill(os.getpid(), 11)": "the worker process was killed by SIGSEGV before it had predicted",
    "return np.full(len(patients), np.nan)": "NaN or infinite risk",
    "raise SystemExit(4)": "ended with exit code 4",
}


@pytest.mark.parametrize("statement", FAILURES)
def test_a_model_that_cannot_do_without_fails_there_alone(made_up, statement):
    spy(made_up, f"if not len(patients.blocks['genomics']): {statement}")
    blind, whole, other = run_all(made_up, *BOTH)
    assert len(blind.failed) == 3
    assert all(FAILURES[statement] in fold["reason"] for fold in blind.info["folds"])
    assert (whole.failed, other.failed) == ([], [])


def test_what_comes_after_a_hanging_prediction_fails_with_it(made_up):
    spy(made_up, "if not len(patients.blocks['genomics']): import time; time.sleep(60)")
    records = run_all(made_up, *BOTH, seconds=1)
    assert {fold["reason"] for record in records for fold in record.info["folds"]} == {"timeout: not done after 1 s"}


def test_a_fit_that_fails_fails_for_all(made_up):
    toy.write_model(made_up.root, "bad", toy.misbehaving(fit="raise ValueError('no')").replace('("genomics",)', '("genomics", "clinical")'))
    records = run_all(made_up, "bad", "bad[drop=clinical]")
    assert [record.failed for record in records] == [[(0, 0), (0, 1), (0, 2)]] * 2


def test_a_bag_without_rows_gives_its_columns(tmp_path):
    task = make_task(tmp_path, "survival")
    toy.write_model(tmp_path, "right", RIGHT)
    folders = (tmp_path / "tasks" / "toy", tmp_path / "data" / "cohorts" / "real" / "toy")
    choice = choose(tmp_path, "right[modalities=slides+genomics,drop=slides]")
    run = plan(task, folders, choice, "paper", "death", 0, Limits(60, 8 << 30), tmp_path / "runs")
    test = split(task, run.jobs[0])[0]["test"]
    bare = without(test, run.jobs[0].drops[0])
    assert (bare.blocks["slides"].index.names, len(bare.blocks["slides"])) == (["patient_id", "instance"], 0)
    assert list(bare.blocks["slides"]["stain"].cat.categories) == ["a", "b"]
    assert bare.block("slides").shape == (len(test), 1)
    assert np.isnan(bare.block("slides")["feature"]).all()
    assert bare.block("genomics").equals(test.block("genomics"))
    assert len(test.blocks["slides"]) > 0


@pytest.mark.parametrize(
    ("drop", "expected"),
    [
        ([], [()]),
        (["genomics"], [("genomics",)]),
        (["genomics", "deep+genomics", "genomics+deep"], [("genomics",), ("deep", "genomics")]),
        (
            ["every"],
            [("clinical",), ("few_genes",), ("genomics",), ("clinical", "few_genes"), ("clinical", "genomics"), ("few_genes", "genomics")],
        ),
    ],
)
def test_what_is_left_out(made_up, drop, expected):
    choice = choose(made_up.root, "signal[modalities=genomics+clinical+few_genes]")
    assert [variant.drop for variant in leaving_out(made_up.task, choice, "paper", drop)] == expected


def test_what_cannot_be_left_out(made_up):
    def reason(text: str) -> str | None:
        (choice,) = leaving_out(made_up.task, choose(made_up.root, text), "paper", [])
        return reason_to_skip(made_up.task, choice, "paper")

    assert reason("signal[drop=clinical]") is None
    assert "it does not use few_genes, so it cannot miss it; it uses genomics, clinical" in str(reason("signal[drop=clinical+few_genes]"))
    assert "it uses genomics on this task: nothing can be left out" in str(reason("signal[modalities=genomics,drop=every]"))
    with pytest.raises(InputError, match=r"signal\[drop=clinical\+genomics\]: toy: that is all it uses; leave it at least one"):
        reason("signal[drop=genomics+clinical]")
    with pytest.raises(InputError, match="unknown modality 'genomic' in task toy; did you mean genomics"):
        reason("signal[drop=genomic]")
