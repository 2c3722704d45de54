"""Folds of a run fitted again: the same model as the record's, explained without a patient's name."""

import json

import pandas as pd
import pytest

from benchmark.errors import InputError
from benchmark.explain import explain, explanation_path, write_explanation
from benchmark.explain.refit import deal
from benchmark.models import choose
from benchmark.workspace import Workspace
from tests import toy

NOISY = """
import numpy as np
from benchmark.models import Model

class Noisy(Model):
    needs = ("genomics", "clinical")
    def __init__(self, *, seed: int = 0):
        self.seed = seed
    def fit(self, train, valid):
        assert train.outcome is not None
        self.weights = np.r_[2.0, np.random.normal(size=7) / 50]
        self.fill = train.block("genomics").mean()
    def predict(self, patients):
        return patients.block("genomics").fillna(self.fill).to_numpy() @ self.weights
"""

FLOOR = """
import numpy as np
from benchmark.models import Model

class Floor(Model):
    def fit(self, train, valid):
        pass
    def predict(self, patients):
        return np.zeros(len(patients))
"""


def explained(made_up, model, folds=3):
    record = made_up.run(model)
    workspace = Workspace(made_up.root, made_up.root / "runs")
    heard = []
    found = explain(workspace, made_up.task, choose(made_up.root, model), record, folds, lambda done, of: heard.append((done, of)))
    return found, heard


def test_the_refitted_model_is_the_record_s(made_up):
    toy.write_model(made_up.root, "noisy", NOISY)  # numpy's global generator: the seeds must be the runner's
    found, heard = explained(made_up, "noisy")
    assert (found.folds, found.same_folds, found.all_folds) == (3, 3, 3)
    assert heard[-1] == (6, 6)  # each fold once more with outcomes dealt out anew
    genes = [feature for feature in found.features if feature.block == "genomics"]
    assert genes[0].name == "gene_0"
    assert (genes[0].direction, genes[0].sign_agreement, genes[0].top20_folds) == (1, 1.0, 3)
    assert genes[0].noise  # the model never looks at outcomes: with others it finds the same
    assert all(feature.top20_folds == 0 and feature.noise for feature in genes[1:])
    assert {block.name: block.share for block in found.blocks} == {"genomics": 1.0, "clinical": 0.0}


def test_what_is_written_names_nobody_and_is_the_same_twice(made_up, tmp_path):
    found, _ = explained(made_up, "signal[sign=-1]", folds=2)
    path = write_explanation(tmp_path, found)
    assert path == explanation_path(tmp_path, "toy", "paper", "relapse", "signal[sign=-1.0]")
    assert path.relative_to(tmp_path).as_posix() == "explain/toy/paper/signal_sign_1.0.relapse.json"
    text = path.read_text()
    assert not [patient for patient in made_up.cohort.outcomes.index if patient in text]
    document = json.loads(text)
    assert (document["model"], document["folds"], document["data"]) == ("signal[sign=-1.0]", 2, "real")
    again, _ = explained(made_up, "signal[sign=-1]", folds=2)
    assert write_explanation(tmp_path, again).read_text() == text


def test_a_record_of_another_source_is_refused(made_up):
    record = made_up.run()
    toy.write_model(made_up.root, "signal", toy.SIGNAL.replace("right column", "best column"))
    workspace = Workspace(made_up.root, made_up.root / "runs")
    with pytest.raises(InputError, match="run it again"):
        explain(workspace, made_up.task, choose(made_up.root, "signal"), record, 2, lambda done, of: None)


def test_a_model_that_reads_nothing_of_a_patient_is_not_explained(made_up):
    toy.write_model(made_up.root, "floor", FLOOR)
    with pytest.raises(InputError, match="floor: reads nothing of a patient"):
        explained(made_up, "floor", folds=1)


def test_columns_that_come_back_are_counted(made_up):
    """The signal is at the top of a fold each time: one column of eight, and no other."""
    found, _ = explained(made_up, "signal")
    genes = next(block for block in found.blocks if block.name == "genomics")
    assert (genes.top, genes.ever) == (1, 1)
    assert (found.fused, found.projections, found.attention) == (None, (), None)  # outcomes over time have no right and wrong


def test_a_deal_gives_every_outcome_once_and_the_same_in_every_fold():
    ids = pd.Index(list("abcdefgh"))
    donors = deal(ids, 0)
    assert sorted(donors) == list(ids)
    assert list(donors) != list(ids)
    assert donors.equals(deal(ids, 0))
