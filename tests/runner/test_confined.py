"""Models behind walls: the same predictions, the walls on record, and what a failed one may tell."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmark.cohorts.packaged import packaged_data
from benchmark.errors import InputError
from benchmark.models import choose
from benchmark.runner.execute import execute
from benchmark.runner.executor import LocalProcesses
from benchmark.runner.job import Limits
from benchmark.runner.plan import leaving_out, plan, together
from benchmark.sandbox import CONFINED, Isolation, available
from tests import toy
from tests.conftest import Listener, Toy
from tests.submissions.made_up import write

# one file with many ways to behave: to import the libraries anew for each would take longer than all the rest
ACTOR = '''
"""Does what it is told."""
import contextlib, os, socket, time
import numpy as np
from benchmark.models import Model

class Actor(Model):
    def __init__(self, *, act: str = "nothing", modalities: tuple[str, ...] = ("genomics", "clinical"), seed: int = 0):
        self.act, self.loot = act, 0
    def fit(self, train, valid):
        if self.act == "tell":
            print("first patient", train.ids[0], train.outcome["time"][0])
            raise ValueError(f"patient {{train.ids[0]}} of {{len(train)}}")
        if self.act == "steal":
            for place in {places!r}:
                with contextlib.suppress(OSError):
                    open(place, "rb").read(1)
                    self.loot += 1
        if self.act == "call":
            with contextlib.suppress(OSError):
                socket.socket()
    def predict(self, patients):
        genes = patients.block("genomics")["gene_0"].fillna(0).to_numpy()
        if self.act == "random":
            import torch
            return np.random.rand(len(patients)) + torch.rand(1).item() + genes
        return self.loot + 0 * genes if self.act == "steal" else genes
'''


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    """A made-up checkout, as real patients and as their replica, with one model."""
    root = tmp_path_factory.mktemp("confined")
    cohort = toy.make_cohort()
    replica = replace(cohort, datasheet=cohort.datasheet.model_copy(update={"data": "replica"}))
    folders = {kind: root / "data" / "cohorts" / kind / "toy" for kind in ("real", "replica")}
    cohort.write(folders["real"])
    replica.write(folders["replica"])
    made = Toy(root, toy.write_task(root, cohort), folders["real"], cohort)
    toy.write_model(root, "actor", ACTOR.format(places=[str(place) for place in places(made)]))
    return made


@pytest.fixture(scope="module", params=CONFINED)
def walls(request: pytest.FixtureRequest) -> Iterator[Isolation]:
    if reason := available()[request.param]:
        pytest.skip(f"{request.param}: {reason}")
    return request.param


def places(ground: Toy) -> list[Path]:
    """Where outcomes lie."""
    return [ground.cohort_folder / "outcomes.parquet", ground.folder / "folds.csv", *packaged_data()]


def plans(ground: Toy, act: str, isolation: Isolation, drop: list[str], data: str = "real"):
    choice = choose(ground.root, f"actor[act={act}]", isolation=isolation)
    ground = (
        ground if data == "real" else replace(ground, cohort_folder=ground.root / "data/cohorts/replica/toy", cohort=replica_of(ground))
    )
    where, limits, runs = (ground.folder, ground.cohort_folder), Limits(60, 4 << 30), ground.root / f"runs_{isolation}"
    variants = leaving_out(ground.task, choice, "paper", drop)
    return [plan(ground.task, where, variant, "paper", "relapse", 0, limits, runs) for variant in variants]


def replica_of(ground: Toy):
    return replace(ground.cohort, datasheet=ground.cohort.datasheet.model_copy(update={"data": "replica"}))


def run(ground: Toy, act: str, isolation: Isolation, *drop: str, data: str = "real"):
    planned = plans(ground, act, isolation, list(drop), data)
    return execute(planned, LocalProcesses(1), watcher=Listener(lambda run, result: None), force=True)


def test_predictions_do_not_depend_on_the_walls(ground, walls):
    plain, walled = run(ground, "random", "process")[0], run(ground, "random", walls)[0]
    assert [(record.folder / "predictions.parquet").read_bytes() for record in (plain, walled)] == [
        (plain.folder / "predictions.parquet").read_bytes()
    ] * 2
    assert len(plain.predictions) == 53
    assert (plain.info["isolation"], walled.info["isolation"]) == ("process", walls)
    assert {fold["isolation"] for fold in walled.info["folds"]} == {walls}
    assert all(fold["peak_memory"] > 1 << 20 and fold["fit_seconds"] >= 0 for fold in walled.info["folds"])
    assert plain.folder.name == walled.folder.name  # walls are no part of what a record is


def test_all_sets_without_a_modality_though_nobody_can_fork(ground, walls):
    drops = ("clinical", "genomics")
    apart, walled = run(ground, "random", "process", *drops), run(ground, "random", walls, *drops)
    assert all(one.predictions.equals(other.predictions) for one, other in zip(apart, walled, strict=True))
    assert not apart[0].predictions.equals(apart[1].predictions)


def test_outcomes_are_not_to_be_had(ground, walls):
    assert all(place.exists() for place in places(ground))
    assert set(run(ground, "steal", walls)[0].predictions["risk"]) == {0.0}
    assert set(run(ground, "steal", "process")[0].predictions["risk"]) == {float(len(places(ground)))}


def test_refused_calls_stand_in_the_record_also_of_folds_that_went_well(ground, walls):
    record = run(ground, "call", walls)[0]
    assert record.failed == []
    assert {tuple(fold["refused"]) for fold in record.info["folds"]} == {("socket (inet)",)}


def test_a_failed_fold_tells_all_on_a_replica_and_little_on_real_patients(ground, walls):
    line = 1 + ACTOR[: ACTOR.index("raise ValueError")].count("\n")
    real, plain = (run(ground, "tell", isolation)[0].info["folds"][0] for isolation in (walls, "process"))
    assert real["reason"] == f"ValueError: patient p… of … (actor.py:{line})"
    assert real["traceback"] == f"actor.py:{line}\nValueError"
    assert real["log"] == "first patient p… …\n"
    replica = run(ground, "tell", walls, data="replica")[0].info["folds"][0]
    for told in (plain, replica):
        assert "ValueError: patient p0" in told["reason"]
        assert "first patient p0" in told["log"]
        assert "raise ValueError" in told["traceback"]


def test_what_can_be_copied_is_fitted_once_and_what_cannot_is_not(ground, walls):
    assert len(together(plans(ground, "nothing", "process", ["clinical", "genomics"]))) == 3
    assert len(together(plans(ground, "nothing", walls, ["clinical", "genomics"]))) == 6


def test_a_record_claims_the_weakest_walls_of_its_folds(ground, walls):
    def stop(run, result):
        raise KeyboardInterrupt

    (walled,), (plain,) = plans(ground, "nothing", walls, []), plans(ground, "nothing", "process", [])
    with pytest.raises(KeyboardInterrupt):
        execute([walled], LocalProcesses(1), watcher=Listener(stop), force=True)
    mixed = execute([replace(plain, draft=walled.draft)], LocalProcesses(1), watcher=Listener(lambda run, result: None))[0]
    assert [fold["isolation"] for fold in mixed.info["folds"]] == [walls, "process", "process"]
    assert mixed.info["isolation"] == "process"


WIRE = "next(n for n in range(3, 99) if os.path.exists(f'/proc/self/fd/{n}') and 'socket' in os.readlink(f'/proc/self/fd/{n}'))"


SAID = "import json; text = json.dumps({said}).encode(); os.write({wire}, len(text).to_bytes(8) + text); os._exit(0)"


@pytest.mark.parametrize(
    "said",
    [
        "dict(status='fitted', seconds=0.1, shape=[1] * 100_000)",
        "dict(status=chr(27) + ']0;owned')",
        "dict(status='failed', reason=chr(27) + 'x' * 500_000, traceback=chr(27) + 'y' * 500_000)",
    ],
)
def test_what_a_worker_says_is_short_and_plain(made_up, said):
    toy.write_model(made_up.root, "bad", toy.misbehaving(fit=SAID.format(said=said, wire=WIRE)))
    for fold in made_up.run("bad").info["folds"]:
        assert fold["status"] == "failed"
        assert len(fold["reason"]) <= 300
        assert len(fold["traceback"]) <= 4000
        assert fold["reason"].isprintable()
        assert "\x1b" not in fold["traceback"]


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        ({"fit": f"os.write({WIRE}, bytes([255] * 8))"}, "message that is too long"),
        ({"fit": f"os.write({WIRE}, (2).to_bytes(8) + b'{{}}')"}, "something that is no answer"),
        ({"fit": f"os.write({WIRE}, (9).to_bytes(8)); time.sleep(60)"}, "timeout: not done after 1 s"),
        ({"predict": "return patients.block('genomics')['gene_0'].rename(index=lambda name: 'x' + name)"}, "under ids that are not those"),
        ({"predict": "import pandas; return pandas.Series(0.0, [patients.ids[0]] * len(patients))"}, "under ids that are not those"),
    ],
)
def test_nonsense_costs_the_fold(made_up, statements, reason):
    toy.write_model(made_up.root, "bad", toy.misbehaving(**statements))
    record = made_up.run("bad", seconds=1 if "sleep" in str(statements) else 60)
    assert len(record.failed) == 3
    assert all(reason in fold["reason"] for fold in record.info["folds"])


def test_a_plain_series_is_taken_by_position(made_up):
    toy.write_model(made_up.root, "plain", toy.misbehaving(predict="import pandas; return pandas.Series(np.arange(len(patients)))"))
    record = made_up.run("plain")
    assert record.failed == []
    assert np.isfinite(record.predictions["risk"]).all()


def test_a_submission_cannot_tell_a_check_from_a_run_by_its_limits(ground: Toy) -> None:
    """What it declares holds in both: a process can read its limits, and a model that knows a check would behave in it."""
    write(ground.root, "own", ACTOR.format(places=[]), resources={"memory_gib": 1.5, "seconds_per_fold": 90})
    try:
        choice = choose(ground.root, "own")
        folders = (ground.folder, ground.cohort_folder)
        asked = (Limits(3600, 20 << 30), Limits(90, int(1.5 * 2**30)))  # of 'bench run' on a large machine, and of the check
        found = [plan(ground.task, folders, choice, "paper", "relapse", 0, limits, ground.root / "runs").jobs[0].limits for limits in asked]
        assert found[0] == found[1] == Limits(90, int(1.5 * 2**30))
        with pytest.raises(InputError, match=r"own: declares 1.5 GiB for a fold, and 1.0 GiB are free for one; fewer --jobs"):
            plan(ground.task, folders, choice, "paper", "relapse", 0, Limits(3600, 1 << 30), ground.root / "runs")
    finally:
        shutil.rmtree(ground.root / "submissions")
