"""``submission.yaml`` is a stranger's file: what is no plain form is refused in one line that names file, key and remedy."""

import os
from pathlib import Path

import pytest

from benchmark.errors import InputError
from benchmark.submissions.spec import read_spec
from tests.submissions.made_up import write


def test_a_form_is_read(tmp_path: Path) -> None:
    spec = read_spec(
        write(tmp_path, parameters={"alpha": 0.5, "deep": True, "sort": "early"}, resources={"memory_gib": 2, "seconds_per_fold": 60})
    )
    assert (spec.id, spec.tasks, spec.kind, spec.resources.memory_gib) == ("mine", ("toy",), "model", 2)
    assert spec.given() == {"alpha": "0.5", "deep": "True", "sort": "early"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"licence": None}, "key licence"),
        ({"licence": None, "license": "MIT"}, "key licence: is missing; 'license' is no key"),
        ({"licence": "Apache 2.0"}, "key licence: expected an SPDX identifier, such as Apache-2.0"),
        ({"parameters": {"search": 5}}, "key parameters: 'search' is no parameter of a model"),
        ({"parameters": {"a": [3]}}, "key parameters.a: expected true, false, a number, or a word"),
        ({"colour": "red"}, "key colour: is no key of the form"),
        ({"tasks": []}, "key tasks"),
        ({"tasks": "toy"}, "key tasks: expected a list"),
        ({"tasks": ["toy", "toy"]}, "key tasks: 'toy' stands twice"),
        ({"modalities": ["rna", "ct", "rna"]}, "key modalities: 'rna' stands twice"),
        ({"tasks": ["../../etc/passwd"]}, "key tasks.0"),
        ({"id": "../mine"}, "key id"),
        ({"id": "other"}, "differs from the folder's name 'mine'"),
        ({"paper": "javascript:alert(1)"}, "key paper"),
        ({"paper": "https://x y"}, "key paper"),
        ({"title": "a\nb"}, "key title"),
        ({"authors": []}, "key authors"),
        ({"parameters": {"a": "$(rm -rf /)"}}, "key parameters.a"),
        ({"parameters": {"a": [1, 2]}}, "key parameters.a"),
        ({"parameters": {"a": float("inf")}}, "key parameters.a"),
        ({"parameters": {"a": float("nan")}}, "key parameters.a"),
        ({"dependencies": ["git+https://evil"]}, "key dependencies.0"),
        ({"resources": {"memory_gib": 10_000}}, "key resources.memory_gib"),
        ({"training_data": "x" * 3000}, "key training_data"),
    ],
)
def test_a_wrong_key_is_named(tmp_path: Path, changes: dict, says: str) -> None:
    with pytest.raises(InputError, match=r"submission\.yaml") as caught:
        read_spec(write(tmp_path, **changes))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id: &a mine\ntitle: *a\n", "line 1: anchors and aliases are refused"),
        ("a: [x]\nb: *c\n", "anchors and aliases"),
        ("id: !!python/object/apply:os.system [ls]\n", "tags and directives are refused"),
        ("%YAML 1.1\n---\nid: mine\n", "tags and directives"),
        ("[" * 5000, "nested more than"),
        ("id: mine\nid: yours\n", "'id' stands twice"),
        ("id: 2026-99-99\n", "submission.yaml"),
        ("- just\n- a list\n", "top level"),
        ("a: [b\n", "not valid YAML"),
        ("x: " + "y" * 20_000, "more than 16384 bytes"),
        ("", "top level"),
        ("id: \x00\n", "not valid YAML"),
    ],
)
def test_what_is_no_plain_yaml_is_refused(tmp_path: Path, text: str, says: str) -> None:
    folder = write(tmp_path)
    (folder / "submission.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        read_spec(folder)
    assert says in str(caught.value)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    "number",
    ["1:1.5", ":".join(["1"] * 300) + ":1.5", ":".join(["1"] * 300), "0x" + "f" * 8000, "0x" + "f" * 3500, "0b" + "1" * 70, "9" * 4000],
)
def test_a_number_that_no_reader_sees_is_refused(tmp_path: Path, number: str) -> None:
    """Base 60, bases 2 and 16, and more digits than a table can hold: they overflow, or fill a label."""
    folder = write(tmp_path)
    form = folder / "submission.yaml"
    form.write_text(form.read_text().replace("parameters: {}", f"parameters: {{penalty: {number}}}"))
    with pytest.raises(InputError, match=r"key parameters\.penalty") as caught:
        read_spec(folder)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    ("text", "value"), [("3", 3), ("-3", -3), ("0.5", 0.5), (".5", 0.5), ("1.e-3", 0.001), ("1e-3", "1e-3"), ("yes", True), ("010", "010")]
)
def test_numbers_are_read_as_they_are_written(tmp_path: Path, text: str, value: object) -> None:
    folder = write(tmp_path)
    form = folder / "submission.yaml"
    form.write_text(form.read_text().replace("parameters: {}", f"parameters: {{penalty: {text}}}"))
    assert read_spec(folder).parameters == {"penalty": value}


def test_a_form_that_is_no_file_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path)
    form = folder / "submission.yaml"
    (outside := tmp_path / "elsewhere.yaml").write_bytes(form.read_bytes())
    form.unlink()
    form.symlink_to(outside)
    with pytest.raises(InputError, match="plain file of the folder"):
        read_spec(folder)
    form.unlink()
    os.mkfifo(form)
    with pytest.raises(InputError, match="no regular file"):
        read_spec(folder)
    form.unlink()
    with pytest.raises(InputError, match="cannot be read"):
        read_spec(folder)
    form.write_bytes(b"id: \xff")
    with pytest.raises(InputError, match="not UTF-8"):
        read_spec(folder)
