"""The digest of a model's source: names, places and bytes, each of which a model can look at."""

import hashlib
from pathlib import Path

import pytest

from benchmark.errors import InputError
from benchmark.models import find_models, source, source_digest
from tests import toy


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "submissions" / "mine" / "model.py"
    path.parent.mkdir(parents=True)
    path.write_text(toy.SIGNAL)
    return path


def sha256(*parts):
    return hashlib.sha256(b"".join(part + b"\0" for part in parts)).hexdigest()


def test_a_file_that_moves_within_its_folder_is_another_submission(model):
    for name in ("honest", "hother"):  # in the order of names the file keeps its place
        (model.parent / name).mkdir()
    (model.parent / "honest" / "flag.txt").write_text("on")
    before = source_digest(model)
    (model.parent / "honest" / "flag.txt").rename(model.parent / "hother" / "flag.txt")
    assert source_digest(model) != before


def test_two_files_are_not_one_that_spells_them_out(model):
    (model.parent / "a.txt").write_bytes(b"x\0b.txt\0y")
    before = source_digest(model)
    (model.parent / "a.txt").write_bytes(b"x")
    (model.parent / "b.txt").write_bytes(b"y")
    assert source_digest(model) != before


def test_the_digests_of_flat_folders_and_of_baselines_are_what_they_always_were(model):
    """Else every record would be stale."""
    (model.parent / "weights.json").write_text("{}")
    assert source_digest(model) == sha256(b"model.py", model.read_bytes(), b"weights.json", b"{}")
    alone = Path(__file__).parents[1] / "baselines" / "kaplan_meier.py"
    assert source_digest(alone) == sha256(b"kaplan_meier.py", alone.read_bytes())


def test_a_link_is_not_followed(model):
    (model.parent / "genes.txt").symlink_to("/dev/../etc/hostname")
    with pytest.raises(InputError, match=r"genes\.txt: cannot be read as a file of a model"):
        source_digest(model)


def test_a_file_is_not_read_without_end(model, monkeypatch):
    monkeypatch.setattr(source, "LARGEST", 10)
    with pytest.raises(InputError, match=r"model\.py: cannot be read as a file of a model .model\.py has more than"):
        source_digest(model)


def test_where_the_checkout_lies_changes_nothing(model, tmp_path):
    before = source_digest(model)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "submissions").rename(tmp_path / "__pycache__" / "submissions")
    assert source_digest(find_models(tmp_path / "__pycache__")["mine"]) == before
