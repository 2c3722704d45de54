"""Emptying a folder that a hostile program has filled, and counting what is in it."""

import os
from pathlib import Path

from benchmark.sandbox.scratch import empty
from benchmark.sandbox.watch import disk_use


def test_whatever_lies_there_is_removed_and_nothing_else(tmp_path: Path) -> None:
    scratch, outside = tmp_path / "scratch", tmp_path / "outside"
    for folder in (scratch, outside):
        folder.mkdir()
    (outside / "kept").write_text("kept")
    (scratch / "link").symlink_to(outside)
    (scratch / "broken").symlink_to("nowhere")
    (scratch / ".0.gone").mkdir()
    os.mkfifo(scratch / "pipe")
    os.link(outside / "kept", scratch / "hard")
    closed = scratch / "closed" / "inner"
    closed.mkdir(parents=True)
    (closed / "file").write_text("x")
    (closed / "link").symlink_to(outside)
    closed.chmod(0)
    closed.parent.chmod(0)
    here = Path.cwd()
    os.chdir(scratch)
    for _ in range(1200):
        Path("deeper").mkdir()
        os.chdir("deeper")
    os.chdir(here)
    empty(scratch)
    assert list(scratch.iterdir()) == []
    assert (outside / "kept").read_text() == "kept"


def test_use_is_counted_up_to_the_limit(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_bytes(os.urandom(100_000))
    (tmp_path / "link").symlink_to("/usr")
    used = disk_use(tmp_path, 1 << 30)
    assert 100_000 <= used < 130_000
    for number in range(100):
        (tmp_path / f"empty_{number}").touch()
    assert disk_use(tmp_path, 1 << 30) >= used + 100 * 4096
    assert 50_000 < disk_use(tmp_path, 50_000) < 200_000


def test_a_chain_too_long_for_a_path_counts_as_too_much(tmp_path: Path) -> None:
    here = Path.cwd()
    os.chdir(tmp_path)
    for _ in range(30):
        Path("d" * 200).mkdir()
        os.chdir("d" * 200)
    os.chdir(here)
    assert disk_use(tmp_path, 1 << 30) > 1 << 30
    empty(tmp_path)
