"""Submission folders that a stranger might commit: each function spoils a good one."""

import os
import pickle
import socket
from pathlib import Path

FORM = """\
id: hostile
title: "A model in one line"
authors: [{name: "A. Author"}]
licence: Apache-2.0
kind: model
tasks: [toy]
training_data: none
conflicts_of_interest: none
"""
MODEL = '''\
"""Risk is the first gene."""
from benchmark.models import Model

class Hostile(Model):
    """Risk is the first gene."""
    needs = ("genomics",)
    def __init__(self, *, seed: int = 0): ...
    def fit(self, train, valid): ...
    def predict(self, patients):
        return patients.block("genomics")["gene_0"].to_numpy()
'''
OUTCOMES = "data/cohorts/real/toy/outcomes.parquet"


def good(root: Path, name: str = "hostile") -> Path:
    """``submissions/<name>`` that nothing is wrong with."""
    folder = root / "submissions" / name
    folder.mkdir(parents=True)
    (folder / "submission.yaml").write_text(FORM.replace("hostile", name))
    (folder / "model.py").write_text(MODEL)
    return folder


def predictions_only(folder: Path, table: bytes) -> None:
    (folder / "model.py").unlink()
    (folder / "predictions.csv").write_bytes(table)
    form = folder / "submission.yaml"
    form.write_text(form.read_text().replace("kind: model", "kind: predictions"))


class Trap:
    """A pickle that makes a folder when it is read."""

    def __init__(self, where: Path) -> None:
        self.where = str(where)

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (self.where,)


def pickled(folder: Path) -> None:
    (folder / "weights.csv").write_bytes(pickle.dumps(Trap(folder / "trap")))


def pickled_as_text(folder: Path) -> None:
    """The oldest protocol of pickle is ASCII; nothing may read it."""
    (folder / "weights.txt").write_bytes(pickle.dumps(Trap(folder / "trap"), protocol=0))
    (folder / "model.py").write_text("import pickle\n" + MODEL)


def numpy_archive(folder: Path) -> None:
    import numpy as np

    np.savez(folder / "weights.npz", np.array([Trap(folder / "trap")], dtype=object))


def compiled(folder: Path) -> None:
    """Python would run this in place of the source, without looking at it."""
    import importlib._bootstrap_external as loader
    from importlib.util import cache_from_source, source_hash

    code = compile(MODEL.replace("gene_0", "gene_1"), "model.py", "exec")
    target = Path(cache_from_source(str(folder / "model.py")))
    target.parent.mkdir()
    target.write_bytes(loader._code_to_hash_pyc(code, source_hash(MODEL.encode()), False))


def symlink_to_outcomes(folder: Path) -> None:
    (folder / "notes.txt").symlink_to(folder.parents[1] / OUTCOMES)


def symlink_that_leaves(folder: Path) -> None:
    (folder / "notes.txt").symlink_to("../../tasks/toy/folds.csv")


def symlinked_model(folder: Path) -> None:
    (folder / "model.py").unlink()
    (folder / "model.py").symlink_to("/etc/hostname")


def symlinked_subfolder(folder: Path) -> None:
    (folder / "data").symlink_to(folder.parents[1] / "data", target_is_directory=True)


def hardlink_to_outcomes(folder: Path) -> None:
    os.link(folder.parents[1] / OUTCOMES, folder / "notes.txt")


def pipe(folder: Path) -> None:
    """Whoever reads it waits for ever."""
    os.mkfifo(folder / "notes.txt")


def pipe_for_a_form(folder: Path) -> None:
    (folder / "submission.yaml").unlink()
    os.mkfifo(folder / "submission.yaml")


def door(folder: Path) -> None:
    here = Path.cwd()
    os.chdir(folder)  # a socket's path may not be long
    try:
        socket.socket(socket.AF_UNIX).bind("notes.txt")
    finally:
        os.chdir(here)


def hidden(folder: Path) -> None:
    (folder / ".notes.txt").write_text("nobody looks here")


def machine_code(folder: Path) -> None:
    (folder / "fast.txt").write_bytes(b"\x7fELF\x02\x01\x01")


def large(folder: Path) -> None:
    with (folder / "notes.txt").open("wb") as file:
        file.truncate(1 << 40)  # a tebibyte of nothing: no reader may begin with it


def many(folder: Path) -> None:
    for number in range(500):
        (folder / f"notes{number}.txt").write_text("x")


def deep(folder: Path) -> None:
    place = folder.joinpath(*["d"] * 20)
    place.mkdir(parents=True)
    (place / "notes.txt").write_text("x")


def name_of_no_text(folder: Path) -> None:
    (Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.txt"))).write_text("x")


def name_that_speaks(folder: Path) -> None:
    (folder / "\x1b]0;owned\x07 [click](evil) @everyone.exe").write_text("x")


FILES = {
    pickled: "a pickle",
    numpy_archive: "weights.npz is not of a kind",
    compiled: "compiled code",
    symlink_to_outcomes: "notes.txt is a symbolic link",
    symlink_that_leaves: "notes.txt is a symbolic link",
    symlinked_model: "model.py is a symbolic link",
    symlinked_subfolder: "data is a symbolic link",
    hardlink_to_outcomes: "notes.txt is a hard link",
    pipe: "no regular file",
    pipe_for_a_form: "no regular file",
    door: "no regular file",
    hidden: "hidden",
    machine_code: "machine code",
    large: "bytes are allowed|bytes; ",
    many: "more than",
    deep: "folders deep",
    name_of_no_text: "name",
    name_that_speaks: "is not of a kind|name",
}
FORMS = {
    "id: ../../baselines/coxnet": "key id",
    "id: /etc": "key id",
    "id: other": "differs from the folder's name",
    "tasks: [../../../etc]": "key tasks",
    "tasks: [/etc/passwd]": "key tasks",
    "modalities: ['..']": "key modalities",
    "model: /etc/passwd": "key model",
    "dependencies: ['--index-url=https://evil.example', 'torch']": "key dependencies",
    "dependencies: ['git+https://evil.example/x']": "key dependencies",
    "parameters: {alpha: '../../x'}": "key parameters",
    "parameters: {__class__: 1}": "key parameters",
    "resources: {memory_gib: .inf}": "key resources",
    "resources: {seconds_per_fold: 1e9}": "key resources",
    "code: javascript:alert(1)": "key code",
    "code: file:///etc/passwd": "key code",
    'title: "\\e]0;owned\\a"': "key title",
    "title: &a [*a]": "anchors and aliases",
    "title: !!python/object/apply:os.system ['touch trap']": "tags",
    "title: !!binary aGVsbG8=": "tags",
    "<<: {id: other}": "key <<|not valid YAML",
    "kind: model\nkind: predictions": "stands twice",
    "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]": "anchors and aliases",
    "title: " + "[" * 5000: "nested|not valid YAML",
    "title: " + "9" * 9000: "key title|cannot be read",
    "title: '" + "a" * 100_000 + "'": "more than 16384 bytes",
    "title: 2026-99-99": "key title|cannot be read",
    "parameters: {penalty: " + "1:" * 300 + "1.5}": "key parameters",
    "parameters: {penalty: 0x" + "f" * 8000 + "}": "key parameters",
    "parameters: {penalty: 0x" + "f" * 3500 + "}": "key parameters",
    "%YAML 1.1\n---\ntitle: x": "directives|not valid YAML",
    "- a list": "not valid YAML|top level",
}
SOURCES = {
    "import socket\n": "imports socket",
    "import subprocess\n": "imports subprocess",
    "import ctypes\n": "imports ctypes",
    "import pickle\n": "imports pickle",
    "import os; os.fork()\n": "calls os.fork",
    "import benchmark.runner.fold\n": "imports benchmark.runner.fold",
    "from benchmark import scoring\n": "imports benchmark",
    "from baselines import coxnet\n": "imports baselines",
    "from . import other\n": "relative import",
    "exec('1')\n": "calls exec",
    "import a_package_that_is_not_there\n": "which is not there",
    "import pytest.__main__\n": "pytest",
    "x = 1\0\n": "no Python source|NUL",
    "x = " + "(\n" * 400 + ")\n" * 400: "no Python source",
    "x = (" + "-\n" * 3000 + "1)\n": "nested more than|no Python source",
    "x = (" + "+\n".join(["1"] * 3000) + ")\n": "nested more than|no Python source",
    "# coding: unicode_escape\n# harmless \\nimport socket\n": "coding|imports socket",
    "# coding: utf-7\n# +AAo-import socket\n": "coding|imports socket",
    "# harmless\rimport socket\n": "a character that nobody sees",
    "# \u202etekcos tropmi\n": "a character that nobody sees",
    "x = 1;" + " " * 200 + "import socket\n": "blanks in a row",
    "x = '" + "a" * 1000 + "'\n": "characters, more than",
}
