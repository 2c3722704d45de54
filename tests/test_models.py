"""Finding models, reading their parameters, and the digest of their source."""

import importlib.util
import os
import py_compile
import sys
from pathlib import Path
from typing import Literal

import pytest

from benchmark.errors import InputError
from benchmark.models import (
    Between,
    choose,
    find_models,
    imported_libraries,
    load_model,
    read_models,
    says_the_same,
    source,
    source_digest,
)
from benchmark.models.hints import hint_of, spelled
from benchmark.models.written import written
from benchmark.sandbox import CONFINED, available, strongest
from tests import toy


def odd_submissions(root):
    """Why folders of ``submissions/`` are no model."""
    return read_models(root, lambda name, path: None)[1]


CHOICES = """
from typing import Literal
from benchmark.models import Model

class Choices(Model):
    def __init__(self, *, fusion: Literal["early", "late"] = "early", steps: int = 3, rate: float = 0.1, modalities: tuple[str, ...] = (), seed: int = 0):
        pass
    def fit(self, train, valid): ...
    def predict(self, patients): ...
"""


@pytest.fixture
def root(tmp_path):
    toy.write_model(tmp_path, "choices", CHOICES)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("choices", "choices"),
        ("choices[steps=3]", "choices"),  # a default that is spelled out is still the default
        ("choices[steps=4,fusion=late]", "choices[fusion=late,steps=4]"),
        ("choices[modalities=a+b]", "choices[modalities=a+b]"),
        ("choices[rate=1]", "choices[rate=1.0]"),
    ],
)
def test_labels(root, text, label):
    assert choose(root, text).label == label


def test_parameters_on_the_command_line_win(root):
    assert choose(root, "choices[steps=4]", {"steps": "5"}).parameters == {"steps": 5}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("choice", "unknown model 'choice' in baselines/ and submissions/; did you mean choices"),
        ("choices[step=4]", "unknown parameter 'step' in choices; did you mean steps"),
        ("choices[fusion=middle]", "choices: parameter fusion='middle': input should be 'early' or 'late'"),
        ("choices[steps=many]", "choices: parameter steps='many'"),
        ("choices[seed=4]", "use --seed"),
        ("choices[modalities=a+a]", "names one twice"),
        ("choices[late]", "'late' is not key=value"),
        ("choices[search=" + "9" * 5000 + "]", "expected the number of trials"),
        ("choices[steps=9223372036854775808]", "parameter steps='9223372036854775808': expected a whole number of at most 64 bits"),
        ("choices[rate=1e999]", "choices: parameter rate='1e999': expected a finite number"),
        ("choices[rate=nan]", "expected a finite number"),
        ("choices[modalities=" + "a+" * 150 + "b]", "names one twice"),
        ("choices[modalities=" + "+".join(map(str, range(100))) + "]", "its label has 309 characters, more than 200"),
        ("choices[a=[b]]", "expected NAME or NAME"),
        ("none.py", "no such model file"),
    ],
)
def test_wrong_names_and_values(root, text, message):
    with pytest.raises(InputError, match=message.replace("[", r"\[")):
        choose(root, text)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("x = 1", "defines none; expected exactly one subclass"),
        (toy.SIGNAL + "\nclass Second(Signal): pass", "defines Signal, Second"),
        ("import no_such_package", "cannot be imported .ModuleNotFoundError"),
        ("import sys; sys.exit(3)", "cannot be imported .SystemExit"),
        ("def f(:", "cannot be imported .SyntaxError"),
    ],
)
def test_files_that_are_no_model(tmp_path, body, message):
    with pytest.raises(InputError, match=message):
        load_model(toy.write_model(tmp_path, "odd", body))


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ("steps", "has no default"),
        ("**more", "name every hyper-parameter"),
        ("path=__import__('pathlib').Path()", "its default is a PosixPath"),
        ("steps: int = 16 ** 3500", "at most 64 bits"),
        ("rates: tuple[float, ...] = (0.5, float('inf'))", "expected a finite number"),
    ],
)
def test_hyper_parameters_that_cannot_be_recorded(tmp_path, parameter, message):
    toy.write_model(tmp_path, "odd", toy.SIGNAL.replace("*, sign: float = 1.0, modalities: tuple[str, ...] = (), seed: int = 0", parameter))
    with pytest.raises(InputError, match=message):
        choose(tmp_path, "odd")


def test_ids(tmp_path):
    toy.write_model(tmp_path, "Not-an-id")
    with pytest.raises(InputError, match="not lower_snake_case"):
        find_models(tmp_path)


def test_a_submission_and_a_baseline_may_not_share_an_id(tmp_path):
    toy.write_model(tmp_path, "mine")
    (tmp_path / "submissions" / "mine").mkdir(parents=True)
    (tmp_path / "submissions" / "mine" / "model.py").write_text(toy.SIGNAL)
    assert find_models(tmp_path) == {"mine": tmp_path / "baselines" / "mine.py"}
    assert "the id 'mine' is taken by" in odd_submissions(tmp_path)[0]


def test_a_broken_neighbour_is_left_out_and_named(tmp_path):
    """A link is one too: its target may lie where models run without walls."""
    folder = tmp_path / "submissions"
    for name in ("good", "Not-an-id", "linked", "outside", "Fine-\u202e"):
        (folder / name).mkdir(parents=True)
        (folder / name / "model.py").write_text(toy.SIGNAL)
    (folder / "linked" / "model.py").unlink()
    (folder / "linked" / "model.py").symlink_to(toy.write_model(tmp_path, "target"))
    (folder / "elsewhere").symlink_to(folder / "outside", target_is_directory=True)
    assert sorted(find_models(tmp_path)) == ["good", "outside", "target"]
    problems = odd_submissions(tmp_path)
    assert len(problems) == 4
    assert all(problem.isascii() for problem in problems)
    assert [("not lower_snake_case" in item, "no plain file" in item) for item in problems].count((False, True)) == 2
    for name in ("linked", "Not-an-id"):
        with pytest.raises(InputError, match=r"plain file|lower_snake_case"):
            choose(tmp_path, name, isolation="none")


def piped(folder):
    os.mkfifo(folder / "genes.txt")


def linked(folder):
    (folder / "genes.txt").symlink_to("/proc/self/mem")


def linked_below(folder):
    (folder / "tables").mkdir()
    (folder / "tables" / "more").symlink_to("/proc", target_is_directory=True)


def linked_cache(folder):
    (folder / "__pycache__").symlink_to("/", target_is_directory=True)


def endless(folder):
    with (folder / "genes.txt").open("wb") as file:
        file.truncate(1 << 40)


def crowded(folder):
    for number in range(source.ENTRIES):
        (folder / f"{number}.txt").touch()


@pytest.mark.parametrize("spoil", [piped, linked, linked_below, linked_cache, endless, crowded])
def test_a_folder_that_cannot_be_read_to_its_end_takes_no_other_down(tmp_path, spoil):
    good, bad = (tmp_path / "submissions" / name for name in ("good", "bad"))
    for folder in (good, bad):
        folder.mkdir(parents=True)
        (folder / "model.py").write_text(toy.SIGNAL)
    (good / "__pycache__").mkdir()
    linked(good / "__pycache__")  # is no part of the model, and nobody reads it
    spoil(bad)
    read, left_out = read_models(tmp_path, lambda name, path: source_digest(path))
    assert sorted(read) == ["good"]
    assert len(left_out) == 1
    assert left_out[0].startswith(f"{bad}/model.py: is left out: ")
    with pytest.raises(InputError, match="is left out: "):
        choose(tmp_path, "bad", isolation="none")


def test_a_folder_that_may_not_be_looked_through_is_named(tmp_path, monkeypatch):
    def refuse(folder):
        raise PermissionError(13, "Permission denied")

    submit(tmp_path, toy.SIGNAL)
    monkeypatch.setattr(source, "_entries", refuse)
    assert "cannot be looked through (Permission denied)" in odd_submissions(tmp_path)[0]


def test_a_submission_may_be_named_by_its_folder(tmp_path, monkeypatch):
    path = submit(tmp_path, toy.SIGNAL)
    monkeypatch.chdir(tmp_path)
    for text in ("submissions/strange", "./submissions/strange/", str(path.parent), "submissions/strange[sign=-1]"):
        choice = choose(tmp_path, text, isolation="none")
        assert (choice.name, choice.source, choice.submitted) == ("strange", "submissions/strange/model.py", True)
    with pytest.raises(InputError, match="unknown model 'submissions'"):
        choose(tmp_path, "submissions", isolation="none")


def test_what_runs_is_the_text_that_a_reader_sees(tmp_path):
    """A coding line would make Python read other lines than those that stand there."""
    hidden = "# -*- coding: utf-7 -*-\n# the seed is not needed+AAo-raise ValueError('seen by nobody')+AAo-\n"
    assert load_model(toy.write_model(tmp_path, "signal", hidden + toy.SIGNAL)).__name__ == "Signal"
    path = tmp_path / "baselines" / "latin.py"
    path.write_bytes(b"# coding: latin-1\n# \xe4\n" + toy.SIGNAL.encode())
    with pytest.raises(InputError, match=r"cannot be imported .UnicodeDecodeError"):
        load_model(path)


def test_a_file_that_is_no_python_or_endless_imports_nothing(tmp_path, monkeypatch):
    path = submit(tmp_path, "import numpy\n")
    for name, text in (("broken", "import pandas\nx = ("), ("deep", "x = (" + "-\n" * 3000 + "1)"), ("nul", "x = '\0'")):
        (path.parent / f"{name}.py").write_text(text)
    assert imported_libraries(path) == {"numpy"}
    monkeypatch.setattr("benchmark.models.tree.SOURCE_BYTES", 10)
    assert imported_libraries(path) == set()


def test_the_source_digest_covers_what_a_baseline_imports(tmp_path, monkeypatch):
    package = tmp_path / "baselines"
    (package / "shared").mkdir(parents=True)
    for folder in (package, package / "shared"):
        (folder / "__init__.py").write_text("")
    (package / "shared" / "deep.py").write_text("x = 1")
    (package / "shared" / "part.py").write_text("from baselines.shared import deep")
    model = toy.write_model(tmp_path, "signal", "from baselines.shared.part import deep\n" + toy.SIGNAL)
    for name in [name for name in __import__("sys").modules if name.partition(".")[0] == "baselines"]:
        monkeypatch.delitem(__import__("sys").modules, name)
    monkeypatch.syspath_prepend(str(tmp_path))
    before = source_digest(model)
    assert source_digest(model) == before
    (package / "shared" / "deep.py").write_text("x = 2")
    assert source_digest(model) != before


def test_the_source_digest_of_a_submission_covers_its_folder(tmp_path):
    model = tmp_path / "submissions" / "mine" / "model.py"
    model.parent.mkdir(parents=True)
    model.write_text(toy.SIGNAL)
    before = source_digest(model)
    (model.parent / "weights.json").write_text("{}")
    assert source_digest(model) != before


STRANGE = '''
"""Leaves a mark where it is imported."""
import os
from typing import Literal
from benchmark.models import Between, Model

try:
    open({mark!r}, "w").write("imported")
except OSError:
    pass

class Strange(Model):
    """Does nothing \x1b[31mstrange.

    And more.
    """
    kinds = ("survival", "binary")
    needs = ("genomics",)
    max_modalities = 2
    search_space = {{"rate": Between(0.1, 1.0, log=True), "fusion": ("early", "late")}}
    def __init__(self, *, rate: float = 0.5, fusion: Literal["early", "late"] = "early", steps: int | None = None,
                 sizes: tuple[int, ...] = (8, 4), modalities: tuple[str, ...] = (), seed: int = 0):
        pass
    def fit(self, train, valid): ...
    def predict(self, patients): ...
'''


def submit(root: Path, body: str, sheet: str = "modalities: [clinical, genomics]\n") -> Path:
    folder = root / "submissions" / "strange"
    folder.mkdir(parents=True)
    (folder / "model.py").write_text(body)
    (folder / "submission.yaml").write_text(sheet)
    return folder / "model.py"


def skip_without_sandbox() -> None:
    if all(available()[kind] for kind in CONFINED):
        pytest.skip(f"no sandbox works here: {available()}")


def test_a_submission_is_described_and_never_imported_here(tmp_path):
    skip_without_sandbox()
    mark = tmp_path / "mark"
    path = submit(tmp_path, STRANGE.format(mark=str(mark)))
    choice = choose(tmp_path, "strange[rate=1,steps=4,sizes=3+2]")
    assert not mark.exists()
    assert not [name for name, module in sys.modules.items() if getattr(module, "__file__", None) == str(path)]
    assert choice.label == "strange[rate=1.0,sizes=3+2,steps=4]"
    assert choice.isolation in CONFINED
    facts = choice.facts
    assert (facts.kinds, facts.needs, facts.max_modalities, facts.summary) == (
        ("survival", "binary"),
        ("genomics",),
        2,
        "Does nothing  [31mstrange.",
    )
    assert facts.search_space == {"rate": Between(0.1, 1.0, True), "fusion": ("early", "late")}
    assert choice.modalities(("genomics", "ct", "clinical"), ("ct",)) == ("genomics", "clinical")
    with pytest.raises(InputError, match="parameter fusion='middle': input should be 'early' or 'late'"):
        choose(tmp_path, "strange[fusion=middle]")
    assert choose(tmp_path, str(path)).isolation in CONFINED  # by its path too
    assert choose(tmp_path, "strange", isolation="none").isolation == "none"
    assert mark.exists()  # without walls, in a process of its own
    assert not [name for name, module in sys.modules.items() if getattr(module, "__file__", None) == str(path)]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("import os; os._exit(3)", "ended with exit code 3"),
        ("x = 1", "defines none; expected exactly one subclass"),
        ("raise ValueError('\\x1b[31mred')", r"ValueError: \[31mred"),
        (STRANGE.format(mark="/nowhere/mark").replace("steps: int | None = None", "steps: dict = {}"), "its default is a dict"),
        (STRANGE.format(mark="/nowhere/mark").replace('kinds = ("survival", "binary")', 'kinds = ("regression",)'), "kinds"),
    ],
)
def test_a_submission_that_cannot_be_described_is_one_line(tmp_path, body, message):
    skip_without_sandbox()
    submit(tmp_path, body)
    with pytest.raises(InputError, match=message) as caught:
        choose(tmp_path, "strange")
    assert str(caught.value).isprintable()


LIAR = """
import sys
D = vars(sys)["mod" + "ules"]["benchmark.models.describe"]
D.facts_of = lambda model, path, true=D.facts_of: true(model, path).model_copy(update={"modalities": ("rna",), "resources": None})
D._sheet = D._named = lambda sheet: {"modalities": [], "resources": None}
"""


def test_what_the_file_does_when_it_is_imported_moves_neither_limits_nor_modalities(tmp_path):
    skip_without_sandbox()
    sheet = "modalities: [clinical]\nresources: {memory_gib: 1, seconds_per_fold: 7}\n"
    submit(tmp_path, STRANGE.format(mark=str(tmp_path / "mark")) + LIAR, sheet)
    facts = choose(tmp_path, "strange").facts
    assert facts.modalities == ("clinical",)
    assert (facts.resources.memory, facts.resources.seconds_per_fold) == (1 << 30, 7)


@pytest.mark.parametrize("default", ["int.from_bytes(os.urandom(3), 'big')", "int(time.time()) % 7 + 90", "DRAWN"])
def test_a_default_that_is_drawn_is_refused(tmp_path, default):
    skip_without_sandbox()
    body = STRANGE.format(mark=str(tmp_path / "mark")).replace("steps: int | None = None", f"steps: int = {default}")
    submit(tmp_path, "import os, time\nDRAWN = os.getpid()\n" + body)
    with pytest.raises(InputError, match="parameter 'steps': its default is not a plain value that stands in __init__"):
        choose(tmp_path, "strange")


def test_the_defaults_that_stand_are_those_of_the_text_that_runs(tmp_path):
    """A coding line is a comment to what runs; read by it, ``+AGI-`` would be a letter."""
    path = submit(tmp_path, "# -*- coding: utf-7 -*-\nclass A:\n    def __init__(self, *, text='+AGI-'): ...\n")
    assert written({"path": str(path)})["constructors"] == [{"text": "+AGI-"}]


def test_what_is_drawn_when_it_is_imported_is_not_the_same_again(tmp_path):
    skip_without_sandbox()
    body = STRANGE.format(mark=str(tmp_path / "mark"))
    path = submit(
        tmp_path,
        body.replace("Between(0.1, 1.0, log=True)", "Between(0.1, 1.0 + os.getpid() + time.time(), log=True)").replace(
            "import os", "import os, time"
        ),
    )
    assert not says_the_same(path, strongest())
    path.write_text(body)
    assert says_the_same(path, strongest())


def test_a_default_may_be_the_name_of_a_plain_value(tmp_path):
    skip_without_sandbox()
    body = STRANGE.format(mark=str(tmp_path / "mark")).replace("steps: int | None = None", "steps: int = STEPS")
    submit(tmp_path, "STEPS = 40\n" + body)
    assert choose(tmp_path, "strange").facts.parameters["steps"].default == 40


@pytest.mark.parametrize(
    "answer",
    [{}, {"facts": {}}, {"facts": {"kinds": ["survival"] * 9}}, {"facts": None}, {"problem": "x\ny"}],
)
def test_what_a_submission_says_of_itself_is_not_believed(tmp_path, monkeypatch, answer):
    path = submit(tmp_path, f"# {answer}")
    stands = {"modalities": [], "resources": {}, "constructors": []}
    monkeypatch.setattr("benchmark.models.describe.confined_call", lambda job, *_: answer if job.endswith(":describe") else stands)
    with pytest.raises(InputError) as caught:
        choose(tmp_path, str(path), isolation="none")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "hint", [bool, int, float, str, int | None, tuple[str, ...], tuple[int, float], Literal["a", 1, None], tuple[int | None, ...]]
)
def test_types_as_text_and_back(hint):
    assert hint_of(spelled(hint)) == hint


@pytest.mark.parametrize(
    "hint", ["Literal[()]", "tuple[()]", "Literal[[1]]", "Literal[{1: 2}]", "tuple[" * 90 + "int" + "]" * 90, "", "\0"]
)
def test_whatever_type_a_submission_claims_is_one_line(tmp_path, monkeypatch, hint):
    """The hint comes back from behind the walls as text; the library that reads it need not be up to any."""
    facts = {"kinds": ["survival"], "needs": [], "min_modalities": 0, "max_modalities": 1, "search_space": {}}
    answer = {"facts": {**facts, "parameters": {"fusion": {"hint": hint, "default": 1}}}}
    path = submit(tmp_path, f"# {hint!r}")
    stands = {"modalities": [], "resources": {}, "constructors": [{"fusion": 1}]}
    monkeypatch.setattr("benchmark.models.describe.confined_call", lambda job, *_: answer if job.endswith(":describe") else stands)
    with pytest.raises(InputError, match="parameter fusion='early': ") as caught:
        choose(tmp_path, "strange[fusion=early]", isolation="none")
    assert path.exists()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "text", ["Literal[()]", "__import__('os')", "list[int]", "Literal[x]", "int.real", "tuple[", "lambda: int", "tuple[dict, ...]"]
)
def test_a_text_that_is_no_type_is_refused(text):
    with pytest.raises(ValueError, match=r"type|malformed"):
        hint_of(text)


def test_what_is_compiled_already_is_not_believed(tmp_path):
    path = toy.write_model(tmp_path, "signal")
    other = toy.write_model(tmp_path, "other", toy.SIGNAL.replace("class Signal", "class Forged"))
    compiled = Path(importlib.util.cache_from_source(path))
    compiled.parent.mkdir()
    py_compile.compile(str(other), str(compiled), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    assert load_model(path).__name__ == "Signal"


def test_the_source_digest_does_not_depend_on_how_the_path_is_written(monkeypatch):
    root = Path(__file__).parents[1]
    monkeypatch.chdir(root)
    assert source_digest(Path("baselines/mlp.py")) == source_digest(root / "baselines" / "mlp.py")
