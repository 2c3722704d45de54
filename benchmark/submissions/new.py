"""``bench submit new``: a folder that passes the check, to be made one's own."""

from pathlib import Path

from benchmark.errors import InputError
from benchmark.submissions import template

FORM = """\
# Every key is explained in submissions/README.md. Fill in what is in capitals.
id: {id}
title: "CHANGE ME: the model in one line"
authors:
  - name: "CHANGE ME"
    affiliation: "CHANGE ME"
licence: Apache-2.0
# paper: https://…
# code: https://…
kind: model
tasks: [{task}]
# modalities: [clinical, genomics]   # default: what the task recommends
parameters: {{}}
dependencies: []
training_data: none
resources: {{memory_gib: 4, seconds_per_fold: 300}}
conflicts_of_interest: none
"""
README = """\
# {id}

What the model does, and why it should help on {task}.

Check: `bench submit check {id}`. Run: `bench run --task {task} --model {id}`.
"""


def new_submission(root: Path, name: str, task: str) -> Path:
    """Write ``submissions/<name>`` with a model that works, its form and a page about it.

    Raises:
        InputError: the folder exists, or a baseline has the id.
    """
    folder = root / "submissions" / name
    if folder.exists() or folder.is_symlink():
        raise InputError(f"{folder} exists; choose another id")
    if (root / "baselines" / f"{name}.py").exists():
        raise InputError(f"the id '{name}' is taken by baselines/{name}.py; choose another")
    scratch = folder.with_name(f".{name}.partial")
    scratch.mkdir(parents=True, exist_ok=True)
    (scratch / "model.py").write_text(model_for(name), encoding="utf-8")
    (scratch / "submission.yaml").write_text(FORM.format(id=name, task=task), encoding="utf-8")
    (scratch / "README.md").write_text(README.format(id=name, task=task), encoding="utf-8")
    scratch.rename(folder)  # all of it or nothing
    return folder


def model_for(name: str) -> str:
    """The ``model.py`` that a new submission begins with."""
    source = Path(template.__file__).read_text(encoding="utf-8")
    return source.replace("class Template(", f"class {_class_name(name)}(")


def _class_name(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
