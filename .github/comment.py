"""The comment on a pull request from the artefact of a run that had contributed code in it: text, and of no power.

``python3 comment.py ARTEFACT.zip COMMIT`` prints it. Whoever wrote the pull request may have written the artefact: one file of it is read, up to
a limit and never onto disk, and what is Markdown's to call, link, load or hide is taken from it.
"""

import re
import struct
import sys
import unicodedata
import zipfile
import zlib

MEMBER = "report.md"
BYTES = 200_000  # of the file: a report has some thousand
PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what upload-artifact writes; others unpack gigabytes at a time
CHARACTERS = 60_000  # of a comment; GitHub takes 65,536
APART = "\u200b"  # a space of no width: what it stands in is no longer a name, a number or an address
EMPTY = "\u115f\u1160\u2800\u3164\uffa0\U0001d159"  # letters and signs that show nothing
MARKS = ("Mn", "Me")  # drawn over other letters, or not at all


def read(path: str) -> str:
    """The report in the artefact; SystemExit with a reason where there is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            member = archive.getinfo(MEMBER)
            if member.compress_type not in PLAIN or member.file_size > BYTES:
                sys.exit(f"{path}: no readable {MEMBER} (more than {BYTES} bytes, or compressed in an unusual way)")
            with archive.open(member) as file:
                return file.read(BYTES).decode("utf-8", "replace")
    except (OSError, EOFError, KeyError, ValueError, RuntimeError, struct.error, zipfile.BadZipFile, zlib.error) as error:
        sys.exit(f"{path}: no readable {MEMBER} ({error})")


def harmless(text: str) -> str:
    """The text without HTML, links, images, mentions, references to issues, what is drawn, and characters that are not seen.

    What stays looks as it did, in code too: letters are put apart, none is spelled out. ``bench submit report`` writes nothing that this
    would alter.
    """
    text = "".join(letter for letter in unicodedata.normalize("NFC", text) if letter == "\n" or _seen(letter))
    text = text.replace("&", f"&{APART}").replace("<", f"<{APART}")
    text = text.replace("](", f"]{APART}(").replace("][", f"]{APART}[").replace("]:", f"]{APART}:").replace("[!", f"[{APART}!")
    text = text.replace("@", f"@{APART}").replace("://", f":{APART}//")
    text = re.sub(r"(?i:\bwww(?=\.))|#(?=\d)|(?i:\bGH-)(?=\d)", lambda match: match.group() + APART, text)
    # blocks that are drawn: diagrams, maps; formulas begin with a dollar whatever follows
    text = re.sub(r"`{3,}|~{3,}", lambda match: APART.join(match.group()) + APART, text).replace("$", "＄")
    return text if len(text) <= CHARACTERS else text[:CHARACTERS] + "\n\n(cut short)\n"


def _seen(letter: str) -> bool:
    return letter.isprintable() and letter not in EMPTY and unicodedata.category(letter) not in MARKS


def comment(text: str, commit: str) -> str:
    """The whole comment."""
    if not re.fullmatch(r"[0-9a-f]{40}", commit):
        sys.exit(f"'{commit}' is no commit")
    head = f"Evaluation of {commit}. It ran code of this pull request, so read it as a claim; `bench verify` is how a maintainer checks it."
    return f"{head}\n\n{harmless(text)}"


if __name__ == "__main__":
    sys.stdout.write(comment(read(sys.argv[1]), sys.argv[2]))
