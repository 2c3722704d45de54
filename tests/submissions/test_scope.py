"""A submission touches nothing outside its folder."""

import subprocess
from pathlib import Path

import pytest

from benchmark.errors import InputError
from benchmark.submissions.scope import check_scope, tracked
from tests.submissions.made_up import write


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-c", "user.name=T", "-c", "user.email=t@example.org", *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "README.md").write_text("ours\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "start")
    git(tmp_path, "checkout", "-q", "-b", "mine")
    return tmp_path


def test_what_changes_outside_is_named_committed_or_not(checkout: Path) -> None:
    folder = write(checkout)
    finding = check_scope(checkout, folder, "main")
    assert (finding.severity, finding.message) == ("ok", "2 files differ from main, all in submissions/mine/")
    (checkout / "README.md").write_text("theirs\n")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-q", "-m", "mine")
    assert "1 files outside submissions/mine/ differ from main: README.md" in check_scope(checkout, folder, "main").message
    write(checkout, "mine_too")
    finding = check_scope(checkout, folder, "main")
    assert (finding.check, finding.severity) == ("scope", "fail")
    assert "README.md, submissions/mine_too/model.py" in finding.message


def test_what_others_did_since_is_not_held_against_it(checkout: Path) -> None:
    git(checkout, "checkout", "-q", "main")
    (checkout / "README.md").write_text("newer\n")
    git(checkout, "commit", "-q", "-am", "newer")
    git(checkout, "checkout", "-q", "mine")
    assert check_scope(checkout, write(checkout), "main").severity == "ok"


@pytest.mark.parametrize(
    ("revision", "says"),
    [
        ("nowhere", "--against nowhere: git knows no such revision"),
        ("apart", "--against apart: git finds no common ancestor"),
        ("--output=/tmp/x", "expected a revision"),
    ],
)
def test_a_revision_that_is_none_is_bad_input(checkout: Path, revision: str, says: str) -> None:
    git(checkout, "checkout", "-q", "--orphan", "apart")
    git(checkout, "commit", "-q", "-m", "no history")
    git(checkout, "checkout", "-q", "mine")
    with pytest.raises(InputError, match=says):
        check_scope(checkout, write(checkout), revision)


def test_what_git_knows_of_a_folder(checkout: Path) -> None:
    folder = write(checkout)
    assert tracked(checkout, folder) == frozenset()
    git(checkout, "add", "-A")
    assert tracked(checkout, folder) == {"model.py", "submission.yaml"}


def test_without_a_checkout_nobody_knows(tmp_path: Path) -> None:
    assert tracked(tmp_path, write(tmp_path)) is None
