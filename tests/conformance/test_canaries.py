"""An honest model passes the canaries, over seeds and kinds of task; one that knows the patients does not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmark.cohorts.manifest import load_source
from benchmark.cohorts.replica import simulate, simulate_cohort
from benchmark.cohorts.schema import load_schema
from benchmark.conformance.canaries import known_truth, shuffled_outcomes
from benchmark.conformance.checks import Ground
from benchmark.conformance.shuffle import shuffled_task, subset, with_holes
from benchmark.conformance.trial import Trial
from benchmark.models import Patients, choose
from benchmark.runner.job import Limits
from benchmark.runner.parts import split
from benchmark.tasks import Task, load_task
from tests import toy, toy_kinds
from tests.conformance.made_up import answer, ridge, trials

KINDS = ["survival", "binary", "multiclass"]
ANY = Path("/nowhere")


def jobs_of(task: Task, root: Path):
    toy.write_model(root, "right", toy_kinds.RIGHT)
    return Ground(task, (ANY, ANY)).jobs(choose(root, "right"), Limits(1, 1))


@pytest.fixture(params=KINDS)
def task(request: pytest.FixtureRequest, tmp_path: Path) -> Task:
    return make_task(tmp_path, request.param)


def make_task(root: Path, kind: str) -> Task:
    return toy_kinds.make_task(root, kind, protocols={"paper": toy_kinds.BASE["protocols"]["paper"]})


def test_a_shuffle_moves_outcomes_within_parts_and_nothing_else(task: Task, tmp_path: Path) -> None:
    job = jobs_of(task, tmp_path)[0]
    other = shuffled_task(task, job, 0)
    roles = task.roles(job.protocol, job.repeat, job.fold, job.endpoint)
    for ids in roles.values():
        before, after = task.outcome(ids, job.endpoint), other.outcome(ids, job.endpoint)
        assert sorted(before.tolist()) == sorted(after.tolist())
    assert other.outcome(roles["train"], job.endpoint).tolist() != task.outcome(roles["train"], job.endpoint).tolist()
    assert shuffled_task(task, job, 0).cohort.outcomes.equals(other.cohort.outcomes)
    assert not shuffled_task(task, job, 1).cohort.outcomes.equals(other.cohort.outcomes)
    assert other.cohort.blocks is task.cohort.blocks
    pd.testing.assert_series_equal(other.cohort.outcomes.dtypes, task.cohort.outcomes.dtypes)


def test_an_honest_model_passes_on_shuffled_outcomes_over_seeds(task: Task, tmp_path: Path) -> None:
    jobs = jobs_of(task, tmp_path)
    for seed in range(2):
        assert shuffled_outcomes(task, trials(task, jobs, ridge, first=100 * seed)).severity == "ok"


def test_a_table_of_public_outcomes_keyed_by_feature_values_fails(task: Task, tmp_path: Path) -> None:
    jobs = jobs_of(task, tmp_path)
    ids = task.eligible(jobs[0].protocol, jobs[0].endpoint)
    outcome = task.outcome(ids, jobs[0].endpoint)
    severity = outcome["event"] / outcome["time"] if outcome.dtype.names else outcome
    table = dict(zip(task.cohort.blocks["genomics"].loc[ids, "gene_1"], severity, strict=True))

    def recall(train: Patients, test: Patients) -> np.ndarray:
        found = test.block("genomics")["gene_1"].map(table).to_numpy(float)
        return found[:, None] if len(test.classes) < 3 else np.eye(3)[found.astype(int)]

    finding = shuffled_outcomes(task, trials(task, jobs, recall))
    assert (finding.check, finding.severity) == ("shuffled", "fail")
    assert "knows these patients without being trained" in finding.message
    assert "training_data" in finding.remedy


def test_reading_the_outcomes_of_the_run_fails(tmp_path: Path) -> None:
    task, tried = make_task(tmp_path, "survival"), []
    jobs = jobs_of(task, tmp_path)
    for number in range(10):
        job = jobs[number % len(jobs)]
        other = shuffled_task(task, job, number)
        parts, names = split(other, job)
        outcome = other.outcome(pd.Index(names[parts["test"].ids]), job.endpoint)
        values = -outcome["time"][:, None]
        tried.append((Trial("shuffled", job, shuffle=number), answer(task, job, names, parts["test"], values)))
    finding = shuffled_outcomes(task, tried)
    assert finding.severity == "fail"
    assert "reads outcomes of test patients" in finding.message


def test_on_a_replica_memory_cannot_be_judged_and_the_finding_says_so(tmp_path: Path) -> None:
    task = make_task(tmp_path, "survival")
    sheet = task.cohort.datasheet.model_copy(update={"data": "replica"})
    replica = load_task(tmp_path / "tasks" / "toy", replace(task.cohort, datasheet=sheet))
    assert "REPLICA" in shuffled_outcomes(replica, trials(replica, jobs_of(replica, tmp_path), ridge)).message


def test_the_truth_itself_passes_and_the_outcomes_do_not(tmp_path: Path) -> None:
    """No model can be better than the risk that made the outcomes, so the frozen replica raises no alarm at it."""
    folder, cohort_name = Path(__file__).parents[2] / "tasks" / "nsclc_recurrence", "nsclc_radiogenomics"
    source, schema = load_source(cohort_name), load_schema(cohort_name)
    task = load_task(folder, simulate_cohort(cohort_name, source.REPLICA))
    jobs = Ground(task, (ANY, ANY)).jobs(_choice(tmp_path), Limits(1, 1))[:10]
    truth = pd.Series(simulate(schema, source.REPLICA, len(task.cohort.outcomes)).risk[task.endpoint], index=task.cohort.outcomes.index)
    assert known_truth(task, _said(task, jobs, truth)).severity == "ok"
    peeked = -task.cohort.outcomes[f"{task.endpoint}_time"]
    finding = known_truth(task, _said(task, jobs, peeked))
    assert (finding.check, finding.severity) == ("truth", "fail")
    assert "where the truth attains" in finding.message


def _choice(root: Path):
    toy.write_model(root, "constant", toy.misbehaving().replace('needs = ("genomics",)', "needs = ()"))
    return choose(root, "constant")


def _said(task: Task, jobs, risk: pd.Series):
    tried = []
    for job in jobs:
        ids = task.roles(job.protocol, job.repeat, job.fold, job.endpoint)["test"]
        names = pd.Series(ids, index=ids)
        tried.append((Trial("truth", job), answer(task, job, names, Patients(ids, {}), risk[ids].to_numpy(float)[:, None])))
    return tried


def test_patients_with_holes_lack_one_modality_each(tmp_path: Path) -> None:
    task = make_task(tmp_path, "survival")
    blocks = {name: task.table(name) for name in ("genomics", "slides")}
    ids = task.cohort.outcomes.index
    holed = with_holes(Patients(ids, blocks), ("genomics", "slides"))
    before = {name: set(table.index.get_level_values(0)) for name, table in blocks.items()}
    lost = {name: before[name] - set(table.index.get_level_values(0)) for name, table in holed.blocks.items()}
    assert [len(lost[name]) for name in ("genomics", "slides")] == [15, 14]  # one of the third had no slides before
    assert not lost["genomics"] & lost["slides"]


def test_a_subset_keeps_the_order_that_is_asked_for(tmp_path: Path) -> None:
    task = make_task(tmp_path, "survival")
    patients = Patients(task.cohort.outcomes.index, {name: task.table(name) for name in ("genomics", "slides")})
    some = subset(patients, [7, 12, 9])
    assert list(some.ids) == ["K-007", "K-012", "K-009"]
    assert list(some.blocks["genomics"].index) == list(some.ids)
    assert list(dict.fromkeys(some.blocks["slides"].index.get_level_values(0))) == list(some.ids)
    assert len(some.blocks["slides"]) == sum(patients.blocks["slides"].index.get_level_values(0).isin(some.ids))
