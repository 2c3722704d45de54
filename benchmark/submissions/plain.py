"""What a reader sees of a file is what there is: no hidden characters, and Python source that means what its text says."""

import codecs
import io
import re
import tokenize
import unicodedata

from benchmark.models import SOURCE_LINE

HIDDEN = (
    "Cc",
    "Cf",
    "Cs",
    "Co",
    "Cn",
    "Zl",
    "Zp",
)  # controls, formats (bidirectional, zero width), surrogates, private, unassigned, breaks
# letters, marks and signs that show nothing: fillers, joiners, variation selectors
EMPTY = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U0001d159\U000e0100-\U000e01ef]")
GAP = re.compile(r"[^\S\n]{80,}(?=\S)")  # what stands behind it is out of sight
TABLES = (".csv", ".tsv")  # their writers end lines with \r\n, as their standard says; nothing runs them
REMEDY = "a reader must see what there is: delete it, or write it as an escape ('\\u200b')"


def concealed(text: str, suffix: str) -> tuple[str, str] | None:
    """What of a text no reader sees, with its line, and the remedy; ``None`` where there is nothing.

    Args:
        suffix: of the file's name; ``.py`` is held to more, for it is run: see :func:`_of_source`.
    """
    if suffix in TABLES:
        text = text.replace("\r\n", "\n")
    if text.startswith("\ufeff"):
        return "line 1: a byte order mark before it", "save it as UTF-8 without one (BOM)"
    if "\r\n" in text and "\r" not in text.replace("\r\n", ""):
        return "line 1: it ends as on Windows", "save it with plain line ends (\\n)"
    if odd := {character for character in set(text) if invisible(character)}:
        place, character = next((place, character) for place, character in enumerate(text) if character in odd)
        name = unicodedata.name(character, "control character" if unicodedata.category(character) == "Cc" else "no letter")
        return f"line {_line(text, place)}: a character that nobody sees, U+{ord(character):04X} ({name.lower()})", REMEDY
    return _of_source(text) if suffix == ".py" else None


def invisible(character: str) -> bool:
    """Whether a character shows nothing or changes how others are shown; a line's end, a tab and a space do not count."""
    return character not in "\n\t" and (unicodedata.category(character) in HIDDEN or EMPTY.match(character) is not None)


def _of_source(text: str) -> tuple[str, str] | None:
    """A coding line (PEP 263) that makes Python read another text than the reader, and code beyond the edge of a screen."""
    try:
        encoding, lines = tokenize.detect_encoding(io.BytesIO(text.encode("utf-8")).readline)
        other = None if codecs.lookup(encoding).name == "utf-8" else encoding
    except SyntaxError as error:  # no codec has that name
        other, lines = str(error), []
    if other:
        return (
            f"{f'line {len(lines)}' if lines else 'line 1 or 2'}: a coding line that names something other than UTF-8 ({ascii(other)[1:-1][:80]})",
            "delete the line: Python source is UTF-8",
        )
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > SOURCE_LINE:
            return (
                f"line {number}: {len(line)} characters, more than {SOURCE_LINE}",
                "break the line, or put what it holds into a .csv or .json",
            )
    if gap := GAP.search(text):
        return f"line {_line(text, gap.start())}: {len(gap.group())} blanks in a row push what follows out of sight", "delete them"
    return None


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1
