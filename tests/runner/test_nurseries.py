"""What a nursery is started with: nothing that a stranger's file chose, nothing that must stay hidden."""

import pickle
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmark.errors import FaultError
from benchmark.runner.nurseries import _pickled, _walls_of, start
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
"""


def test_a_module_is_imported_outside_the_walls_only_if_it_is_on_our_list(made_up: Toy) -> None:
    toy.write_model(made_up.root, "greedy", GREEDY)
    job = replace(made_up.plan().jobs[0], path=made_up.root / "baselines" / "greedy.py", isolation="landlock")
    assert _walls_of(job)[1] == {"numpy", "sklearn.ensemble"}
    assert _walls_of(replace(job, trials=3))[1] == {"numpy", "sklearn.ensemble", "optuna"}


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
