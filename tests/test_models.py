"""Finding models, reading their parameters, and the digest of their source."""

import pytest

from benchmark.errors import InputError
from benchmark.models import choose, find_models, load_model, source_digest
from tests import toy

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
    with pytest.raises(InputError, match="the id 'mine' is taken"):
        find_models(tmp_path)


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
