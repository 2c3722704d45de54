"""The comment on a pull request from the artefact of a run that had contributed code in it: text, and of no power.

``python3 comment.py ARTEFACT.zip COMMIT`` prints it. Whoever wrote the pull request may have written the artefact: one file of it is read, up to
a limit and never onto disk, and what is Markdown's to call, link, load or hide is taken from it.
"""

import lzma
import re
import sys
import zipfile
import zlib

MEMBER = "report.md"
BYTES = 200_000  # of the file that are read: a report has some thousand
CHARACTERS = 60_000  # of a comment; GitHub takes 65,536
APART = "\u200b"  # a space of no width: what it stands in is no longer a name, a number or an address


def read(path: str) -> str:
    """The report in the artefact; SystemExit with a reason where there is none."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(MEMBER) as file:
            raw = file.read(BYTES + 1)
    except (OSError, EOFError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error, lzma.LZMAError) as error:
        sys.exit(f"{path}: no readable {MEMBER} ({error})")
    text = raw[:BYTES].decode("utf-8", "replace")
    return text if len(raw) <= BYTES else text + "\n\n(cut short)\n"


def harmless(text: str) -> str:
    """The text without HTML, links, images, mentions, references to issues, what is drawn, and characters that are not seen."""
    text = "".join(letter for letter in text if letter == "\n" or letter.isprintable())
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    text = text.replace("](", f"]{APART}(").replace("][", f"]{APART}[").replace("]:", f"]{APART}:")
    text = text.replace("@", f"@{APART}").replace("://", f":{APART}//").replace("www.", f"www{APART}.")
    text = re.sub(r"#(?=\d)|(?i:\bGH-)(?=\d)", lambda match: match.group() + APART, text)
    # blocks that are drawn: diagrams, maps, formulas
    text = re.sub(r"`{3,}|~{3,}|\$", lambda match: APART.join(match.group()) + APART, text)
    return text if len(text) <= CHARACTERS else text[:CHARACTERS] + "\n\n(cut short)\n"


def comment(text: str, commit: str) -> str:
    """The whole comment."""
    if not re.fullmatch(r"[0-9a-f]{40}", commit):
        sys.exit(f"'{commit}' is no commit")
    head = f"Evaluation of {commit}. It ran code of this pull request, so read it as a claim; `bench verify` is how a maintainer checks it."
    return f"{head}\n\n{harmless(text)}"


if __name__ == "__main__":
    sys.stdout.write(comment(read(sys.argv[1]), sys.argv[2]))
