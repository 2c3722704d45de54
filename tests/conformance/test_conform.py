"""The checks, run as ``bench submit check`` runs them: each names what is wrong with a model, and an honest one passes all."""

from dataclasses import replace

import pytest

from benchmark.cohorts import Cohort
from benchmark.conformance import Finding, Ground, conform
from benchmark.models import choose
from benchmark.runner.executor import LocalProcesses
from benchmark.runner.job import Limits
from benchmark.tasks import load_task
from tests import toy
from tests.conftest import Toy

HONEST = """
import numpy as np
from benchmark.models import Model

class Honest(Model):
    def __init__(self, *, modalities: tuple[str, ...] = ("genomics", "clinical"), seed: int = 0):
        self.seed = seed
    def table(self, patients):
        both = patients.block("genomics").join(patients.block("clinical")[["age"]])
        return both.to_numpy(float)
    def fit(self, train, valid):
        {fit}
        table = self.table(train)
        self.mean = np.nanmean(table, axis=0)
        table = np.nan_to_num(table - self.mean)
        rate = train.outcome["event"] / train.outcome["time"]
        self.weights = np.linalg.solve(table.T @ table + 10 * np.eye(table.shape[1]), table.T @ (rate - rate.mean()))
    def predict(self, patients):
        risk = np.nan_to_num(self.table(patients) - self.mean) @ self.weights
        {predict}
"""
WRONG = {  # what it does in fit, what it does in predict → the check that fails, and a word of the finding
    "determinism": ("pass", "return risk + np.random.default_rng().normal(size=len(risk))", "differs by up to"),
    "independence": ("pass", "return risk - risk.mean()", "changes"),
    "missing": ("pass", "return (self.table(patients) - self.mean) @ self.weights", "NaN"),
    "contract": ("raise ValueError('cannot do it')", "return risk", "cannot do it"),
}


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few folds of each canary: what is tested here is who is called, not the statistics."""
    monkeypatch.setattr("benchmark.conformance.checks.SHUFFLES", 3)
    monkeypatch.setattr("benchmark.conformance.checks.FOLDS", 3)


def findings(made_up: Toy, source: str, limits: Limits | None = None, replica: Cohort | None = None) -> dict[str, Finding]:
    toy.write_model(made_up.root, "stranger", source)
    sheet = made_up.cohort.datasheet.model_copy(update={"data": "replica", "truth": {"relapse": 0.9}})
    folder = made_up.root / "data" / "cohorts" / "replica" / "toy"
    (simulated := replace(replica or made_up.cohort, datasheet=sheet)).write(folder)
    patients = Ground(made_up.task, (made_up.folder, made_up.cohort_folder))
    ground = Ground(load_task(made_up.folder, simulated), (made_up.folder, folder))
    found = conform(choose(made_up.root, "stranger"), patients, ground, limits or Limits(60, 4 << 30), LocalProcesses(1))
    assert {item.task for item in found} == {"toy"}
    return {item.check: item for item in found}


def test_an_honest_model_passes_every_check(made_up: Toy) -> None:
    found = findings(made_up, HONEST.format(fit="pass", predict="return risk"))
    assert set(found) == {"contract", "determinism", "independence", "missing", "shuffled", "truth", "resources"}
    assert {item.severity for item in found.values()} == {"ok"}, found


@pytest.mark.parametrize("check", WRONG)
@pytest.mark.usefixtures("few")
def test_what_is_wrong_is_named_with_its_remedy(made_up: Toy, check: str) -> None:
    fit, predict, word = WRONG[check]
    found = findings(made_up, HONEST.format(fit=fit, predict=predict))
    assert found[check].severity == "fail"
    assert word in found[check].message
    assert found[check].remedy
    if check == "contract":
        assert set(found) == {"contract"}  # nothing else was run
        assert "ValueError: cannot do it" in found[check].log


@pytest.mark.parametrize(
    ("predict", "check"),
    [
        ("return risk if known else risk - risk.mean()", "independence"),
        ("return risk if known else risk + np.random.default_rng().normal(size=len(risk))", "determinism"),
        ("return risk if known else 1 / 0", "contract"),
    ],
)
@pytest.mark.usefixtures("few")
def test_a_model_that_behaves_on_the_replica_alone_is_found(made_up: Toy, predict: str, check: str) -> None:
    whole_years = made_up.cohort.blocks["clinical"].assign(age=made_up.cohort.blocks["clinical"]["age"].round())
    altered = replace(made_up.cohort, blocks={**made_up.cohort.blocks, "clinical": whole_years})
    known = "known = bool((patients.block('clinical')['age'].dropna() % 1 == 0).all()); "
    found = findings(made_up, HONEST.format(fit="pass", predict=known + predict), replica=altered)
    assert found[check].severity == "fail"
    assert "real patients" in found[check].message
    assert not found[check].log


@pytest.mark.usefixtures("few")
def test_more_than_what_was_declared_is_a_finding_on_resources(made_up: Toy) -> None:
    source = HONEST.format(fit="import time; time.sleep(60)", predict="return risk")
    found = findings(made_up, source, Limits(1.5, 4 << 30))
    assert list(found) == ["resources"]
    assert "timeout" in found["resources"].message
    assert "submission.yaml" in found["resources"].remedy


def test_a_task_that_it_cannot_do_is_said_before_anything_is_run(made_up: Toy) -> None:
    source = HONEST.format(fit="pass", predict="return risk").replace(
        "class Honest(Model):", "class Honest(Model):\n    kinds = ('binary',)"
    )
    assert "it does binary and the task is survival" in findings(made_up, source)["contract"].message


def test_a_model_that_ships_a_table_of_outcomes_is_caught(made_up: Toy) -> None:
    genes, outcomes = made_up.cohort.blocks["genomics"], made_up.cohort.outcomes
    known = {round(float(genes.loc[name, "gene_1"]), 9): float(-outcomes.loc[name, "relapse_time"]) for name in genes.index}
    recall = f"known = {known!r}; return np.array([known.get(round(float(v), 9), 0.0) for v in patients.block('genomics')['gene_1']])"
    found = findings(made_up, HONEST.format(fit="pass", predict=recall).replace("nan,", "0.0,"))
    assert found["shuffled"].severity == "fail"
    assert "knows these patients" in found["shuffled"].message
