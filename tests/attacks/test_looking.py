"""Looking at a file must not run it in the harness: import-time attacks, and what a model says of itself."""

import json
from pathlib import Path

import pytest

from tests.attacks.folders import MODEL

FORM = "id: attack\ntitle: x\nauthors: [{name: x}]\nlicence: Apache-2.0\ntasks: [toy]\ntraining_data: none\nconflicts_of_interest: none\n"
ATTACKS = {
    "leaves a mark": "open({trap!r}, 'w').close()",
    "reads outcomes": "assert open({outcomes!r}, 'rb').read(4) != b'PAR1', 'seen'",
    "ends everything": "import os; os._exit(0)",
    "asks": "raise KeyboardInterrupt",
    "answers for itself": "import socket, time; socket.socket(fileno={line}).sendall((100_000).to_bytes(8) + b'[' * 100_000); time.sleep(60)",
}
LINE = "next(n for n in range(3, 64) if 'socket' in __import__('os').readlink(f'/proc/self/fd/{n}'))"
SAID = {
    "path_for_a_need": ('needs = ("genomics",)', 'needs = ("../../etc",)'),
    "endless": ('needs = ("genomics",)', 'needs = ("genomics",) * 1_000_000'),
    "default_without_end": ("seed: int = 0", "seed: int = 0, text: str = 'x' * 10_000_000"),
    "hint_that_runs": ("seed: int = 0", "seed: \"__import__('os').mkdir('trap')\" = 0"),
}


def looked_at(walls, source: str) -> dict:
    walls.arena.submit(source)
    (walls.arena.folder / "submission.yaml").write_text(FORM)
    return walls.arena.ask(do="choose", model="attack", isolation=walls.isolation)


@pytest.mark.parametrize("name", ATTACKS)
def test_what_a_file_does_when_it_is_imported_stays_inside(two_walls, name):
    places = two_walls.arena.places
    found = looked_at(two_walls, ATTACKS[name].format(**places, line=LINE) + "\n" + MODEL)
    assert "model.py" in found["refused"]
    assert len(found["refused"]) < 600
    assert not Path(places["trap"]).exists()


@pytest.mark.parametrize("name", SAID)
def test_what_a_model_says_of_itself_is_checked(two_walls, name):
    honest, lie = SAID[name]
    assert honest in MODEL
    found = looked_at(two_walls, MODEL.replace(honest, lie))
    if "refused" in found:
        assert "model.py" in found["refused"]
        assert len(found["refused"]) < 600
    else:  # taken as data, and bounded
        assert len(found["facts"]) < 20_000
    assert not list(two_walls.arena.root.rglob("trap"))


def test_its_summary_is_a_bounded_line(two_walls):
    shout = "\\x1b]0;owned\\x07 | <img src=x> " + "a" * 80_000
    found = looked_at(two_walls, MODEL.replace('    """Risk is the first gene."""', f'    __doc__ = "{shout}"'))
    summary = json.loads(found["facts"])["summary"]
    assert len(summary) <= 1000
    assert "\x1b" not in summary


def test_compiled_code_does_not_stand_in_for_the_source(two_walls):
    """A file that Python would take instead of model.py, without a look at model.py."""
    from tests.attacks.folders import compiled

    looked_at(two_walls, MODEL)
    compiled(two_walls.arena.folder)
    honest = two_walls.run().risks
    assert honest
    for path in (two_walls.arena.folder / "__pycache__").iterdir():
        path.unlink()
    assert two_walls.run().risks == honest
