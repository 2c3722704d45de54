"""Imports and calls are read from the source; nothing is run."""

import ast
import os
from pathlib import Path

import pytest

from benchmark.submissions.imports import check_dependencies, check_imports
from tests.submissions.made_up import write

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("import socket", "line 1: imports socket: there is no network"),
        ("from urllib.request import urlopen", "imports urllib.request"),
        ("def f():\n    import subprocess as s", "line 2: imports subprocess"),
        ("from torch import multiprocessing", "imports torch.multiprocessing"),
        ("import pickle", "code that no reader sees"),
        ("from benchmark.runner import worker", "may import benchmark.models only"),
        ("import benchmark.cohorts.store", "may import benchmark.models only"),
        ("from benchmark import scoring", "may import benchmark.models only"),
        ("from baselines.coxnet import CoxNet", "copy what you need"),
        ("from . import helper", "keep the model in one file"),
        ("exec('x')", "calls exec"),
        ("import torch\ntorch.load('w')", "calls torch.load"),
        ("import os\nos.system('ls')", "calls os.system"),
        ("import sys\nsys.modules['pickle']", "line 2: uses sys.modules: it reaches modules"),
        ("__builtins__['eval']", "uses __builtins__"),
        ("import os\n(os) . system('ls')", "line 2: calls os.system"),
        ("import sys\nx = [1].a.b + sys._getframe().f_back", "uses sys._getframe"),
        ("x = (", "no Python source ('(' was never closed (model.py, line 1))"),
        ("x = " + "-" * 3000 + "1", "model.py: "),
    ],
)
def test_what_is_refused_is_named_with_its_line(tmp_path: Path, source: str, says: str) -> None:
    found = check_imports(write(tmp_path, model=source))
    assert {item.severity for item in found} == {"fail"}
    assert any(says in item.message for item in found), found


@pytest.mark.parametrize(
    "source",
    [
        "from benchmark.models import Model, Patients",
        "from benchmark import models",
        "import benchmark.models",
        "import numpy as np, torch.nn",
    ],
)
def test_what_models_need_is_allowed(tmp_path: Path, source: str) -> None:
    assert [item.severity for item in check_imports(write(tmp_path, model=source))] == ["ok"]


def test_a_long_list_is_not_written_out_for_each_name_behind_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of 88 kB took nine seconds."""
    written = []
    unparse = ast.unparse
    monkeypatch.setattr(ast, "unparse", lambda node: written.append(unparse(node)) or written[-1])
    folder = write(tmp_path, model="x = [" + "0,\n" * 1000 + "]" + ".a" * 60 + ".a()" * 30 + "\n")
    assert [item.severity for item in check_imports(folder)] == ["ok"]
    assert sum(map(len, written)) < 10_000


def test_what_lies_in_a_cache_of_python_is_not_opened(tmp_path: Path) -> None:
    """A pipe there never ended the check."""
    folder = write(tmp_path)
    (folder / "__pycache__").mkdir()
    os.mkfifo(folder / "__pycache__" / "z.py")
    assert [item.severity for item in check_imports(folder)] == ["ok"]
    assert [item.severity for item in check_dependencies(folder, [], ROOT / "requirements.lock")] == ["ok"]


def test_dependencies_are_there_pinned_and_declared(tmp_path: Path) -> None:
    lock = ROOT / "requirements.lock"

    def said(source: str, *declared: str) -> str:
        (finding,) = check_dependencies(write(tmp_path, model=source), declared, lock)
        return f"{finding.severity}: {finding.message} {finding.remedy}"

    assert said("import numpy, torch, sksurv, os, json").startswith("ok")
    assert "'no_such_library', which is not there" in said("import no_such_library")
    assert "'lifelines' and does not declare it add lifelines" in said("import lifelines")
    assert said("import lifelines", "lifelines").startswith("ok")
    assert "'torch-geometric' is not in requirements.lock" in said("import numpy", "torch-geometric")
