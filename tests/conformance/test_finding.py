"""What a finding says, whoever worded it."""

from benchmark.conformance import Finding


def test_it_steers_no_terminal_and_ends() -> None:
    found = Finding("form", "fail", "key '\x1b[2J\x1b[1;32mok\nall passed': unknown", "a" * 5000, log="\x1b[0mline\nline\n")
    assert found.message == "key ' [2J [1;32mok all passed': unknown"
    assert (len(found.remedy), found.log) == (2001, " [0mline\nline\n")
