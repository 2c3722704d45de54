"""A file appears whole or not at all."""

import errno
import os
from pathlib import Path

import pytest

from benchmark.files import write_atomically


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system does not say which file it was that did not fit."""
    path = tmp_path / "kept" / "run.json"
    write_atomically(path, b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device") as caught:
        write_atomically(path, b"new")
    assert caught.value.filename == str(path)
    assert [item.name for item in path.parent.iterdir()] == ["run.json"]
    assert path.read_bytes() == b"old"
