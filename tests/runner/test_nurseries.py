"""What a nursery is started with: nothing that a stranger's file chose, nothing that must stay hidden."""

import pickle
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmark.errors import FaultError
from benchmark.runner.nurseries import SEARCH, _kept, _pickled, _plain, _walls_of, start
from benchmark.runner.worker import Order
from benchmark.sandbox import CONFINED
from tests import toy
from tests.conftest import Toy

GREEDY = """
import antigravity
import joblib.externals.loky.backend
import numba.tests.support
import torch.utils.data
from sklearn.ensemble import RandomForestClassifier
import numpy as np
import scipy.__config__
from scipy import stats
"""


def test_a_module_is_imported_outside_the_walls_only_if_it_is_on_our_list(made_up: Toy) -> None:
    toy.write_model(made_up.root, "greedy", GREEDY)
    job = replace(made_up.plan().jobs[0], path=made_up.root / "baselines" / "greedy.py", isolation="landlock")
    ours = {"joblib", "numba", "numpy", "scipy", "scipy.stats", "sklearn.ensemble", "torch", "torch._dynamo"}  # itself, or what holds it
    assert _walls_of(job)[1] == ours
    assert _walls_of(replace(job, trials=3))[1] == ours | SEARCH


def test_all_that_holds_outcomes_is_hidden_wherever_it_lies(made_up: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_MIRROR", str(Path(sys.prefix) / "lib" / "mirror"))
    root = made_up.root
    hidden = _walls_of(made_up.plan().jobs[0])[3]
    assert {root / "data" / "sources", root / "data" / "cohorts", root / "tasks", root / "runs"} <= set(hidden)
    assert Path(sys.prefix) / "lib" / "mirror" in hidden


@pytest.mark.parametrize("isolation", CONFINED)
def test_a_checkout_that_would_be_open_is_refused(made_up: Toy, isolation) -> None:
    """A ``model.py`` stands for its folder: in the root of the checkout that is everything, and /usr/lib is open to all models."""
    toy.write_model(made_up.root, "signal")
    job = replace(made_up.plan().jobs[0], isolation=isolation)
    elsewhere = Path(sys.prefix, "lib", "app")
    opened = replace(job, path=made_up.root / "model.py")
    (made_up.root / "model.py").write_bytes(job.path.read_bytes())
    for case in (
        opened,
        replace(job, task_folder=elsewhere / "tasks" / "toy", cohort_folder=elsewhere / "data" / "cohorts" / "real" / "toy"),
    ):
        with pytest.raises(FaultError, match=r"lies in .*; move the checkout"):
            start(case, Order(case.path, {}, 0), ())


def test_an_order_does_not_tell_which_processes_it_came_through() -> None:
    """Made here, or in a process of a pool from a job that was sent there: its strings are equal, but no longer one object."""
    here = Order(Path("model.py"), {"seed": 1, "modalities": ("genomics",)}, 1, searched=("rate",))
    there = Order(Path("model.py"), {"".join(["se", "ed"]): 1, "".join(["modal", "ities"]): ("genomics",)}, 1, searched=("rate",))
    assert pickle.dumps(here) != pickle.dumps(there)  # the comparison can fail
    assert _pickled(here) == _pickled(there)
    assert pickle.loads(_pickled(here)) == here


DRAWS = """
from importlib import import_module
from benchmark.models import Model

class Draws(Model):
    def __init__(self, *, modalities: tuple[str, ...] = (), seed: int = 0): ...
    def fit(self, train, valid):
        self.noise = import_module("torch").rand(len(train) + 1)
    def predict(self, patients):
        return [float(self.noise[0])] * len(patients)
"""


def test_random_numbers_do_not_hang_on_what_other_models_import(made_up: Toy) -> None:
    """A file that imports torch where nobody sees it, in a process that has it already and in one that has not."""
    toy.write_model(made_up.root, "draws", DRAWS)
    toy.write_model(made_up.root, "open", "import torch\n" + DRAWS)
    one, other = [], []
    for found, names in ((one, ["draws"]), (other, ["open", "draws"])):
        _kept().clear()
        found.extend(made_up.run(name, force=True).predictions["risk"].tolist() for name in names)
    assert one[0] == other[1]
    assert len(set(one[0])) == 3  # one number for each fold


def test_a_nursery_that_lacks_a_library_makes_room_for_one_that_has_it_too() -> None:
    _kept().clear()
    first = _plain({"numpy", "scipy.stats"})
    assert _plain({"numpy.linalg"}) is first
    other = _plain({"optuna"})
    assert other is not first
    assert first.libraries < other.libraries == first.libraries | {"optuna"}
    assert first._process.poll() is not None
    assert _plain({"numpy", "scipy.stats"}) is other
