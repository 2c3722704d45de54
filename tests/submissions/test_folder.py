"""Only little, plain text lies in a submission's folder."""

import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from benchmark.submissions.folder import FILE_BYTES, FILES, check_folder
from tests.submissions.made_up import write


def only(folder: Path, tracked: frozenset[str] | None = None) -> str:
    (finding,) = check_folder(folder, tracked)
    assert (finding.check, finding.severity) == ("folder", "fail")
    assert finding.remedy
    return finding.message


def test_a_plain_folder_passes(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "genes.csv").write_text("gene\nEGFR\n")
    (folder / "LICENSE").write_text("MIT\n")
    (finding,) = check_folder(folder)
    assert (finding.severity, finding.message.partition(" ")[0]) == ("ok", "4")


def _zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("data.pkl", b"x")
    return buffer.getvalue()


def _array() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.arange(3))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "sort"),
    [
        *((pickle.dumps({"weights": [1.0]}, protocol), "a pickle") for protocol in (2, 3, 4, 5)),
        (_zipped(), "a zip archive"),
        (_array(), "a NumPy array"),
        (b"\x7fELF\x02", "machine code"),
        (b"abc\xff\xfe", "not text"),
        (b"abc\0def", "not text"),
    ],
)
def test_what_is_no_text_is_named_whatever_it_is_called(tmp_path: Path, content: bytes, sort: str) -> None:
    folder = write(tmp_path)
    (folder / "notes.txt").write_bytes(content)
    assert sort in only(folder)


@pytest.mark.parametrize("name", ["weights.pkl", "model.pt", "table.npz", "run.sh", "model.so", "Makefile", ".hidden.py"])
def test_a_kind_of_file_that_is_not_accepted(tmp_path: Path, name: str) -> None:
    folder = write(tmp_path)
    (folder / name).write_text("text")
    assert name in only(folder)


@pytest.mark.parametrize(
    "name", [b"\xff\xfe.txt", b"\x1b]0;x.txt", b"a|b.md", b"a\nb.md", "ä.csv".encode(), b"x" * 90 + b".txt", b"-rf.txt"]
)
def test_a_name_that_is_not_plain(tmp_path: Path, name: bytes) -> None:
    folder = write(tmp_path)
    (folder / os.fsdecode(name)).write_text("text")
    message = only(folder)
    assert message.startswith("the name '")
    assert message.isascii()
    assert message.isprintable()


def test_links_pipes_and_what_lies_deep(tmp_path: Path) -> None:
    folder, outside = write(tmp_path), tmp_path / "outcomes.csv"
    outside.write_text("secret")
    (folder / "a.csv").symlink_to(outside)
    assert only(folder) == "a.csv is a symbolic link"
    (folder / "a.csv").unlink()
    (folder / "inside").symlink_to(tmp_path, target_is_directory=True)
    assert only(folder) == "inside is a symbolic link"
    (folder / "inside").unlink()
    os.link(outside, folder / "b.csv")
    assert only(folder) == "b.csv is a hard link to a file elsewhere"
    (folder / "b.csv").unlink()
    os.mkfifo(folder / "c.csv")
    assert "no regular file" in only(folder)
    (folder / "c.csv").unlink()
    (folder / "1" / "2" / "3").mkdir(parents=True)
    (folder / "1" / "2" / "3" / "d.csv").write_text("x")
    assert "folders deep" in only(folder)


def test_sizes_and_numbers_are_bounded(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "large.csv").write_text("x" * (FILE_BYTES + 1))
    assert "large.csv has" in only(folder)
    (folder / "large.csv").unlink()
    for number in range(5):
        (folder / f"part{number}.csv").write_text("x" * FILE_BYTES)
    assert "its files have" in only(folder)
    for number in range(FILES):
        (folder / f"part{number}.csv").write_text("x")
    assert "more than 40 files" in only(folder)


def test_compiled_code_counts_where_git_knows_it_or_nobody_can_say(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "model.cpython-311.pyc").write_bytes(b"x")
    assert "compiled code" in only(folder)
    assert "compiled code" in only(folder, frozenset({"model.py", "__pycache__/model.cpython-311.pyc"}))
    assert check_folder(folder, frozenset({"model.py"}))[0].severity == "ok"
