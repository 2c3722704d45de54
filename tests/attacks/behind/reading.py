"""Outcomes and secrets: what a submission can see of what it must not see."""

import pytest

from tests import toy
from tests.attacks.arena import CLASS
from tests.attacks.named import REFUSED

PATHS = ["by_path", "by_relative_path", "by_listing", "by_symlink", "by_hardlink", "by_folds", "by_records_of_others", "by_packaged_cohort"]
PATHS += ["by_place_of_checkouts"]
PROCESSES = ["by_proc_root", "by_proc_fd", "by_environment_of_others", "by_parent_memory", "by_process_vm_readv"]
DEVICES = ["by_block_device", "by_handle"]
SHOUT = "seen = train.outcome['time'].tolist(); print('shout', seen); raise ValueError(f\"{seen[:3]} 'shout' {train.ids[0]}\")"
INHERITED = ["by_environment", "by_inherited_descriptor", "by_own_memory", "by_command_line"]


@pytest.mark.parametrize("name", PATHS + PROCESSES + DEVICES)
def test_reading_is_refused_and_named(walls, name):
    outcome = walls.attack("reading", name)
    assert not outcome.escaped
    assert REFUSED.search(outcome.report)


@pytest.mark.parametrize("name", INHERITED)
def test_nothing_is_inherited(walls, name):
    assert not walls.attack("reading", name).escaped


@pytest.mark.parametrize("name", PATHS)
def test_without_walls_it_is_read(no_walls, name):
    assert no_walls.attack("reading", name).escaped


@pytest.fixture
def link():
    """Make a link in the folder of the submission that leads to the outcomes; it is gone afterwards."""
    made = []

    def make(walls) -> None:
        made.append(walls.arena.folder / "notes.txt")
        walls.arena.folder.mkdir(parents=True, exist_ok=True)
        made[0].symlink_to(walls.arena.places["outcomes"])

    yield make
    made[0].unlink()


def test_a_link_in_the_folder_is_refused_before_anything_runs(no_walls, link):
    link(no_walls)
    with pytest.raises(AssertionError, match=r"notes.txt: cannot be read as a file of a model"):
        no_walls.attack("reading", "by_path")


def test_the_size_of_a_hidden_file(walls):
    """Landlock does not hide that a file is there; bubblewrap does: docs/security.md says so."""
    assert walls.attack("reading", "by_size").escaped == (walls.isolation == "landlock")


@pytest.mark.parametrize("data", ["real", "replica"])
def test_no_secret_is_in_what_the_run_leaves(walls, data):
    """A model that shouts what it knows: on real patients the outcomes of the training part stay in, too."""
    walls.arena.submit(CLASS.format(fit=SHOUT, predict="pass"))
    outcome = walls.run(data=data)
    everything = "".join(path.read_text(errors="replace") for path in outcome.folder.rglob("*") if path.is_file())
    assert outcome.reasons
    assert all("ValueError" in reason and "model.py" in reason for reason in outcome.reasons)
    assert (walls.arena.root / "token.txt").read_text() not in everything
    times = [time for time in toy.make_cohort().outcomes["relapse_time"].dropna() if time > 1]
    assert any(repr(float(time)) in everything for time in times) == (data == "replica")
