"""The error for a name that does not exist: the nearest that do, and where all of them are listed."""

import pytest

from benchmark.errors import FEW, unknown

MANY = [f"model_{k:02d}" for k in range(FEW)] + ["coxnet"]


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("coxnt", MANY, "did you mean coxnet? 'bench models' lists all"),
        ("zzz", MANY[:2], "known: model_00, model_01"),
        ("x", MANY, f"nearest of {FEW + 1}: coxnet, "),
        ("x", [], "known: none"),
    ],
)
def test_the_nearest_are_named_and_never_all_of_many(name, known, said):
    message = str(unknown("model", name, known, "here"))
    assert message.startswith(f"unknown model '{name}' in here; {said}")
    assert sum(message.count(item) for item in known) <= 3
    assert ("'bench models' lists all" in message) == (len(known) > FEW)


def test_the_command_that_lists_is_that_of_the_kind_or_of_the_caller():
    assert str(unknown("column", "agee", ["age"])) == "unknown column 'agee'; did you mean age?"
    assert str(unknown("model", "signl", ["signal"], lists="bench leaderboard")).endswith("'bench leaderboard' lists all")
