"""Nothing that a contributor wrote is more than text on our page."""

import pytest

from benchmark.submissions.quote import SPAN, block, code


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@maintainer merge #1 now", "`@maintainer merge #1 now`"),
        ("a `` b ` c", "`a ʹʹ b ʹ c`"),
        ("a | b", "`a ¦ b`"),
        ("a\n\n# b\r\n<script>", "`a # b <script>`"),
        ("a\u202eb\u200bc\x07d\u2066", "`abcd`"),
        ("z\u0335\u0336 \u20dd", "`z`"),
        ("caf\u00e9, cafe\u0301", "`caf\u00e9, caf\u00e9`"),
        ("a\u3164b\u2800c\u115fd\uffa0e\ufe0ff\U000e0100g", "`abcdefg`"),
        ("$x^2$", "`＄x^2＄`"),
        ("", "`–`"),
        ("\n", "`–`"),
        (None, "`None`"),
    ],
)
def test_a_span_holds_one_line_that_cannot_leave_it(text: object, shown: str) -> None:
    assert code(text) == shown


def test_a_span_is_bounded() -> None:
    assert len(code("x" * 10_000)) == SPAN + 2
    assert code("x" * 10_000).endswith("…`")
    assert len(code("\u200b" * 5000 + "y", 10)) <= 12


def test_a_block_holds_the_last_lines_and_cannot_be_closed_from_inside() -> None:
    text = "\n".join([*(f"line {number}" for number in range(100)), "````", "</details>", "    raise ValueError('@all')"])
    shown = block(text).splitlines()
    assert len(shown) == 40
    assert all(line.startswith("    ") and "`" not in line for line in shown)
    assert shown[-1] == "        raise ValueError('@all')"
