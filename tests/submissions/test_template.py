"""The model that ``bench submit new`` writes is one for tasks of every kind, and for patients who lack modalities."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmark.conformance import Ground
from benchmark.models import choose
from benchmark.runner.job import Limits
from benchmark.runner.parts import split, without
from benchmark.submissions.template import Template
from tests import toy, toy_kinds
from tests.conftest import Toy


@pytest.mark.parametrize("kind", ["survival", "binary", "multiclass"])
def test_it_learns_and_copes(tmp_path: Path, kind: str) -> None:
    task = toy_kinds.make_task(tmp_path, kind)
    toy.write_model(tmp_path, "right", toy_kinds.RIGHT)
    job = Ground(task, (tmp_path, tmp_path)).jobs(choose(tmp_path, "right"), Limits(1, 1))[0]
    parts, names = split(task, replace(job, modalities=("genomics", "slides", "clinical")))
    model = Template(modalities=("genomics", "slides", "clinical"))
    model.fit(parts["train"], parts["valid"])
    found = model.predict(parts["test"])
    outcome = task.outcome(names[parts["test"].ids], job.endpoint)
    if kind == "survival":
        assert np.corrcoef(found, outcome["time"])[0, 1] < -0.2
    elif kind == "binary":
        assert found[outcome == 1].mean() > found[outcome == 0].mean() + 0.1
    else:
        assert found.sum(axis=1) == pytest.approx(1)
        assert (found.argmax(axis=1) == outcome).mean() > 0.4
    for lacking in (["slides"], ["genomics", "slides", "clinical"]):
        other = model.predict(without(parts["test"], lacking))
        assert other.shape == found.shape
        assert np.isfinite(other).all()


def test_text_and_flags_with_gaps_are_no_trouble(made_up: Toy) -> None:
    task = made_up.task
    parts, _ = split(task, replace(made_up.plan().jobs[0], modalities=("genomics", "clinical")))
    block = parts["train"].blocks["clinical"].assign(flag=True, note="free text")
    train = replace(parts["train"], blocks={**parts["train"].blocks, "clinical": block.iloc[3:]})
    model = Template(modalities=("genomics", "clinical"), components=3)
    model.fit(train, parts["valid"])
    assert np.isfinite(model.predict(train)).all()
