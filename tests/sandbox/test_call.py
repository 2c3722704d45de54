"""One function behind walls, and knowing which walls there are."""

from pathlib import Path

import pytest

from benchmark.errors import InputError
from benchmark.sandbox import CONFINED, ConfinedError, available, confined_call, strongest
from tests.sandbox.conftest import JOBS, ROOT

READ = [ROOT / "tests" / "sandbox", ROOT / "tests" / "__init__.py"]


@pytest.mark.parametrize("kind", CONFINED)
def test_json_in_json_out(kind: str) -> None:
    if reason := available()[kind]:
        pytest.skip(f"{kind}: {reason}")
    found = confined_call(f"{JOBS}:double", {"number": 4}, READ, 60, kind)  # type: ignore[arg-type]
    assert found["doubled"] == 8
    assert found["folder"] == found["home"]
    assert Path(found["folder"]).name == "scratch"


@pytest.mark.parametrize(
    ("job", "reason"), [("wrong", "ValueError: no"), ("deep", "nested more than"), ("not_json", "TypeError"), ("missing", "AttributeError")]
)
def test_no_answer_is_one_error(job: str, reason: str) -> None:
    with pytest.raises(ConfinedError, match=reason):
        confined_call(f"{JOBS}:{job}", {}, READ, 60, "process")


def test_the_memory_of_a_look_is_small() -> None:
    assert confined_call(f"{JOBS}:allowed", {}, READ, 60, "process") == {"data": 4 << 30}


def test_without_a_sandbox_there_is_a_refusal_and_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmark.sandbox.kinds.available", lambda: {"landlock": "this kernel has no Landlock", "bubblewrap": "gone"})
    with pytest.raises(InputError, match=r"landlock: this kernel has no Landlock.*bubblewrap: gone.*--isolation none") as caught:
        strongest()
    assert "\n" not in str(caught.value)


def test_the_strongest_that_works_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for reasons, expected in ({"landlock": None, "bubblewrap": None}, "bubblewrap"), ({"landlock": None, "bubblewrap": "no"}, "landlock"):
        monkeypatch.setattr("benchmark.sandbox.kinds.available", lambda reasons=reasons: reasons)
        assert strongest() == expected


def test_walls_that_do_not_hold_are_not_available(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmark.sandbox.kinds import _why_not

    monkeypatch.setattr("benchmark.sandbox.kinds.confined_call", lambda *_: {"open": ["a socket"]})
    assert _why_not("landlock") in ("it does not stop a socket", "this kernel has no Landlock")


def test_bubblewrap_needs_to_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmark.sandbox.kinds import _why_not

    monkeypatch.setattr("shutil.which", lambda name: None)
    assert _why_not("bubblewrap") == "bubblewrap (bwrap) is not installed"
