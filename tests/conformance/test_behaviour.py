"""What a failed fold is called, and what is said to mend it."""

import pytest

from benchmark.conformance.behaviour import TRACE, contract, walls
from benchmark.runner.fold import FoldResult


def failed_with(reason: str) -> FoldResult:
    return FoldResult(0, 0, "failed", reason)


@pytest.mark.parametrize(
    "reason",
    [
        "timeout: not done after 3 s",
        "memory limit: more than 4.0 GiB",
        "output limit: printed more than 16 MiB",
        "MemoryError (model.py:7)",
        "the worker process was killed by SIGKILL (out of memory, or a crash in native code)",
    ],
)
def test_what_goes_over_a_declared_limit_is_about_resources(reason: str) -> None:
    found = contract(failed_with(reason), ())
    assert (found.check, found.severity) == ("resources", "fail")
    assert "seconds_per_fold" in found.remedy


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        ("ValueError: the limit of the memory bank is reached (model.py:7)", TRACE),
        ("the worker process was killed by SIGSEGV (out of memory, or a crash in native code)", TRACE),
        ("predict returned NaN or infinite risk for 3 of 23 patients", "impute"),
        ("predict returned an array of shape (23, 2) for 23 patients; expected (23,)", "one row for each"),
        ("predict returned a probability outside [0, 1] for 3 of 23 patients", "not a score"),
        ("PermissionError: [Errno 13] Permission denied: '/etc/shadow' (model.py:3)", "nothing but what fit and predict are given"),
    ],
)
def test_an_exception_is_about_the_contract_and_gets_the_remedy_that_fits(reason: str, remedy: str) -> None:
    found = contract(failed_with(reason), ())
    assert (found.check, found.severity) == ("contract", "fail")
    assert remedy in found.remedy


def test_the_walls_name_the_worst_first_and_fail_on_what_was_too_much_to_name() -> None:
    harmless = tuple(f"a harmless call {number}" for number in range(100))
    (noted,) = walls([FoldResult(0, 0, "ok", refused=harmless)])
    assert (noted.severity, noted.message.count(",")) == ("note", 99)
    for worst in ("socket (inet)", "socket (another family)", "more than 1000 refused calls"):
        (found,) = walls([FoldResult(0, 0, "ok", refused=harmless), FoldResult(0, 1, "ok", refused=(*harmless, worst))])
        assert found.severity == "fail"
        assert found.message.startswith(f"the sandbox refused: {worst}, a harmless call 0, ")
        assert worst in found.remedy
