"""Only little, plain text lies in a submission's folder."""

import io
import os
import pickle
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from benchmark.errors import InputError
from benchmark.models import SOURCE_BYTES, parse
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


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (b"# -*- coding: utf-7 -*-\n# the seed is not needed+AAo-        import json+AAo-\n", "line 1: a coding line that names"),
        (
            b"#!/usr/bin/python\n# vim: set fileencoding=latin-1 :\n",
            "line 2: a coding line that names something other than UTF-8 (iso-8859-1)",
        ),
        (b"# coding: no_such_codec\n", "line 1 or 2: a coding line that names"),
        ("x = 1\n# \u202eegassem\n".encode(), "line 2: a character that nobody sees, U+202E (right-to-left override)"),
        ("x = '\u200b'\n".encode(), "U+200B (zero width space)"),
        ("\ufeffx = 1\n".encode(), "line 1: a byte order mark"),
        ("\u3164 = 1\n".encode(), "U+3164 (hangul filler)"),
        ("x = 'a\ufe01'\n".encode(), "U+FE01 (variation selector-2)"),
        ("x = '\ue000'\n".encode(), "U+E000"),
        ("x = '\u2028'\n".encode(), "U+2028 (line separator)"),
        (b"x = 1\n\x0cimport json\n", "line 2: a character that nobody sees, U+000C (control character)"),
        (b"x = 1\r\ny = 2\r\n", "line 1: it ends as on Windows"),
        (b"# harmless\rimport json\n", "line 1: a character that nobody sees, U+000D (control character)"),
        (b"x = '\x1b[2K'\n", "U+001B"),
        (b"x = 1\ny = '" + b"a" * 500 + b"'\n", "line 2: 506 characters, more than 500"),
        (b"x = 1\n\nx = 2;" + b" " * 90 + b"import json\n", "line 3: 90 blanks in a row"),
    ],
)
def test_source_that_is_not_what_a_reader_sees(tmp_path: Path, source: bytes, says: str) -> None:
    folder = write(tmp_path)
    (folder / "model.py").write_bytes(source)
    assert only(folder).startswith("model.py, line ")
    assert says in only(folder)
    assert only(folder).isascii()


@pytest.mark.parametrize(
    "source",
    [
        "# coding: utf-8\nx = 1\n",
        "#!python\n# -*- coding: utf8 -*-\n",
        "\n\n# coding: latin-1\n",
        "name = 'Zoë, 張, Ω ≤ ½ ✓'\n\ty = 1\n",
        "",
    ],
)
def test_source_in_any_language_passes(tmp_path: Path, source: str) -> None:
    assert [item.severity for item in check_folder(write(tmp_path, model=source))] == ["ok"]


def test_a_table_may_end_its_lines_as_its_standard_says_and_hides_nothing(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "genes.csv").write_bytes(b"gene\r\nEGFR\r\n")
    (folder / "terms.json").write_text(f'{{"a": "{"x" * 5000}"}}')
    assert check_folder(folder)[0].severity == "ok"
    (folder / "genes.csv").write_bytes(b"gene\rEGFR\r\n")
    assert "genes.csv, line 1: a character that nobody sees" in only(folder)
    (folder / "genes.csv").write_text("gene\n" + "\u200b\u200c\u200b" * 9)  # bits
    assert "genes.csv, line 2: a character that nobody sees" in only(folder)


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


def test_python_source_is_bounded_over_all_files(tmp_path: Path) -> None:
    """Its parser takes time as the square of the length of an f-string: for 1 MiB of one it is minutes."""
    folder, line = write(tmp_path), "{a}" * 160 + "\n"
    (folder / "model.py").write_text('x = f"""' + line * (SOURCE_BYTES // len(line) - 1) + '"""\n')
    assert check_folder(folder)[0].severity == "ok"
    start = time.process_time()
    parse(folder / "model.py")
    assert time.process_time() - start < 5  # half a second
    (folder / "model.py").write_text("x = 1\ny = (1" + " + 1" * 200 + ")\n")
    with pytest.raises(InputError, match="a line has more than 500 characters"):
        parse(folder / "model.py")
    (folder / "model.py").write_text("x = 1\n" * (SOURCE_BYTES // 6 - 50))
    assert check_folder(folder)[0].severity == "ok"
    (folder / "other.py").write_text("x = 1\n" * 300)
    assert only(folder).startswith("its Python source has 9")
    (folder / "other.py").unlink()
    (folder / "model.py").write_text("x = 1\n" * (SOURCE_BYTES // 6 + 1))
    assert only(folder).startswith("its Python source has 9")
    with pytest.raises(InputError, match="has more than 98304 bytes"):
        parse(folder / "model.py")
