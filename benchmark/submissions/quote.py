"""What a contributor wrote, made harmless for a Markdown page: every piece of it stands in a code span or block.

Inside code GitHub renders no link, picture, HTML, @mention, issue number or emoji. What could end the code early (a backtick, a line
break), split a table (a bar), begin a formula (a dollar), or change how the rest reads (control characters, right-to-left overrides,
invisible characters) is replaced. ``.github/comment.py``, which believes nobody, finds nothing to take from it.
"""

import unicodedata

from benchmark.submissions.plain import invisible

SPAN = 300  # characters
BLOCK_LINES, BLOCK_WIDTH = 40, 200
SAME = str.maketrans({"`": "ʹ", "|": "¦", "$": "＄"})


def code(text: object, most: int = SPAN) -> str:
    """A code span of one line; of no more than ``most`` characters of the text."""
    return f"`{_line(str(text), most)}`"


def block(text: str) -> str:
    """A code block with the last lines of a text, where an exception says what it is; indented, so that nothing inside can end it."""
    return "\n".join(f"    {_line(line, BLOCK_WIDTH, keep_indent=True)}" for line in text.splitlines()[-BLOCK_LINES:])


def _line(text: str, most: int, keep_indent: bool = False) -> str:
    begun = unicodedata.normalize("NFC", text[: 4 * most])
    start = " " * (len(begun) - len(begun.lstrip(" "))) if keep_indent else ""
    seen = "".join(" " if character.isspace() else character for character in begun if _visible(character))
    whole = start[:most] + " ".join(seen.split()).translate(SAME)
    short = whole if len(whole) <= most and len(text) <= 4 * most else whole[: most - 1] + "…"
    return short or "–"


def _visible(character: str) -> bool:
    return character.isspace() or not (invisible(character) or unicodedata.category(character) in ("Mn", "Me"))
