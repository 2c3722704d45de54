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
        ({"colour": "red"}, "key colour"),
        ({"tasks": []}, "key tasks"),
        ({"tasks": "toy"}, "key tasks: expected a list"),
        ({"tasks": ["../../etc/passwd"]}, "key tasks.0"),
        ({"id": "../mine"}, "key id"),
        ({"id": "other"}, "differs from the folder's name 'mine'"),
        ({"paper": "javascript:alert(1)"}, "key paper"),
        ({"paper": "https://x y"}, "key paper"),
        ({"title": "a\nb"}, "key title"),
        ({"authors": []}, "key authors"),
        ({"parameters": {"a": "$(rm -rf /)"}}, "key parameters.a"),
        ({"parameters": {"a": [1, 2]}}, "key parameters.a"),
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
